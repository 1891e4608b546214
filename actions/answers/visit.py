"""Visit, test drive, holding a car: the wished day and time against the hours."""

from actions import wording
from actions.answers.address import shifts_of
from actions.answers.common import its, place_key
from actions.calendar import Wish, open_for, wish_of
from actions.handover import to_department
from actions.memory import Pending
from actions.say import Answer, Say, say
from actions.turn import Turn


async def answer(turn: Turn) -> Answer:
    aspects = turn.heard.aspects("book_visit")
    if {"cancel", "reschedule"} & set(aspects):
        return to_department(turn, "visit", reason="topic")
    says = _aspects(turn, aspects)
    wish = wish_of(turn.heard.any_of("day"), turn.heard.any_of("time"), turn.now)
    if wish is None or wish.date is None:
        return _ask_when(turn, says, wish)
    address = turn.dealer.addresses[place_key(turn, turn.car)]
    values = {
        "day": wording.day(wish.date, turn.now.date()),
        "time": f" {wish.words}" if wish.words else "",
        "hours": shifts_of(address.schedule.on(wish.date)),
        "place": f"{address.title}, {address.street}",
    }
    if not open_for(wish, address.schedule):
        turn.await_(Pending(awaits="visit_time", topic="visit"))
        closed = "utter_visit_day_off" if not address.schedule.on(wish.date) else "utter_visit_closed"
        return Answer([*says, say(closed, **values)], closing=say("utter_visit_ask_other_time"))
    says.append(
        say("utter_visit_car", **its(turn.car), **values) if turn.car else say("utter_visit", **values)
    )
    return Answer(says, step="test_drive", details={"date": wish.date.isoformat(), "time": wish.words})


def _ask_when(turn: Turn, says: list[Say], wish: Wish | None) -> Answer:
    """A time without a day, or neither: hours first, then the question."""
    address = turn.dealer.addresses[place_key(turn, turn.car)]
    hours = shifts_of(address.schedule.on(turn.now.date()))
    place = f"{address.title}, {address.street}"
    says = says or [say("utter_visit_welcome", place=place, hours=hours)]
    turn.await_(Pending(awaits="visit_time", topic="visit"))
    return Answer(says, closing=say("utter_visit_ask_day" if wish else "utter_visit_ask_when"))


def _aspects(turn: Turn, aspects: tuple[str, ...]) -> list[Say]:
    policies = turn.dealer.policies
    says: list[Say] = []
    if "documents" in aspects:
        says.append(say("utter_visit_documents", documents=policies.test_drive_documents))
    if "hold" in aspects and policies.hold_hours:
        hours = wording.plural(policies.hold_hours, "час", "часа", "часов")
        says.append(say("utter_visit_hold", hours=hours))
    if "deposit" in aspects:
        deposit = policies.deposit
        says.append(say("utter_visit_deposit", deposit=deposit) if deposit else say("utter_visit_no_deposit"))
    return says
