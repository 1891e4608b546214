"""Tickets of a conversation: open one, see who has it.

A person of the dealership may answer in the messenger itself, past the bot. That claims the conversation
for him; nobody closes such a ticket by hand, so it ends when he has been silent for `PAST_BOT`.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenedTicket, OpenTicket
from bot.db import utcnow
from bot.desk.models import Ticket
from bot.outbox import withdraw
from bot.upsert import insert

PAST_BOT = dt.timedelta(hours=3)


@dataclass(frozen=True)
class Attention:
    """Whether people are asked for, and whether one is there already."""

    open: OpenTicket | None
    claimed: bool


async def attention(session: AsyncSession, conversation_id: int) -> Attention:
    query = (
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id, Ticket.status != "closed")
        .order_by(Ticket.opened_at.desc())
    )
    tickets = (await session.scalars(query)).all()
    waiting = next((t for t in tickets if t.status == "open"), None)
    return Attention(
        open=OpenTicket(department=waiting.department, opened_at=waiting.opened_at) if waiting else None,
        claimed=any(t.status == "claimed" and not _left(t) for t in tickets),
    )


def _left(ticket: Ticket) -> bool:
    """A person answered past the bot and has been silent since."""
    return ticket.past_bot_at is not None and ticket.past_bot_at < utcnow() - PAST_BOT


async def close_left(session: AsyncSession, conversation_id: int) -> None:
    """The bot speaks again: close what was claimed past it and left."""
    await session.execute(
        update(Ticket)
        .where(
            Ticket.conversation_id == conversation_id,
            Ticket.status == "claimed",
            Ticket.past_bot_at < utcnow() - PAST_BOT,
        )
        .values(status="closed")
    )


async def take_over(session: AsyncSession, conversation_id: int, department: str) -> None:
    """A person answered past the bot: the unclosed tickets are his, or one of `department` is opened.

    What the bot was about to say is not sent.
    """
    now = utcnow()
    at_the_desk = and_(Ticket.status == "claimed", Ticket.past_bot_at.is_(None))
    taken = await session.scalars(
        update(Ticket)
        .where(Ticket.conversation_id == conversation_id, Ticket.status != "closed")
        .values(
            status="claimed",
            claimed_at=func.coalesce(Ticket.claimed_at, now),
            # What was claimed at the desk is closed there.
            past_bot_at=case((at_the_desk, None), else_=now),
        )
        .returning(Ticket.id)
    )
    if not taken.all():
        await _open_taken(session, conversation_id, department, now)
    await withdraw(session, conversation_id, "клиенту отвечает сотрудник")


async def _open_taken(session: AsyncSession, conversation_id: int, department: str, now: dt.datetime) -> None:
    session.add(
        Ticket(
            conversation_id=conversation_id,
            department=department,
            reason="topic",
            topic="other",
            summary="Сотрудник ответил клиенту сам, в переписке мессенджера.",
            status="claimed",
            claimed_at=now,
            past_bot_at=now,
        )
    )


async def open_ticket(session: AsyncSession, conversation_id: int, wanted: OpenedTicket) -> None:
    """Open a ticket, or add to the unclosed one of the same department what is asked for now."""
    statement = insert(session, Ticket).values(
        conversation_id=conversation_id,
        department=wanted.department,
        reason=wanted.reason,
        topic=wanted.topic,
        summary=wanted.summary,
        car_id=wanted.car_id,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "department"],
            index_where=text("status <> 'closed'"),
            set_={"summary": Ticket.summary + "\n" + statement.excluded.summary},
        )
    )
