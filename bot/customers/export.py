"""All that is held about a customer: what he may ask for by article 14 of 152-ФЗ."""

import datetime as dt
import json
from collections.abc import Collection
from enum import Enum
from typing import Any

from sqlalchemy import inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.customers.models import PersonLink
from bot.db import Base
from bot.desk.models import Ticket
from bot.inbox.models import InboxUpdate
from bot.leads.consent import reached
from bot.leads.models import Consent, Lead, LeadConversation, LeadDelivery, LeadStage, Visit
from bot.outbox.models import OutboxMessage

_BY_CONVERSATION = (PersonLink, Message, InboxUpdate, OutboxMessage, LeadConversation, Visit, Ticket)
_BY_LEAD = (LeadDelivery, LeadStage)

# Made of all that was told of a lead. What each chat told is in its own row of `LeadConversation`.
_OF_ALL_WHO_TOLD = frozenset(
    {"conversation_id", "name", "details", "summary", "channel", "account", "listing_ref", "utm"}
)


async def export(session: AsyncSession, conversation_ids: Collection[int], phone: str | None) -> str:
    """JSON: table → its rows. `phone` also finds what was left by somebody else under this number."""
    held: dict[str, list[dict[str, Any]]] = {}

    async def take(table: type[Base], *conditions: Any) -> None:
        rows = (await session.scalars(select(table).where(or_(*conditions)))).all()
        held[str(table.__tablename__)] = [_plain(row) for row in rows]

    await take(Conversation, Conversation.id.in_(conversation_ids))
    for table in _BY_CONVERSATION:
        await take(table, table.conversation_id.in_(conversation_ids))
    told = select(LeadConversation.lead_id).where(LeadConversation.conversation_id.in_(conversation_ids))
    await take(Lead, Lead.id.in_(told), Lead.phone == phone)
    lead_ids = [row["id"] for row in held["lead"]]
    shared = await _told_by_others(session, lead_ids, conversation_ids)
    held["lead"] = [_without_others(row) if row["id"] in shared else row for row in held["lead"]]
    for of_lead in _BY_LEAD:
        await take(of_lead, of_lead.lead_id.in_(lead_ids))
    await take(Consent, Consent.conversation_id.in_(conversation_ids), Consent.phone == phone)
    arrived = await reached(session, [row["id"] for row in held["consent"]])
    for row in held["consent"]:
        row["reached_at"] = row["reached_at"] or arrived.get(row["id"])
    return json.dumps(held, ensure_ascii=False, indent=2, default=_as_json)


async def _told_by_others(
    session: AsyncSession, lead_ids: Collection[int], conversation_ids: Collection[int]
) -> Collection[int]:
    query = select(LeadConversation.lead_id).where(
        LeadConversation.lead_id.in_(lead_ids), LeadConversation.conversation_id.not_in(conversation_ids)
    )
    return set((await session.scalars(query)).all())


def _without_others(lead: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in lead.items() if column not in _OF_ALL_WHO_TOLD}


def _plain(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(row).mapper.column_attrs}


def _as_json(value: object) -> str:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
