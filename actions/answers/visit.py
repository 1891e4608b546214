"""Visit, test drive, holding a car: the wished day and time against the hours."""

import datetime as dt
import re

from actions import booking, wording
from actions.answers.address import hours_of, shifts_of
from actions.answers.common import its, place_key, spoken_place
from actions.calendar import Wish, gone_by, open_for, wish_of
from actions.handover import to_department
from actions.memory import Pending
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.contract import NextStep, Visit, VisitBooked, VisitCancelled
from bot.stock.models import Car

# «деньги за бронь вернёте?»: what becomes of the deposit, whatever else is said of the visit.
REFUND = re.compile(r"\bверн(?!ус|[её]мс|уть?ся)\w+|\bвозвра[тщ]\w+|\bневозвра\w+", re.I)


async def answer(turn: Turn) -> Answer:
    aspects = turn.heard.aspects("book_visit")
    booked = turn.meta.visit
    if REFUND.search(turn.heard.text) and {"hold", "deposit"} & set(aspects):
        return Answer([_deposit(turn)], step="hold_car" if turn.car else None)
    if booked is not None and not _asked_for_time(turn) and not booking.LATE.search(turn.heard.text):
        return await _booked(turn, booked, aspects)
    if {"cancel", "reschedule"} & set(aspects):
        return to_department(turn, "visit", reason="topic")
    says = _aspects(turn, aspects)
    if booking.recalls(turn) and booked is None:
        says.append(say("utter_visit_none"))
    day, time = _when(turn)
    wish = wish_of(day, time, turn.now)
    if wish is None or wish.date is None:
        return _ask_when(turn, says, wish, time)
    return _meet(turn, says, wish, wish.date, turn.car)


async def _booked(turn: Turn, booked: Visit, aspects: tuple[str, ...]) -> Answer:
    """He has a visit: it is moved, called off or recalled, never asked for again."""
    if booking.cancels(turn, booked):
        return Answer(
            [say("utter_visit_cancelled", when=booking.when(turn, booked))], effects=[VisitCancelled()]
        )
    car = await booking.car_of(turn, booked)
    says = _aspects(turn, aspects)
    wish = booking.moved(turn, booked)
    if wish is not None and wish.date is not None:
        return _meet(turn, says, wish, wish.date, car, moved=True)
    if "reschedule" in aspects:
        return _another(turn, says)
    agreed = turn.dealer.addresses.get(booked.address or "")
    place = spoken_place(agreed or turn.dealer.addresses[place_key(turn, car)])
    recalled = say("utter_visit_booked", when=booking.when(turn, booked), place=place)
    return Answer([*says, recalled])


def _meet(
    turn: Turn, says: list[Say], wish: Wish, date: dt.date, car: Car | None, *, moved: bool = False
) -> Answer:
    """«Ждём вас …» when somebody is there then, another time otherwise."""
    key = place_key(turn, car)
    schedule = turn.dealer.addresses[key].schedule
    values = {
        "when": wording.moment(wording.day(date, turn.now.date()), wish.words),
        "hours": shifts_of(schedule.on(date)),
        "place": spoken_place(turn.dealer.addresses[key]),
    }
    if not schedule.on(date):
        return _another(turn, [*says, say("utter_visit_day_off", **values)])
    if gone_by(wish, turn.now, schedule):
        return _another(turn, [*says, say("utter_visit_gone_by", **values)])
    if not open_for(wish, schedule):
        return _another(turn, [*says, say("utter_visit_closed", **values)])
    if moved:
        says.append(say("utter_visit_moved", **values))
    else:
        says.append(say("utter_visit_car", **its(car), **values) if car else say("utter_visit", **values))
    if not wish.words and not moved and not _asked_for_time(turn):
        turn.await_(Pending(awaits="visit_time", topic="visit", day=f"{date:%m-%d}"))
        return Answer(says, closing=say("utter_visit_ask_time"))
    visit = VisitBooked(
        date=date, time=booking.agreed_time(wish), car_id=car.id if car else None, address=key
    )
    details = {"date": date.isoformat(), "time": wish.words}
    # Of a visit that was moved people hear from the visit itself, when they have his number.
    step: NextStep | None = None if moved and turn.meta.phone_known else "test_drive"
    return Answer(says, effects=[visit], step=step, details=details)


def _when(turn: Turn) -> tuple[str | None, str | None]:
    """Day and time of this message, each from the last one when only the other was missing."""
    day, time = turn.heard.any_of("day"), turn.heard.any_of("time")
    if turn.pending and turn.pending.awaits == "visit_time":
        return day or turn.pending.day, time or turn.pending.time
    return day, time


def _asked_for_time(turn: Turn) -> bool:
    """The customer did not name a time when he was asked for one: the day alone is enough then."""
    return turn.pending is not None and turn.pending.awaits == "visit_time" and turn.pending.day is not None


def _another(turn: Turn, says: list[Say]) -> Answer:
    turn.await_(Pending(awaits="visit_time", topic="visit"))
    return Answer(says, closing=say("utter_visit_ask_other_time"))


def _ask_when(turn: Turn, says: list[Say], wish: Wish | None, time: str | None) -> Answer:
    """A time without a day, or neither: where and until when first, then the question."""
    address = turn.dealer.addresses[place_key(turn, turn.car)]
    welcome = [
        say("utter_visit_welcome", place=spoken_place(address)),
        hours_of(turn, address, turn.now.date()),
    ]
    turn.await_(Pending(awaits="visit_time", topic="visit", time=time if wish else None))
    return Answer(says or welcome, closing=say("utter_visit_ask_day" if wish else "utter_visit_ask_when"))


def _aspects(turn: Turn, aspects: tuple[str, ...]) -> list[Say]:
    policies = turn.dealer.policies
    says: list[Say] = []
    if "documents" in aspects:
        says.append(say("utter_visit_documents", documents=policies.test_drive_documents))
    if "hold" in aspects and policies.hold_hours:
        hours = wording.plural(policies.hold_hours, "час", "часа", "часов")
        says.append(say("utter_visit_hold", hours=hours))
    if "deposit" in aspects:
        says.append(_deposit(turn))
    return says


def _deposit(turn: Turn) -> Say:
    deposit = turn.dealer.policies.deposit
    return say("utter_visit_deposit", deposit=deposit) if deposit else say("utter_visit_no_deposit")
