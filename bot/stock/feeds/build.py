"""From a feed's words to a record of the stock: what cannot be read for certain is None and a note."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.stock import values
from bot.stock.catalogue import CarName, Catalogue, Options
from bot.stock.feeds import modification, words
from bot.stock.feeds.record import CarRecord, Note, RawCar, Skipped
from bot.stock.models import Car, Status

MAX_PICTURES = 60  # auto.ru takes 40, Avito 30
_USED_MILEAGE = 1000  # new cars carry up to some tens of kilometres, demonstration cars hundreds
_NEW_AGE = 3  # years: auto.ru's bound of its «new» section


@dataclass(frozen=True, slots=True)
class Builder:
    catalogue: Catalogue
    options: Options
    today: dt.date

    def build(self, raw: RawCar) -> CarRecord | Skipped:
        if raw.make is None or raw.model is None:
            return Skipped(raw.where, f"не указана {'марка' if raw.make is None else 'модель'}")
        vin = values.vin(raw.vin)
        frame = values.frame_number(raw.body_number or (None if vin else raw.vin))
        raw.source_id = raw.source_id or (None if vin else frame)
        if vin is None and raw.source_id is None:
            return Skipped(raw.where, f"нет ни VIN{_wrong(raw.vin)}, ни номера: машину потом не узнать")
        return self._record(raw, vin, frame, self.catalogue.name(raw.make, raw.model, raw.generation))

    def _record(self, raw: RawCar, vin: str | None, frame: str | None, name: CarName) -> CarRecord:
        mod = modification.parse(raw.modification, autoru=raw.autoru_grammar)
        mileage = values.kilometres(raw.mileage, raw.mileage_unit)
        owners = words.owners(raw.owners)
        year = values.year(raw.year)
        roubles = values.in_roubles(raw.currency)
        return CarRecord(
            where=raw.where,
            source_id=_clip("source_id", raw.source_id),
            vin=vin,
            body_number=frame,
            make=name.make[:64],
            model=name.model[:64],
            generation=_clip("generation", name.generation),
            trim=_clip("trim", raw.trim and values.unmix(raw.trim)),
            modification=_clip("modification", raw.modification),
            year=year,
            is_new=self._is_new(raw, owners, mileage, year),
            body=words.body(raw.body),
            doors=values.whole(raw.doors, 1, 9),
            seats=values.whole(raw.seats, 1, 60),
            colour=words.colour(raw.colour),
            colour_name=_clip("colour_name", raw.colour and values.unmix(raw.colour)),
            metallic=words.metallic(raw.metallic),
            engine_cc=values.engine_cc(raw.engine) or mod.engine_cc,
            power_hp=values.horsepower(raw.power) or mod.power_hp,
            fuel=words.fuel(raw.fuel) or mod.fuel,
            gearbox=words.gearbox(raw.gearbox) or mod.gearbox,
            drive=words.drive(raw.drive) or mod.drive,
            wheel=words.wheel(raw.wheel),
            clearance_mm=values.whole(raw.clearance, 50, 500),
            mileage_km=mileage,
            owners=owners,
            title=words.title(raw.title),
            customs_cleared=words.customs_cleared(raw.customs),
            pledged=words.stated(raw.pledged, "залог|обремен|огранич"),
            taxi=words.stated(raw.taxi, "такси"),
            warranty_until=values.end_date(raw.warranty_until),
            warranty_note=_clip("warranty_note", raw.warranty_note),
            accidents=words.accidents(raw.accidents),
            paint=raw.paint,
            defects=raw.defects,
            state=words.state(raw.state),
            service_history=raw.service_history,
            tyres=_clip("tyres", raw.tyres),
            price=values.price(raw.price) if roubles else None,
            credit_discount=values.discount(raw.credit_discount) if roubles else None,
            insurance_discount=values.discount(raw.insurance_discount) if roubles else None,
            tradein_discount=values.discount(raw.tradein_discount) if roubles else None,
            max_discount=values.discount(raw.max_discount) if roubles else None,
            with_vat=words.stated(raw.with_vat, "ндс"),
            status=raw.status or words.status(raw.availability) or Status.ON_SALE,
            place=_clip("place", raw.place),
            video_url=next((url for url in values.urls(raw.video_url) if len(url) <= 512), None),
            description=values.paragraphs(raw.description),
            pictures=_pictures(raw.pictures),
            options=self.options.canonical(raw.options),
            listings=tuple(sorted(set(raw.listings), key=str)),
            notes=tuple(_notes(raw, vin, roubles)),
        )

    def _is_new(self, raw: RawCar, owners: int | None, mileage: int | None, year: int | None) -> bool:
        """The feed's own word first; else auto.ru's rule: used cars have owners, a state and a mileage."""
        for text in (raw.section, raw.state):
            if (stated := words.section(text)) is not None:
                return stated
        if words.state(raw.state) or owners:
            return False
        if mileage is not None and mileage >= _USED_MILEAGE:
            return False
        return owners == 0 or (year is not None and self.today.year - year <= _NEW_AGE)


def _notes(raw: RawCar, vin: str | None, roubles: bool) -> Iterator[Note]:
    if raw.vin and vin is None:
        yield Note(raw.where, f"VIN не принят{_wrong(raw.vin)}")
    if not roubles:
        yield Note(raw.where, f"цена в валюте {raw.currency} не принята: нужны рубли")
    elif raw.price and values.price(raw.price) is None:
        yield Note(raw.where, f"цена не принята: «{raw.price[:40]}»")
    if raw.availability and raw.status is None and words.status(raw.availability) is None:
        yield Note(raw.where, f"наличие не узнано: «{raw.availability[:40]}», машина считается в наличии")


def _wrong(vin: str | None) -> str:
    return f" (в фиде «{vin[:24]}»)" if vin else ""


_LIMITS = {column.name: getattr(column.type, "length", None) for column in Car.__table__.columns}


def _clip(column: str, text: str | None) -> str | None:
    """To the column's length: PostgreSQL refuses what is longer."""
    return text[: _LIMITS[column]] if text else None


def _pictures(found: list[str]) -> tuple[str, ...]:
    addresses = (url for text in found for url in [*values.urls(text), *_of_the_gateway(text)])
    pictures = dict.fromkeys(url for url in addresses if len(url) <= 1024)
    return tuple(pictures)[:MAX_PICTURES]


def _of_the_gateway(text: str) -> list[str]:
    """Pictures that the gateway serves itself, as the sample stock has them."""
    return [text] if re.fullmatch(r"/stock/[\w-]+/[\w-]+\.jpe?g", text) else []
