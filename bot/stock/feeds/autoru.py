"""auto.ru price list: `data/cars/car`, and AutoCRM's `root/cars/car` with the same names."""

from collections.abc import Iterator
from pathlib import Path

from bot.stock.feeds import words
from bot.stock.feeds.links import listing
from bot.stock.feeds.names import GENERIC, PICTURES
from bot.stock.feeds.record import Listing, RawCar
from bot.stock.feeds.xml import Item, read_items
from bot.stock.models import Status
from bot.stock.values import tidy


def read(path: Path, tag: str) -> Iterator[RawCar]:
    return (raw_car(item) for item in read_items(path, tag))


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where, autoru_grammar=True)
    for field, names in GENERIC.items():
        setattr(raw, field, item.text(*names))
    raw.source_id = item.text("unique_id", "id")
    raw.section = _section(item)
    raw.description = item.raw("description")
    raw.pictures = item.values(*PICTURES)
    raw.options = [part for text in item.values("extras") for part in text.split(",")]
    raw.listings = list(_listings(item))
    if words.yes_no(item.text("pledge_number")) is False:
        raw.pledged = "нет"
    if item.text("action") == "hide":
        raw.status = Status.HIDDEN
    return raw


def _section(item: Item) -> str | None:
    """AutoCRM writes new or used into `state`; «Отличное» there says that the car is a used one."""
    for text in (item.text("section", "type", "offer_type"), item.text("state")):
        if words.section(text) is not None:
            return text
    return "used" if words.state(item.text("state")) or item.text("registry_year") else None


def _listings(item: Item) -> Iterator[Listing]:
    for text in item.values("url", "multiposting", "site_url"):
        if (found := listing(tidy(text))) is not None:
            yield found
