"""Customers are reminded of their visits, once; where the bot may not write, a person is asked to call.

What is due is a column of the visit. It is taken in the transaction that puts the message, under the lock of
the conversation: so several gateways and a crash remind nobody twice, and nobody who talks with a person.
"""

import datetime as dt
import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Select, bindparam, case, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.channels.telegram.chats import CHANNEL, Chat
from bot.conversations import Conversation, Message
from bot.customers.persons import known
from bot.db import Sessions, UtcDateTime, utcnow
from bot.dealer import Dealer
from bot.desk.attention import attention, lock
from bot.due import PAUSE, TRIES, Found, do_oldest
from bot.leads.capture import leads_of, revise
from bot.leads.deliveries import plan_again
from bot.leads.models import Visit
from bot.leads.visits import REMINDER, begins
from bot.outbox import put
from bot.wake import Wake

# How long after the customer's last message the bot may write first. On the site nobody reads it later.
DAY = dt.timedelta(hours=24)
WINDOWS = {"vk": DAY, "site": dt.timedelta(0)}
# Hours of the dealership's day: a gateway that was away reminds late, but not at night.
BY_DAY = range(9, 21)
# While a person has the conversation: he may have said it himself.
WAIT = dt.timedelta(minutes=30)

TEXT = "Напоминаю: ждём вас {when}.{place} Если планы поменялись, напишите — подберём другое время."
PLACE = " Адрес — {city}, {street}."
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip

log = logging.getLogger(__name__)

_NOW = bindparam("now", type_=UtcDateTime)
# Asked of each visit that is due: a list of all conversations would be made twice a second.
_OURS = exists().where(
    Conversation.id == Visit.conversation_id, Conversation.channel.in_(bindparam("channels", expanding=True))
)
_NEXT_DUE: Select[dt.datetime | None] = select(func.min(Visit.remind_at)).where(
    Visit.remind_at.is_not(None), _OURS
)
_OLDEST = (
    select(Visit.id, Visit.conversation_id)
    .where(Visit.remind_at <= _NOW, _OURS)
    .order_by(Visit.remind_at, Visit.id)
    .limit(1)
)
_IT_IS_DUE = Visit.id == bindparam("visit"), Visit.remind_at <= _NOW
_TAKE = (
    update(Visit)
    .where(*_IT_IS_DUE)
    .values(remind_at=None, reminded_at=Visit.remind_at)
    .returning(Visit)
    .execution_options(synchronize_session=False)
)
_FAILURES = Visit.failures + 1
_PUT_ASIDE = (
    update(Visit)
    .where(*_IT_IS_DUE)
    .values(failures=_FAILURES, remind_at=case((_FAILURES < TRIES, bindparam("later", type_=UtcDateTime))))
    .returning(Visit.failures)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Reminders:
    """Reminds of the visits that were booked in `channels`; `outbox` is woken for each message."""

    sessions: Sessions
    dealer: Dealer
    channels: Collection[str]
    outbox: Wake

    async def next_due(self) -> dt.datetime | None:
        async with self.sessions() as session:
            return await session.scalar(_NEXT_DUE, {"channels": list(self.channels)})

    async def remind(self) -> int | None:
        """Do what is due longest; the id of its visit, or None when nothing is."""
        now = utcnow()
        return await do_oldest(
            self.sessions,
            partial(self._oldest, now),
            partial(self._do, now),
            partial(self._put_aside, now),
        )

    async def told(self, visit_id: int) -> None:
        self.outbox.notify()
        log.info("reminder is done with", extra={"visit": visit_id})

    async def _oldest(self, now: dt.datetime) -> Found | None:
        async with self.sessions() as session:
            return (await session.execute(_OLDEST, {"now": now, "channels": list(self.channels)})).first()

    async def _put_aside(self, now: dt.datetime, visit_id: int, error: Exception) -> None:
        """For a while, the last time for good; in the log once."""
        async with self.sessions.begin() as session:
            given = {"visit": visit_id, "now": now, "later": now + PAUSE}
            failures = await session.scalar(_PUT_ASIDE, given)
        if failures == 1:
            log.error("visit not reminded of", exc_info=error, extra={"visit": visit_id})

    async def _do(self, now: dt.datetime, session: AsyncSession, found: Found) -> bool:
        """False when another gateway was faster, or the visit was moved or called off meanwhile."""
        conversation = await lock(session, found.conversation_id)
        visit = await session.scalar(_TAKE, {"visit": found.id, "now": now})
        if visit is None:
            return False
        await self._remind(session, conversation, visit, now)
        return True

    async def _remind(
        self, session: AsyncSession, conversation: Conversation, visit: Visit, now: dt.datetime
    ) -> None:
        if now >= begins(visit, self.dealer):
            return
        if self.dealer.local(now).hour not in BY_DAY:
            visit.remind_at = morning(self.dealer.local(now))
        elif (await attention(session, conversation.id)).claimed:
            visit.remind_at = now + WAIT
        elif await _may_write(session, conversation, now):
            visit.reminder = "message"
            words = Outgoing(text=reminder(visit, self.dealer, now))
            await put(session, conversation, words, origin=f"{REMINDER}{visit.id}:{visit.reminded_at}")
        else:
            visit.reminder = "call"
            await _tell_manager(session, conversation)


def morning(night: dt.datetime) -> dt.datetime:
    """The first hour by day after this one of the night."""
    day = night.date() if night.hour < BY_DAY.start else night.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(BY_DAY.start), night.tzinfo)


async def _may_write(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> bool:
    if conversation.blocked_at is not None:
        return False
    window = window_of(conversation)
    if window is None:
        return True
    mine = Message.conversation_id == conversation.id, Message.direction == "in"
    last = await session.scalar(select(func.max(Message.at)).where(*mine))
    return last is not None and now - last < window


def window_of(conversation: Conversation) -> dt.timedelta | None:
    """None: the bot may write at any time. A business account of Telegram lets it answer for a day only.

    https://core.telegram.org/bots/api#businessbotrights (can_reply)
    """
    if conversation.channel == CHANNEL and Chat.parse(conversation.chat_id).connection is not None:
        return DAY
    return WINDOWS.get(conversation.channel)


async def _tell_manager(session: AsyncSession, conversation: Conversation) -> None:
    """The card of a lead says of each visit how it is to be reminded of."""
    customer = await known(session, conversation)
    for lead in await leads_of(session, customer.conversation_ids):
        await revise(session, lead)
        await plan_again(session, lead)


def reminder(visit: Visit, dealer: Dealer, now: dt.datetime) -> str:
    """«Напоминаю: ждём вас завтра, 28 ноября, в 15:00. …»"""
    ahead = (visit.date - dealer.local(now).date()).days
    day = f"{visit.date.day}\u00a0{_MONTHS[visit.date.month - 1]}"
    when = [*({0: ["сегодня"], 1: ["завтра"]}.get(ahead, [])), day]
    if visit.time:
        when.append(f"в {visit.time}" if visit.time[:1].isdigit() else visit.time)
    place = dealer.addresses.get(visit.address)
    spoken = PLACE.format(city=place.city, street=place.street) if place is not None else ""
    return TEXT.format(when=", ".join(when), place=spoken)
