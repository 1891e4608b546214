"""The phone: given, broken, refused; each contact becomes a lead with its next step."""

import re

from actions.memory import Pending
from actions.promise import answer_time
from actions.say import Answer, say
from actions.turn import Turn
from bot.contract import CapturedLead, NextStep, RefusedPhone


async def give(turn: Turn) -> Answer:
    """A number in the message, or the promise of one."""
    phones = turn.heard.all("phone")
    valid = [e for e in phones if e.extra.get("valid", True)]
    if valid:
        return lead(turn, phone=str(valid[0].value))
    if not phones and turn.meta.phone_known:
        return lead(turn, phone=None)
    turn.await_(turn.pending or Pending(awaits="phone"))
    if phones:
        return Answer([say("utter_phone_invalid", number=_spoken(str(phones[0].value)))])
    return Answer([say("utter_phone_waiting")])


async def agree(turn: Turn) -> Answer:
    """«да» to the offered step."""
    if turn.meta.phone_known:
        return lead(turn, phone=None)
    turn.await_(turn.pending)
    return Answer([say("utter_phone_waiting")])


def lead(turn: Turn, *, phone: str | None) -> Answer:
    """Without `phone` the one the person gave before is meant."""
    pending = turn.pending or Pending(awaits="phone")
    step: NextStep = pending.step or "call_back"
    department = turn.department(pending.topic)
    captured = CapturedLead(
        phone=phone,
        name=turn.heard.first("person") or turn.meta.name,
        step=step,
        topic=pending.topic,
        department=department,
        car_id=turn.car.id if turn.car else turn.meta.focus_car_id,
        details=_details(turn, pending),
    )
    values = {
        "number": _spoken(phone) if phone else "",
        "who": turn.dealer.departments[department].title,
        "when": answer_time(turn, department),
    }
    saved = [say("utter_phone_saved", **values)] if phone else []
    return Answer([*saved, say("utter_lead_" + step, **values)], effects=[captured])


async def refuse(turn: Turn) -> Answer:
    return Answer([say("utter_phone_refused")], effects=[RefusedPhone()])


def _details(turn: Turn, pending: Pending) -> dict[str, object]:
    """What the manager should know before the call; only what was really said."""
    details: dict[str, object] = {k: v for k, v in pending.details.items() if v is not None}
    credit = turn.memory.credit.model_dump(exclude_none=True)
    own_car = turn.memory.own_car.model_dump(exclude_none=True)
    wished = {name: turn.heard.any_of(name) for name in ("day", "time") if turn.heard.any_of(name)}
    for name, value in (("credit", credit), ("own_car", own_car), ("wished_time", wished)):
        if value:
            details[name] = value
    return details


def _spoken(phone: str) -> str:
    """`+79161234567` → «+7 916 123-45-67»; others as they are."""
    match = re.fullmatch(r"\+7(\d{3})(\d{3})(\d{2})(\d{2})", phone)
    return "+7 {} {}-{}-{}".format(*match.groups()) if match else phone
