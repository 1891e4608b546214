"""MaxPoster (Автохаб): `vehicles/vehicle`. Values are English codes or Russian words."""

from collections.abc import Iterator
from pathlib import Path

from bot.stock.feeds import words
from bot.stock.feeds.links import listing
from bot.stock.feeds.names import GENERIC, PICTURES
from bot.stock.feeds.record import Listing, RawCar
from bot.stock.feeds.xml import Item, read_items
from bot.stock.models import Status

_NOT_READY = ("inpresalepreparation", "inrepair")


def read(path: Path, tag: str) -> Iterator[RawCar]:
    return (raw_car(item) for item in read_items(path, tag))


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where)
    for field, names in GENERIC.items():
        setattr(raw, field, item.text(*names))
    raw.source_id = item.text("id", "uin", "unique_id")
    raw.section = item.text("type")
    raw.description = item.raw("description")
    raw.pictures = item.values(*PICTURES)
    raw.options = item.values("equipment", "options")
    raw.listings = list(_listings(item))
    raw.status = Status.HIDDEN if _in_workshop(item) else None
    return raw


def _in_workshop(item: Item) -> bool:
    """A car in preparation or repair cannot be shown yet."""
    status = item.child("status")
    return status is not None and any(words.yes_no(status.text(flag)) for flag in _NOT_READY)


def _listings(item: Item) -> Iterator[Listing]:
    for site in ("avito", "autoru", "drom"):
        if (found := listing(item.text(f"{site}url"), item.text(f"{site}id"), site)) is not None:
            yield found
    for address in item.values("siteurl", "siteurls"):
        if (found := listing(address)) is not None:
            yield found
