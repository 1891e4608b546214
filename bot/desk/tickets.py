"""Tickets of a conversation: open one, see who has it."""

from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenedTicket, OpenTicket
from bot.desk.models import Ticket
from bot.upsert import insert


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
        claimed=any(t.status == "claimed" for t in tickets),
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
