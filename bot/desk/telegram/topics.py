"""Topics of customers in our database: which there should be, and up to where each is shown."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.db import Sessions, utcnow
from bot.desk.models import DeskMessage, DeskNotice, DeskTopic, Ticket
from bot.leads.models import Lead, LeadConversation
from bot.upsert import insert

# What was said before the hand-over is shown up to here.
CONTEXT = 10


@dataclass(frozen=True)
class Case:
    """A customer whose ticket waits or is worked on, as one look at the database saw it.

    `topic` is a copy: what it says of the row is changed by `write` alone. `mark` changes with whatever
    the card shows.
    """

    topic: DeskTopic
    opened_at: dt.datetime
    claimed: bool
    latest: int  # message of the history
    mark: tuple[Any, ...]
    corrected: bool  # something in it, and nobody was told

    @property
    def is_new(self) -> bool:
        """The people of the group do not see it yet."""
        return self.topic.card_message_id is None or not self.topic.open


async def look(sessions: Sessions, group_id: int, departments: tuple[str, ...]) -> list[Case]:
    """All that wait or are worked on in the group, who came first before the others."""
    rows = await _read(sessions, _cases(group_id, departments))
    begun = [row for row in rows if row.DeskTopic is None]
    if begun:
        async with sessions.begin() as session:
            for row in begun:
                await _begin(session, group_id, row.conversation_id, row.opened_at)
        rows = await _read(sessions, _cases(group_id, departments))
    return [_case(row) for row in rows if row.DeskTopic is not None and not row.DeskTopic.forgotten]


def _case(row: Any) -> Case:
    return Case(
        topic=row.DeskTopic,
        opened_at=row.opened_at,
        claimed=bool(row.claimed),
        latest=row.latest or 0,
        mark=(row.revision, row.number, row.newest, row.latest, row.lead_mark, row.blocked_at, row.name),
        corrected=row.corrected,
    )


async def _read(sessions: Sessions, query: Executable) -> Sequence[Any]:
    async with sessions() as session:
        rows: Sequence[Any] = (await session.execute(query)).all()
    return rows


@cache
def _cases(group_id: int, departments: tuple[str, ...]) -> Select[Any]:
    """Asked every second, see `bot.customers.persons.same_person`."""
    tickets = (
        select(
            Ticket.conversation_id,
            func.min(Ticket.opened_at).label("opened_at"),
            func.max(case((Ticket.status == "claimed", 1), else_=0)).label("claimed"),
            # Not who answered in the messenger itself, unasked: there is nothing to do at the desk
            # unless the department must be told something, that the customer waits again, say.
            func.max(case((Ticket.past_bot_at.is_(None), 1), else_=0)).label("at_desk"),
            func.sum(Ticket.revision).label("revision"),
            func.count().label("number"),
            func.max(Ticket.id).label("newest"),
        )
        .where(Ticket.status != "closed", Ticket.department.in_(departments))
        .group_by(Ticket.conversation_id)
        .subquery()
    )
    his = tickets.c.conversation_id
    latest = select(func.max(Message.id)).where(Message.conversation_id == his)
    lead_mark = (
        select(func.sum(Lead.revision) + func.count())
        .join(LeadConversation, LeadConversation.lead_id == Lead.id)
        .where(LeadConversation.conversation_id == his)
    )
    corrected = exists().where(Message.conversation_id == his, Message.changed)
    waiting = DeskNotice.group_id == group_id, DeskNotice.shown_at.is_(None)
    to_be_told = exists().where(*waiting, DeskNotice.conversation_id == his)
    return (
        select(
            tickets,
            DeskTopic,
            Conversation.blocked_at,
            Conversation.name,
            latest.scalar_subquery().label("latest"),
            lead_mark.scalar_subquery().label("lead_mark"),
            corrected.label("corrected"),
        )
        .join(Conversation, Conversation.id == his)
        .outerjoin(DeskTopic, and_(DeskTopic.conversation_id == his, DeskTopic.group_id == group_id))
        .where(or_(tickets.c.at_desk == 1, DeskTopic.open, to_be_told))
        .order_by(tickets.c.opened_at, his)
    )


async def _begin(session: AsyncSession, group_id: int, conversation_id: int, opened_at: dt.datetime) -> None:
    shown = await _before_handover(session, conversation_id, opened_at)
    row = insert(session, DeskTopic).values(
        conversation_id=conversation_id, group_id=group_id, shown_message_id=shown, open=True
    )
    await session.execute(row.on_conflict_do_nothing())


async def _before_handover(session: AsyncSession, conversation_id: int, opened_at: dt.datetime) -> int:
    """The last message that is too old to be shown."""
    query = (
        select(Message.id)
        .where(Message.conversation_id == conversation_id, Message.at <= opened_at)
        .order_by(Message.id.desc())
        .offset(CONTEXT)
        .limit(1)
    )
    return await session.scalar(query) or 0


async def reopened(sessions: Sessions, topic: DeskTopic, opened_at: dt.datetime) -> None:
    """Another hand-over of a customer whose topic was closed: a new card, and what was said before it."""
    async with sessions() as session:
        before = await _before_handover(session, topic.conversation_id, opened_at)
    shown = max(topic.shown_message_id, before)
    await write(sessions, topic, open=True, card_message_id=None, shown_message_id=shown)


@dataclass(frozen=True)
class Ended:
    """Nobody works on the customer in this group any more; what was said until `closed_at` belongs there."""

    topic: DeskTopic
    closed_at: dt.datetime


async def ended(sessions: Sessions, group_id: int, departments: tuple[str, ...]) -> list[Ended]:
    rows = await _read(sessions, _ended(group_id, departments))
    # One that was transferred has no end here: all that is said goes to the other group.
    return [Ended(row.DeskTopic, row.closed_at or dt.datetime.min.replace(tzinfo=dt.UTC)) for row in rows]


@cache
def _ended(group_id: int, departments: tuple[str, ...]) -> Select[DeskTopic, dt.datetime | None]:
    of_the_topic = (
        Ticket.conversation_id == DeskTopic.conversation_id,
        Ticket.department.in_(departments),
    )
    closed_at = select(func.max(Ticket.closed_at)).where(*of_the_topic).scalar_subquery()
    return select(DeskTopic, closed_at.label("closed_at")).where(
        DeskTopic.group_id == group_id,
        DeskTopic.open,
        ~DeskTopic.forgotten,
        ~exists().where(*of_the_topic, Ticket.status != "closed"),
    )


async def forgotten(sessions: Sessions, group_id: int) -> Sequence[DeskTopic]:
    async with sessions() as session:
        query = select(DeskTopic).where(DeskTopic.group_id == group_id, DeskTopic.forgotten)
        return (await session.scalars(query)).all()


async def write(sessions: Sessions, topic: DeskTopic, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(update(DeskTopic).where(DeskTopic.id == topic.id).values(**values))
    for name, value in values.items():
        setattr(topic, name, value)


async def drop(sessions: Sessions, topic: DeskTopic) -> None:
    """It is no more in Telegram. A customer who is still waited on gets a new one."""
    async with sessions.begin() as session:
        await session.execute(delete(DeskTopic).where(DeskTopic.id == topic.id))


@dataclass(frozen=True)
class Shown:
    """A message of the group, and the message of the history that it shows."""

    message_id: int
    history_id: int


async def shown(
    sessions: Sessions,
    topic: DeskTopic,
    *,
    up_to: int,
    messages: Collection[Shown] = (),
    notice_ids: Collection[int] = (),
) -> None:
    """After it was sent: a crash in between shows it twice, the other way round it would be lost."""
    up_to = max(up_to, topic.shown_message_id)
    async with sessions.begin() as session:
        await session.execute(
            update(DeskTopic).where(DeskTopic.id == topic.id).values(shown_message_id=up_to)
        )
        await notices_shown(session, notice_ids)
        for each in messages:
            await session.execute(
                insert(session, DeskMessage)
                .values(
                    group_id=topic.group_id,
                    message_id=each.message_id,
                    topic_id=topic.id,
                    history_id=each.history_id,
                )
                .on_conflict_do_nothing()
            )
    topic.shown_message_id = up_to


async def answered(
    sessions: Sessions, topic: DeskTopic, outbox_ids: Collection[int]
) -> Mapping[int | None, int]:
    """Row of the outbox → the message of the topic by which staff said it, the first of an album."""
    query = (
        select(DeskMessage.outbox_id, func.min(DeskMessage.message_id))
        .where(DeskMessage.topic_id == topic.id, DeskMessage.outbox_id.in_(outbox_ids))
        .group_by(DeskMessage.outbox_id)
    )
    async with sessions() as session:
        return dict((await session.execute(query)).all())


async def let_go(sessions: Sessions, notice_ids: Collection[int], departments: Collection[str]) -> None:
    """What is about customers who have no topic is told to nobody. Who still waits will have one."""
    still_waits = exists().where(
        Ticket.conversation_id == DeskNotice.conversation_id,
        Ticket.department.in_(departments),
        Ticket.status != "closed",
    )
    if not notice_ids:
        return
    async with sessions.begin() as session:
        await session.execute(
            update(DeskNotice)
            .where(DeskNotice.id.in_(notice_ids), ~still_waits)
            .values(shown_at=utcnow())
            .execution_options(synchronize_session=False)
        )


async def notices_shown(session: AsyncSession, notice_ids: Collection[int]) -> None:
    if notice_ids:
        await session.execute(
            update(DeskNotice).where(DeskNotice.id.in_(notice_ids)).values(shown_at=utcnow())
        )


async def notices(sessions: Sessions, group_id: int) -> Sequence[DeskNotice]:
    """What is to be told, in its order."""
    query = (
        select(DeskNotice)
        .where(DeskNotice.group_id == group_id, DeskNotice.shown_at.is_(None))
        .order_by(DeskNotice.id)
        .limit(200)
    )
    async with sessions() as session:
        return (await session.scalars(query)).all()


async def of_conversations(
    sessions: Sessions, group_id: int, conversation_ids: Collection[int]
) -> dict[int, DeskTopic]:
    """Those that exist in Telegram."""
    query = select(DeskTopic).where(
        DeskTopic.group_id == group_id,
        DeskTopic.conversation_id.in_(conversation_ids),
        DeskTopic.thread_id.is_not(None),
        ~DeskTopic.forgotten,
    )
    async with sessions() as session:
        return {topic.conversation_id: topic for topic in await session.scalars(query)}
