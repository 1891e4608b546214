"""The frame of the next turn: what the bot has asked, and which step a phone number would belong to."""

from collections.abc import Sequence

from actions.memory import Pending
from actions.nextstep import TOPIC_OF
from actions.plan import EXPECTED
from actions.say import Answer
from actions.turn import Turn
from bot.contract import CapturedLead, RefusedPhone


def settle(turn: Turn, answers: Sequence[Answer], asked: Sequence[Pending | None]) -> None:
    """Of what the answers wait for, that which the customer is really asked: the first closing question."""
    paired = list(zip(answers, asked, strict=True))
    closing = next((p for a, p in paired if a.closing and p), None)
    choice = next((p for p in asked if p and p.awaits == "which_car"), None)
    last = next((p for p in reversed(asked) if p), None)
    chosen = closing or choice or last
    if chosen and chosen.awaits == "which_car":
        waiting = [q for p in asked if p and p.awaits == "which_car" for q in p.questions]
        chosen.questions = tuple(dict.fromkeys(waiting))
    turn.await_(chosen)


def step_of(turn: Turn, answers: Sequence[Answer]) -> Pending | None:
    """«запишите на завтра, мой номер …»: the number belongs to the step of the same message."""
    leading = next((a for a in reversed(answers) if a.step), None)
    asked_before = turn.pending is not None and turn.pending.step is not None
    if leading is None or leading.step is None or (leading.step == "call_back" and asked_before):
        return turn.pending
    return Pending(awaits="phone", step=leading.step, topic=TOPIC_OF[leading.step], details=leading.details)


def carry(turn: Turn, topics: Sequence[str], answers: Sequence[Answer]) -> None:
    """An interruption does not make the bot forget what it asked: the frame lives until it is answered."""
    old, new = turn.pending, turn.memory.pending or Pending(awaits="phone")
    if old is None:
        return
    if new.awaits == "phone" and not _answered(turn, old, topics):
        step = {"step": new.step, "topic": new.topic, "details": new.details, "passed": new.passed}
        new = old.model_copy(update=step)
    if new.step is None and old.step and not settled(answers):
        new.step, new.topic, new.details, new.passed = old.step, old.topic, old.details, True
    turn.await_(new if new.step or new.awaits != "phone" else None)


def _answered(turn: Turn, old: Pending, topics: Sequence[str]) -> bool:
    if old.awaits == "phone":
        return True
    if old.awaits == "which_car":
        return turn.car is not None
    return EXPECTED[old.awaits].question in topics


def settled(answers: Sequence[Answer]) -> bool:
    """The number was given or refused in this turn."""
    return any(isinstance(e, CapturedLead | RefusedPhone) for a in answers for e in a.effects)
