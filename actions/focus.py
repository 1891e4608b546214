"""Which car the message is about: named, described, a VIN or link, one of a list, or the one in focus."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from actions.heard import Entity
from actions.turn import Turn
from bot.stock import search
from bot.stock.models import Body, Car, Colour, Drive, Fuel, Gearbox, Status
from bot.stock.search import Criteria

SHOWN = 5  # more cars than this are not a choice but a catalogue
ORDINALS = ("перв", "втор", "трет", "четв[её]рт", "пят")


@dataclass(frozen=True)
class Found:
    car: Car
    described: bool = True


@dataclass(frozen=True)
class Several:
    cars: list[Car]
    total: int  # at most search.COUNT_CAP


@dataclass(frozen=True)
class Missing:
    """Such a car is not in stock; `similar` ones differ in what `relaxed` names."""

    wanted: str
    similar: list[Car] = field(default_factory=list)


@dataclass(frozen=True)
class Nobody:
    """No car was named and none is in focus."""


Resolution = Found | Several | Missing | Nobody


async def resolve(turn: Turn) -> Resolution:
    ways: Sequence[Callable[[Turn], Awaitable[Resolution | None]]] = (
        _by_press,
        _by_listing,
        _by_vin,
        _from_offered,
        _by_description,
        _in_focus,
        _by_reference,
    )
    for way in ways:
        resolution = await way(turn)
        if resolution is not None:
            return resolution
    return Nobody()


async def _by_press(turn: Turn) -> Resolution | None:
    car_id = turn.heard.first("car_id")
    found = await search.by_ids(turn.session, [int(car_id)]) if car_id is not None else []
    return Found(found[0]) if found else None


async def _by_listing(turn: Turn) -> Resolution | None:
    for link in turn.heard.all("listing_url"):
        car = await search.by_listing(
            turn.session,
            site=link.extra.get("site"),
            external_id=link.extra.get("external_id"),
            url=str(link.value),
        )
        if car:
            return Found(car)
    return None


async def _by_vin(turn: Turn) -> Resolution | None:
    vin = turn.heard.first("vin")
    car = await search.by_vin(turn.session, str(vin)) if vin else None
    if car:
        return Found(car)
    tail = turn.heard.first("vin_tail")
    cars = await search.by_vin_tail(turn.session, str(tail)) if tail else []
    return _one_or_several(cars, len(cars))


async def _from_offered(turn: Turn) -> Resolution | None:
    """«первую», «2», «белую», «подешевле» after the bot has shown several."""
    pending = turn.pending
    if not turn.memory.offered or turn.heard.all("make", "model"):
        return None
    awaited = pending is not None and pending.awaits == "which_car"
    position = _ordinal(turn.heard.text) if awaited or len(turn.heard.text) < 40 else None
    if position is None and not awaited:
        return None
    cars = await search.by_ids(turn.session, turn.memory.offered)
    if position is not None and position < len(cars):
        return Found(cars[position])
    number = turn.heard.lone_number
    if number is not None and number.is_integer() and 1 <= number <= len(cars):
        return Found(cars[int(number) - 1])
    superlative = _superlative(turn.heard.text, cars)
    if superlative:
        return Found(superlative)
    tests = _tests(turn)
    fitting = [car for car in cars if all(test(car) for test in tests)] if tests else []
    return _one_or_several(fitting, len(fitting))


def _ordinal(text: str) -> int | None:
    lowered = text.lower()
    for position, stem in enumerate(ORDINALS):
        if re.search(rf"\b{stem}(?:ый|ой|ая|ую|ом|ого|ий|ья|ью|ьего|ье)\b", lowered):
            return position
    return None


def _superlative(text: str, cars: Sequence[Car]) -> Car | None:
    lowered = text.lower()
    if re.search(r"дешев", lowered):
        return min(cars, key=lambda c: c.price or 10**12)
    if re.search(r"\bдорож|подороже", lowered):
        return max(cars, key=lambda c: c.price or 0)
    if re.search(r"\bнове|поновее|посвежее|свеж", lowered):
        return max(cars, key=lambda c: c.year or 0)
    if re.search(r"меньш\w+ пробег|пробег\w* меньш|последн", lowered):
        return min(cars, key=lambda c: c.mileage_km or 0) if "пробег" in lowered else cars[-1]
    return None


def _tests(turn: Turn) -> list[Callable[[Car], bool]]:
    """What the message says of colour, year, gearbox, drive, fuel, body and price of one car."""
    heard = turn.heard
    tests: list[Callable[[Car], bool]] = []
    year, colours = heard.first("year"), [e.value for e in heard.all("colour")]
    price = heard.first("amount")
    if year:
        tests.append(lambda car: car.year == year)
    if colours:
        tests.append(lambda car: car.colour in colours)
    if price:
        tests.append(lambda car: car.price is not None and abs(car.price - price) <= 0.02 * price)
    for name in ("gearbox", "drive", "fuel", "body"):
        value = heard.first(name)
        if value == Gearbox.AUTOMATIC:
            tests.append(lambda car: car.gearbox in search.TWO_PEDALS)
        elif value:
            tests.append(lambda car, name=name, value=value: getattr(car, name) == value)  # type: ignore[misc]
    return tests


async def _by_description(turn: Turn) -> Resolution | None:
    criteria = named_criteria(turn)
    if not criteria.cars:
        return None
    familiar = await _familiar(turn, criteria)
    if familiar:
        return Found(familiar)
    for attempt in (criteria, criteria.without("gearbox", "drive", "fuel", "bodies", "engine_cc")):
        cars = await search.find(turn.session, attempt, limit=SHOWN)
        if cars:
            return _one_or_several(cars, await search.count(turn.session, attempt))
    sold = await search.find(turn.session, criteria, statuses=(Status.SOLD, Status.GONE), limit=1)
    relaxed = await search.find(
        turn.session, criteria.without("year_min", "year_max", "colours", "price_min", "price_max"), limit=3
    )
    if sold and not relaxed:
        return Found(sold[0])
    if not relaxed:
        relaxed = await _of_make(turn, criteria)
    return Missing(wanted=_wanted(turn), similar=relaxed)


async def _of_make(turn: Turn, criteria: Criteria) -> list[Car]:
    makes = tuple((make, None) for make in dict.fromkeys(make for make, _ in criteria.cars))
    return await search.find(turn.session, Criteria(cars=makes), limit=3)


async def _familiar(turn: Turn, criteria: Criteria) -> Car | None:
    """A car talked about before that fits what is said now: the customer means it, not its twin."""
    ids = [i for i in (turn.meta.focus_car_id, *turn.meta.earlier_car_ids) if i is not None]
    for car in await search.by_ids(turn.session, ids):
        if _fits(car, criteria):
            return car
    offered = [c for c in await search.by_ids(turn.session, turn.memory.offered) if _fits(c, criteria)]
    return offered[0] if len(offered) == 1 else None


def _fits(car: Car, criteria: Criteria) -> bool:
    named = any(car.make == make and model in (None, car.model) for make, model in criteria.cars)
    year = criteria.year_min is None or car.year == criteria.year_min
    colour = not criteria.colours or car.colour in criteria.colours
    return named and year and colour


def named_criteria(turn: Turn) -> Criteria:
    """The car that the message names: make, model, year, colour and, outside equipment talk, the rest."""
    heard = turn.heard
    exact_year = heard.first("year")
    details = {} if heard.says("ask_equipment") else attributes(turn)
    return Criteria(
        cars=named_cars(heard.all("make", "model")),
        year_min=exact_year or heard.first("year", role="min"),
        year_max=exact_year or heard.first("year", role="max"),
        colours=tuple(Colour(e.value) for e in heard.all("colour")),
        **details,  # type: ignore[arg-type]
    )


def attributes(turn: Turn) -> dict[str, object]:
    heard = turn.heard
    gearbox, drive, fuel = heard.first("gearbox"), heard.first("drive"), heard.first("fuel")
    condition = heard.first("condition")
    return {
        "gearbox": Gearbox(gearbox) if gearbox else None,
        "drive": Drive(drive) if drive else None,
        "fuel": Fuel(fuel) if fuel else None,
        "bodies": tuple(Body(e.value) for e in heard.all("body")),
        "engine_cc": heard.first("engine_volume"),
        "is_new": None if condition is None else condition == "new",
    }


def named_cars(entities: Sequence[Entity]) -> tuple[tuple[str, str | None], ...]:
    """(make, model) pairs; a make alone only when no model of it is named."""
    cars: list[tuple[str, str | None]] = []
    for entity in entities:
        if entity.name == "model":
            cars.append((str(entity.extra.get("make")), str(entity.value)))
            cars += [(make, model) for make, model in entity.extra.get("others") or ()]
    makes_with_model = {make for make, _ in cars}
    cars += [(e.value, None) for e in entities if e.name == "make" and e.value not in makes_with_model]
    return tuple(dict.fromkeys(cars))


def _wanted(turn: Turn) -> str:
    """The car in the customer's meaning, in our spelling: «Haval F7x 2021 года»."""
    cars = named_cars(turn.heard.all("make", "model"))
    make, model = cars[0]
    year = turn.heard.first("year")
    return " ".join(filter(None, (make, model, f"{year}\u00a0года" if year else None)))


async def _in_focus(turn: Turn) -> Resolution | None:
    if turn.meta.focus_car_id is None:
        return None
    found = await search.by_ids(turn.session, [turn.meta.focus_car_id])
    return Found(found[0], described=False) if found else None


async def _by_reference(turn: Turn) -> Resolution | None:
    """The deep link or page the customer came from: `car12`, a VIN, an advertisement's id or address."""
    ref = turn.meta.listing_ref
    if not ref:
        return None
    own = re.fullmatch(r"car[-_]?(\d{1,9})", ref)
    if own:
        found = await search.by_ids(turn.session, [int(own.group(1))])
        return Found(found[0], described=False) if found else None
    car = await search.by_vin(turn.session, ref.upper()) if len(ref) == 17 else None
    car = car or await search.by_listing(turn.session, external_id=ref, url=ref)
    return Found(car, described=False) if car else None


def _one_or_several(cars: list[Car], total: int) -> Resolution | None:
    if not cars:
        return None
    return Found(cars[0]) if total == 1 else Several(cars[:SHOWN], total)
