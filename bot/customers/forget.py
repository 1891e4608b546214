"""«Удалите мои данные»: everything personal of a customer goes, in all his conversations.

What stays: the proof of consent and of this wish (`bot.leads.consent`), the messenger's chat id, without
which he could not be answered, and rows without a person in them, which count in the funnel.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.customers.models import Person, PersonLink, TrackerErasure
from bot.customers.persons import known
from bot.desk.models import DeskNotice, DeskTopic, Ticket
from bot.inbox.models import InboxUpdate
from bot.leads.capture import leads_of, leave
from bot.leads.deliveries import withdraw
from bot.leads.models import LeadConversation, Visit
from bot.leads.told import apart
from bot.outbox.models import OutboxMessage
from bot.upsert import insert

TICKET = "Клиент попросил удалить его данные, они удалены."


async def forget(session: AsyncSession, conversation_ids: Collection[int]) -> None:
    """In the caller's transaction. Systems outside and Rasa are told after it, until they have done it."""
    query = select(Conversation).where(Conversation.id.in_(conversation_ids)).order_by(Conversation.id)
    conversations = (await session.scalars(query.with_for_update(key_share=True))).all()
    for conversation in conversations:
        await session.execute(
            insert(session, TrackerErasure).values(sender=conversation.key).on_conflict_do_nothing()
        )
    # All at once and after a write, see there: nobody waits in a circle or decides by what was.
    await leads_of(session, conversation_ids, for_update=True)
    for conversation in conversations:
        await _forget_leads(session, conversation, conversation_ids)
    await _forget_words(session, conversation_ids)
    await _forget_person(session, conversation_ids)
    for conversation in conversations:
        _forget_facts(conversation)
    await session.flush()


async def _forget_leads(session: AsyncSession, conversation: Conversation, his: Collection[int]) -> None:
    """A lead that another customer told of too, by the same number, stays with that one."""
    customer = replace(await known(session, conversation), conversation_ids=tuple(his))
    alone, shared = await apart(session, await leads_of(session, [conversation.id]), customer)
    await leave(session, shared, conversation, his)
    for lead in alone:
        lead.phone = lead.name = lead.listing_ref = None
        lead.details, lead.summary = {}, ""
    ids = [lead.id for lead in alone]
    await withdraw(session, ids)
    told = LeadConversation.lead_id.in_(ids)
    await session.execute(update(LeadConversation).where(told).values(name=None, details={}))


async def _forget_words(session: AsyncSession, conversation_ids: Collection[int]) -> None:
    for table in (Message, OutboxMessage, Visit, DeskNotice):
        await session.execute(delete(table).where(table.conversation_id.in_(conversation_ids)))
    await session.execute(
        update(Ticket).where(Ticket.conversation_id.in_(conversation_ids)).values(summary=TICKET)
    )
    # The desk deletes the topics themselves: all that he said is in them.
    await session.execute(
        update(DeskTopic)
        .where(DeskTopic.conversation_id.in_(conversation_ids))
        .values(forgotten=True, card=None)
    )
    await _forget_updates(session, conversation_ids)


async def _forget_updates(session: AsyncSession, conversation_ids: Collection[int]) -> None:
    """That something came is kept, so that it does not come in twice; what it said is not."""
    done = InboxUpdate.conversation_id.in_(conversation_ids), InboxUpdate.done_at.is_not(None)
    for row in (await session.scalars(select(InboxUpdate).where(*done))).all():
        row.body = {"kind": row.body["kind"]}


async def _forget_person(session: AsyncSession, conversation_ids: Collection[int]) -> None:
    """Also who he was by an earlier number; not a person whose are other chats as well."""
    links = PersonLink.conversation_id.in_(conversation_ids)
    persons: Sequence[int] = (await session.scalars(select(PersonLink.person_id).where(links))).all()
    await session.execute(delete(PersonLink).where(links))
    others = exists().where(PersonLink.person_id == Person.id)
    await session.execute(delete(Person).where(Person.id.in_(persons), ~others))


def _forget_facts(conversation: Conversation) -> None:
    conversation.name = conversation.phone = conversation.listing_ref = None
    conversation.focus_car_id = None
    conversation.earlier_car_ids = []
    conversation.asked_topics = []
    conversation.phone_refusals = conversation.failures_in_a_row = 0
