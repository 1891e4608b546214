"""Before Rasa: may the bot speak at all, and what does it know."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming
from bot.contract import Abilities, Metadata, Visit
from bot.conversations import Conversation, Direction
from bot.customers.persons import Known, known, told_in
from bot.customers.traces import find_traces
from bot.db import utcnow
from bot.desk.attention import Attention, attention
from bot.desk.rating import Rating, read_rating, typed_rating
from bot.desk.routing import Acquaintance, acquaintances
from bot.inbox.claim import Claim
from bot.leads.desk import LeadDesk, Standing
from bot.outbox import Choice, find_choice, quoted_car
from bot.outbox.models import OutboxMessage
from bot.turn.message import RasaMessage, compose

AFTER_TALK = dt.timedelta(hours=1)

# Made once: every turn after a talk with a person asks it.
_LAST_ANSWER = select(func.max(OutboxMessage.created_at)).where(
    OutboxMessage.conversation_id == bindparam("conversation_id"), OutboxMessage.origin.startswith("turn:")
)

# Nobody was asked for.
ALONE = Attention(open=None, claimed=False, left=False, released_at=None)


@dataclass(frozen=True)
class Question:
    """A turn as it goes to Rasa."""

    sender: str
    message: RasaMessage
    metadata: Metadata
    quoted_car_id: int | None = None


async def gate(session: AsyncSession, claim: Claim, abilities: Abilities, leads: LeadDesk) -> Question | None:
    """The question for Rasa; None while an operator has the conversation."""
    conversation = claim.conversation
    traces = await find_traces(session, conversation.id)
    state = await attention(session, conversation.id, claim.received_at) if traces.attended else ALONE
    if state.claimed:
        return None
    message = compose(claim.updates, await _pressed(session, claim))
    speaker = traces.last_speaker
    customer = await known(session, conversation) if traces.linked else told_in([conversation])
    standing = await leads.standing(session, customer, traces)
    met = await acquaintances(session, customer.conversation_ids, leads.dealer) if traces.met else ()
    metadata = _metadata(conversation, customer, standing, state, met, claim, message, abilities, speaker)
    if await _after_person(session, claim, speaker, state):
        metadata = metadata.model_copy(update={"after_person": True})
    quoted = await _quoted(session, claim)
    if quoted is not None:
        metadata = metadata.model_copy(update={"focus_car_id": quoted, "listing_ref": None})
    return Question(conversation.key, message, metadata, quoted)


async def _quoted(session: AsyncSession, claim: Claim) -> int | None:
    """«А этот?» in answer to one of our messages is about the car of that message."""
    quotes = next((u.reply_to for u in reversed(claim.updates) if u.reply_to), None)
    return await quoted_car(session, claim.conversation_id, quotes) if quotes is not None else None


async def _pressed(session: AsyncSession, claim: Claim) -> Choice | None:
    """What was pressed, when nothing else is in the turn: of a flood only the titles are read."""
    keys = {update.button for update in claim.updates}
    key = keys.pop() if len(keys) == 1 else None
    return await find_choice(session, claim.conversation_id, key) if key is not None else None


async def told_rating(session: AsyncSession, claim: Claim) -> Rating | None:
    """How he was answered, when that is what he says by a button or a digit."""
    choice = await _pressed(session, claim)
    if choice is not None:
        return read_rating(choice.payload)
    return await typed_rating(session, claim.conversation_id, claim.updates, claim.turn_id)


async def _after_person(
    session: AsyncSession, claim: Claim, speaker: Direction | None, state: Attention
) -> bool:
    """Whether a person has talked with him since the bot last answered; to ask how it was is no answer."""
    if speaker == "staff" or state.released_at is None:
        return speaker == "staff"
    answered_at = await session.scalar(_LAST_ANSWER, {"conversation_id": claim.conversation_id})
    return answered_at is None or answered_at < state.released_at


def _opens(update: Incoming) -> bool:
    """The customer opened the advertisement just now, perhaps not for the first time."""
    return update.kind == "start" or any(a.kind == "product" for a in update.attachments)


def latest_link(updates: Sequence[Incoming]) -> str | None:
    return next((u.listing_ref for u in reversed(updates) if u.listing_ref), None)


def _metadata(
    conversation: Conversation,
    customer: Known,
    standing: Standing,
    state: Attention,
    met: Sequence[Acquaintance],
    claim: Claim,
    message: RasaMessage,
    abilities: Abilities,
    speaker: Direction | None,
) -> Metadata:
    return Metadata(
        turn=str(claim.turn_id),
        channel=conversation.channel,
        abilities=abilities,
        now=utcnow(),
        focus_car_id=conversation.focus_car_id,
        listing_ref=_link(conversation, claim.updates),
        earlier_car_ids=tuple(conversation.earlier_car_ids),
        first_message=speaker is None,
        attachments=message.attachments,
        name=customer.name,
        phone_known=customer.phone is not None,
        phone_tail=customer.phone[-4:] if customer.phone is not None else None,
        consent=standing.consent,
        consent_holds=standing.agreed,
        advertising=_advertising(standing, state),
        visit=_visit(standing),
        own_car=standing.own_car,
        asked_topics=customer.asked_topics,
        phone_refusals=customer.phone_refusals,
        failures_in_a_row=conversation.failures_in_a_row,
        open_ticket=state.open,
        acquainted=tuple(dict.fromkeys(one.department for one in met)),
        pressed=message.pressed,
    )


def _advertising(standing: Standing, state: Attention) -> Literal["none", "asked", "given"]:
    """«Спасибо» soon after a talk with a person is meant for him: no time to ask about our news."""
    talked = state.released_at is not None and utcnow() < state.released_at + AFTER_TALK
    return "asked" if talked and standing.advertising == "none" else standing.advertising


def _visit(standing: Standing) -> Visit | None:
    booked = standing.visit
    if booked is None:
        return None
    return Visit(date=booked.date, time=booked.time, car_id=booked.car_id, address=booked.address)


def _link(conversation: Conversation, updates: Sequence[Incoming]) -> str | None:
    """The link that says which car is meant: a new or newly opened one, or the last one while no car is
    in focus.

    The site sends the page's address with every message; an old one must not win over a car that was
    named since.
    """
    link = latest_link(updates)
    if link is not None and (link != conversation.listing_ref or any(map(_opens, updates))):
        return link
    return conversation.listing_ref if conversation.focus_car_id is None else None
