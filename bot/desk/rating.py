"""How a customer was answered, asked once after a ticket is closed, and told by one tap.

The press is a turn without Rasa, see `bot.turn.handle`.
"""

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.customers.persons import known
from bot.db import utcnow
from bot.dealer import Dealer
from bot.desk.attention import attention
from bot.desk.events import note
from bot.desk.models import Ticket
from bot.desk.notices import notice
from bot.desk.reach import may_write
from bot.desk.texts import RATE, RATED, RATED_LATE, RATING, STARS
from bot.outbox import Choice, put
from bot.outbox.models import OutboxMessage

# Nobody is asked again so soon, in whichever chat.
PAUSE = dt.timedelta(days=7)
# How long an answer counts, and may be changed.
OPEN_FOR = dt.timedelta(days=1)
# So few stars are told of with a sound.
BAD = 2

COMMAND = "/rate"
ORIGIN = "rate:"


class Rating(BaseModel):
    """A pressed button."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ticket: int
    stars: int = Field(ge=1, le=5)

    @property
    def payload(self) -> str:
        return f"{COMMAND}{self.model_dump_json()}"


def read_rating(payload: str) -> Rating | None:
    """None for the payload of any other button."""
    if not payload.startswith(f"{COMMAND}{{"):
        return None
    try:
        return Rating.model_validate_json(payload.removeprefix(COMMAND))
    except ValidationError:
        return None


async def offer(session: AsyncSession, ticket: Ticket) -> None:
    """Ask, when people have answered him and he may be written to; in the transaction that closed it."""
    conversation = await session.get_one(Conversation, ticket.conversation_id)
    if ticket.first_answer_at is None or not await _may_ask(session, conversation, utcnow()):
        return
    choices = [Choice(title, Rating(ticket=ticket.id, stars=stars).payload) for stars, title in STARS.items()]
    origin = f"{ORIGIN}{ticket.id}:{ticket.opened_at.isoformat()}"
    await put(session, conversation, Outgoing(text=RATE), origin=origin, choices=choices)


async def _may_ask(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> bool:
    """Not while another person still talks with him."""
    if (await attention(session, conversation.id)).claimed or not await may_write(session, conversation, now):
        return False
    customer = await known(session, conversation)
    asked = exists().where(
        OutboxMessage.conversation_id.in_(customer.conversation_ids),
        OutboxMessage.origin.startswith(ORIGIN),
        OutboxMessage.created_at > now - PAUSE,
    )
    return not await session.scalar(select(asked))


async def rate(session: AsyncSession, conversation: Conversation, rating: Rating, dealer: Dealer) -> str:
    """What he is answered. The caller holds the conversation."""
    ticket = await session.get(Ticket, rating.ticket)
    now = utcnow()
    if ticket is None or ticket.conversation_id != conversation.id or not _counts(ticket, now):
        return RATED_LATE
    if ticket.rating != rating.stars:
        ticket.rating = rating.stars
        ticket.revision += 1
        note(session, ticket, "rated", None, now, stars=rating.stars)
        words, bad = RATING.format(stars=rating.stars), rating.stars <= BAD
        await notice(session, conversation.id, ticket.department, words, dealer=dealer, loud=bad)
    return RATED


def _counts(ticket: Ticket, now: dt.datetime) -> bool:
    return ticket.closed_at is not None and now < ticket.closed_at + OPEN_FOR
