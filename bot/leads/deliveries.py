"""What every system has to be told of a lead: rows in the transaction in which it became true."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import utcnow
from bot.leads.consent import last_word
from bot.leads.models import DeliveryStatus, Lead, LeadConversation, LeadDelivery
from bot.upsert import insert


async def plan(session: AsyncSession, lead: Lead, systems: Collection[str]) -> None:
    """Every system gets the present revision, once the customer has agreed. Planned again, no change."""
    if not systems:
        return
    status, now = await _status(session, lead.id), utcnow()
    for system in systems:
        statement = insert(session, LeadDelivery).values(
            lead_id=lead.id, system=system, status=status, wanted=lead.revision, queued_at=now
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["lead_id", "system"],
                set_={
                    "wanted": statement.excluded.wanted,
                    "status": statement.excluded.status,
                    "task": "deliver",
                    "next_try_at": now,
                    "queued_at": now,
                    # A record that was forgotten is not brought back: another is found or made.
                    "record": case((_FORGOTTEN, None), else_=LeadDelivery.record),
                    "delivered": case((LeadDelivery.task == "forget", 0), else_=LeadDelivery.delivered),
                },
                where=_has_news(statement.excluded.wanted, status),
            )
        )


_FORGOTTEN = and_(LeadDelivery.task == "forget", LeadDelivery.status == "done")


def _has_news(revision: ColumnElement[int], status: DeliveryStatus) -> ColumnElement[bool]:
    """A system that has yet to forget him does so first, unless he has agreed again."""
    if status == "consent":
        return or_(LeadDelivery.task == "deliver", _FORGOTTEN)
    return or_(
        LeadDelivery.wanted < revision, LeadDelivery.status == "consent", LeadDelivery.task == "forget"
    )


async def _status(session: AsyncSession, lead_id: int) -> DeliveryStatus:
    told_in = await session.scalars(
        select(LeadConversation.conversation_id).where(LeadConversation.lead_id == lead_id)
    )
    word = await last_word(session, told_in.all())
    return "queued" if word.agreed else "consent"


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
