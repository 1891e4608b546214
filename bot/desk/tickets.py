"""Tickets of a conversation: opened, taken, answered, given on, closed; each change leaves its event.

While one is open the bot still holds the conversation; while one is claimed it is silent. Every change
first locks the row of the conversation, so tickets, messages and turns follow one order.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenedTicket
from bot.conversations import Conversation
from bot.db import utcnow
from bot.dealer import Dealer
from bot.desk.attention import PAST_BOT, left, lock, unclosed
from bot.desk.events import note
from bot.desk.models import Outcome, Ticket, TicketEvent
from bot.desk.rating import offer
from bot.desk.routing import route
from bot.desk.staff import Staff
from bot.desk.summary import extended, fitting
from bot.desk.texts import A_PERSON_ANSWERS, ANSWERED_IN_MESSENGER, SOMEBODY
from bot.desk.timers import ALL, WAITING, call_off, plan_watch
from bot.inbox.claim import cut_burst
from bot.outbox import withdraw
from bot.upsert import insert

# Who answers in the messenger itself is not told apart there.
IN_MESSENGER = Staff("messenger", "")


@dataclass(frozen=True)
class Claimed:
    """The conversation is his now."""

    ticket: Ticket


@dataclass(frozen=True)
class TakenBy:
    """Somebody was faster."""

    name: str


@dataclass(frozen=True)
class Gone:
    """Closed meanwhile, or never there."""


async def open_ticket(
    session: AsyncSession,
    conversation: Conversation,
    wanted: OpenedTicket,
    dealer: Dealer,
    at: dt.datetime | None = None,
    staff: Staff | None = None,
) -> Ticket:
    """A ticket of the department, or what is asked for now added to its unclosed one.

    `at` is since when the customer waits; `staff` writes to him first, and None is the bot that hands him
    over. The caller holds the conversation.
    """
    at = at or utcnow()
    routed = await route(session, conversation, wanted, dealer)
    ticket = await _insert(session, conversation.id, wanted, routed.department, at)
    ticket.summary = await extended(session, ticket, wanted)
    ticket.car_id = wanted.car_id or ticket.car_id
    waits_now = ticket.revision == 1 or ticket.waiting_since is None
    ticket.waiting_since = ticket.waiting_since or at
    details = {"reason": wanted.reason, "topic": wanted.topic}
    if routed.acquaintance is not None:
        details["knows"] = routed.acquaintance
    note(session, ticket, "opened" if ticket.revision == 1 else "added", staff, at, **details)
    await session.flush()
    if waits_now:
        await plan_watch(session, ticket, dealer, at)
    return ticket


async def _insert(
    session: AsyncSession, conversation_id: int, wanted: OpenedTicket, department: str, at: dt.datetime
) -> Ticket:
    """The unclosed one of the department is found by the insertion itself; its revision tells which it is."""
    statement = insert(session, Ticket).values(
        conversation_id=conversation_id,
        department=department,
        reason=wanted.reason,
        topic=wanted.topic,
        summary="",
        car_id=wanted.car_id,
        opened_at=at,
        waiting_since=at,
    )
    statement = statement.on_conflict_do_update(
        index_elements=["conversation_id", "department"],
        index_where=text("status <> 'closed'"),
        set_={"revision": Ticket.revision + 1},
    )
    result = await session.scalars(statement.returning(Ticket), execution_options={"populate_existing": True})
    return result.one()


async def claim(session: AsyncSession, ticket_id: int, staff: Staff) -> Claimed | TakenBy | Gone:
    """Take it: the bot is silent from now on, and what it was about to say is not sent."""
    ticket = await _held(session, ticket_id)
    if ticket is None:
        return Gone()
    if ticket.claimed_by == staff.id and ticket.status == "claimed":
        return Claimed(ticket)
    if ticket.status == "claimed" and ticket.past_bot_at is None:
        return TakenBy(ticket.claimed_name or SOMEBODY)
    _take(session, ticket, staff, utcnow())
    ticket.past_bot_at = None
    await withdraw(session, ticket.conversation_id, A_PERSON_ANSWERS)
    await session.flush()
    return Claimed(ticket)


def _take(session: AsyncSession, ticket: Ticket, staff: Staff, at: dt.datetime) -> None:
    ticket.status, ticket.claimed_at = "claimed", ticket.claimed_at or at
    ticket.claimed_by, ticket.claimed_name = staff.id, staff.name or None
    ticket.revision += 1
    note(session, ticket, "claimed", staff, at)


async def close(session: AsyncSession, ticket_id: int, staff: Staff, outcome: Outcome) -> Ticket | None:
    """Done, or given back to the bot, which answers what comes from now on and nothing of before.

    Who was answered is asked how. Returns None when it was closed already.
    """
    ticket = await _held(session, ticket_id)
    if ticket is None:
        return None
    await _end(session, ticket, staff, outcome, utcnow())
    await cut_burst(session, ticket.conversation_id)
    await session.flush()
    if outcome == "answered":
        await offer(session, ticket)
    return ticket


async def _end(
    session: AsyncSession, ticket: Ticket, staff: Staff | None, outcome: Outcome, at: dt.datetime
) -> None:
    _let_go(ticket, at)
    note(session, ticket, "closed", staff, at, outcome=outcome)
    ticket.status, ticket.closed_at, ticket.outcome = "closed", at, outcome
    ticket.waiting_since = None
    ticket.revision += 1
    await call_off(session, ticket.id, ALL)


async def transfer(
    session: AsyncSession, ticket_id: int, department: str, staff: Staff | None, dealer: Dealer
) -> Ticket | None:
    """To another department, open again there, with all that is known; `staff` is None for the bot.

    When that department has a ticket of this conversation already the two become one. Returns None when
    this one is closed, is there already, or the department does not exist.
    """
    ticket = await _held(session, ticket_id)
    if ticket is None or department not in dealer.departments or department == ticket.department:
        return None
    at = utcnow()
    _let_go(ticket, at)
    note(session, ticket, "transferred", staff, at, to=department)
    await cut_burst(session, ticket.conversation_id)
    tickets = await unclosed(session, ticket.conversation_id)
    there = next((other for other in tickets if other.department == department), None)
    if there is not None:
        await _merge(session, ticket, there, staff, at)
    else:
        _reopen(ticket, department, at)
    moved = there or ticket
    await session.flush()
    await plan_watch(session, moved, dealer, at)
    return moved


def _let_go(ticket: Ticket, at: dt.datetime) -> None:
    """By whoever had it; nobody lets go of what waits for somebody."""
    if ticket.status == "claimed":
        ticket.released_at = at


def _reopen(ticket: Ticket, department: str, at: dt.datetime) -> None:
    ticket.department, ticket.status = department, "open"
    ticket.claimed_at = ticket.claimed_by = ticket.claimed_name = ticket.past_bot_at = None
    ticket.waiting_since = ticket.waiting_since or at
    ticket.revision += 1


async def _merge(
    session: AsyncSession, ticket: Ticket, there: Ticket, staff: Staff | None, at: dt.datetime
) -> None:
    there.summary = fitting(f"{ticket.summary}\n{there.summary}")
    there.waiting_since = min(filter(None, (there.waiting_since, ticket.waiting_since)), default=at)
    there.car_id = there.car_id or ticket.car_id
    there.revision += 1
    note(session, there, "added", staff, at, reason=ticket.reason, topic=ticket.topic)
    await _end(session, ticket, staff, "returned", at)


async def staff_said(
    session: AsyncSession, ticket: Ticket, staff: Staff, at: dt.datetime, outbox_id: int | None = None
) -> None:
    """The customer has his answer; `outbox_id` when it was said at the desk."""
    ticket.first_answer_at = ticket.first_answer_at or at
    ticket.waiting_since = None
    ticket.revision += 1
    details = {} if outbox_id is None else {"outbox_id": outbox_id}
    note(session, ticket, "answered", staff, at, **details)
    await session.flush()
    await call_off(session, ticket.id, WAITING)


async def customer_wrote(
    session: AsyncSession, conversation_id: int, at: dt.datetime, dealer: Dealer
) -> None:
    """He waits again, unless a person has answered him after he wrote. In the turn's transaction."""
    answered = exists().where(
        TicketEvent.ticket_id == Ticket.id, TicketEvent.kind == "answered", TicketEvent.at >= at
    )
    waiting = await session.scalars(
        update(Ticket)
        .where(
            Ticket.conversation_id == conversation_id,
            Ticket.status != "closed",
            Ticket.waiting_since.is_(None),
            ~answered,
        )
        .values(waiting_since=at, revision=Ticket.revision + 1)
        .returning(Ticket)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    for ticket in waiting.all():
        await plan_watch(session, ticket, dealer, at)


async def take_over(session: AsyncSession, conversation_id: int, department: str) -> None:
    """A person answered past the bot: the unclosed tickets are his, or one of `department` is opened.

    What the bot was about to say is not sent. The caller holds the conversation.
    """
    at = utcnow()
    tickets = await unclosed(session, conversation_id)
    for ticket in tickets or [await _open_for_messenger(session, conversation_id, department, at)]:
        await _answered_past_bot(session, ticket, at)
    await withdraw(session, conversation_id, A_PERSON_ANSWERS)


async def _answered_past_bot(session: AsyncSession, ticket: Ticket, at: dt.datetime) -> None:
    if ticket.status == "open":
        _take(session, ticket, IN_MESSENGER, at)
        ticket.past_bot_at = at
    elif ticket.past_bot_at is not None:  # what was claimed at the desk is closed there
        ticket.past_bot_at = at
    await staff_said(session, ticket, IN_MESSENGER, at)


async def _open_for_messenger(
    session: AsyncSession, conversation_id: int, department: str, at: dt.datetime
) -> Ticket:
    ticket = Ticket(
        conversation_id=conversation_id,
        department=department,
        reason="topic",
        topic="other",
        summary=ANSWERED_IN_MESSENGER,
        status="open",
        opened_at=at,
        revision=1,
    )
    session.add(ticket)
    await session.flush()
    note(session, ticket, "opened", IN_MESSENGER, at, reason=ticket.reason, topic=ticket.topic)
    return ticket


async def close_left(session: AsyncSession, conversation_id: int) -> None:
    """The bot speaks again: close what was claimed past it and left, as of when it was."""
    for ticket in await unclosed(session, conversation_id):
        if ticket.past_bot_at is not None and left(ticket):
            await _end(session, ticket, None, "left", ticket.past_bot_at + PAST_BOT)
    await session.flush()


async def _held(session: AsyncSession, ticket_id: int) -> Ticket | None:
    """The ticket with its conversation locked; None when it is closed or was never there."""
    conversation_id = await session.scalar(select(Ticket.conversation_id).where(Ticket.id == ticket_id))
    if conversation_id is None:
        return None
    await lock(session, conversation_id)
    ticket = await session.get_one(Ticket, ticket_id, populate_existing=True)
    return ticket if ticket.status != "closed" else None
