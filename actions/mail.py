"""An e-mail address: what is sent there, and by whom. The bot itself sends no letters to customers."""

from actions import contact, phones
from actions.handover import to_department
from actions.memory import Pending
from actions.nextstep import TOPIC_OF
from actions.say import Answer, say
from actions.turn import Turn
from bot.contract import NextStep

SENT_FOR: dict[str, NextStep] = {
    "ask_vin": "history_report",
    "ask_history": "history_report",
    "ask_condition": "inspection_video",
    "ask_photos": "extra_photos",
}
BY_PERSON = ("spam", "complain", "request_human")  # the address is in their own words there
NO_QUESTION = ("ask_address", "ask_other")  # «почта» sounds like one


def asked_of(turn: Turn) -> tuple[str, ...]:
    """The address last, after the questions that it is not for."""
    heard = turn.heard
    if not heard.all("email") or phones.given(turn) or heard.says(*BY_PERSON):
        return ()
    return (*(i for i in heard.questions if i not in (*SENT_FOR, *NO_QUESTION)), "give_email")


async def give(turn: Turn) -> Answer:
    """Kept with the lead of who has left his number, else with the ticket of those who will write."""
    saved = say("utter_email_saved", email=turn.heard.first("email"))
    step = _step(turn)
    if step is None:
        told = (
            await contact.note(turn)
            if turn.meta.phone_known
            else to_department(turn, "other", reason="topic")
        )
    elif turn.meta.phone_known:
        turn.pending = Pending(awaits="phone", step=step, topic=TOPIC_OF[step])
        told = contact.lead(turn, ())
    else:
        told = to_department(turn, TOPIC_OF[step], reason="topic", text="utter_email_passed")
    told.says.insert(0, saved)
    told.step = None  # who writes his address is not asked for a number
    return told


def _step(turn: Turn) -> NextStep | None:
    wanted = next((SENT_FOR[i] for i in turn.heard.intents if i in SENT_FOR), None)
    asked = turn.pending.step if turn.pending else None
    return wanted or (asked if asked in contact.SENT else None)
