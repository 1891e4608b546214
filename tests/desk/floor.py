"""A showroom whose customers wait, with a clock that stands still until it is set."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

import bot.desk.attention
import bot.desk.tickets
import bot.desk.timers
import bot.desk.watch
from bot.contract import OpenedTicket
from bot.conversations import Conversation
from bot.db import Base, Sessions
from bot.dealer import Dealer
from bot.desk.models import DeskNotice, Ticket, TicketTimer
from bot.desk.staff import Staff
from bot.desk.tickets import claim, customer_wrote, open_ticket, staff_said
from bot.desk.watch import Watch
from bot.outbox.models import OutboxMessage
from bot.wake import Wake
from tests.spine import DEALER

# Long ago: for a dispatcher all of it is due.
WEDNESDAY = dt.date(2020, 6, 10)
THURSDAY, FRIDAY = dt.date(2020, 6, 11), dt.date(2020, 6, 12)
OLEG = Staff("telegram:5", "Олег")
SALES, HELP, OFFICE = -100, -200, -300


def _department(group: int | None, **changed: Any) -> dict[str, Any]:
    return {
        "title": "отдел",
        "whom": "отделу",
        "address": "engelsa",
        "people": [{"name": "Марина", "telegram": 77}, {"name": "Олег", "telegram": 5}],
        "manager": "Марина",
        "desk": {"telegram": group} if group is not None else None,
        "watch": {"remind": 3, "manager": 6, "next_department": 15, "resolve": 480},
        **changed,
    }


def showroom(
    sales: dict[str, Any] | None = None,
    help_: dict[str, Any] | None = None,
    office: dict[str, Any] | None = None,
) -> Dealer:
    """Sales, who are helped out by `help`, who are helped out by sales. Open from 9 to 20."""
    given = DEALER.model_dump(mode="json")
    for address in given["addresses"].values():
        address["hours"], address["holidays"] = {"mon-sun": "09:00-20:00"}, {}
    helping = {"next_department": "sales", "whom": "отделу подбора", "answer_minutes": 10}
    departments = {
        "sales": _department(SALES, next_department="help", **(sales or {})),
        "help": _department(HELP, **{**helping, **(help_ or {})}),
        "office": _department(OFFICE, **(office or {})),
    }
    return Dealer.model_validate(given | {"departments": departments, "default_department": "sales"})


def at(clock: str, day: dt.date = WEDNESDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), DEALER.zone)


class Floor:
    """A showroom with a clock that stands still until it is set, and one customer, Иван."""

    def __init__(self, sessions: Sessions, dealer: Dealer) -> None:
        self.sessions = sessions
        self.dealer = dealer
        self.moment = at("12:00")
        self.watch = Watch(sessions, dealer, Wake())

    def now(self) -> dt.datetime:
        return self.moment.astimezone(dt.UTC)

    async def opens(self, clock: str = "12:00", department: str = "sales") -> Ticket:
        self.moment = at(clock)
        wanted = OpenedTicket(department=department, reason="asked", topic="price", summary="Цена?")
        async with self.sessions.begin() as session:
            conversation = await session.scalar(select(Conversation))
            if conversation is None:
                conversation = Conversation(channel="fake", account="main", chat_id="ivan", name="Иван")
                session.add(conversation)
                await session.flush()
            return await open_ticket(session, conversation, wanted, self.dealer, self.now())

    async def is_answered(self, ticket: Ticket) -> None:
        async with self.sessions.begin() as session:
            await staff_said(session, await session.get_one(Ticket, ticket.id), OLEG, self.now())

    async def writes(self, ticket: Ticket, clock: str) -> None:
        self.moment = at(clock)
        async with self.sessions.begin() as session:
            await customer_wrote(session, ticket.conversation_id, self.now(), self.dealer)

    async def is_claimed(self, ticket: Ticket) -> None:
        async with self.sessions.begin() as session:
            await claim(session, ticket.id, OLEG)

    async def look(self, clock: str, day: dt.date = WEDNESDAY) -> list[str]:
        """What the departments are told then."""
        self.moment = at(clock, day)
        before = len(await self.rows(DeskNotice))
        while await self.watch.do_due() is not None:
            pass
        return [notice.words for notice in (await self.rows(DeskNotice))[before:]]

    async def rows[Model: Base](self, model: type[Model]) -> list[Model]:
        async with self.sessions() as session:
            return list(await session.scalars(select(model).order_by(*model.__table__.primary_key.columns)))

    async def ticket(self) -> Ticket:
        return (await self.rows(Ticket))[0]

    async def told(self) -> list[str]:
        """The customer."""
        return [row.body["text"] for row in await self.rows(OutboxMessage)]

    async def undone(self) -> list[str]:
        return [timer.kind for timer in await self.rows(TicketTimer) if timer.done_at is None]


def floor_of(sessions: Sessions, monkeypatch: pytest.MonkeyPatch, dealer: Dealer) -> Floor:
    floor = Floor(sessions, dealer)
    for module in (bot.desk.watch, bot.desk.timers, bot.desk.tickets, bot.desk.attention):
        monkeypatch.setattr(module, "utcnow", floor.now)
    return floor
