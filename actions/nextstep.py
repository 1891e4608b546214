"""The one next step after the answers: the phone, with its reason, once per topic, at most two refusals."""

from actions.memory import Pending
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.contract import AskedPhone, ConsentShown, Effect, NextStep

REFUSALS_RESPECTED = 2
# The topic, as dealer.yml names it, whose department takes the step.
TOPIC_OF: dict[NextStep, str] = {
    "hold_car": "availability",
    "history_report": "vin",
    "credit_check": "credit",
    "trade_in_valuation": "trade_in",
    "manager_price": "price",
    "inspection_video": "condition",
    "extra_photos": "photos",
    "test_drive": "visit",
    "selection": "search",
    "call_back": "other",
}


def offer_step(turn: Turn, answers: list[Answer]) -> tuple[list[Say], list[Effect]]:
    """The step of the last answer that leads to one, if it may be asked for now.

    When it may not, it is remembered all the same: a number given unasked belongs to it.
    """
    last = next((a for a in reversed(answers) if a.step), None)
    if last is None or last.step is None:
        return [], []
    asks = may_ask(turn, last.step)
    _remember(turn, last.step, last, passed=not asks)
    if not asks:
        return [], []
    if turn.meta.phone_known:
        return [say("utter_known_" + last.step)], [AskedPhone(step=last.step, known=True)]
    says, effects = asks_for_number(turn, last.step)
    return [last.request or say("utter_ask_" + last.step), *says], effects


def asks_for_number(turn: Turn, step: NextStep) -> tuple[list[Say], list[Effect]]:
    """What goes with every request: the consent that sending a number means, before the first one."""
    effects: list[Effect] = [AskedPhone(step=step)]
    if turn.meta.consent in ("shown", "given"):
        return [], effects
    says = [say("utter_consent", url=turn.dealer.consent.url)]
    if turn.meta.abilities.contact_button:
        says.append(say("utter_consent_contact_button"))
    return says, [*effects, ConsentShown(version=turn.dealer.consent.version)]


def may_ask(turn: Turn, step: NextStep) -> bool:
    """Once per step, not on a refusal or a complaint, and not when the last request was just passed over.

    Nor after he took his consent back: to ask again would be pressure.
    """
    if turn.meta.consent == "withdrawn":
        return False
    taken = (*turn.meta.asked_topics, turn.memory.contact.step)  # asked for, or given unasked
    if step in taken or turn.meta.phone_refusals >= REFUSALS_RESPECTED:
        return False
    if turn.heard.says("give_phone", "refuse_phone", "complain", "insult"):
        return False
    return turn.pending is None or turn.pending.step is None or turn.pending.passed


def _remember(turn: Turn, step: NextStep, answer: Answer, *, passed: bool) -> None:
    pending = turn.memory.pending or Pending(awaits="phone")
    pending.step, pending.topic, pending.passed = step, TOPIC_OF[step], passed
    pending.details = answer.details
    turn.await_(pending)
