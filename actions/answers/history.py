"""Owners, title, mileage, warranty, pledges: what the row says."""

import re
from collections.abc import Callable

from actions import wording
from actions.answers.common import ask_which_car, its, unknown
from actions.say import Answer, Say, heading, say
from actions.turn import Turn
from bot.stock.models import Car


def _owners(turn: Turn, car: Car) -> Say | None:
    return say("utter_history_owners", owners=wording.owners(car.owners)) if car.owners else None


def _title(turn: Turn, car: Car) -> Say | None:
    if car.title is None:
        return None
    return say("utter_history_title", title=wording.TITLES[car.title])


def _mileage(turn: Turn, car: Car) -> Say | None:
    if car.mileage_km is None:
        return None
    return say("utter_history_mileage", mileage=wording.kilometres(car.mileage_km))


def _pledge(turn: Turn, car: Car) -> Say | None:
    if car.pledged is None:
        return None
    return say("utter_history_pledged" if car.pledged else "utter_history_not_pledged")


def _taxi(turn: Turn, car: Car) -> Say | None:
    if car.taxi is None:
        return None
    return say("utter_history_taxi" if car.taxi else "utter_history_no_taxi")


def _warranty(turn: Turn, car: Car) -> Say | None:
    if car.warranty_until and car.warranty_until < turn.now.date():
        return say("utter_history_warranty_over")
    if car.warranty_until:
        until = f"{wording.MONTHS[car.warranty_until.month - 1]} {car.warranty_until.year}{wording.NBSP}года"
        return say("utter_history_warranty_until", until=until)
    if car.warranty_note is None:
        return None
    # «Гарантия производителя» follows our own word «гарантия».
    note = re.sub(r"^гарантия\s+", "", car.warranty_note, flags=re.I)
    text = "utter_history_warranty_of" if note != car.warranty_note else "utter_history_warranty_note"
    return say(text, note=wording.lower_first(note))


def _customs(turn: Turn, car: Car) -> Say | None:
    if car.customs_cleared is None:
        return None
    return say("utter_history_customs" if car.customs_cleared else "utter_history_no_customs")


FACTS: dict[str, tuple[str, Callable[[Turn, Car], Say | None]]] = {
    "owners": ("сколько было владельцев", _owners),
    "title": ("какой ПТС", _title),
    "mileage": ("точный пробег", _mileage),
    "pledge": ("есть ли залоги и ограничения", _pledge),
    "taxi": ("работала ли машина в такси", _taxi),
    "warranty": ("действует ли гарантия", _warranty),
    "customs": ("растаможен ли автомобиль", _customs),
}
BY_PERSON = {
    "registration": "как проходит постановка на учёт",
    "reason": "почему продают",
    "keys": "сколько ключей",
}
PAST = ("owners", "mileage", "taxi", "reason")  # that a new car is new answers these
USUAL_OF_NEW = ("warranty",)
USUAL = ("owners", "title", "mileage", "pledge", "taxi", "warranty")


async def answer(turn: Turn) -> Answer:
    car, aspects = turn.car, turn.heard.aspects("ask_history")
    if car is None:
        return ask_which_car(turn, "ask_history")
    usual = USUAL_OF_NEW if car.is_new else USUAL
    known, missing = _gather(turn, car, aspects or usual, say_missing=bool(aspects))
    if car.is_new:
        result = Answer([say("utter_history_new", **its(car)), *known], step="history_report")
        if missing:
            result.add(unknown(turn, wording.listing(missing), "history"))
        return result
    if "pledge" in aspects and car.pledged is None:
        known.append(say("utter_history_checked", check=turn.dealer.policies.history_check))
    if not known and not missing:
        missing = ["история автомобиля"]
    result = Answer([heading("utter_history_of", **its(car)), *known], step="history_report")
    if missing:
        result.add(unknown(turn, wording.listing(missing), "history"))
    return result


def _gather(
    turn: Turn, car: Car, aspects: tuple[str, ...], *, say_missing: bool
) -> tuple[list[Say], list[str]]:
    known: list[Say] = []
    missing: list[str] = []
    for aspect in aspects:
        if car.is_new and aspect in PAST:
            continue
        name, fact = FACTS.get(aspect, (BY_PERSON.get(aspect, ""), _nobody_knows))
        found = fact(turn, car)
        if found:
            known.append(found)
        elif say_missing and name:
            missing.append(name)
    return known, missing


def _nobody_knows(turn: Turn, car: Car) -> None:
    return None
