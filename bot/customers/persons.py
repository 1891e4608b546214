"""Which conversations are one person's, and what is known of him from all of them.

Conversations join on a confirmed phone alone: the messenger vouched for it, or one of the dealer's people
did. A typed number joins nothing, because anybody can type another's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import CompoundSelect, Select, bindparam, select, text, union, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.conversations import Conversation
from bot.customers.models import Person, PersonLink
from bot.db import table_of, utcnow
from bot.upsert import insert

Proof = Literal["contact", "staff"]


@dataclass(frozen=True)
class Known:
    """What the customer need not be asked again, in whichever channel he said it."""

    conversation_ids: tuple[int, ...]  # all that are his; this one first
    confirmed_phone: str | None  # this conversation is a person's, not only a chat
    phone: str | None
    name: str | None
    asked_topics: tuple[str, ...]
    phone_refusals: int

    @property
    def confirmed(self) -> bool:
        return self.confirmed_phone is not None


async def confirm(session: AsyncSession, conversation: Conversation, phone: str, proof: Proof) -> None:
    """The conversation is of the person with this phone (E.164); if it was another's, that ends."""
    person_id = await _person(session, phone)
    await _end_link(session, conversation.id, except_to=person_id)
    await session.execute(
        insert(session, PersonLink)
        .values(conversation_id=conversation.id, person_id=person_id, proof=proof)
        .on_conflict_do_nothing(index_elements=["conversation_id"], index_where=text("until IS NULL"))
    )


async def split(session: AsyncSession, conversation: Conversation) -> bool:
    """The conversation stands alone again; nothing of it is lost. Returns whether it was a person's."""
    return await _end_link(session, conversation.id)


async def known(session: AsyncSession, conversation: Conversation) -> Known:
    """What this conversation says of the customer, and after it his others."""
    rows = (await session.execute(same_person(), {"conversation_id": conversation.id})).all()
    others = [other for _, other in rows if other.id != conversation.id]
    return told_in([conversation, *others], confirmed=rows[0][0] if rows else None)


def told_in(conversations: Sequence[Conversation], confirmed: str | None = None) -> Known:
    """What these conversations of one customer say of him; the first is the present one."""
    this = conversations[0]
    return Known(
        conversation_ids=tuple(c.id for c in conversations),
        confirmed_phone=confirmed,
        phone=this.phone or confirmed,
        name=next((c.name for c in conversations if c.name), None),
        asked_topics=tuple(dict.fromkeys(topic for c in conversations for topic in c.asked_topics)),
        phone_refusals=max(c.phone_refusals for c in conversations),
    )


@cache
def same_person() -> Select[str, Conversation]:
    """The confirmed phone with each conversation of the person whose `:conversation_id` is; it included.

    Made once: every turn asks it, and making it takes longer than answering it.
    """
    this, each = aliased(PersonLink), aliased(PersonLink)
    return (
        select(Person.phone, Conversation)
        .select_from(this)
        .join(Person, Person.id == this.person_id)
        .join(each, each.person_id == this.person_id)
        .join(Conversation, Conversation.id == each.conversation_id)
        .where(
            this.conversation_id == bindparam("conversation_id"), this.until.is_(None), each.until.is_(None)
        )
        .order_by(Conversation.id)
    )


def with_others(conversation_ids: Select[int]) -> CompoundSelect[int]:
    """These conversations, and the others of the persons whose they are."""
    link = table_of(PersonLink).c
    now = link.until.is_(None)
    persons = select(link.person_id).where(link.conversation_id.in_(conversation_ids), now)
    return union(conversation_ids, select(link.conversation_id).where(link.person_id.in_(persons), now))


async def _person(session: AsyncSession, phone: str) -> int:
    statement = insert(session, Person).values(phone=phone)
    # Changes nothing: DO NOTHING would not return the row that is there.
    statement = statement.on_conflict_do_update(
        index_elements=["phone"], set_={"phone": statement.excluded.phone}
    )
    return (await session.scalars(statement.returning(Person.id))).one()


async def _end_link(session: AsyncSession, conversation_id: int, except_to: int | None = None) -> bool:
    current = PersonLink.conversation_id == conversation_id, PersonLink.until.is_(None)
    ending = update(PersonLink).where(*current).values(until=utcnow())
    if except_to is not None:
        ending = ending.where(PersonLink.person_id != except_to)
    ended = await session.scalars(ending.returning(PersonLink.id))
    return bool(ended.all())
