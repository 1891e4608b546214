"""What people have said, as the other departments read it: by whom, and what was corrected."""

import itertools
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from bot.channels.base import File, Outgoing
from bot.conversations import Conversation, Message
from bot.db import Sessions
from bot.desk.albums import join
from bot.desk.models import DeskGroup, DeskNotice, DeskTopic, Ticket
from bot.desk.speak import correct, say
from bot.desk.staff import Staff
from bot.desk.telegram.dialogue import tell_corrections, unshown
from bot.outbox.models import OutboxMessage
from tests.desk.telegram_desk import Visitor, visitor

USED, CREDIT = -1, -2
ALEXEY, IRINA = Staff("telegram:1", "Алексей Громов"), Staff("telegram:2", "Ирина Белова")
CAR = File(kind="photo", source="telegram:car")
SEATS = File(kind="photo", source="telegram:seats")

_messages = itertools.count(1)


@dataclass
class Talk:
    """Two departments with a customer, each in its group."""

    sessions: Sessions
    ivan: Visitor
    ticket_id: int

    async def say(self, group: int, outgoing: Outgoing) -> int:
        """Alexey in the one group, Irina in the other. The number of the row."""
        staff = ALEXEY if group == USED else IRINA
        async with self.sessions.begin() as session:
            conversation = await session.get_one(Conversation, self.ivan.id)
            ticket = await session.get_one(Ticket, self.ticket_id)
            origin = f"desk:{group}:{next(_messages)}"
            return (await say(session, conversation, ticket, staff, outgoing, origin)).id

    async def correct(self, outbox_id: int, text: str) -> None:
        async with self.sessions.begin() as session:
            conversation = await session.get_one(Conversation, self.ivan.id)
            group = (await session.get_one(OutboxMessage, outbox_id)).origin.split(":")[1]
            origin = f"desk:{group}:edit:{next(_messages)}"
            assert await correct(session, conversation, outbox_id, text, origin) is not None

    async def joins(self, outbox_id: int, more: Outgoing) -> bool:
        async with self.sessions.begin() as session:
            conversation = await session.get_one(Conversation, self.ivan.id)
            return await join(session, conversation, outbox_id, more)

    async def is_delivered(self) -> None:
        async with self.sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(status="sent"))

    async def history(self) -> list[Message]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Message).order_by(Message.id)))

    async def topic(self, group: int) -> DeskTopic:
        async with self.sessions() as session:
            return (await session.scalars(select(DeskTopic).filter_by(group_id=group))).one()

    async def has_shown(self, group: int, number: int = 1) -> None:
        """The first so many messages."""
        last = (await self.history())[number - 1].id
        async with self.sessions.begin() as session:
            topic = update(DeskTopic).where(DeskTopic.group_id == group)
            await session.execute(topic.values(shown_message_id=last))

    async def shown(self, group: int) -> list[str | None]:
        """What the group is shown now; None is what its own people said."""
        lines = [said.line for said in await unshown(self.sessions, await self.topic(group))]
        return [line and f"{line.author}: {line.words}".removeprefix(": ") for line in lines]

    async def told(self) -> list[tuple[int, str]]:
        """Lines about corrections, by group."""
        await tell_corrections(self.sessions, await self.topic(USED))
        async with self.sessions() as session:
            notices = await session.scalars(select(DeskNotice).order_by(DeskNotice.id))
            return [(notice.group_id, notice.words) for notice in notices]


@pytest.fixture
async def talk(sessions: Sessions) -> Talk:
    ivan = await visitor(sessions)
    ticket_id = await ivan.is_handed_over()
    async with sessions.begin() as session:
        session.add_all(DeskGroup(configured_id=group, chat_id=group) for group in (USED, CREDIT))
        await session.flush()
        session.add_all(
            DeskTopic(conversation_id=ivan.id, group_id=group, thread_id=1) for group in (USED, CREDIT)
        )
    return Talk(sessions, ivan, ticket_id)


class TestEqualWords:
    """Said at one moment, and still each is its own."""

    async def test_each_group_is_shown_what_the_other_said(self, talk: Talk) -> None:
        await talk.say(USED, Outgoing(text="Добрый день!"))
        await talk.say(CREDIT, Outgoing(text="Добрый день!"))
        assert await talk.shown(USED) == [None, "Ирина Белова: Добрый день!"]
        assert await talk.shown(CREDIT) == ["Алексей Громов: Добрый день!", None]

    async def test_also_where_the_first_of_them_is_shown_already(self, talk: Talk) -> None:
        await talk.say(USED, Outgoing(text="Добрый день!"))
        await talk.say(CREDIT, Outgoing(text="Добрый день!"))
        for group in (USED, CREDIT):
            await talk.has_shown(group)
        assert await talk.shown(USED) == ["Ирина Белова: Добрый день!"]
        assert await talk.shown(CREDIT) == [None]

    async def test_the_correction_of_one_leaves_the_other(self, talk: Talk) -> None:
        first = await talk.say(USED, Outgoing(text="Да"))
        await talk.say(CREDIT, Outgoing(text="Да"))
        await talk.correct(first, "Нет")
        assert [message.text for message in await talk.history()] == ["Нет", "Да"]
        assert await talk.told() == [(CREDIT, "Алексей Громов, исправление: «Да» → «Нет»")]

    async def test_an_album_grows_where_it_began(self, talk: Talk) -> None:
        first = await talk.say(USED, Outgoing(files=(CAR,)))
        await talk.say(CREDIT, Outgoing(files=(CAR,)))
        assert await talk.joins(first, Outgoing(text="Салон", files=(SEATS,)))
        album, photo = await talk.history()
        assert (album.text, len(album.extras["files"])) == ("Салон", 2)
        assert (photo.text, len(photo.extras["files"])) == ("", 1)


class TestCorrections:
    async def test_the_line_names_who_corrects_and_what_it_said(self, talk: Talk) -> None:
        said = await talk.say(CREDIT, Outgoing(text="Ставка 12 %"))
        await talk.has_shown(USED)
        await talk.correct(said, "Ставка 14 %")
        assert await talk.told() == [(USED, "Ирина Белова, исправление: «Ставка 12 %» → «Ставка 14 %»")]
        await talk.correct(said, "Ставка 15 %")
        assert (await talk.told())[1:] == [(USED, "Ирина Белова, исправление: «Ставка 14 %» → «Ставка 15 %»")]

    async def test_where_it_was_not_shown_yet_it_simply_says_the_new_words(self, talk: Talk) -> None:
        said = await talk.say(CREDIT, Outgoing(text="Салон", files=(CAR,)))
        await talk.correct(said, "Кузов")
        assert await talk.told() == []
        assert await talk.shown(USED) == ["Ирина Белова: Кузов [фото]"]

    async def test_what_the_customer_has_is_corrected_in_a_line_of_the_talk(self, talk: Talk) -> None:
        said = await talk.say(CREDIT, Outgoing(text="Ставка 12 %"))
        await talk.say(CREDIT, Outgoing(text="На 5 лет"))
        await talk.is_delivered()
        await talk.correct(said, "Ставка 14 %")
        await talk.is_delivered()
        await talk.correct(said, "Ставка 15 %")
        assert (await talk.shown(USED))[2:] == [
            "Ирина Белова, исправление: «Ставка 12 %» → «Ставка 14 %»",
            "Ирина Белова, исправление: «Ставка 14 %» → «Ставка 15 %»",
        ]
        assert await talk.shown(CREDIT) == [None] * 4
        assert await talk.told() == []

    async def test_the_words_under_a_photo_may_come_and_go(self, talk: Talk) -> None:
        said = await talk.say(CREDIT, Outgoing(text="Салон", files=(CAR,)))
        await talk.has_shown(USED)
        await talk.correct(said, "")
        assert await talk.told() == [(USED, "Ирина Белова, исправление: «Салон» → без текста")]
        await talk.correct(said, "Кузов")
        assert (await talk.told())[1:] == [(USED, "Ирина Белова, исправление: без текста → «Кузов»")]

    async def test_a_customers_goes_to_every_group(self, talk: Talk) -> None:
        number = await talk.ivan.says("Приеду в 15\n" + "и буду с женой " * 20)
        for group in (USED, CREDIT):
            await talk.has_shown(group)
        await talk.ivan.corrects(number, "Приеду в 17")
        (first, words), (second, same) = await talk.told()
        assert ({first, second}, words) == ({USED, CREDIT}, same)
        assert words.startswith("Клиент исправил: «Приеду в 15\nи буду с женой")
        assert words.endswith("…» → «Приеду в 17»")
