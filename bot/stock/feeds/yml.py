"""Yandex YML: `yml_catalog/shop/offers/offer`; the car's facts stand in `param`, there is mostly no VIN."""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.stock.feeds.links import listing
from bot.stock.feeds.record import RawCar
from bot.stock.feeds.sheet import OPTIONS, column_of
from bot.stock.feeds.xml import Item, read_items
from bot.stock.values import tidy

_MEASURED = ("engine", "power", "mileage")


def read(path: Path, tag: str) -> Iterator[RawCar]:
    return (raw_car(item) for item in read_items(path, tag))


def raw_car(item: Item) -> RawCar:
    raw = RawCar(item.where, source_id=item.attribute("id"))
    raw.make = item.text("vendor", "mark", "brand")
    raw.model = item.text("model", "folder", "typeprefix")
    raw.price = item.text("price")
    raw.currency = item.text("currencyid")
    raw.availability = item.attribute("available")
    raw.description = item.raw("description")
    raw.pictures = item.values("picture")
    _read_params(raw, item)
    _name_from_title(raw, item.text("name"))
    found = listing(item.text("url"))
    raw.listings = [found] if found else []
    return raw


def _read_params(raw: RawCar, item: Item) -> None:
    for param in item.children("param"):
        field, value = column_of(param.get("name")), tidy(param.text)
        if value is None or field is None:
            continue
        if field == OPTIONS:
            raw.options.extend(re.split(r"[,;|]", value))
        elif hasattr(raw, field) and isinstance(getattr(raw, field), str | None):
            unit = param.get("unit")
            setattr(
                raw, field, f"{value} {unit}" if unit and field in ("engine", "power", "mileage") else value
            )


def _name_from_title(raw: RawCar, title: str | None) -> None:
    """`vendor` is optional in YML; «Haval Jolion, 2023» then names the car."""
    if title and raw.make is None and raw.model is None:
        raw.make, _, rest = title.split(",")[0].partition(" ")
        raw.model = rest or None
    elif title and raw.make and raw.model is None:
        raw.model = re.sub(re.escape(raw.make), "", title.split(",")[0], flags=re.I).strip() or None
