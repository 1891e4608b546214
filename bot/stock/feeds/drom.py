"""Drom autoload: `avtoxml/Offers/Offer`, every fact as Drom's number (id…) or as a word (s…).

Numbers of the reference (www.drom.ru/cached_files/autoload/files/ref.xml). Discounts stand in sections of
their own, joined by VIN, so the file is read twice: discounts first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.stock.feeds.names import Names
from bot.stock.feeds.record import RawCar
from bot.stock.feeds.xml import Item, read_items
from bot.stock.values import fold, number, vin, whole

FIELDS: Names = {
    "source_id": ("idoffer",),
    "vin": ("vin",),
    "body_number": ("framenumber", "bodynumber"),
    "make": ("smark",),
    "model": ("smodel",),
    "generation": ("sgeneration",),
    "trim": ("scomplectation",),
    "modification": ("smodification",),
    "year": ("yearofmade",),
    "engine": ("volume",),
    "power": ("power",),
    "mileage": ("haul",),
    "owners": ("numberofowners",),
    "price": ("price",),
}
# RawCar field → (tag of the word, tag of the number, words by number)
CODES: dict[str, tuple[str, str, dict[str, str]]] = {
    "section": ("snewtype", "idnewtype", {"1": "новый"}),
    "body": ("sframetype", "idframetype", {
        "1": "купе", "3": "универсал", "4": "хэтчбек", "5": "хэтчбек", "6": "минивэн", "7": "внедорожник",
        "8": "внедорожник", "9": "лифтбек", "10": "седан", "11": "кабриолет", "12": "пикап",
    }),
    "colour": ("scolor", "idcolor", {
        "1": "чёрный", "2": "фиолетовый", "3": "синий", "4": "серый", "5": "оранжевый", "6": "красный",
        "7": "коричневый", "8": "золотистый", "9": "зелёный", "10": "жёлтый", "11": "бордовый", "12": "белый",
        "13": "бежевый", "14": "голубой", "15": "розовый", "16": "серебристый",
    }),
    "gearbox": ("stransmission", "idtransmission", {"1": "механика", "2": "автомат"}),
    "fuel": ("senginetype", "idenginetype", {"1": "бензин", "2": "дизель", "4": "электро"}),
    "drive": ("sdrivetype", "iddrivetype", {"1": "передний", "2": "задний", "3": "полный"}),
    "wheel": ("swheeltype", "idwheeltype", {"1": "правый", "2": "левый"}),
    "availability": ("swhereabouts", "whereabouts", {"0": "в наличии", "1": "в пути", "2": "под заказ"}),
    "currency": ("scurrency", "idcurrency", {
        "0": "USD", "1": "RUB", "2": "EUR", "3": "JPY", "4": "CNY", "5": "KRW", "6": "KZT", "7": "BYN",
    }),
    "state": ("sdamagedtype", "iddamagedtype", {"1": "требует ремонта"}),
}  # fmt: skip
_PERCENT = "1"


@dataclass(frozen=True, slots=True)
class Discount:
    kind: str  # RawCar field
    amount: float
    percent: bool


def read(path: Path, tag: str) -> Iterator[RawCar]:
    discounts = _discounts(path)
    for item in read_items(path, tag):
        raw = raw_car(item)
        _apply(raw, discounts.get(vin(raw.vin) or "", ()))
        yield raw


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where)
    for field, names in FIELDS.items():
        setattr(raw, field, item.text(*names))
    for field, (word, code, meanings) in CODES.items():
        setattr(raw, field, item.text(word) or _meaning(item.text(code), meanings))
    if item.text("idhybridtype") not in (None, "0"):
        raw.fuel = "гибрид"
    elif item.text("idgbo") not in (None, "0"):
        raw.fuel = "ГБО"
    raw.description = item.raw("additional")
    raw.pictures = _pictures(item)
    return raw


def _meaning(code: str | None, meanings: dict[str, str]) -> str | None:
    """Some exports write the word where the number belongs."""
    return None if code is None else meanings.get(code, None if code.isdigit() else code)


def _pictures(item: Item) -> list[str]:
    """`Photos@PhotoDir@PhotoMain/Photo`: names are relative to the folder; the main picture comes first."""
    found: list[str] = []
    for photos in item.children("photos"):
        folder = photos.get("PhotoDir") or ""
        names = [photos.get("PhotoMain") or "", *((node.text or "") for node in photos.iterchildren("*"))]
        for name in (name.strip() for name in names):
            if name:
                found.append(name if "://" in name else f"{folder.rstrip('/')}/{name}")
    return found


def _discounts(path: Path) -> dict[str, list[Discount]]:
    found: dict[str, list[Discount]] = {}
    for item in read_items(path, "Discount", "MaxDiscount"):
        top = item.text("maxdiscount")
        amount, key = number(top or item.text("discount")), vin(item.text("vin"))
        kind = "max_discount" if top else _kind(f"{item.text('name')} {item.text('description')}")
        if key and amount and kind:
            found.setdefault(key, []).append(Discount(kind, amount, item.text("iddiscounttype") == _PERCENT))
    return found


def _kind(words: str) -> str | None:
    line = fold(words)
    stems = {"кредит": "credit_discount", "трейд": "tradein_discount", "trade": "tradein_discount",
             "страх": "insurance_discount", "каско": "insurance_discount"}  # fmt: skip
    return next((field for stem, field in stems.items() if stem in line), None)


def _apply(raw: RawCar, discounts: list[Discount] | tuple[()]) -> None:
    price = whole(raw.price)
    for discount in discounts:
        if not discount.percent:
            setattr(raw, discount.kind, str(int(discount.amount)))
        elif price and discount.amount < 100:
            setattr(raw, discount.kind, str(int(price * discount.amount / 100)))
