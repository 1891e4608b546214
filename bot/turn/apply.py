"""The effects of a turn, in its transaction."""

from collections.abc import Sequence
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import (
    AskedPhone,
    CapturedLead,
    ConsentGiven,
    ConsentRefused,
    ConsentShown,
    ConsentWithdrawn,
    Effect,
    FocusCar,
    ForgetMe,
    OpenedTicket,
    RefusedPhone,
    ShowCards,
    ShowPictures,
    Understood,
    VisitBooked,
    VisitCancelled,
)
from bot.conversations import Conversation
from bot.desk.tickets import open_ticket
from bot.leads.desk import LeadDesk

EARLIER_CARS = 10


async def apply_effects(
    session: AsyncSession, conversation: Conversation, effects: Sequence[Effect], leads: LeadDesk
) -> None:
    agrees = any(isinstance(effect, ConsentGiven) and effect.kind == "processing" for effect in effects)
    for effect in effects:
        await _apply(session, conversation, effect, leads, agrees=agrees)


async def _apply(
    session: AsyncSession, conversation: Conversation, effect: Effect, leads: LeadDesk, *, agrees: bool
) -> None:
    match effect:
        case FocusCar():
            focus(conversation, effect.car_id)
        case AskedPhone():
            if effect.step not in conversation.asked_topics:
                conversation.asked_topics = [*conversation.asked_topics, effect.step]
        case RefusedPhone():
            conversation.phone_refusals += 1
        case CapturedLead():
            await leads.capture(session, conversation, effect, agrees=agrees)
        case VisitBooked():
            await leads.book(session, conversation, effect)
        case VisitCancelled():
            await leads.call_off(session, conversation)
        case OpenedTicket():
            await open_ticket(session, conversation, effect, leads.dealer)
        case Understood():
            conversation.failures_in_a_row = 0 if effect.ok else conversation.failures_in_a_row + 1
        case ShowPictures() | ShowCards():
            pass  # they are in the message itself
        case ConsentShown() | ConsentGiven() | ConsentRefused() | ConsentWithdrawn() | ForgetMe():
            pass  # they are about the whole turn: see bot.turn.privacy
        case _:
            assert_never(effect)


def focus(conversation: Conversation, car_id: int) -> None:
    """The conversation is about this car now; the one before is among the earlier ones."""
    if conversation.focus_car_id == car_id:
        return
    left = [conversation.focus_car_id] if conversation.focus_car_id is not None else []
    earlier = [*left, *(c for c in conversation.earlier_car_ids if c not in (car_id, *left))]
    conversation.earlier_car_ids = earlier[:EARLIER_CARS]
    conversation.focus_car_id = car_id
