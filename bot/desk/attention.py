"""Who attends to a conversation: its tickets as they stand, and the lock under which they change.

A person of the dealership may answer in the messenger itself, past the bot. Nobody closes such a ticket by
hand, so it is left when he has been silent for `PAST_BOT`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenTicket
from bot.conversations import Conversation
from bot.db import utcnow
from bot.desk.models import Ticket

PAST_BOT = dt.timedelta(hours=3)


@dataclass(frozen=True)
class Attention:
    """Whether people are asked for, and whether one is there already."""

    open: OpenTicket | None
    claimed: bool
    left: bool  # a ticket waits for `bot.desk.tickets.close_left`
    released_at: dt.datetime | None  # when a person last let go of it


# Made once: every turn asks it twice.
_TICKETS = (
    select(Ticket)
    .where(Ticket.conversation_id == bindparam("conversation_id"))
    .order_by(Ticket.opened_at.desc())
)


async def attention(
    session: AsyncSession, conversation_id: int, since: dt.datetime | None = None
) -> Attention:
    """Who attends to the conversation now.

    With `since` it also counts as claimed when a person had it at any moment after: what came in then is
    his to answer, however late the bot learns of it.
    """
    tickets = (await session.scalars(_TICKETS, {"conversation_id": conversation_id})).all()
    waiting = next((t for t in tickets if t.status == "open"), None)
    claimed = any(t.status == "claimed" and not left(t) for t in tickets)
    released_at = max((t.released_at for t in tickets if t.released_at), default=None)
    if since is not None and released_at is not None:
        claimed = claimed or released_at > since
    return Attention(
        open=OpenTicket(department=waiting.department, opened_at=waiting.opened_at) if waiting else None,
        claimed=claimed,
        left=any(ticket.status != "closed" and left(ticket) for ticket in tickets),
        released_at=released_at,
    )


def left(ticket: Ticket) -> bool:
    """A person answered past the bot and has been silent since."""
    return ticket.past_bot_at is not None and ticket.past_bot_at < utcnow() - PAST_BOT


async def lock(session: AsyncSession, conversation_id: int) -> Conversation:
    """The conversation, for this transaction alone.

    An UPDATE and not a SELECT … FOR UPDATE: SQLite locks nothing when it reads.
    """
    locked = await session.scalars(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(chat_id=Conversation.chat_id)
        .returning(Conversation),
        execution_options={"populate_existing": True},
    )
    return locked.one()


async def unclosed(session: AsyncSession, conversation_id: int) -> Sequence[Ticket]:
    query = select(Ticket).where(Ticket.conversation_id == conversation_id, Ticket.status != "closed")
    return (await session.scalars(query.order_by(Ticket.id))).all()
