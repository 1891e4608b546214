"""Which conversation told what of a lead.

Whoever types a number shares its lead, though it may be another's number. So the facts are kept with the
chat that told them, and go with it: the lead itself stays with those who told of it too.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import Known
from bot.db import utcnow
from bot.leads.models import Lead, LeadConversation
from bot.leads.source import utm
from bot.leads.words import summary
from bot.stock.models import Car
from bot.upsert import insert


async def tell(session: AsyncSession, lead: Lead, conversation: Conversation, told: CapturedLead) -> None:
    """Keep what this chat says of the lead. Later facts add to its earlier ones."""
    await session.execute(
        insert(session, LeadConversation)
        .values(lead_id=lead.id, conversation_id=conversation.id, details={})
        .on_conflict_do_nothing()
    )
    link = await session.get_one(LeadConversation, (lead.id, conversation.id))
    link.name = told.name or link.name
    link.details = {**link.details, **told.details}
    link.told_at = utcnow()
    await session.flush()


async def apart(
    session: AsyncSession, leads: Collection[Lead], customer: Known
) -> tuple[list[Lead], list[Lead]]:
    """His alone, and those that others told of too. What was left by the number that he proved is his.

    The leads are locked: of two who go at one moment each would leave them to the other.
    """
    query = select(LeadConversation.lead_id).where(
        LeadConversation.lead_id.in_([lead.id for lead in leads]),
        LeadConversation.conversation_id.not_in(customer.conversation_ids),
    )
    others = set((await session.scalars(query)).all())
    shared = [lead for lead in leads if lead.id in others and lead.phone != customer.confirmed_phone]
    return [lead for lead in leads if lead not in shared], shared


async def take_back(session: AsyncSession, lead: Lead, conversation_ids: Collection[int]) -> None:
    """The lead is as if these chats had never told of it; others have, and it stays theirs."""
    await session.execute(
        delete(LeadConversation).where(
            LeadConversation.lead_id == lead.id, LeadConversation.conversation_id.in_(conversation_ids)
        )
    )
    query = (
        select(LeadConversation).where(LeadConversation.lead_id == lead.id).order_by(LeadConversation.told_at)
    )
    left = (await session.scalars(query)).all()
    lead.name = next((link.name for link in reversed(left) if link.name), None)
    lead.details = {key: value for link in left for key, value in link.details.items()}
    car = await session.get(Car, lead.car_id) if lead.car_id is not None else None
    lead.summary = summary(lead.step, lead.topic, car, lead.details)
    if lead.conversation_id in conversation_ids:
        await _begin_in(session, lead, left)


async def _begin_in(session: AsyncSession, lead: Lead, left: Sequence[LeadConversation]) -> None:
    """Where the lead came from is a fact of the chat too."""
    conversation = await session.get_one(Conversation, left[0].conversation_id)
    lead.conversation_id = conversation.id
    lead.channel, lead.account = conversation.channel, conversation.account
    lead.listing_ref, lead.utm = conversation.listing_ref, utm(conversation.listing_ref)
