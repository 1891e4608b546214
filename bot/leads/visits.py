"""When customers come: booked, moved, called off."""

from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import VisitBooked
from bot.conversations import Conversation
from bot.db import utcnow
from bot.dealer import Dealer
from bot.leads.models import Visit


async def coming(session: AsyncSession, conversation_ids: Collection[int], dealer: Dealer) -> Visit | None:
    """The visit that is booked in any of these conversations and not past."""
    today = dealer.local(utcnow()).date()
    given = {"conversation_ids": list(conversation_ids), "today": today}
    return (await session.scalars(_coming(), given)).first()


async def called_off(session: AsyncSession, conversation_ids: Collection[int]) -> bool:
    """Whether the last visit of these conversations was; people may still expect him."""
    query = select(Visit.cancelled_at).where(Visit.conversation_id.in_(conversation_ids))
    return await session.scalar(query.order_by(Visit.id.desc()).limit(1)) is not None


@cache
def _coming() -> Select[Visit]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    return (
        select(Visit)
        .where(
            Visit.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            Visit.cancelled_at.is_(None),
            Visit.date >= bindparam("today"),
        )
        .order_by(Visit.date, Visit.id)
        .limit(1)
    )


async def book(
    session: AsyncSession, conversation: Conversation, booked: Visit | None, wanted: VisitBooked
) -> None:
    """Book, or move the one that is booked."""
    if booked is None:
        booked = Visit(conversation_id=conversation.id)
        session.add(booked)
    booked.date, booked.time = wanted.date, wanted.time
    booked.car_id = wanted.car_id if wanted.car_id is not None else booked.car_id
    booked.address = wanted.address
    await session.flush()
