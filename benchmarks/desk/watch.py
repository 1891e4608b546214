"""Customers wait for longer than they should, while all gateways are away, and while all of them run."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update

from benchmarks.desk.books import Book, books
from benchmarks.desk.office import Office
from benchmarks.desk.people import Client, card_of
from bot.db import utcnow
from bot.desk.models import DeskNotice, Ticket, TicketTimer, TimerKind

LOOKED_EVERY = 0.5
PATIENCE = 120.0  # seconds
LONGEST_LOOK = 0.5


@dataclass(frozen=True)
class Watched:
    """How many tickets there are, and how often something was done about each."""

    tickets: int
    reminded: Counter[int]  # how often → of how many tickets
    escalated: Counter[int]
    told: int  # lines shown in the groups

    @property
    def once_each(self) -> bool:
        once = Counter({1: self.tickets})
        return self.reminded == once == self.escalated and self.told == 2 * self.tickets


async def watched(office: Office, number: int, dice: random.Random) -> Watched:
    """Reminded of while everybody is dead; the managers are called while one of two gateways dies."""
    clients = office.come(number)
    for client in clients:
        client.calls()
    async with asyncio.timeout(PATIENCE):
        while len(found := await _handed_over(office, clients)) < number:  # noqa: ASYNC110
            await asyncio.sleep(LOOKED_EVERY)
    tickets = [book.tickets[0] for book in found]
    await asyncio.gather(*(gateway.kill() for gateway in office.gateways))
    await _falls_due(office, tickets, "remind")
    await asyncio.gather(*(gateway.start() for gateway in office.gateways))
    await _until_told(office, tickets, number)
    await _falls_due(office, tickets, "manager")
    await asyncio.sleep(dice.uniform(0, LONGEST_LOOK))
    if len(office.gateways) > 1:
        await dice.choice(office.gateways).crash(0)
    await _until_told(office, tickets, 2 * number)
    found = await _handed_over(office, clients)
    return Watched(
        tickets=sum(len(book.tickets) for book in found),
        reminded=Counter(sum(e.kind == "reminded" for e in book.events) for book in found),
        escalated=Counter(sum(e.kind == "escalated" for e in book.events) for book in found),
        told=await _told(office, tickets),
    )


async def _handed_over(office: Office, clients: Sequence[Client]) -> list[Book]:
    """Those whose department has a card of them."""
    return [
        book
        for book in await books(office)
        if book.client in clients and any(card_of(topic) is not None for topic in book.topics)
    ]


async def _falls_due(office: Office, tickets: Sequence[Ticket], kind: TimerKind) -> None:
    """Time passes."""
    async with office.sessions.begin() as session:
        await session.execute(
            update(TicketTimer)
            .where(TicketTimer.ticket_id.in_([ticket.id for ticket in tickets]), TicketTimer.kind == kind)
            .values(due_at=utcnow())
        )


async def _until_told(office: Office, tickets: Sequence[Ticket], times: int) -> None:
    """Or until the patience ends: then the numbers say what is missing."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    while clock() < deadline and await _told(office, tickets) < times:  # noqa: ASYNC110
        await asyncio.sleep(LOOKED_EVERY)


async def _told(office: Office, tickets: Sequence[Ticket]) -> int:
    query = select(func.count(DeskNotice.id)).where(
        DeskNotice.shown_at.is_not(None),
        DeskNotice.conversation_id.in_([ticket.conversation_id for ticket in tickets]),
    )
    async with office.sessions() as session:
        return await session.scalar(query) or 0
