"""Finding cars. Every query is bounded and uses an index, so 100,000 cars answer as fast as 100."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.stock.models import (
    OFFERED,
    Body,
    Car,
    CarListing,
    CarOption,
    Colour,
    Drive,
    Fuel,
    Gearbox,
    Status,
)

COUNT_CAP = 100  # «больше сотни» is all that a customer needs to know
NEARBY = 40  # candidates taken on each side of a price before they are ranked
TWO_PEDALS = (Gearbox.AUTOMATIC, Gearbox.VARIATOR, Gearbox.ROBOT)


@dataclass(frozen=True)
class Criteria:
    """What the customer wants. None and empty mean «any»; roubles, kilometres, years."""

    cars: tuple[tuple[str, str | None], ...] = ()  # (make, model), any of them
    year_min: int | None = None
    year_max: int | None = None
    price_min: int | None = None
    price_max: int | None = None
    mileage_max: int | None = None
    owners_max: int | None = None
    engine_cc: int | None = None
    colours: tuple[Colour, ...] = ()
    gearbox: Gearbox | None = None
    drive: Drive | None = None
    fuel: Fuel | None = None
    bodies: tuple[Body, ...] = ()
    is_new: bool | None = None
    options: tuple[str, ...] = ()
    seats_min: int | None = None

    @property
    def empty(self) -> bool:
        return self == Criteria()

    def without(self, *names: str) -> "Criteria":
        blank = Criteria()
        return replace(self, **{name: getattr(blank, name) for name in names})


def _where(criteria: Criteria) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if criteria.cars:
        tests.append(
            or_(*((Car.make == make) & (Car.model == model) if model else Car.make == make
                  for make, model in criteria.cars))
        )  # fmt: skip
    bounds: list[tuple[Any, Any, str]] = [
        (criteria.year_min, Car.year, ">="),
        (criteria.year_max, Car.year, "<="),
        (criteria.price_min, Car.price, ">="),
        (criteria.price_max, Car.price, "<="),
        (criteria.mileage_max, Car.mileage_km, "<="),
        (criteria.owners_max, Car.owners, "<="),
        (criteria.seats_min, Car.seats, ">="),
    ]
    tests += [column.op(sign)(value) for value, column, sign in bounds if value is not None]
    same: list[tuple[Any, Any]] = [
        (criteria.drive, Car.drive),
        (criteria.fuel, Car.fuel),
        (criteria.is_new, Car.is_new),
    ]
    tests += [column == value for value, column in same if value is not None]
    if criteria.engine_cc is not None:
        tests.append(Car.engine_cc.between(criteria.engine_cc - 60, criteria.engine_cc + 60))
    if criteria.gearbox is not None:
        # People say «автомат» for every box without a clutch pedal.
        boxes = TWO_PEDALS if criteria.gearbox is Gearbox.AUTOMATIC else (criteria.gearbox,)
        tests.append(Car.gearbox.in_(boxes))
    if criteria.colours:
        tests.append(Car.colour.in_(criteria.colours))
    if criteria.bodies:
        tests.append(Car.body.in_(criteria.bodies))
    tests += [Car.options.any(CarOption.name == option) for option in criteria.options]
    return tests


def _loaded(query: Select[Car]) -> Select[Car]:
    return query.options(selectinload(Car.pictures), selectinload(Car.options), selectinload(Car.listings))


async def _all(session: AsyncSession, query: Select[Car]) -> list[Car]:
    return list((await session.scalars(_loaded(query))).all())


async def by_ids(session: AsyncSession, ids: Sequence[int]) -> list[Car]:
    """The cars in the order of `ids`; unknown ids are left out."""
    if not ids:
        return []
    found = {car.id: car for car in await _all(session, select(Car).where(Car.id.in_(ids)))}
    return [found[i] for i in ids if i in found]


async def by_vin(session: AsyncSession, vin: str) -> Car | None:
    found = await _all(session, select(Car).where(Car.vin == vin).limit(1))
    return found[0] if found else None


async def by_vin_tail(session: AsyncSession, tail: str, *, limit: int = 5) -> list[Car]:
    """Cars whose VIN ends with `tail` (Latin, upper case)."""
    start = tail[::-1]
    query = select(Car).where(Car.vin_reversed >= start, Car.vin_reversed < start + "~").limit(limit)
    return await _all(session, query)


async def by_listing(
    session: AsyncSession, *, site: str | None = None, external_id: str | None = None, url: str | None = None
) -> Car | None:
    """The car of an advertisement, by its id there or by its address."""
    ways: list[ColumnElement[bool]] = []
    if external_id:
        same_id = CarListing.external_id == external_id
        ways.append(same_id & (CarListing.site == site) if site else same_id)
    if url:
        ways.append(CarListing.url == url)
    if not ways:
        return None
    query = select(Car).where(Car.id.in_(select(CarListing.car_id).where(or_(*ways)).limit(1)))
    found = await _all(session, query)
    return found[0] if found else None


async def find(
    session: AsyncSession,
    criteria: Criteria,
    *,
    statuses: Sequence[Status] = OFFERED,
    limit: int = 5,
    dear_first: bool = False,
) -> list[Car]:
    """Matching cars, those on sale before the reserved ones, cheaper first, without a price last."""
    price = Car.price.desc() if dear_first else Car.price
    query = (
        select(Car)
        .where(Car.status.in_(statuses), *_where(criteria))
        .order_by(Car.status.not_in((Status.ON_SALE, Status.IN_TRANSIT)), price.nulls_last(), Car.id)
        .limit(limit)
    )
    return await _all(session, query)


async def count(session: AsyncSession, criteria: Criteria) -> int:
    """How many cars match, at most COUNT_CAP."""
    inner = select(Car.id).where(Car.status.in_(OFFERED), *_where(criteria)).limit(COUNT_CAP).subquery()
    return int(await session.scalar(select(func.count()).select_from(inner)) or 0)


async def alternatives(session: AsyncSession, car: Car, *, limit: int = 3) -> list[Car]:
    """What to offer instead of `car`: the same model first, then its class near its price."""
    same = Criteria(cars=((car.make, car.model),))
    near = Criteria(bodies=(car.body,) if car.body else (), is_new=car.is_new)
    candidates = await _around(session, same, car.price)
    if len(candidates) < limit:
        wider = await _around(session, near, car.price)
        if car.price:
            wider = [c for c in wider if c.price and 0.7 * car.price <= c.price <= 1.3 * car.price]
        candidates += wider
    unique = {c.id: c for c in candidates if c.id != car.id}
    ranked = sorted(unique.values(), key=lambda c: _distance(c, car))
    return await by_ids(session, [c.id for c in ranked[:limit]])


async def _around(session: AsyncSession, criteria: Criteria, price: int | None) -> list[Car]:
    """Cars on sale nearest to a price from both sides; children are not loaded."""
    base = select(Car).where(Car.status == Status.ON_SALE, *_where(criteria))
    if price is None:
        return list((await session.scalars(base.order_by(Car.price).limit(NEARBY))).all())
    below = base.where(Car.price <= price).order_by(Car.price.desc()).limit(NEARBY)
    above = base.where(Car.price > price).order_by(Car.price).limit(NEARBY)
    return [*(await session.scalars(below)).all(), *(await session.scalars(above)).all()]


def _distance(candidate: Car, car: Car) -> float:
    """Smaller is closer: model, then class, then price and age."""
    score = 0.0
    score += 0 if (candidate.make, candidate.model) == (car.make, car.model) else 1.0
    score += 0 if candidate.body == car.body else 0.4
    score += 0 if candidate.gearbox == car.gearbox else 0.2
    score += 0 if candidate.drive == car.drive else 0.1
    if candidate.price and car.price:
        score += abs(candidate.price - car.price) / car.price
    if candidate.year and car.year:
        score += abs(candidate.year - car.year) / 20
    return score
