"""Avito Autoload: `Ads/Ad`.

The catalogue ids (GenerationId, ModificationId, ComplectationId) name nothing to people and are not read.
"""

from collections.abc import Iterator
from pathlib import Path

from bot.stock.feeds.links import listing
from bot.stock.feeds.names import Names
from bot.stock.feeds.record import RawCar
from bot.stock.feeds.xml import Item, read_items

FIELDS: Names = {
    "source_id": ("id",),
    "vin": ("vin",),
    "body_number": ("bodynumber", "frame_number"),
    "make": ("make",),
    "model": ("model",),
    "generation": ("generation",),
    "trim": ("complectation",),
    "modification": ("modification",),
    "year": ("year",),
    "section": ("cartype",),
    "body": ("bodytype",),
    "doors": ("doors",),
    "colour": ("color",),
    "engine": ("enginesize",),
    "power": ("power",),
    "fuel": ("fueltype",),
    "gearbox": ("transmission",),
    "drive": ("drivetype",),
    "wheel": ("wheeltype",),
    "mileage": ("kilometrage",),
    "owners": ("owners",),
    "title": ("pts", "vehiclepassport"),
    "accidents": ("accident",),
    "price": ("price",),
    "credit_discount": ("creditdiscount",),
    "insurance_discount": ("insurancediscount",),
    "tradein_discount": ("tradeindiscount",),
    "max_discount": ("maxdiscount",),
    "availability": ("availability",),
    "video_url": ("videourl", "videofileurl"),
}
# What a bare «Передних сидений» means is in the name of the list it stands in.
OPTION_LISTS = {
    "heating": "Подогрев",
    "electricdrive": "Электропривод",
    "memorysettings": "Память настроек",
    "airbags": "Подушки безопасности:",
    "powerwindows": "Электростеклоподъёмники:",
    "powersteering": "Усилитель руля:",
    "interior": "Салон:",
    "wheels": "Диски:",
    "lights": "Фары:",
    "audiosystem": "Аудиосистема:",
}
PLAIN_OPTIONS = (
    "climatecontrol", "climatecontroloptions", "interioroptions", "drivingassistance", "antitheftsystem",
    "activesafety", "multimedia", "multimediaandnavigation", "audiosystemoptions", "lightsoptions",
    "wheelsoptions",
)  # fmt: skip


def read(path: Path, tag: str) -> Iterator[RawCar]:
    return (raw_car(item) for item in read_items(path, tag))


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where)
    for field, names in FIELDS.items():
        setattr(raw, field, item.text(*names))
    raw.description = item.raw("description")
    raw.pictures = item.values("images")
    raw.options = item.values(*PLAIN_OPTIONS)
    for tag, prefix in OPTION_LISTS.items():
        raw.options += [f"{prefix} {value[:1].lower()}{value[1:]}" for value in item.values(tag)]
    raw.service_history = "; ".join(item.values("maintenance")) or None
    own = listing(None, item.text("avitoid"), "avito")
    site = listing(item.text("url"))
    raw.listings = [found for found in (own, site) if found]
    return raw
