"""The card of a lead, made of the rows when it is delivered: it goes to the dealership's own systems."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Message
from bot.customers.persons import with_others
from bot.dealer import Dealer
from bot.hours import DAYS
from bot.leads.advertising import advertised
from bot.leads.crm.base import LeadCard, Line
from bot.leads.models import Lead, LeadConversation, Visit
from bot.leads.visits import called_off, coming
from bot.leads.words import CHANNELS, STEPS, car_title, topic_title, wishes
from bot.stock.models import Car, CarListing

LONGEST_DIALOGUE = 100  # messages

CALL = "позвоните клиенту: бот не может написать ему первым"

_AUTHORS = {"in": "Клиент", "out": "Бот", "staff": "Сотрудник"}
_WEEKDAYS = dict(zip(DAYS, ("пн", "вт", "ср", "чт", "пт", "сб", "вс"), strict=True))


async def card_of(session: AsyncSession, lead: Lead, system: str, dealer: Dealer) -> LeadCard:
    """As `system` is to be told. A forgotten lead has no card."""
    if lead.phone is None:
        raise ValueError(f"lead {lead.id} is forgotten")
    told_in = select(LeadConversation.conversation_id).where(LeadConversation.lead_id == lead.id)
    his = (await session.scalars(with_others(told_in))).all()
    car = await session.get(Car, lead.car_id) if lead.car_id is not None else None
    department = dealer.departments[dealer.known_department(lead.department)]
    person = department.person(lead.responsible)
    return LeadCard(
        uid=lead.uid,
        phone=lead.phone,
        name=lead.name,
        step=STEPS[lead.step],
        topic=topic_title(lead.topic),
        stage=lead.stage,
        car=car_title(car) if car is not None else None,
        car_url=await _car_url(session, car) if car is not None else None,
        vin=car.vin if car is not None else None,
        price=car.price if car is not None else None,
        department=department.title,
        responsible=lead.responsible,
        responsible_id=person.id_in(system) if person is not None else None,
        wishes=wishes(lead.details) | await _visit(session, his, dealer),
        channel=CHANNELS.get(lead.channel, lead.channel),
        source=lead.listing_ref,
        utm=lead.utm,
        advertising=lead.id in await advertised(session, select(Lead.id).where(Lead.id == lead.id)),
        summary=lead.summary,
        dialogue=await _dialogue(session, (await session.scalars(told_in)).all()),
        created_at=lead.created_at,
    )


async def _car_url(session: AsyncSession, car: Car) -> str | None:
    """The dealership's own page before those of the boards."""
    query = select(CarListing.url, CarListing.site).where(
        CarListing.car_id == car.id, CarListing.url.is_not(None)
    )
    found = sorted((await session.execute(query)).all(), key=lambda row: (row[1] != "site", row[1]))
    return found[0][0] if found else None


async def _dialogue(session: AsyncSession, conversation_ids: Collection[int]) -> tuple[Line, ...]:
    """The last messages of all his chats, oldest first."""
    query = (
        select(Message)
        .where(Message.conversation_id.in_(conversation_ids), Message.text != "")
        .order_by(Message.id.desc())
        .limit(LONGEST_DIALOGUE)
    )
    latest = (await session.scalars(query)).all()
    return tuple(Line(author=_AUTHORS[m.direction], text=m.text, at=m.at) for m in reversed(latest))


async def _visit(session: AsyncSession, conversation_ids: Collection[int], dealer: Dealer) -> dict[str, str]:
    booked = await coming(session, conversation_ids, dealer)
    if booked is not None:
        call = {"Напомнить о визите": CALL} if booked.reminder == "call" else {}
        return {"Визит": _when(booked, dealer)} | call
    return {"Визит": "отменён"} if await called_off(session, conversation_ids) else {}


def _when(visit: Visit, dealer: Dealer) -> str:
    """«сб 28.11.2026, 15:00, салон на Энгельса»."""
    day = f"{_WEEKDAYS[DAYS[visit.date.weekday()]]} {visit.date:%d.%m.%Y}"
    place = dealer.addresses.get(visit.address)
    return ", ".join(filter(None, (day, visit.time, place.title if place is not None else None)))
