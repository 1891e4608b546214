"""The car that the customer names, in our spelling."""

from collections.abc import Sequence

from actions import wording
from actions.heard import Entity
from actions.turn import Turn
from bot.stock.models import COLOURS, Body, Colour, Drive, Fuel, Gearbox


def named_cars(entities: Sequence[Entity]) -> tuple[tuple[str, str | None], ...]:
    """(make, model) pairs; a make alone only when no model of it is named."""
    cars: list[tuple[str, str | None]] = []
    for entity in entities:
        if entity.name == "model":
            make = entity.extra.get("make") or next((e.value for e in entities if e.name == "make"), "")
            cars.append((str(make), str(entity.value)))
            cars += [(make, model) for make, model in entity.extra.get("others") or ()]
    makes_with_model = {make for make, _ in cars}
    cars += [(e.value, None) for e in entities if e.name == "make" and e.value not in makes_with_model]
    return tuple(dict.fromkeys(cars))


def wanted(turn: Turn) -> str:
    """The car in the customer's meaning, in our spelling: «Haval F7x 2021 года, чёрный, механика»."""
    make, model = named_cars(turn.heard.all("make", "model"))[0]
    name = " ".join(filter(None, (make, model)))
    more = "" if turn.heard.says("ask_equipment") else details(turn)
    year = turn.heard.first("year")
    return ", ".join(filter(None, (f"{name} {year}\u00a0года" if year else name, more)))


def details(turn: Turn) -> str:
    heard = turn.heard
    words: list[str] = []
    if not heard.all("make", "model") and heard.first("year"):
        words.append(f"{heard.first('year')}\u00a0год")
    words += [f"{sign} {heard.first('year', role=role)}\u00a0года"
              for role, sign in (("min", "от"), ("max", "до")) if heard.first("year", role=role)]  # fmt: skip
    words += [COLOURS[Colour(e.value)] for e in heard.all("colour")]
    if heard.first("condition"):
        words.append("новый" if heard.first("condition") == "new" else "с пробегом")
    if heard.first("gearbox"):
        words.append(wording.GEARBOXES[Gearbox(heard.first("gearbox"))])
    if heard.first("drive"):
        words.append(f"{wording.DRIVES[Drive(heard.first('drive'))]} привод")
    if heard.first("fuel"):
        words.append(wording.FUELS[Fuel(heard.first("fuel"))])
    words += [wording.BODIES[Body(e.value)] for e in heard.all("body")]
    return ", ".join(words)
