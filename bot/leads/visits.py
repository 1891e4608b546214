"""When customers come: booked, moved, called off."""

import datetime as dt
import re
from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import VisitBooked
from bot.conversations import Conversation
from bot.db import utcnow
from bot.dealer import Dealer
from bot.leads.models import Visit

# «10:00», «до 12:00», «с 10:00 до 12:00»; «после 18:00» and «утром» have no last hour.
_LAST_HOUR = re.compile(r"(?:^|до )(\d\d):\d\d$")


async def coming(session: AsyncSession, conversation_ids: Collection[int], dealer: Dealer) -> Visit | None:
    """The visit that is booked in any of these conversations and not past."""
    now = dealer.local(utcnow())
    given = {"conversation_ids": list(conversation_ids), "today": now.date()}
    return next((visit for visit in await session.scalars(_coming(), given) if not _past(visit, now)), None)


def _past(visit: Visit, now: dt.datetime) -> bool:
    """Who is late is still awaited until the hour is over, and can still move it or call it off."""
    last = _LAST_HOUR.search(visit.time or "")
    return last is not None and visit.date == now.date() and int(last[1]) < now.hour


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
