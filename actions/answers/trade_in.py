"""Trade-in: the terms, and the customer's own car collected in any order."""

import re

from actions import wording
from actions.handover import to_department
from actions.heard import Entity
from actions.memory import OwnCar, Pending
from actions.say import Answer, Say, say
from actions.turn import Turn

PICTURES = {"photo", "video", "document"}


def remember(turn: Turn) -> None:
    """The car that he told of in another conversation is not asked for again."""
    if turn.meta.own_car and not turn.memory.own_car.started:
        turn.memory.own_car = OwnCar.model_validate(turn.meta.own_car)


def awaits_pictures(turn: Turn) -> bool:
    """A picture sent while his own car is talked about shows that car."""
    pending = turn.pending
    about_own = pending is not None and (pending.awaits == "own_car" or pending.step == "trade_in_valuation")
    return about_own and bool(PICTURES & set(turn.meta.attachments))


def take_pictures(turn: Turn) -> Answer:
    """For the valuer; what is still missing is asked all the same."""
    own = turn.memory.own_car
    summary = f"Снимки автомобиля клиента: {describe(own)}"
    taken = to_department(turn, "trade_in", reason="topic", text="utter_trade_in_pictures", summary=summary)
    missing = _missing(own)
    if not missing:
        turn.await_(turn.pending)
        return Answer(taken.says, taken.effects, step="trade_in_valuation")
    turn.await_(Pending(awaits="own_car"))
    ask = say("utter_trade_in_ask_missing", missing=wording.listing(missing))
    return Answer(taken.says, taken.effects, closing=ask if own.started else say("utter_trade_in_ask_car"))


async def answer(turn: Turn) -> Answer:
    own = _merge_own_car(turn)
    says = _aspects(turn)
    if not own.started:
        if not says:
            minutes = turn.dealer.trade_in.valuation_minutes
            says.append(
                say(
                    "utter_trade_in_terms",
                    minutes=wording.plural(minutes, "минуту", "минуты", "минут"),
                    documents=turn.dealer.trade_in.documents,
                )
            )
        turn.await_(Pending(awaits="own_car"))
        return Answer(says, closing=say("utter_trade_in_ask_car"))
    refusal = _outside_terms(turn, own)
    if refusal:
        return Answer([*says, refusal], step="trade_in_valuation")
    missing = _missing(own)
    if missing:
        turn.await_(Pending(awaits="own_car"))
        return Answer(
            [*says, say("utter_trade_in_noted", own=describe(own))],
            closing=say("utter_trade_in_ask_missing", missing=wording.listing(missing)),
        )
    ready = say("utter_trade_in_ready", own=describe(own))
    return Answer([*says, ready], step="trade_in_valuation")


def _merge_own_car(turn: Turn) -> OwnCar:
    """What is said of the customer's car now, over what was said before."""
    own, heard = turn.memory.own_car.model_copy(), turn.heard
    awaited = turn.pending is not None and turn.pending.awaits == "own_car"
    told = [e for e in heard.entities if e.own or (e.role is None and (awaited or _after_his_own(turn, e)))]
    if own.model and any(e.name == "model" and e.value != own.model for e in told):
        own = OwnCar()  # he speaks of another car: its year and mileage are not known yet
    for entity in told:
        match entity.name:
            case "model":
                own.make, own.model = str(entity.extra.get("make") or ""), str(entity.value)
            case "make" if own.make is None:
                own.make = str(entity.value)
            case "year":
                own.year = int(entity.value)
            case "mileage":
                own.mileage_km = int(entity.value)
    if awaited and not heard.all("year", "mileage"):
        _take_bare_number(turn, own)
    turn.memory.own_car = own
    return own


def _after_his_own(turn: Turn, entity: Entity) -> bool:
    """«возьмёте мою в зачёт? рио 2015»: the car after the mark is the one he spoke of before it."""
    if turn.heard.questions != ("ask_trade_in",):
        return False
    before = turn.heard.text[: entity.start]
    return re.search(r"\b(?:мо[юейё]\w*|сво[юейё]\w*)\b[^?.,!:;—]*[?.,!:;—]\s", before, re.I) is not None


def _take_bare_number(turn: Turn, own: OwnCar) -> None:
    """«2015» and «142 тысячи» answer what was asked."""
    number, amount = turn.heard.lone_number, turn.heard.any_of("amount")
    if number and own.year is None and 1970 <= number <= turn.now.year:
        own.year = int(number)
    elif own.mileage_km is None and own.year is not None:
        mileage = amount or (number * 1000 if number and number < 1000 else number)
        if mileage and 0 < mileage < 1_500_000:
            own.mileage_km = int(mileage)


def _missing(own: OwnCar) -> list[str]:
    facts = (("марку и модель", own.model), ("год выпуска", own.year), ("пробег", own.mileage_km))
    return [name for name, value in facts if not value]


def describe(own: OwnCar) -> str:
    """«Kia Ceed 2014 года, пробег 142 000 км», as much as is known."""
    name = " ".join(filter(None, (own.make, own.model))) or "ваш автомобиль"
    year = f" {own.year}{wording.NBSP}года" if own.year else ""
    mileage = f", пробег {wording.kilometres(own.mileage_km)}" if own.mileage_km else ""
    return name + year + mileage


def _outside_terms(turn: Turn, own: OwnCar) -> Say | None:
    terms = turn.dealer.trade_in
    if own.year and turn.now.year - own.year > terms.max_age:
        age = wording.plural(terms.max_age, "года", "лет", "лет")
        return say("utter_trade_in_too_old", age=age, own=describe(own))
    if terms.max_mileage and own.mileage_km and own.mileage_km > terms.max_mileage:
        return say("utter_trade_in_too_far", mileage=wording.kilometres(terms.max_mileage), own=describe(own))
    return None


def _aspects(turn: Turn) -> list[Say]:
    terms, aspects = turn.dealer.trade_in, turn.heard.aspects("ask_trade_in")
    texts = {
        "buyout": say("utter_trade_in_buyout" if terms.buyout else "utter_trade_in_no_buyout"),
        "pledged_car": say("utter_trade_in_pledged" if terms.pledged else "utter_trade_in_not_pledged"),
        "other_vehicle": say("utter_trade_in_other" if terms.other_vehicles else "utter_trade_in_no_other"),
        "commission": say("utter_trade_in_commission"),
    }
    says = [texts[a] for a in aspects if a in texts]
    surcharge = turn.heard.first("amount", role="surcharge")
    if surcharge or "surcharge" in aspects:
        known = f" {wording.money(int(surcharge))}" if surcharge else ""
        says.append(say("utter_trade_in_surcharge", sum=known))
    return says
