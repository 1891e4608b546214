"""Which delivery is made now, and how it ends. One lead and system at a time, as in `bot.outbox.claim`."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, UtcDateTime, utcnow
from bot.errors import AvtootvetError
from bot.leads.looks import follow, unfollow
from bot.leads.models import LeadDelivery, Task

# A delivery is several requests of up to half a minute each.
LEASE = dt.timedelta(minutes=5)

# Whatever kills the process that tells of it must not be the first thing the next process does.
PATIENCE = 3  # tries
CALM = dt.timedelta(minutes=10)


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
        next_try_at=case(
            (LeadDelivery.attempts >= PATIENCE, bindparam("calm", type_=UtcDateTime)),
            else_=LeadDelivery.next_try_at,
        ),
    )
    .returning(LeadDelivery)
)


async def next_due(sessions: Sessions, systems: Collection[str]) -> dt.datetime | None:
    """When the next delivery that nobody makes falls due."""
    async with sessions() as session:
        return await session.scalar(_NEXT_DUE, {"now": utcnow(), "systems": list(systems)})


async def claim_errand(sessions: Sessions, systems: Collection[str], worker: str) -> Errand | None:
    now = utcnow()
    given = {
        "now": now,
        "systems": list(systems),
        "worker": worker,
        "until": now + LEASE,
        "calm": now + CALM,
    }
    async with sessions.begin() as session:
        row = (await session.scalars(_CLAIM, given)).one_or_none()
    if row is None:
        return None
    return Errand(row.id, row.lead_id, row.system, row.task, row.record, worker, row.attempts, row.queued_at)


async def delivered(
    sessions: Sessions, errand: Errand, revision: int, record: str, *, followed: bool = False
) -> None:
    """The system has `revision` as `record`; `followed`: it shows what becomes of it. Raises DeliveryLost.

    Meanwhile the lead may have changed, or the customer may have taken his consent back: the row says so.
    """
    ended = case(
        (LeadDelivery.task != "deliver", LeadDelivery.status),
        (LeadDelivery.status != "queued", LeadDelivery.status),
        (LeadDelivery.wanted > revision, "queued"),
        else_="done",
    )
    values = {"status": ended, "record": record, "delivered": revision, "attempts": 0, "error": None}
    async with sessions.begin() as session:
        await _end(session, errand, **values, next_try_at=utcnow())
        if followed:
            await follow(session, errand.id, anew=record != errand.record)


async def forgotten(sessions: Sessions, errand: Errand) -> None:
    """The system has forgotten the customer. Raises DeliveryLost."""
    ended = case((LeadDelivery.task == "forget", "done"), else_=LeadDelivery.status)
    values = {"status": ended, "record": None, "delivered": 0, "attempts": 0, "error": None}
    async with sessions.begin() as session:
        await _end(session, errand, **values, next_try_at=utcnow())


async def postpone(sessions: Sessions, errand: Errand, error: str, next_try_at: dt.datetime) -> None:
    """The same again later. Raises DeliveryLost."""
    async with sessions.begin() as session:
        await _end(session, errand, error=error, next_try_at=next_try_at)


async def let_rest(sessions: Sessions, system: str, until: dt.datetime) -> None:
    """The system has asked for a pause: no gateway begins another delivery to it before that."""
    async with sessions.begin() as session:
        await session.execute(
            update(LeadDelivery)
            .where(
                LeadDelivery.system == system,
                LeadDelivery.status == "queued",
                LeadDelivery.next_try_at < until,
            )
            .values(next_try_at=until)
        )


async def give_up(sessions: Sessions, errand: Errand, error: str, *, made_nothing: bool) -> None:
    """A person has to look; `made_nothing` when the system has said that it took nothing."""
    ended = case((LeadDelivery.task == errand.task, "failed"), else_=LeadDelivery.status)
    tries = {"attempts": 0} if made_nothing else {}
    async with sessions.begin() as session:
        await _end(session, errand, status=ended, error=error, **tries)


async def waiting_leads(session: AsyncSession) -> Sequence[tuple[str, int, dt.datetime]]:
    """System, how many leads it has yet to be told of, and since when the first of them waits."""
    rows = await session.execute(waiting_by_system())
    return [(system, number, since) for system, number, since in rows]


def waiting_by_system() -> Select[str, int, dt.datetime]:
    return (
        select(LeadDelivery.system, func.count(), func.min(LeadDelivery.queued_at))
        .where(LeadDelivery.status == "queued")
        .group_by(LeadDelivery.system)
    )


async def _end(session: AsyncSession, errand: Errand, **values: object) -> None:
    """Raises DeliveryLost when another gateway has taken it meanwhile."""
    mine = (
        LeadDelivery.id == errand.id,
        LeadDelivery.claimed_by == errand.worker,
        LeadDelivery.attempts == errand.attempt,
    )
    ended = update(LeadDelivery).where(*mine).values(**values, claimed_by=None, claimed_until=None)
    if await session.scalar(ended.returning(LeadDelivery.id)) is None:
        raise DeliveryLost("контакт передаёт другой процесс")
    if errand.task == "forget":
        # Here and not where forgetting is asked for: a delivery under way then begins to follow after it.
        await unfollow(session, errand.id)
