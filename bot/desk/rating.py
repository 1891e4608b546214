"""How a customer was answered, asked once after a ticket is closed, and told by one tap.

The press is a turn without Rasa, see `bot.turn.handle`. So is a digit, where the question is the last word.
"""

import datetime as dt
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming, Outgoing
from bot.conversations import Conversation, Message
from bot.customers.persons import known
from bot.db import utcnow
from bot.dealer import Dealer
from bot.desk.attention import attention
from bot.desk.events import note
from bot.desk.models import Ticket
from bot.desk.notices import notice
from bot.desk.reach import may_write
from bot.desk.texts import RATE, RATE_IN_WORDS, RATED, RATED_LATE, RATING, STARS
from bot.inbox.models import InboxUpdate
from bot.outbox import Choice, put
from bot.outbox.models import DeliveredMessage, OutboxMessage

# Nobody is asked again so soon, in whichever chat.
PAUSE = dt.timedelta(days=7)
# How long an answer counts, and may be changed.
OPEN_FOR = dt.timedelta(days=1)
# So few stars are told of with a sound.
BAD = 2

COMMAND = "/rate"
ORIGIN = "rate:"

_DIGIT = re.compile(r"\s*[1-5]\s*")


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
    origin = f"{ORIGIN}{ticket.id}:{ticket.opened_at.isoformat()}"
    if not await _sees_buttons(session, conversation.id):
        await put(session, conversation, Outgoing(text=RATE_IN_WORDS), origin=origin)
        return
    choices = [Choice(title, Rating(ticket=ticket.id, stars=stars).payload) for stars, title in STARS.items()]
    await put(session, conversation, Outgoing(text=RATE), origin=origin, choices=choices)


async def _sees_buttons(session: AsyncSession, conversation_id: int) -> bool:
    """In the app that he wrote from last."""
    query = (
        select(InboxUpdate.body)
        .join(Message, Message.inbox_id == InboxUpdate.id)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(1)
    )
    body = await session.scalar(query)
    try:
        abilities = Incoming.model_validate(body).abilities if body is not None else None
    except ValidationError:
        return True  # of another version: buttons are what most see
    return abilities is None or abilities.buttons


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


async def typed_rating(
    session: AsyncSession, conversation_id: int, updates: Sequence[Incoming], first: int
) -> Rating | None:
    """A bare digit that follows the question directly; `first` is the row of the first of `updates`."""
    update = updates[0]
    if len(updates) > 1 or not _is_digit(update):
        return None
    asked = await _question_before(session, conversation_id, first)
    if asked is None or not await _is_answered_by(session, asked, update):
        return None
    ticket = await session.get(Ticket, int(asked.origin.removeprefix(ORIGIN).partition(":")[0]))
    if ticket is None or not _counts(ticket, utcnow()):
        return None
    return Rating(ticket=ticket.id, stars=int(update.text))


def _is_digit(update: Incoming) -> bool:
    return update.kind == "text" and not update.attachments and _DIGIT.fullmatch(update.text) is not None


async def _question_before(
    session: AsyncSession, conversation_id: int, inbox_id: int
) -> OutboxMessage | None:
    """The question, when it reached him and nobody has said anything since."""
    answer = select(Message.id).where(Message.inbox_id == inbox_id).scalar_subquery()
    before = (
        select(Message.outbox_id)
        .where(Message.conversation_id == conversation_id, Message.id < answer)
        .order_by(Message.id.desc())
        .limit(1)
    )
    asked = select(OutboxMessage).where(
        OutboxMessage.id == before.scalar_subquery(),
        OutboxMessage.origin.startswith(ORIGIN),
        OutboxMessage.status == "sent",
    )
    return await session.scalar(asked)


async def _is_answered_by(session: AsyncSession, asked: OutboxMessage, update: Incoming) -> bool:
    """Not when he quotes something else."""
    if update.reply_to is None:
        return True
    quoted = exists().where(
        DeliveredMessage.outbox_id == asked.id, DeliveredMessage.external_id == update.reply_to
    )
    return bool(await session.scalar(select(quoted)))


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
