"""Which delivery is made now, and how it ends. One lead and system at a time, as in `bot.outbox.claim`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, Update, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, UtcDateTime, utcnow
from bot.errors import AvtootvetError
from bot.leads.models import LeadDelivery, Task

# A delivery is several requests of up to half a minute each.
LEASE = dt.timedelta(minutes=5)


class DeliveryLost(AvtootvetError):
    """It took longer than the lease and another gateway has it now."""


@dataclass(frozen=True)
class Errand:
    """What this gateway, and no other, tells a system of a lead now."""

    id: int
    lead_id: int
    system: str
    task: Task
    record: str | None
    worker: str
    attempt: int  # since the last one that succeeded; 1 on the first try
    queued_at: dt.datetime


# Asked twice a second, and to build a statement takes longer than to answer it.
_NOW = bindparam("now", type_=UtcDateTime)
_WAITING = (
    LeadDelivery.status == "queued",
    LeadDelivery.system.in_(bindparam("systems", expanding=True)),
    or_(LeadDelivery.claimed_until.is_(None), LeadDelivery.claimed_until <= _NOW),
)
_NEXT_DUE: Select[dt.datetime | None] = select(func.min(LeadDelivery.next_try_at)).where(*_WAITING)
_OLDEST = (
    select(LeadDelivery.id)
    .where(LeadDelivery.next_try_at <= _NOW, *_WAITING)
    .order_by(LeadDelivery.next_try_at, LeadDelivery.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(LeadDelivery)
    .where(LeadDelivery.id == _OLDEST.scalar_subquery(), LeadDelivery.status == "queued")
    .values(
        claimed_by=bindparam("worker"),
        claimed_until=bindparam("until", type_=UtcDateTime),
        attempts=LeadDelivery.attempts + 1,
    )
    .returning(LeadDelivery)
)


async def next_due(sessions: Sessions, systems: Collection[str]) -> dt.datetime | None:
    """When the next delivery that nobody makes falls due."""
    async with sessions() as session:
        return await session.scalar(_NEXT_DUE, {"now": utcnow(), "systems": list(systems)})


async def claim_errand(sessions: Sessions, systems: Collection[str], worker: str) -> Errand | None:
    now = utcnow()
    given = {"now": now, "systems": list(systems), "worker": worker, "until": now + LEASE}
    async with sessions.begin() as session:
        row = (await session.scalars(_CLAIM, given)).one_or_none()
    if row is None:
        return None
    return Errand(row.id, row.lead_id, row.system, row.task, row.record, worker, row.attempts, row.queued_at)


async def delivered(sessions: Sessions, errand: Errand, revision: int, record: str) -> None:
    """The system has `revision` as `record`. Raises DeliveryLost.

    Meanwhile the lead may have changed, or the customer may have taken his consent back: the row says so.
    """
    ended = case(
        (LeadDelivery.task != "deliver", LeadDelivery.status),
        (LeadDelivery.status != "queued", LeadDelivery.status),
        (LeadDelivery.wanted > revision, "queued"),
        else_="done",
    )
    await _end(sessions, errand, status=ended, record=record, delivered=revision, attempts=0, error=None)


async def forgotten(sessions: Sessions, errand: Errand) -> None:
    """The system has forgotten the customer. Raises DeliveryLost."""
    ended = case((LeadDelivery.task == "forget", "done"), else_=LeadDelivery.status)
    await _end(sessions, errand, status=ended, record=None, delivered=0, attempts=0, error=None)


async def postpone(sessions: Sessions, errand: Errand, error: str, next_try_at: dt.datetime) -> None:
    """The same again later. Raises DeliveryLost."""
    await _end(sessions, errand, error=error, next_try_at=next_try_at)


async def give_up(sessions: Sessions, errand: Errand, error: str, *, made_nothing: bool) -> None:
    """A person has to look; `made_nothing` when the system has said that it took nothing."""
    ended = case((LeadDelivery.task == errand.task, "failed"), else_=LeadDelivery.status)
    tries = {"attempts": 0} if made_nothing else {}
    await _end(sessions, errand, status=ended, error=error, **tries)


async def _end(sessions: Sessions, errand: Errand, **values: object) -> None:
    async with sessions.begin() as session:
        await _write(session, _owned(errand).values(**values, claimed_by=None, claimed_until=None))


def _owned(errand: Errand) -> Update:
    return update(LeadDelivery).where(
        LeadDelivery.id == errand.id,
        LeadDelivery.claimed_by == errand.worker,
        LeadDelivery.attempts == errand.attempt,
    )


async def _write(session: AsyncSession, statement: Update) -> None:
    if await session.scalar(statement.returning(LeadDelivery.id)) is None:
        raise DeliveryLost("контакт передаёт другой процесс")
