"""What a person of a department has to know of a customer before he answers, whatever desk shows it."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation
from bot.customers.persons import Known, known
from bot.dealer import Dealer
from bot.desk.hours import due
from bot.desk.models import Outcome, Ticket, TicketEvent, TicketStatus
from bot.desk.names import name_of, visible
from bot.leads.crm.text import roubles
from bot.leads.models import Lead, LeadConversation, Visit
from bot.leads.visits import coming
from bot.leads.words import CHANNELS, STAGES, car_title, topic_title
from bot.stock.models import Car, CarListing, Status

REASONS = {
    "asked": "просит ответа человека",
    "complaint": "жалоба",
    "topic": "вопрос для отдела",
    "unsure": "бот не понял вопрос",
    "unknown_fact": "бот не знает ответа",
    "failure": "сбой бота",
}
OUTCOMES: dict[Outcome, str] = {
    "answered": "закрыто",
    "returned": "возвращено боту",
    "left": "закрыто: сотрудник долго молчал",
}
# What is worth a word beside the price.
CAR_STATES = {
    Status.RESERVED: "забронирован",
    Status.IN_TRANSIT: "в пути",
    Status.ON_ORDER: "под заказ",
    Status.SOLD: "продан",
    Status.GONE: "снят с продажи",
    Status.HIDDEN: "скрыт",
}
BLOCKED = "клиент заблокировал нас, сообщения до него не доходят"
LATEST_LEADS = 3


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    url: str | None = None


@dataclass(frozen=True)
class Card:
    """`title` names the customer; the buttons act on the ticket and on the lead."""

    title: str
    facts: tuple[Fact, ...]
    ticket_id: int
    status: TicketStatus
    lead_id: int | None


@dataclass(frozen=True)
class Cards:
    """Makes cards; `public_url` leads to the page of a car that is advertised nowhere."""

    dealer: Dealer
    public_url: str | None = None

    async def of(
        self, session: AsyncSession, conversation: Conversation, departments: Collection[str]
    ) -> Card | None:
        """As these departments see the customer. None when they were never asked about him."""
        tickets = await _tickets(session, conversation.id, departments)
        if not tickets:
            return None
        customer = await known(session, conversation)
        car = await _car(session, conversation, tickets[0])
        leads = await _leads(session, customer)
        return Card(
            title=_title(conversation, customer, car),
            facts=(
                *await self._customer(session, conversation, customer),
                *await self._car(session, car),
                *await self._requests(session, tickets, named=len(departments) > 1),
                *_collected(leads),
                *await self._visit(session, customer),
            ),
            ticket_id=tickets[0].id,
            status=tickets[0].status,
            lead_id=leads[0].id if leads else None,
        )

    async def _customer(
        self, session: AsyncSession, conversation: Conversation, customer: Known
    ) -> Sequence[Fact]:
        others = await _other_channels(session, conversation, customer)
        found = {
            "Внимание": BLOCKED if conversation.blocked_at else None,
            "Клиент": visible(customer.name) or f"№ {conversation.id}, имя неизвестно",
            "Пишет": CHANNELS.get(conversation.channel, conversation.channel),
            "Писал ещё": ", ".join(others),
            "Телефон": customer.phone,
        }
        return [Fact(label, value) for label, value in found.items() if value]

    async def _car(self, session: AsyncSession, car: Car | None) -> Sequence[Fact]:
        if car is None:
            return []
        title = ", ".join(filter(None, (car_title(car), CAR_STATES.get(car.status))))
        price = [Fact("Цена", roubles(car.price))] if car.price is not None else []
        return [Fact("Автомобиль", title, await self._page(session, car)), *price]

    async def _page(self, session: AsyncSession, car: Car) -> str | None:
        """The dealership's own page before those of the boards, and ours when there is none."""
        query = select(CarListing.url, CarListing.site).where(
            CarListing.car_id == car.id, CarListing.url.is_not(None)
        )
        found = sorted((await session.execute(query)).all(), key=lambda row: (row[1] != "site", row[1]))
        if found:
            return found[0][0]
        return f"{self.public_url.rstrip('/')}/chat?car=car{car.id}" if self.public_url else None

    async def _requests(
        self, session: AsyncSession, tickets: Sequence[Ticket], *, named: bool
    ) -> Sequence[Fact]:
        """`named` where several departments look at them."""
        facts: list[Fact] = []
        for ticket in tickets:
            facts += [Fact("Отдел", self._department(ticket))] if named else []
            facts += self._request(ticket)
            acquaintance = await _acquaintance(session, ticket)
            facts += [Fact("Знает клиента", acquaintance)] if acquaintance else []
        return facts

    def _department(self, ticket: Ticket) -> str:
        return self.dealer.departments[self.dealer.known_department(ticket.department)].title

    def _request(self, ticket: Ticket) -> Iterator[Fact]:
        yield Fact("Почему", _why(ticket))
        if ticket.summary:
            yield Fact("Суть", ticket.summary)
        yield Fact("Обращение", self._state(ticket))
        if promised := self._promise(ticket):
            yield Fact("Обещали ответить", promised)

    def _state(self, ticket: Ticket) -> str:
        """Changes with the ticket alone: a clock on the card would be a message a minute."""
        match ticket.status:
            case "open":
                return f"ждёт с {self._when(ticket.opened_at)}"
            case "claimed":
                taken = f" с {self._when(ticket.claimed_at)}" if ticket.claimed_at else ""
                return f"ведёт {ticket.claimed_name or 'сотрудник'}{taken}"
            case "closed":
                ended = f" {self._when(ticket.closed_at)}" if ticket.closed_at else ""
                rated = f", оценка {ticket.rating} из 5" if ticket.rating else ""
                return f"{OUTCOMES[ticket.outcome or 'answered']}{ended}{rated}"

    def _promise(self, ticket: Ticket) -> str | None:
        """By the department's hours, as the customer was told. None once he has an answer."""
        if ticket.first_answer_at is not None or ticket.status == "closed":
            return None
        key = self.dealer.known_department(ticket.department)
        minutes = self.dealer.departments[key].answer_minutes
        until = due(self.dealer.schedule_of(key), self.dealer.local(ticket.opened_at), minutes)
        return f"до {self._when(until)}" if until is not None else None

    async def _visit(self, session: AsyncSession, customer: Known) -> Sequence[Fact]:
        booked = await coming(session, customer.conversation_ids, self.dealer)
        return [Fact("Визит", self._visit_words(booked))] if booked is not None else []

    def _visit_words(self, visit: Visit) -> str:
        place = self.dealer.addresses.get(visit.address)
        parts = (f"{visit.date:%d.%m.%Y}", visit.time, place.title if place else None)
        return ", ".join(filter(None, parts))

    def _when(self, moment: dt.datetime) -> str:
        """With the date always: the card is read on other days too."""
        return f"{self.dealer.local(moment):%H:%M %d.%m}"


def _title(conversation: Conversation, customer: Known, car: Car | None) -> str:
    name = name_of(customer.name, conversation.id)
    return f"{name} · {_short(car)}" if car is not None else name


def _short(car: Car) -> str:
    return " ".join(filter(None, (car.make, car.model, str(car.year or ""))))


def _why(ticket: Ticket) -> str:
    """With the topic, where it tells more."""
    reason = REASONS.get(ticket.reason, ticket.reason)
    # Who only asks for a person goes to those who show the car: he has said nothing of a visit.
    of_no_topic = ticket.reason == "asked" and ticket.topic == "visit"
    if of_no_topic or ticket.topic in ("other", ticket.reason):
        return reason
    title = topic_title(ticket.topic)
    return f"{reason} ({title if title.isupper() else title.lower()})"


async def _tickets(
    session: AsyncSession, conversation_id: int, departments: Collection[str]
) -> Sequence[Ticket]:
    """Those that wait or are worked on, oldest first; else the last one."""
    query = (
        select(Ticket)
        .where(Ticket.conversation_id == conversation_id, Ticket.department.in_(departments))
        .order_by(Ticket.id)
    )
    tickets = (await session.scalars(query)).all()
    return [ticket for ticket in tickets if ticket.status != "closed"] or tickets[-1:]


async def _car(session: AsyncSession, conversation: Conversation, ticket: Ticket) -> Car | None:
    """What the ticket is about, else what the talk is."""
    car_id = ticket.car_id or conversation.focus_car_id
    return await session.get(Car, car_id) if car_id is not None else None


async def _leads(session: AsyncSession, customer: Known) -> Sequence[Lead]:
    """Latest first; not those of forgotten people."""
    told = select(LeadConversation.lead_id).where(
        LeadConversation.conversation_id.in_(customer.conversation_ids)
    )
    query = select(Lead).where(Lead.id.in_(told), Lead.phone.is_not(None)).order_by(Lead.id.desc())
    return (await session.scalars(query.limit(LATEST_LEADS))).all()


def _collected(leads: Sequence[Lead]) -> Iterator[Fact]:
    for lead in leads:
        known_of = f"стадия: {STAGES[lead.stage]}, ответственный: {lead.responsible}"
        yield Fact("Заявка", f"{lead.summary} ({known_of})")


async def _other_channels(
    session: AsyncSession, conversation: Conversation, customer: Known
) -> Sequence[str]:
    others = [other for other in customer.conversation_ids if other != conversation.id]
    channels = await session.scalars(
        select(Conversation.channel).where(Conversation.id.in_(others)).distinct()
    )
    return sorted(CHANNELS.get(channel, channel) for channel in channels)


async def _acquaintance(session: AsyncSession, ticket: Ticket) -> str | None:
    """Who of the department has dealt with him before, see `bot.desk.routing`."""
    query = (
        select(TicketEvent.details)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind.in_(("opened", "added")))
        .order_by(TicketEvent.id.desc())
    )
    told = (details.get("knows") for details in await session.scalars(query))
    return next((name for name in told if name), None)
