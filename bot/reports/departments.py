"""How departments and their people answer customers, reckoned from what was noted of each ticket.

A ticket's time with one department is a stay: until it is closed or given to another. A report is about the
stays that began in its period, and about what people did in it.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import fmean, median

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.db import utcnow
from bot.dealer import Dealer
from bot.desk.hours import open_minutes
from bot.desk.models import EventKind, Ticket, TicketEvent
from bot.leads.models import Lead
from bot.reports.contacts import TERMINAL
from bot.reports.funnel import Period, is_twin

# Minutes of working hours: who waits longer for a word was missed.
MISSED = 2
# Between two deeds of a person who is at work.
ONLINE = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Stay:
    """A ticket at a department; `ends` is None while it is there and not closed."""

    ticket_id: int
    conversation_id: int
    department: str
    begins: dt.datetime
    ends: dt.datetime | None
    events: tuple[TicketEvent, ...]
    by_bot: bool  # handed over, and not begun by a person himself

    def has(self, kind: EventKind) -> bool:
        return any(event.kind == kind for event in self.events)

    @property
    def first_answer(self) -> TicketEvent | None:
        return next((event for event in self.events if event.kind == "answered"), None)


@dataclass(frozen=True)
class Times:
    """Minutes until the first answer; None when nobody answered."""

    median: float | None
    slowest: float | None  # the 90th percentile: nine of ten were answered no later

    @classmethod
    def of(cls, minutes: Collection[float]) -> "Times":
        if not minutes:
            return cls(None, None)
        return cls(median(minutes), sorted(minutes)[ceil(0.9 * len(minutes)) - 1])


@dataclass(frozen=True)
class Answers:
    """Of one department, or of all."""

    tickets: int
    in_hours: Times
    plain: Times
    missed: int  # words of customers
    claimed: int
    escalated: int
    transferred: int
    rating: float | None
    ratings: int


@dataclass(frozen=True)
class Work:
    """Of one person."""

    name: str | None  # None: in the messenger itself nobody knows who it was
    chats: int
    first_answer: float | None  # median, minutes of working hours
    contacts: int
    online: dt.timedelta


@dataclass(frozen=True)
class Log:
    """What a report is reckoned from."""

    stays: Sequence[Stay]  # of all tickets about which anything was noted in the period
    written: Mapping[int, Sequence[dt.datetime]]  # conversation → when the customer wrote, in order
    leads: Sequence[Lead]
    period: Period
    now: dt.datetime

    @property
    def begun(self) -> list[Stay]:
        return [stay for stay in self.stays if self.period.covers(stay.begins)]


async def read_log(session: AsyncSession, period: Period) -> Log:
    tickets = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(
            Conversation.channel != TERMINAL,
            Ticket.id.in_(select(TicketEvent.ticket_id).where(period.holds(TicketEvent.at))),
        )
        .order_by(Ticket.id)
    )
    events = await _events(session, tickets.with_only_columns(Ticket.id).order_by(None))
    conversations = tickets.with_only_columns(Ticket.conversation_id).order_by(None)
    leads = select(Lead).where(period.holds(Lead.created_at), Lead.channel != TERMINAL, ~is_twin())
    return Log(
        [stay for ticket in await session.scalars(tickets) for stay in stays(ticket, events[ticket.id])],
        await _written(session, conversations, period),
        (await session.scalars(leads)).all(),
        period,
        utcnow(),
    )


async def _events(session: AsyncSession, tickets: Select[int]) -> dict[int, list[TicketEvent]]:
    query = select(TicketEvent).where(TicketEvent.ticket_id.in_(tickets)).order_by(TicketEvent.id)
    by_ticket: dict[int, list[TicketEvent]] = {}
    for event in await session.scalars(query):
        by_ticket.setdefault(event.ticket_id, []).append(event)
    return by_ticket


async def _written(
    session: AsyncSession, conversations: Select[int], period: Period
) -> dict[int, list[dt.datetime]]:
    query = (
        select(Message.conversation_id, Message.at)
        .where(
            Message.conversation_id.in_(conversations),
            Message.direction == "in",
            Message.at >= period.begins,
        )
        .order_by(Message.id)
    )
    by_conversation: dict[int, list[dt.datetime]] = {}
    for conversation_id, at in await session.execute(query):
        by_conversation.setdefault(conversation_id, []).append(at)
    return by_conversation


def stays(ticket: Ticket, events: Sequence[TicketEvent]) -> Iterator[Stay]:
    """In their order. One that joined another department's ticket never came there."""
    begins, by_bot, own = events[0].at, events[0].by is None, list[TicketEvent]()
    for event, following in zip(events, [*events[1:], None], strict=True):
        own.append(event)
        moved = event.kind == "transferred" and event.details["to"] == (
            following.department if following is not None else ticket.department
        )
        if moved or following is None:
            ended = event.at if moved else ticket.closed_at
            department = event.department
            yield Stay(ticket.id, ticket.conversation_id, department, begins, ended, tuple(own), by_bot)
            begins, by_bot, own = event.at, True, []
    if moved:
        yield Stay(ticket.id, ticket.conversation_id, ticket.department, begins, None, (), True)


def waits(
    stay: Stay, written: Iterable[dt.datetime], now: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """From each of the customer's words that nobody had answered to the answer, or to the end."""
    ends = stay.ends or now
    words = [at for at in written if stay.begins < at < ends]
    since: dt.datetime | None = stay.begins
    for event in stay.events:
        if event.kind == "answered":
            if since is not None and since <= event.at:
                yield since, event.at
            since = next((at for at in words if at > event.at), None)
    if since is not None:
        yield since, ends


def departments(log: Log, dealer: Dealer) -> dict[str, Answers]:
    """By the key of the department, in the order of the keys."""
    keys = sorted({stay.department for stay in log.begun})
    return {key: answers([stay for stay in log.begun if stay.department == key], log, dealer) for key in keys}


def answers(stays: Sequence[Stay], log: Log, dealer: Dealer) -> Answers:
    """Of these stays together."""
    worked = _Worked(dealer)
    firsts = [(stay, answer) for stay in stays if stay.by_bot and (answer := stay.first_answer) is not None]
    spans = [
        worked(stay, *span)
        for stay in stays
        for span in waits(stay, log.written.get(stay.conversation_id, ()), log.now)
    ]
    ratings = [stars for stay in stays if (stars := _rating(stay)) is not None]
    return Answers(
        tickets=len(stays),
        in_hours=Times.of([worked(stay, stay.begins, answer.at) for stay, answer in firsts]),
        plain=Times.of([(answer.at - stay.begins).total_seconds() / 60 for stay, answer in firsts]),
        missed=sum(minutes > MISSED for minutes in spans),
        claimed=sum(stay.has("claimed") for stay in stays),
        escalated=sum(stay.has("escalated") for stay in stays),
        transferred=sum(stay.has("transferred") for stay in stays),
        rating=fmean(ratings) if ratings else None,
        ratings=len(ratings),
    )


def _rating(stay: Stay) -> int | None:
    """The last one: he may have changed his mind."""
    stars: list[int] = [event.details["stars"] for event in stay.events if event.kind == "rated"]
    return stars[-1] if stars else None


@dataclass(frozen=True)
class _Worked:
    """Minutes of the hours of a stay's department."""

    dealer: Dealer

    def __call__(self, stay: Stay, begins: dt.datetime, ends: dt.datetime) -> float:
        schedule = self.dealer.schedule_of(self.dealer.known_department(stay.department))
        return open_minutes(schedule, self.dealer.local(begins), self.dealer.local(ends))


def people(log: Log, dealer: Dealer) -> list[Work]:
    """Who took or answered anything in the period; who talked with most customers comes first."""
    deeds: dict[str, list[tuple[Stay, TicketEvent]]] = {}
    for stay in log.stays:
        for event in stay.events:
            if event.by is not None and log.period.covers(event.at):
                deeds.setdefault(event.by, []).append((stay, event))
    works = [
        _work(by, done, log, dealer)
        for by, done in deeds.items()
        if any(event.kind in ("claimed", "answered") for _, event in done)
    ]
    return sorted(works, key=lambda work: (-work.chats, work.name or ""))


def _work(by: str, done: Sequence[tuple[Stay, TicketEvent]], log: Log, dealer: Dealer) -> Work:
    name = next((event.name for _, event in reversed(done) if event.name), None)
    his = {stay.conversation_id for stay, event in done if event.kind in ("claimed", "answered")}
    worked = _Worked(dealer)
    firsts = [
        worked(stay, stay.begins, answer.at)
        for stay in log.begun
        if stay.by_bot and (answer := stay.first_answer) is not None and answer.by == by
    ]
    return Work(
        name=name,
        chats=len({stay.conversation_id for stay, event in done if event.kind == "answered"}),
        first_answer=Times.of(firsts).median,
        contacts=sum(lead.responsible == name and lead.conversation_id in his for lead in log.leads),
        online=online(event.at for _, event in done),
    )


def online(deeds: Iterable[dt.datetime]) -> dt.timedelta:
    """The pauses between deeds in which a person was at work."""
    pauses = (later - earlier for earlier, later in pairwise(sorted(deeds)))
    return sum((pause for pause in pauses if pause < ONLINE), dt.timedelta())
