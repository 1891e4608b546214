"""Handing over to a department: the ticket and what the customer hears of it."""

from typing import Literal

from actions import wording
from actions.promise import answer_time
from actions.say import Answer, say
from actions.turn import Turn
from bot.contract import OpenedTicket

Reason = Literal["asked", "complaint", "topic", "unsure", "unknown_fact"]
SUMMARY = 500  # characters of the customer's own words that go into the ticket


def to_department(
    turn: Turn, topic: str, *, reason: Reason, text: str | None = None, summary: str | None = None
) -> Answer:
    """Open a ticket of the department that answers for the topic; it is announced once."""
    waiting = turn.meta.open_ticket.department if turn.meta.open_ticket else None
    department = turn.department(topic)
    if reason == "unsure" and waiting in turn.dealer.departments:
        department = waiting  # a second department would not understand it better
    ticket = OpenedTicket(
        department=department,
        reason=reason,
        topic=topic,
        car_id=turn.car.id if turn.car else turn.meta.focus_car_id,
        summary=_summary(turn, summary or turn.heard.text),
    )
    values = {
        "whom": turn.dealer.departments[department].whom,
        "who": turn.dealer.departments[department].title,
        "when": answer_time(turn, department),
    }
    chosen = "utter_handover_waiting" if waiting == department else text or "utter_handover_" + reason
    return Answer([say(chosen, **values)], effects=[ticket], step="call_back")


def _summary(turn: Turn, words: str) -> str:
    car = f"{wording.car_title(turn.car)}. " if turn.car else ""
    return (car + words)[:SUMMARY]
