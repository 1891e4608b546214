"""Accidents, paint, state and defects: what the row says, aspect by aspect."""

from collections.abc import Callable

from actions import wording
from actions.answers.common import ask_which_car, its, place_of, unknown
from actions.say import Answer, Say, heading, say
from actions.turn import Turn
from bot.stock.models import Car


def _accidents(car: Car) -> Say | None:
    if car.accidents is None:
        return None
    return say("utter_condition_accidents" if car.accidents else "utter_condition_no_accidents")


def _text(name: str, key: str) -> Callable[[Car], Say | None]:
    def fact(car: Car) -> Say | None:
        value = getattr(car, key)
        return say(name, value=wording.lower_first(value.rstrip("."))) if value else None

    return fact


def _state(car: Car) -> Say | None:
    return say("utter_condition_state", value=wording.STATES[car.state]) if car.state else None


FACTS: dict[str, tuple[str, Callable[[Car], Say | None]]] = {
    "accident": ("были ли аварии", _accidents),
    "paint": ("есть ли окрасы", _text("utter_condition_paint", "paint")),
    "defects": ("какие есть недочёты", _text("utter_condition_defects", "defects")),
    "state": ("общее состояние", _state),
    "servicing": ("история обслуживания", _text("utter_condition_service", "service_history")),
    "tyres": ("состояние резины", _text("utter_condition_tyres", "tyres")),
}
# Aspects that no field of the row answers: a person looks at the car.
BY_PERSON = {
    "rust": "состояние по ржавчине",
    "engine_state": "состояние двигателя",
    "gearbox_state": "работа коробки",
    "suspension": "состояние подвески",
    "interior": "состояние салона",
    "keys": "сколько ключей",
    "inspection": "можно ли проверить на подъёмнике",
}
USUAL = ("accident", "paint", "defects", "state", "servicing")


async def answer(turn: Turn) -> Answer:
    car, aspects = turn.car, turn.heard.aspects("ask_condition")
    if car is None:
        return ask_which_car(turn, "ask_condition")
    if car.is_new:
        return Answer([say("utter_condition_new", **its(car))], step="inspection_video")
    known, missing = _gather(car, aspects or USUAL, say_missing=bool(aspects))
    if "inspection" in aspects:
        known.append(say("utter_condition_inspection", place=place_of(turn, car)))
    if not known and not missing:
        missing = ["состояние и окрасы"]
    result = Answer([heading("utter_condition_of", **its(car)), *known], step="inspection_video")
    if missing:
        result.add(unknown(turn, wording.listing(missing), "condition"))
    return result


def _gather(car: Car, aspects: tuple[str, ...], *, say_missing: bool) -> tuple[list[Say], list[str]]:
    known: list[Say] = []
    missing: list[str] = []
    for aspect in aspects:
        if aspect in FACTS:
            name, fact = FACTS[aspect]
            found = fact(car)
            if found:
                known.append(found)
            elif say_missing:
                missing.append(name)
        elif aspect in BY_PERSON:
            missing.append(BY_PERSON[aspect])
    if missing and car.defects and "defects" not in aspects:
        # The inspector's words may already hold what no field of its own says.
        known.append(say("utter_condition_defects", value=wording.lower_first(car.defects.rstrip("."))))
    return known, missing
