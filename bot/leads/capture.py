"""A contact is kept, in the transaction of the turn that it came with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import Known, known
from bot.db import table_of, utcnow
from bot.dealer import Dealer
from bot.errors import AvtootvetError
from bot.leads.deliveries import plan_again
from bot.leads.models import Lead, LeadConversation, LeadStage, Stage, new_uid
from bot.leads.responsible import choose
from bot.leads.source import utm
from bot.leads.told import apart, take_back, tell
from bot.leads.words import CHANNELS, summary
from bot.stock.models import Car
from bot.upsert import insert_on

# Made once, see `bot.customers.persons.same_person`.
_BEGUN = insert(table_of(LeadStage)).values(stage="contact", by="bot")
_TOLD = insert(table_of(LeadConversation))

TAKE_OUT = "слова клиента из переписки «{channel}»: он просит удалить свои данные"


class NoPhone(AvtootvetError):
    """A lead without a phone from a customer whose phone is not known: a defect of the actions."""


@dataclass(frozen=True)
class Contact:
    """What was told, by whom, for whom."""

    customer: Known
    phone: str
    told: CapturedLead
    department: str


async def capture(
    session: AsyncSession, conversation: Conversation, told: CapturedLead, dealer: Dealer
) -> Sequence[Lead]:
    """Add the lead, or bring the one of the same person, step and car up to date.

    Returns every lead that changed: a corrected number changes all of his.
    """
    customer = await known(session, conversation)
    phone = told.phone or customer.phone
    if phone is None:
        raise NoPhone(f"контакт «{told.step}» без телефона")
    corrected: list[Lead] = []
    if told.corrects:
        corrected = await _correct(session, customer, phone)
    # Only what was said here: a phone of the person's other chats goes with him when he is split off.
    conversation.phone = told.phone or conversation.phone
    conversation.name = told.name or conversation.name
    contact = Contact(customer, phone, told, dealer.known_department(told.department))
    # Of a chat that is no confirmed person's the insertion itself finds the lead: by its unique key.
    lead = await _same(session, contact) if customer.confirmed else None
    if lead is None:
        lead = await _insert(session, conversation, contact, dealer)
    else:
        await _update(session, lead, contact, dealer)
        await tell(session, lead, conversation, told)
    return [*(other for other in corrected if other is not lead), lead]


async def revise(session: AsyncSession, lead: Lead) -> None:
    """Something is new that every system has to be told.

    Counted by the database: of two that add to one lead at one moment each is news.
    """
    lead.revision = Lead.revision + 1
    lead.updated_at = utcnow()
    await session.flush()


async def leave(
    session: AsyncSession, leads: Collection[Lead], conversation: Conversation, his: Collection[int]
) -> None:
    """Take back what his chats told of leads that others have, and tell the systems so.

    What they have noted already their people have to remove: a line on the card asks for it.
    """
    channel = CHANNELS.get(conversation.channel, conversation.channel)
    for lead in leads:
        await take_back(session, lead, his)
        lead.details = {**lead.details, "take_out": TAKE_OUT.format(channel=channel)}
        await revise(session, lead)
        await plan_again(session, lead)


async def _correct(session: AsyncSession, customer: Known, right: str) -> list[Lead]:
    """His leads move to the right number. One that another customer told of too stays with that one."""
    changed = []
    his = customer.conversation_ids
    leads = await leads_of(session, his, for_update=True)
    wrong = [one for one in leads if one.phone != right and one.stage != "lost"]
    alone, shared = await apart(session, wrong, customer)
    for lead in shared:
        await take_back(session, lead, his)
        await revise(session, lead)
        changed.append(lead)
    for lead in alone:
        if await _by_phone(session, right, lead.step, lead.car_id) is None:
            lead.phone = right
        else:
            await set_stage(session, lead, "lost", by="bot")  # the right number has this lead already
        await revise(session, lead)
        changed.append(lead)
    return changed


async def _insert(
    session: AsyncSession, conversation: Conversation, contact: Contact, dealer: Dealer
) -> Lead:
    """A new lead; or the one that another conversation has made of the same phone at this moment."""
    told = contact.told
    new = {
        "uid": new_uid(),
        "conversation_id": conversation.id,
        "phone": contact.phone,
        "name": contact.customer.name if told.name is None else told.name,
        "step": told.step,
        "topic": told.topic,
        "department": contact.department,
        "car_id": told.car_id,
        "details": told.details,
        "channel": conversation.channel,
        "account": conversation.account,
        "listing_ref": conversation.listing_ref,
        "utm": utm(conversation.listing_ref),
        "responsible": await _responsible(session, contact, dealer),
        "summary": await _summary(session, told, told.details),
    }
    statement = _insertion(session.get_bind().dialect.name, with_car=told.car_id is not None)
    lead = (await session.scalars(statement, new, execution_options={"populate_existing": True})).one()
    if lead.uid != new["uid"]:
        await _update(session, lead, contact, dealer)
        await tell(session, lead, conversation, told)
        return lead
    await session.execute(_BEGUN, {"lead_id": lead.id})
    link = {"lead_id": lead.id, "conversation_id": conversation.id}
    await session.execute(_TOLD, {**link, "name": lead.name, "details": told.details})
    return lead


@cache
def _insertion(dialect: str, *, with_car: bool) -> ReturningInsert[Lead]:
    """Made once: to make it takes longer than to execute it."""
    statement = insert_on(dialect, Lead)
    return statement.on_conflict_do_update(
        index_elements=["phone", "step", "car_id"] if with_car else ["phone", "step"],
        index_where=text("car_id IS NOT NULL" if with_car else "car_id IS NULL"),
        # Changes nothing: DO NOTHING would not return the row that is there.
        set_={"phone": statement.excluded.phone},
    ).returning(Lead)


async def _update(session: AsyncSession, lead: Lead, contact: Contact, dealer: Dealer) -> None:
    told = contact.told
    stays = dealer.departments[contact.department].person(lead.responsible) is not None
    if contact.department != lead.department or not stays:
        lead.responsible = await _responsible(session, contact, dealer)
    # A number that was not said now may be that of another of his chats.
    lead.phone = told.phone or lead.phone
    lead.name = told.name or lead.name
    lead.department = contact.department
    lead.topic = told.topic
    # Later facts add to the earlier ones: a wished time is not forgotten when a price is named.
    lead.details = {**lead.details, **told.details}
    lead.summary = await _summary(session, told, lead.details)
    if lead.stage == "lost":
        await set_stage(session, lead, "contact", by="bot")  # he wants it again, so he is to be called
    await revise(session, lead)


async def _summary(session: AsyncSession, told: CapturedLead, details: Mapping[str, Any]) -> str:
    car = await session.get(Car, told.car_id) if told.car_id is not None else None
    return summary(told.step, told.topic, car, details)


async def _responsible(session: AsyncSession, contact: Contact, dealer: Dealer) -> str:
    return await choose(
        session,
        dealer,
        contact.department,
        phone=contact.phone,
        conversation_ids=contact.customer.conversation_ids,
        now=utcnow(),
    )


async def set_stage(session: AsyncSession, lead: Lead, stage: Stage, by: str) -> None:
    """The stage and its place in the history. The same again is no news."""
    if lead.stage != stage:
        lead.stage = stage
        session.add(LeadStage(lead_id=lead.id, stage=stage, by=by))


async def leads_of(
    session: AsyncSession, conversation_ids: Collection[int], *, for_update: bool = False
) -> Sequence[Lead]:
    """What these conversations told of, without those who were forgotten.

    `for_update`: as they are once nobody else changes them. SQLite waits for that with the first write of
    a transaction, so one comes before.
    """
    query = _told_in(for_update=for_update)
    return (await session.scalars(query, {"conversation_ids": list(conversation_ids)})).all()


@cache
def _told_in(*, for_update: bool) -> Select[Lead]:
    his = LeadConversation.conversation_id.in_(bindparam("conversation_ids", expanding=True))
    told = select(LeadConversation.lead_id).where(his)
    query = select(Lead).where(Lead.id.in_(told), Lead.phone.is_not(None)).order_by(Lead.id)
    if for_update:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return query


async def _same(session: AsyncSession, contact: Contact) -> Lead | None:
    """The lead of a confirmed person: by the phone, else by any of his conversations."""
    wanted = (contact.told.step, contact.told.car_id)
    found = await _by_phone(session, contact.phone, *wanted)
    if found is not None:
        return found
    his = await leads_of(session, contact.customer.conversation_ids, for_update=True)
    return next((lead for lead in his if (lead.step, lead.car_id) == wanted), None)


async def _by_phone(session: AsyncSession, phone: str, step: str, car_id: int | None) -> Lead | None:
    return (await session.scalars(_of_phone(), {"phone": phone, "step": step, "car_id": car_id})).first()


@cache
def _of_phone() -> Select[Lead]:
    """What is found is added to, so it is read as the one before left it."""
    car = bindparam("car_id", type_=Integer)
    query = select(Lead).where(
        Lead.phone == bindparam("phone"),
        Lead.step == bindparam("step"),
        or_(Lead.car_id == car, and_(Lead.car_id.is_(None), car.is_(None))),
    )
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)
