"""Cars as the pages show them: a strip of those on sale, and the one that a deep link names."""

import re
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.site.transcript import media_url
from bot.stock import search
from bot.stock.models import Car, Status

STRIP = 24
NBSP = "\u00a0"


@dataclass(frozen=True)
class ShownCar:
    ref: str  # `listing_ref` of what is asked about this car
    title: str
    line: str
    picture: str | None


async def on_sale(session: AsyncSession) -> list[ShownCar]:
    found = await search.find(session, search.Criteria(), statuses=(Status.ON_SALE,), limit=STRIP)
    return [show(car) for car in found]


async def linked(session: AsyncSession, link: str) -> ShownCar | None:
    """The car of `?car=`: our id, a VIN, or an advertisement's number or address."""
    car = await _find(session, link.strip())
    return show(car) if car else None


async def _find(session: AsyncSession, link: str) -> Car | None:
    own = re.fullmatch(r"(?:car[-_]?)?([0-9]{1,9})", link)
    if own:
        found = await search.by_ids(session, [int(own[1])])
        if found:
            return found[0]
    if re.fullmatch(r"[A-Za-z0-9]{17}", link):
        return await search.by_vin(session, link.upper())
    return await search.by_listing(session, external_id=link, url=link) if link else None


def show(car: Car) -> ShownCar:
    return ShownCar(
        ref=f"car{car.id}",
        title=" ".join(filter(None, (car.make, car.model))),
        line=", ".join(filter(None, (_price(car), _year(car), _mileage(car)))),
        picture=next((url for url in (media_url(p.url) for p in car.pictures) if url), None),
    )


def _year(car: Car) -> str | None:
    return f"{car.year}{NBSP}г." if car.year else None


def _mileage(car: Car) -> str | None:
    if car.is_new:
        return "новый"
    return f"{_grouped(car.mileage_km)}{NBSP}км" if car.mileage_km is not None else None


def _price(car: Car) -> str:
    return f"{_grouped(car.price)}{NBSP}₽" if car.price is not None else "цену уточним"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", NBSP)
