"""What there is of a customer at all: one question tells which of the others are worth asking.

Most customers are strangers, of whom nobody has noted anything yet.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Direction, Message
from bot.customers.models import PersonLink
from bot.customers.persons import with_others
from bot.db import table_of
from bot.desk.models import Ticket
from bot.leads.models import Consent, LeadConversation, Visit


@dataclass(frozen=True)
class Traces:
    last_speaker: Direction | None  # of those who speak to him here
    attended: bool  # people were asked for here
    linked: bool  # the conversation is a person's
    said: bool  # something of consent, in any of his conversations, as all that follows
    booked: bool
    told: bool  # something of a lead
    met: bool  # somebody of a department


async def find_traces(session: AsyncSession, conversation_id: int) -> Traces:
    return Traces(*(await session.execute(_traces(), {"conversation_id": conversation_id})).one())


@cache
def _traces() -> Select[Any]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    here = bindparam("conversation_id", type_=Integer)
    his = select(with_others(select(here.label("id"))).cte("his").c.id)
    message, ticket, link = table_of(Message).c, table_of(Ticket).c, table_of(PersonLink).c
    told = exists().where(table_of(LeadConversation).c.conversation_id.in_(his))
    return select(
        select(message.direction)
        .where(message.conversation_id == here, message.direction != "in")
        .order_by(message.id.desc())
        .limit(1)
        .scalar_subquery(),
        exists().where(ticket.conversation_id == here),
        exists().where(link.conversation_id == here, link.until.is_(None)),
        exists().where(table_of(Consent).c.conversation_id.in_(his)),
        exists().where(table_of(Visit).c.conversation_id.in_(his)),
        told,
        or_(told, exists().where(ticket.conversation_id.in_(his), ticket.claimed_name.is_not(None))),
    )
