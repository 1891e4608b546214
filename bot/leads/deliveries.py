"""What every system has to be told of a lead: rows in the transaction in which it became true."""

from collections.abc import Collection
from functools import cache

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import table_of, utcnow
from bot.leads.consent import agreed_on
from bot.leads.models import Lead, LeadDelivery
from bot.upsert import insert_on


async def plan(session: AsyncSession, lead: Lead, systems: Collection[str]) -> None:
    """Every system gets the present revision, once the customer has agreed. Planned again, no change."""
    if not systems:
        return
    agreed = await agreed_on(session, lead.id)
    now = utcnow()
    row = {
        "lead_id": lead.id,
        "status": "queued" if agreed else "consent",
        "wanted": lead.revision,
        "queued_at": now,
        "next_try_at": now,
    }
    statement = _plan(session.get_bind().dialect.name)
    await session.execute(statement, [row | {"system": system} for system in systems])


async def plan_again(session: AsyncSession, lead: Lead) -> None:
    """For the systems that were told of it before."""
    systems = await session.scalars(select(LeadDelivery.system).where(LeadDelivery.lead_id == lead.id))
    await plan(session, lead, systems.all())


@cache
def _plan(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Made once: to make it takes longer than to execute it."""
    statement = insert_on(dialect, table_of(LeadDelivery))
    new, old = statement.excluded, table_of(LeadDelivery).c
    forgotten = and_(old.task == "forget", old.status == "done")
    # A system that has yet to forget him does so first, unless he has agreed again.
    has_news = case(
        (new.status == "consent", or_(old.task == "deliver", forgotten)),
        else_=or_(old.wanted < new.wanted, old.status == "consent", old.task == "forget"),
    )
    return statement.on_conflict_do_update(
        index_elements=["lead_id", "system"],
        set_={
            "wanted": new.wanted,
            "status": new.status,
            "task": "deliver",
            "next_try_at": new.next_try_at,
            "queued_at": new.queued_at,
            # A record that was forgotten is not brought back: another is found or made.
            "record": case((forgotten, None), else_=old.record),
            "delivered": case((old.task == "forget", 0), else_=old.delivered),
        },
        where=has_news,
    )


async def withdraw(session: AsyncSession, lead_ids: Collection[int]) -> None:
    """Nothing more is told of these leads, and what was told is to be forgotten.

    Also where the first try is under way or ended unclearly: whether there is a record is not known
    before that.
    """
    never_tried = (LeadDelivery.record.is_(None)) & (LeadDelivery.attempts == 0)
    already = LeadDelivery.task == "forget"
    now = utcnow()
    await session.execute(
        update(LeadDelivery)
        .where(LeadDelivery.lead_id.in_(lead_ids), ~already)
        .values(
            task=case((never_tried, "deliver"), else_="forget"),
            status=case((never_tried, "consent"), else_="queued"),
            queued_at=now,
            next_try_at=now,
        )
    )


async def retry(session: AsyncSession, lead_id: int) -> int:
    """Everything of this lead that was given up is tried again. Returns how much it was."""
    now = utcnow()
    again = await session.scalars(
        update(LeadDelivery)
        .where(LeadDelivery.lead_id == lead_id, LeadDelivery.status == "failed")
        .values(status="queued", queued_at=now, next_try_at=now, error=None)
        .returning(LeadDelivery.id)
    )
    return len(again.all())
