"""A contact is kept, in the transaction of the turn that it came with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead
from bot.conversations import Conversation
from bot.customers.persons import Known, known
from bot.db import utcnow
from bot.dealer import Dealer
from bot.errors import AvtootvetError
from bot.leads.models import Lead, LeadConversation, LeadStage, Stage
from bot.leads.responsible import choose
from bot.leads.source import utm
from bot.leads.words import summary
from bot.stock.models import Car
from bot.upsert import insert


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
    if told.corrects and customer.phone not in (None, phone):
        corrected = await _correct(session, customer, phone)
    # Only what was said here: a phone of the person's other chats goes with him when he is split off.
    conversation.phone = told.phone or conversation.phone
    conversation.name = told.name or conversation.name
    contact = Contact(customer, phone, told, dealer.known_department(told.department))
    lead = await _same(session, contact) or await _insert(session, conversation, contact, dealer)
    await _update(session, lead, contact, dealer)
    await _link(session, lead.id, conversation.id)
    return [*(other for other in corrected if other is not lead), lead]


async def revise(session: AsyncSession, lead: Lead) -> None:
    """Something is new that every system has to be told."""
    lead.revision += 1
    lead.updated_at = utcnow()
    await session.flush()


async def _correct(session: AsyncSession, customer: Known, right: str) -> list[Lead]:
    """His leads move to the right number. One that another customer told of too stays with that one."""
    changed = []
    his = customer.conversation_ids
    for lead in await leads_of(session, his, phone=customer.phone):
        if await _is_shared(session, lead, his):
            await _unlink(session, lead.id, his)
            continue
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
    """The row, or the one that another conversation has just made of the same phone."""
    told = contact.told
    statement = insert(session, Lead).values(
        conversation_id=conversation.id,
        phone=contact.phone,
        name=contact.customer.name,
        step=told.step,
        topic=told.topic,
        department=contact.department,
        car_id=told.car_id,
        details={},
        channel=conversation.channel,
        account=conversation.account,
        listing_ref=conversation.listing_ref,
        utm=utm(conversation.listing_ref),
        responsible=await _responsible(session, contact, dealer),
        summary="",
        revision=0,
    )
    # Changes nothing: DO NOTHING would not return the row that is there.
    statement = statement.on_conflict_do_update(
        index_elements=["phone", "step"] if told.car_id is None else ["phone", "step", "car_id"],
        index_where=text("car_id IS NULL" if told.car_id is None else "car_id IS NOT NULL"),
        set_={"phone": statement.excluded.phone},
    )
    lead = (await session.scalars(statement.returning(Lead))).one()
    if lead.revision == 0:
        session.add(LeadStage(lead_id=lead.id, stage="contact", by="bot"))
    return lead


async def _update(session: AsyncSession, lead: Lead, contact: Contact, dealer: Dealer) -> None:
    told = contact.told
    stays = dealer.departments[contact.department].person(lead.responsible) is not None
    if contact.department != lead.department or not stays:
        lead.responsible = await _responsible(session, contact, dealer)
    lead.phone = contact.phone
    lead.name = told.name or lead.name
    lead.department = contact.department
    lead.topic = told.topic
    # Later facts add to the earlier ones: a wished time is not forgotten when a price is named.
    lead.details = {**lead.details, **told.details}
    car = await session.get(Car, told.car_id) if told.car_id is not None else None
    lead.summary = summary(lead.step, lead.topic, car, lead.details)
    await revise(session, lead)


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
    session: AsyncSession, conversation_ids: Collection[int], phone: str | None = None
) -> Sequence[Lead]:
    """What these conversations told of, of one phone or of all; without those who were forgotten."""
    told = select(LeadConversation.lead_id).where(LeadConversation.conversation_id.in_(conversation_ids))
    wanted = Lead.phone == phone if phone is not None else Lead.phone.is_not(None)
    return (await session.scalars(select(Lead).where(Lead.id.in_(told), wanted).order_by(Lead.id))).all()


async def _same(session: AsyncSession, contact: Contact) -> Lead | None:
    """By the phone; else, of a person whose phone was confirmed, by any of his conversations."""
    wanted = (contact.told.step, contact.told.car_id)
    found = await _by_phone(session, contact.phone, *wanted)
    if found is not None or not contact.customer.confirmed:
        return found
    his = await leads_of(session, contact.customer.conversation_ids)
    return next((lead for lead in his if (lead.step, lead.car_id) == wanted), None)


async def _by_phone(session: AsyncSession, phone: str, step: str, car_id: int | None) -> Lead | None:
    car = Lead.car_id.is_(None) if car_id is None else Lead.car_id == car_id
    return await session.scalar(select(Lead).where(Lead.phone == phone, Lead.step == step, car))


async def _unlink(session: AsyncSession, lead_id: int, conversation_ids: Collection[int]) -> None:
    await session.execute(
        delete(LeadConversation).where(
            LeadConversation.lead_id == lead_id, LeadConversation.conversation_id.in_(conversation_ids)
        )
    )


async def _is_shared(session: AsyncSession, lead: Lead, his: Collection[int]) -> bool:
    others = exists().where(LeadConversation.lead_id == lead.id, LeadConversation.conversation_id.not_in(his))
    return bool(await session.scalar(select(others)))


async def _link(session: AsyncSession, lead_id: int, conversation_id: int) -> None:
    await session.execute(
        insert(session, LeadConversation)
        .values(lead_id=lead_id, conversation_id=conversation_id)
        .on_conflict_do_nothing()
    )
