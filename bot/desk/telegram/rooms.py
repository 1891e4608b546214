"""A group of a department as an update finds it: within its transaction, and locked by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.desk.card import Cards
from bot.desk.models import DeskGroup, DeskMessage, DeskNotice, DeskTopic, DeskUpdate, Ticket
from bot.desk.retention import UPDATES
from bot.desk.telegram.groups import register
from bot.desk.templates import Templates
from bot.outbox.put import STAFF
from bot.upsert import insert


@dataclass(frozen=True)
class Address:
    """Of a group: its number in dealer.yml, its key in our database, and whose it is."""

    number: int
    group_id: int
    departments: tuple[str, ...]


class Directory:
    """Which groups are ours, by the numbers that Telegram knows them by now."""

    def __init__(self, sessions: Sessions, groups: Mapping[int, tuple[str, ...]]) -> None:
        self._sessions = sessions
        self._groups = groups
        self._found: dict[int, Address] = {}

    async def find(self, chat_id: int) -> Address | None:
        """None when dealer.yml does not name it."""
        if chat_id not in self._found:
            found = await self._look_up(chat_id)
            if found is None:
                return None
            self._found[chat_id] = found
        return self._found[chat_id]

    async def _look_up(self, chat_id: int) -> Address | None:
        if chat_id in self._groups:
            return Address(chat_id, await register(self._sessions, chat_id), self._groups[chat_id])
        async with self._sessions() as session:
            query = select(DeskGroup.configured_id).where(DeskGroup.chat_id == chat_id)
            group_id = await session.scalar(query)
        if group_id is None or group_id not in self._groups:
            return None
        return Address(group_id, group_id, self._groups[group_id])


@dataclass(frozen=True)
class Room:
    session: AsyncSession
    group_id: int
    departments: tuple[str, ...]
    update_id: int
    dealer: Dealer
    cards: Cards
    templates: Templates

    async def is_new(self, account: str) -> bool:
        """Whether the update is taken now, and for the first time; after it the group is locked.

        Webhooks come side by side: what people did in a group is done in the order in which it came.
        """
        # A write before all else: SQLite would refuse it after a read if somebody wrote meanwhile.
        await self.session.execute(
            update(DeskGroup)
            .where(DeskGroup.configured_id == self.group_id)
            .values(chat_id=DeskGroup.chat_id)
        )
        now = utcnow()
        taken = insert(self.session, DeskUpdate).values(account=account, update_id=self.update_id, at=now)
        # After a quiet week Telegram counts anew from a random number, perhaps one that was there before.
        fresh = taken.on_conflict_do_update(
            index_elements=["account", "update_id"], set_={"at": now}, where=DeskUpdate.at < now - UPDATES
        )
        return await self.session.scalar(fresh.returning(DeskUpdate.update_id)) is not None

    async def topic(self, thread_id: int | None) -> DeskTopic | None:
        """A customer's; None for General and for topics that people have made themselves."""
        return await self._topic(DeskTopic.thread_id == thread_id) if thread_id is not None else None

    async def topic_of_card(self, message_id: int) -> DeskTopic | None:
        return await self._topic(DeskTopic.card_message_id == message_id)

    async def _topic(self, condition: object) -> DeskTopic | None:
        query = select(DeskTopic).where(
            DeskTopic.group_id == self.group_id,
            ~DeskTopic.forgotten,
            condition,  # type: ignore[arg-type]
        )
        return (await self.session.scalars(query.limit(1))).first()

    async def unclosed(self, conversation_id: int) -> Sequence[Ticket]:
        """The tickets that this group has to answer, oldest first."""
        query = select(Ticket).where(
            Ticket.conversation_id == conversation_id,
            Ticket.department.in_(self.departments),
            Ticket.status != "closed",
        )
        return (await self.session.scalars(query.order_by(Ticket.id))).all()

    async def latest(self, conversation_id: int) -> Ticket | None:
        """Closed or not."""
        query = select(Ticket).where(
            Ticket.conversation_id == conversation_id, Ticket.department.in_(self.departments)
        )
        return (await self.session.scalars(query.order_by(Ticket.id.desc()).limit(1))).first()

    async def message(self, message_id: int) -> DeskMessage | None:
        return await self.session.get(DeskMessage, (self.group_id, message_id))

    async def remember(
        self, message_id: int, topic: DeskTopic, outbox_id: int | None, album: str | None = None
    ) -> None:
        """What a message of the group has said to the customer; None: it was a note."""
        row = insert(self.session, DeskMessage).values(
            group_id=self.group_id,
            message_id=message_id,
            topic_id=topic.id,
            outbox_id=outbox_id,
            album=album,
        )
        await self.session.execute(row.on_conflict_do_nothing())

    def origin(self, what: object) -> str:
        """Of what is said here, as the outbox names it."""
        return f"{STAFF}{self.group_id}:{what}"

    def tell(self, words: str, conversation_id: int | None, *, loud: bool = False) -> None:
        """A line in the customer's topic or in General, shown in its turn."""
        line = DeskNotice(group_id=self.group_id, conversation_id=conversation_id, words=words, loud=loud)
        self.session.add(line)

    async def hint(self, words: str) -> None:
        """In General, once ever: a group gets one."""
        first = (
            update(DeskGroup)
            .where(DeskGroup.configured_id == self.group_id, ~DeskGroup.hinted)
            .values(hinted=True)
            .returning(DeskGroup.configured_id)
        )
        if await self.session.scalar(first) is not None:
            self.tell(words, None)
