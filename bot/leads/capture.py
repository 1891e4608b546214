"""A contact is kept, in the transaction of the turn that it came with."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import known
from bot.db import utcnow
from bot.errors import AvtootvetError
from bot.leads.models import Lead
from bot.upsert import insert


class NoPhone(AvtootvetError):
    """A lead without a phone from a customer whose phone is not known: a defect of the actions."""


async def capture(session: AsyncSession, conversation: Conversation, lead: CapturedLead) -> None:
    """Add the lead, or bring the one of the same phone, step and car up to date."""
    customer = await known(session, conversation)
    phone = lead.phone or customer.phone
    if phone is None:
        raise NoPhone(f"контакт «{lead.step}» без телефона")
    # Only what was said here: a phone of the person's other chats goes with him when he is split off.
    conversation.phone = lead.phone or conversation.phone
    conversation.name = lead.name or conversation.name
    statement = insert(session, Lead).values(
        conversation_id=conversation.id,
        phone=phone,
        name=lead.name or customer.name,
        step=lead.step,
        topic=lead.topic,
        department=lead.department,
        car_id=lead.car_id,
        details=lead.details,
    )
    changed = ("conversation_id", "name", "topic", "department", "details")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["phone", "step"] if lead.car_id is None else ["phone", "step", "car_id"],
            index_where=text("car_id IS NULL" if lead.car_id is None else "car_id IS NOT NULL"),
            set_={name: statement.excluded[name] for name in changed} | {"updated_at": utcnow()},
        )
    )
