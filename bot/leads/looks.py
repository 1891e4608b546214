"""What became of a lead in the CRM: looked at when the CRM calls, and by itself now and then.

A call only makes a look due: what a stranger may send is never believed, what was lost on the way is found
by the next look. A stage moves the lead when the CRM's word has changed, so that the word of a person who
moved it here stands until then. The first word that is seen moves it forward only: nobody knows which of
the two is newer.
"""

import datetime as dt
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import batched

from sqlalchemy import ForeignKey, Index, Select, String, bindparam, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.db import Base, Sessions, UtcDateTime, utcnow
from bot.leads.crm.base import CrmDelayed, CrmRefused, ShowsStages
from bot.leads.models import Lead, LeadDelivery, Stage
from bot.leads.stages import move
from bot.leases import until_written
from bot.outside import Outside
from bot.upsert import insert

# Two requests or three of half a minute; whoever dies meanwhile is followed after it.
LEASE = dt.timedelta(minutes=3)
TIMEOUT = LEASE.total_seconds() * 0.8

# A young lead moves fast, an old one seldom: a tenth of its age, so that a thousand cost a request a minute.
SOONEST = dt.timedelta(hours=1)
LATEST = dt.timedelta(days=1)
FOLLOWED = dt.timedelta(days=180)
AFTER_TROUBLE = dt.timedelta(minutes=15)

AT_ONCE = 1000  # records of one question; databases take some ten thousand values and no more

# How far a lead has come.
_WAY: dict[Stage, int] = {"contact": 0, "worksheet": 1, "visit": 2, "deal": 3, "lost": 3}

log = logging.getLogger(__name__)


class CrmLook(Base):
    """When a system's record is looked at next, and which stage it showed last."""

    __tablename__ = "crm_look"

    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("lead_delivery.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, comment="none: only when it calls")
    shown: Mapped[Stage | None] = mapped_column(String(16), comment="the stage as it was seen last")

    __table_args__ = (
        Index(
            "ix_crm_look_due_at",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )


@dataclass(frozen=True)
class Look:
    delivery_id: int
    lead_id: int
    uid: str
    system: str
    record: str
    created_at: dt.datetime  # of the lead
    until: dt.datetime  # who finds another moment in the row was called again meanwhile


_NOW = bindparam("now", type_=UtcDateTime)
_OF_SYSTEMS = (
    LeadDelivery.id == CrmLook.delivery_id,
    LeadDelivery.system.in_(bindparam("systems", expanding=True)),
    LeadDelivery.task == "deliver",
    LeadDelivery.record.is_not(None),
)
# In the order of the index: the least of all would be found by reading all.
_NEXT_DUE: Select[dt.datetime | None] = (
    select(CrmLook.due_at)
    .where(CrmLook.due_at.is_not(None), *_OF_SYSTEMS)
    .order_by(CrmLook.due_at, CrmLook.delivery_id)
    .limit(1)
)
_OLDEST = (
    select(CrmLook.delivery_id)
    .where(CrmLook.due_at <= _NOW, *_OF_SYSTEMS)
    .order_by(CrmLook.due_at, CrmLook.delivery_id)
    .limit(1)
    .with_for_update(skip_locked=True, of=CrmLook)
    .correlate(None)
)
_CLAIM = (
    update(CrmLook)
    .where(CrmLook.delivery_id == _OLDEST.scalar_subquery(), CrmLook.due_at <= _NOW)
    .values(due_at=bindparam("until", type_=UtcDateTime))
    .returning(CrmLook.delivery_id)
)


async def next_due(sessions: Sessions, systems: Collection[str]) -> dt.datetime | None:
    async with sessions() as session:
        return await session.scalar(_NEXT_DUE, {"systems": list(systems)})


async def claim_look(sessions: Sessions, systems: Collection[str]) -> Look | None:
    now = utcnow()
    until = now + LEASE
    async with sessions.begin() as session:
        claimed = await session.scalar(_CLAIM, {"now": now, "systems": list(systems), "until": until})
        if claimed is None:
            return None
        query = select(LeadDelivery, Lead).join(Lead).where(LeadDelivery.id == claimed)
        delivery, lead = (await session.execute(query)).one()
    return Look(claimed, lead.id, lead.uid, delivery.system, delivery.record or "", lead.created_at, until)


async def follow(session: AsyncSession, delivery_id: int, *, anew: bool) -> None:
    """The system was told of the lead; `anew`: what was seen before was another record.

    A story that was over goes on with what it is told of.
    """
    statement = insert(session, CrmLook).values(delivery_id=delivery_id, due_at=utcnow() + SOONEST)
    changed: dict[str, object] = {"due_at": func.coalesce(CrmLook.due_at, statement.excluded.due_at)}
    if anew:
        changed["shown"] = None
    await session.execute(statement.on_conflict_do_update(index_elements=[CrmLook.delivery_id], set_=changed))


async def unfollow(session: AsyncSession, delivery_id: int) -> None:
    """The system is to forget the lead: what becomes of it there is nothing to us any more."""
    await session.execute(delete(CrmLook).where(CrmLook.delivery_id == delivery_id))


async def called(session: AsyncSession, system: str, records: Collection[str]) -> None:
    """The system says that these records have changed. Those that are not ours are nothing to us."""
    found: list[int] = []
    for some in batched(records, AT_ONCE):
        ours = select(LeadDelivery.id).where(LeadDelivery.system == system, LeadDelivery.record.in_(some))
        found += (await session.scalars(ours)).all()
    # Most are others': an UPDATE of nothing would still wait for SQLite's only writer.
    for them in batched(found, AT_ONCE):
        await session.execute(update(CrmLook).where(CrmLook.delivery_id.in_(them)).values(due_at=utcnow()))


@dataclass(frozen=True)
class Looks:
    """Does the looks of the systems that show their stages."""

    sessions: Sessions
    crms: Mapping[str, ShowsStages]
    outside: Outside

    async def handle(self, look: Look) -> None:
        try:
            async with self.outside.within(TIMEOUT):
                stage = await self.crms[look.system].stage(look.record, look.uid)
        except CrmDelayed as error:
            await self._again(look, str(error), error.retry_after)
        except TimeoutError:
            await self._again(look, "система не ответила вовремя")
        except CrmRefused as error:
            # A record that cannot be read: the people have taken it away from the bot.
            log.warning("stage refused", extra={**_about(look), "reason": str(error)})
            await self._write(look, None)
        else:
            await self._write(look, stage)

    async def _again(self, look: Look, reason: str, retry_after: float | None = None) -> None:
        log.warning("stage not read", extra={**_about(look), "reason": reason})
        asked = dt.timedelta(seconds=retry_after or 0)
        due_at = utcnow() + max(asked, AFTER_TROUBLE)
        await until_written(partial(self._plan, look, due_at), LEASE.total_seconds() - TIMEOUT)

    async def _plan(self, look: Look, due_at: dt.datetime) -> None:
        async with self.sessions.begin() as session:
            await _due_again(session, look, due_at)

    async def _write(self, look: Look, stage: Stage | None) -> None:
        await until_written(partial(self._seen, look, stage), LEASE.total_seconds() - TIMEOUT)

    async def _seen(self, look: Look, stage: Stage | None) -> None:
        async with self.sessions.begin() as session:
            # The lead first, as a turn locks them: in the other order two would wait for each other.
            lead = await session.get(Lead, look.lead_id, with_for_update=True)
            if lead is not None and stage is not None and await _is_news(session, look, stage, lead.stage):
                await move(session, look.lead_id, stage, by=look.system)
                log.info("stage seen", extra={**_about(look), "stage": stage})
            await _due_again(session, look, _next_look(look, stage))


async def _is_news(session: AsyncSession, look: Look, stage: Stage, here: Stage) -> bool:
    seen = await session.get(CrmLook, look.delivery_id, with_for_update=True)
    if seen is None or seen.shown == stage:
        return False
    first, seen.shown = seen.shown is None, stage
    return not first or _WAY[stage] > _WAY[here]


async def _due_again(session: AsyncSession, look: Look, due_at: dt.datetime | None) -> None:
    """A call that came while we looked stands: what it tells of may be newer than what we saw."""
    mine = CrmLook.delivery_id == look.delivery_id, CrmLook.due_at == look.until
    await session.execute(update(CrmLook).where(*mine).values(due_at=due_at))


def _next_look(look: Look, stage: Stage | None) -> dt.datetime | None:
    """None when the story is over: then only a call makes us look again."""
    now = utcnow()
    age = now - look.created_at
    if stage in ("deal", "lost") or age > FOLLOWED:
        return None
    return now + min(max(age / 10, SOONEST), LATEST)


def _about(look: Look) -> dict[str, object]:
    return {"lead": look.lead_id, "system": look.system}
