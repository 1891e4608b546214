"""Two shapes with plain names: 1C's `catalog/vehicles/vehicle` and CarCopy's `carcopy/offers/offer`."""

from collections.abc import Iterator
from pathlib import Path

from bot.stock.feeds.links import listing
from bot.stock.feeds.names import GENERIC, PICTURES
from bot.stock.feeds.record import RawCar
from bot.stock.feeds.xml import Item, read_items
from bot.stock.models import Status


def read(path: Path, tag: str) -> Iterator[RawCar]:
    return (raw_car(item) for item in read_items(path, tag))


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where)
    for field, names in GENERIC.items():
        setattr(raw, field, item.text(*names))
    raw.source_id = item.text("id", "unique_id", "external_id") or item.attribute("id")
    raw.section = item.text("section", "type", "category", "is_new")
    raw.description = item.raw("description", "comment")
    raw.pictures = item.values(*PICTURES)
    raw.options = [part for text in item.values("extras", "equipment", "options") for part in text.split(",")]
    raw.listings = [found for url in item.values("url", "urls") if (found := listing(url))]
    if item.text("action") == "hide":
        raw.status = Status.HIDDEN
    return raw
