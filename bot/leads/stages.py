"""A lead moves on: the people of the dealership and its CRM do it in one and the same way."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.leads.capture import revise, set_stage
from bot.leads.deliveries import plan
from bot.leads.models import Lead, LeadDelivery, Stage


async def move(session: AsyncSession, lead_id: int, stage: Stage, *, by: str) -> bool:
    """Whether there is such a lead. `by`: staff, or the name of the system that said so.

    Every other system of the lead hears of it. One who was forgotten still counts in the funnel.
    """
    lead = await session.get(Lead, lead_id, with_for_update=True)
    if lead is None:
        return False
    if lead.stage != stage:
        await set_stage(session, lead, stage, by=by)
        if lead.phone is not None:
            await _tell_others(session, lead, by)
    return True


async def _tell_others(session: AsyncSession, lead: Lead, by: str) -> None:
    await revise(session, lead)
    others = select(LeadDelivery.system).where(LeadDelivery.lead_id == lead.id, LeadDelivery.system != by)
    await plan(session, lead, (await session.scalars(others)).all())
