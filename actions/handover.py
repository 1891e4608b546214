"""Handing over to a department: the ticket and what the customer hears of it."""

from collections.abc import Iterator
from typing import Literal

from actions import wording
from actions.promise import answer_time, call_time, in_time
from actions.say import Answer, say
from actions.turn import Turn
from bot.contract import OpenedTicket

Reason = Literal["asked", "complaint", "topic", "unsure", "unknown_fact"]
SUMMARY = 500  # characters that go into the ticket
ATTACHED = {
    "photo": "фото",
    "video": "видео",
    "voice": "голосовое сообщение",
    "video_note": "видеосообщение",
    "document": "файл",
    "sticker": "стикер",
    "location": "место на карте",
    "contact": "контакт",
}


def to_department(
    turn: Turn, topic: str, *, reason: Reason, text: str | None = None, summary: str | None = None
) -> Answer:
    """Open a ticket of the department that answers for the topic; it is announced once.

    Who comes while it is closed may leave his number instead of waiting in the chat.
    """
    waiting = turn.meta.open_ticket.department if turn.meta.open_ticket else None
    department = turn.department(topic)
    if reason == "unsure" and waiting in turn.dealer.departments:
        department = waiting  # a second department would not understand it better
    ticket = OpenedTicket(
        department=department,
        reason=reason,
        topic=topic,
        car_id=turn.car.id if turn.car else turn.meta.focus_car_id,
        summary=_summary(turn, summary or _words(turn)),
    )
    values = {
        "whom": turn.dealer.departments[department].whom,
        "who": turn.dealer.departments[department].title,
        "when": answer_time(turn, department),
    }
    chosen = "utter_handover_waiting" if waiting == department else text or "utter_handover_" + reason
    later = (
        None if in_time(turn, department) else say("utter_ask_call_later", when=call_time(turn, department))
    )
    return Answer([say(chosen, **values)], effects=[ticket], step="call_back", request=later)


def _words(turn: Turn) -> str:
    """What he typed, and what he sent with it; the payload of a button is no word of his."""
    typed = "" if turn.heard.text.startswith("/") else turn.heard.text
    attached = ", ".join(dict.fromkeys(ATTACHED.get(kind, "вложение") for kind in turn.meta.attachments))
    return "\n".join(filter(None, (typed, f"Прислал: {attached}" if attached else "")))


def _summary(turn: Turn, words: str) -> str:
    """What a person must know to answer: what was asked for, what he has told of himself.

    And of which car, when it is another than until now: the ticket names the one that the talk is about.
    """
    about = f"{wording.car_title(turn.car)}. " if turn.car and not turn.car_is_known else ""
    told = "; ".join(_told(turn, words))
    known = f"\nУже рассказал: {told}." if told else ""
    return (about + words)[: SUMMARY - len(known)] + known


def _told(turn: Turn, words: str) -> Iterator[str]:
    credit, own = turn.memory.credit, turn.memory.own_car
    if credit.down_payment is not None:
        yield f"взнос {wording.money(credit.down_payment)}"
    if credit.down_percent is not None:
        yield f"взнос {wording.percent(credit.down_percent)}"
    if credit.months is not None:
        yield f"срок {wording.term(credit.months)}"
    if credit.monthly_payment is not None:
        yield f"платёж до {wording.money(credit.monthly_payment)}"
    name = " ".join(filter(None, (own.make, own.model)))
    if own.started and not (name and name in words):
        mileage = wording.kilometres(own.mileage_km) if own.mileage_km is not None else None
        yield "своя машина " + ", ".join(filter(None, (name, str(own.year or ""), mileage)))
