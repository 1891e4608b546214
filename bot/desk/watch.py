"""Customers who wait are not forgotten: the department is reminded, its manager called, others help out.

What falls due is a row (`bot.desk.timers`). Its effect is in the transaction that takes it, under the lock of
the conversation: so it comes once, whoever looks, and not after an answer. Of what fell due while no gateway
ran, or while the department was closed, only the last stage is done.
"""

import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.customers.persons import known
from bot.db import Sessions, UtcDateTime, utcnow
from bot.dealer import Dealer
from bot.desk.attention import attention, left, lock
from bot.desk.events import note
from bot.desk.hours import open_minutes
from bot.desk.models import Ticket, TicketEvent, TicketTimer, TimerKind
from bot.desk.names import name_of
from bot.desk.notices import notice
from bot.desk.reach import may_write
from bot.desk.staff import Staff
from bot.desk.texts import (
    CALL,
    CALL_ELSEWHERE,
    MOVED,
    MOVED_ELSEWHERE,
    RESOLVE,
    TOLD,
    WAITS,
    minutes_within,
    spoken,
)
from bot.desk.tickets import transfer
from bot.desk.timers import WAITING, due_at, plan, put_aside
from bot.desk.trouble import tell_stand_in
from bot.due import Found, do_oldest
from bot.outbox import put
from bot.people import Person
from bot.wake import Wake

log = logging.getLogger(__name__)

_NEXT_DUE = select(func.min(TicketTimer.due_at)).where(TicketTimer.done_at.is_(None))
_NOW = bindparam("now", type_=UtcDateTime)
_OLDEST = (
    select(Ticket.id, Ticket.conversation_id)
    .join(TicketTimer, TicketTimer.ticket_id == Ticket.id)
    .where(TicketTimer.done_at.is_(None), TicketTimer.due_at <= _NOW)
    .order_by(TicketTimer.due_at, TicketTimer.id)
    .limit(1)
)
_TAKE = (
    update(TicketTimer)
    .where(
        TicketTimer.ticket_id == bindparam("ticket"),
        TicketTimer.done_at.is_(None),
        TicketTimer.due_at <= _NOW,
    )
    .values(done_at=_NOW)
    .returning(TicketTimer.kind)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Watch:
    """For a Dispatcher. `outbox` is woken after each effect: customers and departments hear of it."""

    sessions: Sessions
    dealer: Dealer
    outbox: Wake

    async def next_due(self) -> dt.datetime | None:
        async with self.sessions() as session:
            return await session.scalar(_NEXT_DUE)

    async def do_due(self) -> int | None:
        """What is due for the ticket that has waited longest; its id, or None when nothing is."""
        now = utcnow()
        return await do_oldest(
            self.sessions,
            partial(self._oldest, now),
            partial(self._do, now),
            partial(self._put_aside, now),
        )

    async def told(self, ticket_id: int) -> None:
        self.outbox.notify()
        log.info("ticket watched", extra={"ticket": ticket_id})

    async def _oldest(self, now: dt.datetime) -> Found | None:
        async with self.sessions() as session:
            return (await session.execute(_OLDEST, {"now": now})).first()

    async def _put_aside(self, now: dt.datetime, ticket_id: int, error: Exception) -> None:
        """For a while, the last time for good; in the log once."""
        async with self.sessions.begin() as session:
            failures = await put_aside(session, ticket_id, now)
        if failures == 1:
            log.error("ticket not watched", exc_info=error, extra={"ticket": ticket_id})

    async def _do(self, now: dt.datetime, session: AsyncSession, found: Found) -> bool:
        """False when another gateway was faster, or the customer was answered meanwhile."""
        conversation = await lock(session, found.conversation_id)
        kinds = (await session.scalars(_TAKE, {"ticket": found.id, "now": now})).all()
        ticket = await session.get_one(Ticket, found.id, populate_existing=True)
        if not kinds:
            return False
        if ticket.status != "closed" and not left(ticket):
            await Due(session, self.dealer, conversation, ticket, now).do(kinds)
        return True


@dataclass(frozen=True)
class Due:
    """A ticket for which something is due now."""

    session: AsyncSession
    dealer: Dealer
    conversation: Conversation
    ticket: Ticket
    now: dt.datetime

    async def do(self, kinds: Collection[TimerKind]) -> None:
        last = max((kind for kind in kinds if kind in WAITING), key=WAITING.index, default=None)
        first: TimerKind | None = "resolve" if "resolve" in kinds else None  # a transfer plans it anew
        stages = [kind for kind in (first, last) if kind is not None]
        if not self.dealer.schedule_of(self._key).open_at(self._local):
            await self._put_off(stages)
            return
        for stage in stages:
            match stage:
                case "remind":
                    await self._remind()
                case "manager":
                    await self._call_manager(stage)
                case "next_department":
                    await self._ask_next_department()
                case "resolve":
                    await self._ask_to_close()

    @property
    def _key(self) -> str:
        return self.dealer.known_department(self.ticket.department)

    @property
    def _local(self) -> dt.datetime:
        return self.dealer.local(self.now)

    async def _put_off(self, stages: Collection[TimerKind]) -> None:
        opening = self.dealer.schedule_of(self._key).next_opening(self._local)
        await plan(self.session, self.ticket, dict.fromkeys(stages, opening))

    async def _remind(self) -> None:
        if await self._notice(WAITS, calls=None):
            note(self.session, self.ticket, "reminded", None, self.now)

    async def _call_manager(self, stage: TimerKind) -> None:
        manager = self.dealer.departments[self._key].person(self.dealer.departments[self._key].manager)
        if manager is not None and await self._notice(CALL, calls=_staff(manager)):
            note(self.session, self.ticket, "escalated", None, self.now, stage=stage, to=manager.name)
            await self._tell_stand_in(CALL_ELSEWHERE, calls=_staff(manager))

    async def _ask_next_department(self) -> None:
        """Whom it goes to is told by his own desk, unless they share one."""
        helper = await self._helper()
        if helper is None:
            await self._call_manager("next_department")
            return
        whom = self.dealer.departments[helper].whom
        shared = self.dealer.desk_of(helper) == self.dealer.desk_of(self._key)
        await self._notice(MOVED, calls=None, loud=shared, whom=whom)
        await self._tell_stand_in(MOVED_ELSEWHERE, calls=None, whom=whom)
        note(self.session, self.ticket, "escalated", None, self.now, stage="next_department", to=helper)
        await transfer(self.session, self.ticket.id, helper, None, self.dealer)
        await self._tell_customer(helper)

    async def _helper(self) -> str | None:
        """Who can answer now what nobody has taken, and was not asked before."""
        helper = self.dealer.departments[self._key].next_department
        if helper is None or self.ticket.status != "open" or not self._answers_now(helper):
            return None
        was_there = exists().where(TicketEvent.ticket_id == self.ticket.id, TicketEvent.department == helper)
        return None if await self.session.scalar(select(was_there)) else helper

    def _answers_now(self, key: str) -> bool:
        """It stays open for as long as it takes to answer."""
        closes = self.dealer.schedule_of(key).closes_at(self._local)
        minutes = dt.timedelta(minutes=self.dealer.departments[key].answer_minutes)
        return closes is not None and self._local + minutes <= closes

    async def _tell_customer(self, helper: str) -> None:
        """Once, and not while a person talks with him."""
        told = exists().where(TicketEvent.ticket_id == self.ticket.id, TicketEvent.kind == "told")
        if (
            await self.session.scalar(select(told))
            or (await attention(self.session, self.conversation.id)).claimed
            or not await may_write(self.session, self.conversation, self.now)
        ):
            return
        department = self.dealer.departments[helper]
        words = TOLD.format(whom=department.whom, within=minutes_within(department.answer_minutes))
        await put(self.session, self.conversation, Outgoing(text=words), origin=self._origin())
        note(self.session, self.ticket, "told", None, self.now)

    def _origin(self) -> str:
        return f"watch:{self.ticket.id}:{self.ticket.opened_at.isoformat()}"

    async def _ask_to_close(self) -> None:
        """Again and again, as the bot is silent until then; not who has only just taken it."""
        taken_at = self.ticket.claimed_at if self.ticket.status == "claimed" else None
        until = due_at(self.ticket, "resolve", self.dealer, taken_at or self.now)
        if taken_at is not None and until is not None and until <= self.now:
            taker = Staff(self.ticket.claimed_by or "", self.ticket.claimed_name or "")
            await self._notice(RESOLVE, calls=taker if taker.name else None)
            until = due_at(self.ticket, "resolve", self.dealer, self.now)
        await plan(self.session, self.ticket, {"resolve": until})

    async def _notice(self, words: str, *, calls: Staff | None, loud: bool = True, **facts: str) -> bool:
        """Whether the department has a desk where it is seen."""
        customer = await known(self.session, self.conversation)
        name = name_of(customer.name, self.conversation.id)
        facts = {"customer": name, "waited": self._waited(), **facts}
        said = words.format(**facts)
        shown = await notice(
            self.session,
            self.conversation.id,
            self.ticket.department,
            said if calls is not None else said[:1].upper() + said[1:],
            dealer=self.dealer,
            loud=loud,
            calls=calls,
        )
        return shown is not None

    async def _tell_stand_in(self, words: str, *, calls: Staff | None, **facts: str) -> None:
        department = self.dealer.departments[self._key].title
        facts = {"ticket": str(self.ticket.id), "department": department, "waited": self._waited(), **facts}
        said = words.format(**facts)
        await tell_stand_in(self.session, self.dealer, self.ticket.department, said, self.now, calls)

    def _waited(self) -> str:
        """Of the department's hours."""
        since = self.dealer.local(self.ticket.waiting_since or self.now)
        return spoken(int(open_minutes(self.dealer.schedule_of(self._key), since, self._local)))


def _staff(person: Person) -> Staff:
    return Staff(f"telegram:{person.telegram}" if person.telegram is not None else "", person.name)
