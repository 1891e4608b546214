"""Which car the message is about: named, described, a VIN or link, one of a list, or the one in focus."""

import re
from collections.abc import Awaitable, Callable, Sequence

from actions.found import SHOWN, Found, Missing, Nobody, Resolution, one_or_several
from actions.offered import from_offered, from_talk
from actions.turn import Turn
from actions.wanted import named_cars, wanted
from bot.stock import search
from bot.stock.models import Body, Car, Colour, Drive, Fuel, Gearbox, Status
from bot.stock.search import Criteria

ANOTHER = re.compile(r"\bдруг(?:ой|ая|ую|ие|их)\b|\bкроме\b", re.I)


async def resolve(turn: Turn) -> Resolution:
    ways: Sequence[Callable[[Turn], Awaitable[Resolution | None]]] = (
        _by_press,
        _by_listing,
        _by_vin,
        from_talk,
        from_offered,
        _by_description,
        _by_reference,  # the gateway sends a link only when it is newer than the focus
        _in_focus,
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
    if turn.heard.all("listing_url") and not turn.heard.all("make", "model"):
        return Missing(wanted="", text="utter_listing_unknown")
    return None


async def _by_vin(turn: Turn) -> Resolution | None:
    vin = turn.heard.first("vin")
    car = await search.by_vin(turn.session, str(vin)) if vin else None
    if car:
        return Found(car)
    if vin and not turn.heard.says("ask_vin"):
        return Missing(wanted=str(vin), text="utter_vin_not_ours")
    tail = turn.heard.first("vin_tail")
    cars = await search.by_vin_tail(turn.session, str(tail)) if tail else []
    return one_or_several(cars, len(cars))


async def _by_description(turn: Turn) -> Resolution | None:
    criteria = named_criteria(turn)
    if not criteria.cars or _means_own_car(turn, criteria):
        return None
    familiar = await _familiar(turn, criteria)
    if familiar:
        return Found(familiar)
    cars = await search.find(turn.session, criteria, limit=SHOWN)
    if cars:
        return one_or_several(cars, await search.count(turn.session, criteria))
    sold = await search.find(turn.session, criteria, statuses=(Status.SOLD, Status.GONE), limit=1)
    if sold:
        return Found(sold[0])
    relaxed = await search.find(turn.session, Criteria(cars=criteria.cars), limit=3)
    if not relaxed:
        relaxed = await _of_make(turn, criteria)
    return Missing(wanted=wanted(turn), similar=relaxed)


def _means_own_car(turn: Turn, criteria: Criteria) -> bool:
    """«если гранту в зачёт»: the car he offers, while we talk about another one of ours."""
    own = turn.memory.own_car
    return turn.meta.focus_car_id is not None and criteria.cars == ((own.make, own.model),)


async def _of_make(turn: Turn, criteria: Criteria) -> list[Car]:
    makes = tuple((make, None) for make in dict.fromkeys(make for make, _ in criteria.cars))
    return await search.find(turn.session, Criteria(cars=makes), limit=3)


async def _familiar(turn: Turn, criteria: Criteria) -> Car | None:
    """A car talked about before that fits what is said now: the customer means it, not its twin."""
    if ANOTHER.search(turn.heard.text):
        return None
    ids = [i for i in (turn.meta.focus_car_id, *turn.meta.earlier_car_ids) if i is not None]
    for car in await search.by_ids(turn.session, ids):
        if _fits(car, criteria):
            return car
    offered = [c for c in await search.by_ids(turn.session, turn.memory.offered) if _fits(c, criteria)]
    return offered[0] if len(offered) == 1 else None


def _fits(car: Car, criteria: Criteria) -> bool:
    named = any(car.make == make and model in (None, car.model) for make, model in criteria.cars)
    born = car.year or 0
    year = (criteria.year_min or 0) <= born and (criteria.year_max is None or born <= criteria.year_max)
    colour = not criteria.colours or car.colour in criteria.colours
    boxes = search.TWO_PEDALS if criteria.gearbox is Gearbox.AUTOMATIC else (criteria.gearbox,)
    same = [
        criteria.gearbox is None or car.gearbox in boxes,
        criteria.drive in (None, car.drive),
        criteria.fuel in (None, car.fuel),
        criteria.is_new in (None, car.is_new),
        not criteria.bodies or car.body in criteria.bodies,
    ]
    return named and year and colour and all(same)


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
