"""When something has to be done about a ticket: planned and called off in the transactions that change it.

What falls due is done by `bot.desk.watch`.
"""

import datetime as dt
from collections.abc import Collection

from sqlalchemy import case, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import UtcDateTime, utcnow
from bot.dealer import Dealer
from bot.desk.hours import due
from bot.desk.models import Ticket, TicketTimer, TimerKind
from bot.due import PAUSE, TRIES
from bot.upsert import insert

# About a customer who waits, in their order.
WAITING: tuple[TimerKind, ...] = ("remind", "manager", "next_department")
ALL: tuple[TimerKind, ...] = (*WAITING, "resolve")


async def plan_watch(session: AsyncSession, ticket: Ticket, dealer: Dealer, since: dt.datetime) -> None:
    """The customer begins to wait for this department; what was planned before does not count any more."""
    await call_off(session, ticket.id, ALL)
    await plan(session, ticket, {kind: due_at(ticket, kind, dealer, since) for kind in ALL})


def due_at(ticket: Ticket, kind: TimerKind, dealer: Dealer, since: dt.datetime) -> dt.datetime | None:
    """When the department has been open since for as long as its rules say; None: not within a month."""
    key = dealer.known_department(ticket.department)
    minutes: int = getattr(dealer.departments[key].watch, kind)
    return due(dealer.schedule_of(key), dealer.local(since), minutes)


async def plan(session: AsyncSession, ticket: Ticket, moments: dict[TimerKind, dt.datetime | None]) -> None:
    rows = [
        {"ticket_id": ticket.id, "kind": kind, "due_at": at} for kind, at in moments.items() if at is not None
    ]
    if not rows:
        return
    await session.execute(
        insert(session, TicketTimer)
        .values(rows)
        # One of the same moment was called off, or put off to it before.
        .on_conflict_do_update(index_elements=["ticket_id", "kind", "due_at"], set_={"done_at": None})
    )


async def call_off(session: AsyncSession, ticket_id: int, kinds: Collection[TimerKind]) -> None:
    await session.execute(
        update(TicketTimer)
        .where(TicketTimer.ticket_id == ticket_id, TicketTimer.kind.in_(kinds), TicketTimer.done_at.is_(None))
        .values(done_at=utcnow())
        .execution_options(synchronize_session=False)
    )


async def put_aside(session: AsyncSession, ticket_id: int, now: dt.datetime) -> int:
    """What is due for the ticket raised: it is tried later, or not again. Returns how often it has raised."""
    failures = TicketTimer.failures + 1
    later = (
        update(TicketTimer)
        .where(TicketTimer.ticket_id == ticket_id, TicketTimer.done_at.is_(None), TicketTimer.due_at <= now)
        .values(
            failures=failures,
            due_at=now + PAUSE,
            done_at=case((failures >= TRIES, literal(now, UtcDateTime())), else_=None),
        )
        .returning(TicketTimer.failures)
        .execution_options(synchronize_session=False)
    )
    return max(await session.scalars(later), default=0)
