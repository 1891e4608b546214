"""When customers come: booked, moved, called off."""

import datetime as dt
import re
from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import VisitBooked
from bot.conversations import Conversation
from bot.customers.persons import known
from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.leads.consent import Word, last_words
from bot.leads.models import Visit
from bot.outbox import withdraw_made_by

# «10:00», «до 12:00», «с 10:00 до 12:00»; «после 18:00» has no last hour.
_LAST_HOUR = re.compile(r"(?:^|до )(\d\d):\d\d$")
_FIRST_HOUR = re.compile(r"(?:^|с |после )(\d\d):(\d\d)\b")
# Parts of a day as they are agreed: hours at which they begin and end.
_PARTS = {"утром": (9, 12), "в обед": (12, 15), "днём": (13, 17), "вечером": (17, 21)}

EVENING = dt.time(18)  # of the day before: when he is reminded
BEFORE = dt.timedelta(hours=2)  # the visit, when that evening is too late
SOONEST = dt.timedelta(hours=1)  # after he was told «ждём вас»
EARLIEST = dt.time(9)

# Origins of reminders in the outbox begin so.
REMINDER = "visit:"
CHANGED = "визит перенесён или отменён"
CONSENT_WITHDRAWN = "клиент отозвал согласие"

_NEVER_REMINDED = (Visit.cancelled_at.is_(None), Visit.remind_at.is_(None), Visit.reminded_at.is_(None))


async def coming(session: AsyncSession, conversation_ids: Collection[int], dealer: Dealer) -> Visit | None:
    """The visit that is booked in any of these conversations and not past."""
    now = dealer.local(utcnow())
    given = {"conversation_ids": list(conversation_ids), "today": now.date()}
    return next((visit for visit in await session.scalars(_coming(), given) if not _past(visit, now)), None)


def _past(visit: Visit, now: dt.datetime) -> bool:
    """Who is late is still awaited until the hour is over, and can still move it or call it off."""
    ends = _ends(visit.time or "")
    return ends is not None and visit.date == now.date() and ends <= now.hour


def _ends(agreed: str) -> int | None:
    """The hour from which he is not expected any more."""
    if agreed in _PARTS:
        return _PARTS[agreed][1]
    last = _LAST_HOUR.search(agreed)
    return int(last[1]) + 1 if last is not None else None


def begins(visit: Visit, dealer: Dealer) -> dt.datetime:
    """When he may come at the earliest; by the hours of the place when no more was agreed."""
    agreed = visit.time or ""
    first = _FIRST_HOUR.search(agreed)
    if agreed in _PARTS:
        at = dt.time(_PARTS[agreed][0])
    elif first is not None and int(first[1]) < 24:
        at = dt.time(int(first[1]), int(first[2]))
    else:
        place = dealer.addresses.get(visit.address)
        at = (
            min((shift.opens for shift in place.schedule.on(visit.date)), default=EARLIEST)
            if place
            else EARLIEST
        )
    return dt.datetime.combine(visit.date, at, dealer.zone)


def remind_at(visit: Visit, now: dt.datetime, dealer: Dealer) -> dt.datetime | None:
    """The evening before, else shortly before; None when he has only just said himself that he comes."""
    evening = dt.datetime.combine(visit.date - dt.timedelta(days=1), EVENING, dealer.zone)
    wanted = (evening, begins(visit, dealer) - BEFORE)
    return next((at for at in wanted if at - now >= SOONEST and at.time() >= EARLIEST), None)


async def remind_of_earlier(sessions: Sessions, channels: Collection[str], dealer: Dealer) -> None:
    """Plan the reminders of visits that were booked before there were any, or while it was too late for one.

    Whose reminder was taken back with his consent is not planned anew.
    """
    now = utcnow()
    unplanned = (
        select(Visit, Conversation)
        .join(Conversation, Conversation.id == Visit.conversation_id)
        .where(*_NEVER_REMINDED, Visit.date >= dealer.local(now).date(), Conversation.channel.in_(channels))
    )
    async with sessions() as session:
        moments = [
            (visit, remind_at(visit, now, dealer))
            for visit, conversation in await session.execute(unplanned)
            if not await _has_withdrawn(session, conversation)
        ]
    for visit, moment in moments:
        if moment is not None:
            await _plan(sessions, visit, moment)


async def _has_withdrawn(session: AsyncSession, conversation: Conversation) -> bool:
    customer = await known(session, conversation)
    words = await last_words(session, list(customer.conversation_ids))
    return words.get("processing", Word()).withdrawn


async def _plan(sessions: Sessions, visit: Visit, moment: dt.datetime) -> None:
    """Unless it was moved or called off since it was read, or another gateway has planned it."""
    as_read = Visit.date == visit.date, Visit.time.is_not_distinct_from(visit.time)
    async with sessions.begin() as session:
        await session.execute(
            update(Visit).where(Visit.id == visit.id, *_NEVER_REMINDED, *as_read).values(remind_at=moment)
        )


async def called_off(session: AsyncSession, conversation_ids: Collection[int]) -> bool:
    """Whether the last visit of these conversations was; people may still expect him."""
    query = select(Visit.cancelled_at).where(Visit.conversation_id.in_(conversation_ids))
    return await session.scalar(query.order_by(Visit.id.desc()).limit(1)) is not None


@cache
def _coming() -> Select[Visit]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    return (
        select(Visit)
        .where(
            Visit.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            Visit.cancelled_at.is_(None),
            Visit.date >= bindparam("today"),
        )
        .order_by(Visit.date, Visit.id)
    )


async def stop_reminding(session: AsyncSession, conversation_ids: Collection[int]) -> None:
    await session.execute(
        update(Visit).where(Visit.conversation_id.in_(conversation_ids)).values(remind_at=None, reminder=None)
    )
    await withdraw_made_by(session, conversation_ids, REMINDER, CONSENT_WITHDRAWN)


async def call_off(session: AsyncSession, visit: Visit) -> None:
    visit.cancelled_at, visit.remind_at = utcnow(), None
    await _withdraw_reminder(session, visit)


async def _withdraw_reminder(session: AsyncSession, visit: Visit) -> None:
    """Its words are no longer true. First the visit: whoever claims it meanwhile has put his row by then."""
    await session.flush()
    await withdraw_made_by(session, [visit.conversation_id], f"{REMINDER}{visit.id}:", CHANGED)


async def book(
    session: AsyncSession,
    conversation: Conversation,
    booked: Visit | None,
    wanted: VisitBooked,
    dealer: Dealer,
) -> None:
    """Book, or move the one that is booked."""
    if booked is None:
        booked = Visit(conversation_id=conversation.id)
        session.add(booked)
    booked.date, booked.time = wanted.date, wanted.time
    booked.car_id = wanted.car_id if wanted.car_id is not None else booked.car_id
    booked.address = wanted.address
    booked.remind_at, booked.reminder, booked.failures = remind_at(booked, utcnow(), dealer), None, 0
    await _withdraw_reminder(session, booked)
