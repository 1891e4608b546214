"""Lines that the desk itself puts into a topic: about a message of staff, and about customers without one."""

from aiogram.types import Message as TelegramMessage
from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.customers.forget import forget
from bot.db import Sessions
from bot.desk.models import DeskMessage, DeskNotice, DeskTopic
from bot.desk.notices import notice
from bot.desk.telegram.connect import TelegramDesk
from bot.outbox import put
from tests.desk.telegram_desk import (
    PATIENCE,
    Visitor,
    dealer_with,
    desk_of,
    eventually,
    minutes_ago,
    texts,
    until,
    visitor,
)
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.group import Group

LOST = "Не доставлено клиенту: «Жду вас». Причина: клиент запретил сообщения от нас."


async def _says(group: Group, ivan: Visitor, *messages: TelegramMessage) -> int:
    """What staff wrote by these messages is on its way; the row that carries it."""
    async with ivan.sessions.begin() as session:
        conversation = await session.get_one(Conversation, ivan.id)
        origin = f"desk:{group.id}:{messages[0].message_id}"
        row = await put(session, conversation, Outgoing(text="Жду вас"), origin=origin, direction="staff")
        await session.flush()
        topic = (await session.scalars(select(DeskTopic).filter_by(conversation_id=ivan.id))).one()
        for message in messages:
            session.add(
                DeskMessage(
                    group_id=group.id, message_id=message.message_id, topic_id=topic.id, outbox_id=row.id
                )
            )
        return row.id


async def _tell(desk: TelegramDesk, group: Group, ivan: Visitor, *outbox_ids: int | None) -> None:
    async with ivan.sessions.begin() as session:
        for outbox_id in outbox_ids:
            session.add(
                DeskNotice(group_id=group.id, conversation_id=ivan.id, words=LOST, outbox_id=outbox_id)
            )
    desk.wake.notify()


async def test_what_was_not_delivered_is_told_as_an_answer_to_it_and_stands_alone(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    alexey = group.member()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        first, second = alexey.says("Жду вас", topic=topic), alexey.says("Жду вас", topic=topic)
        rows = [await _says(group, ivan, message) for message in (first, second)]
        await ivan.says("Алло?")
        await _tell(desk, group, ivan, *rows, None)
        await eventually(lambda: len(topic.received) == 5)
    talk, one, other, plain = topic.received[1:]
    assert talk.text == "Клиент: Алло?"
    assert [each.text for each in (one, other, plain)] == [LOST] * 3
    assert [each.reply_to and each.reply_to.message_id for each in (one, other, plain)] == [
        first.message_id,
        second.message_id,
        None,
    ]


async def test_of_an_album_the_first_item_is_answered(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    alexey = group.member()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        items = [alexey.says(text, topic=topic) for text in ("1", "2", "3")]
        await _tell(desk, group, ivan, await _says(group, ivan, *items))
        told = await topic.next_message(PATIENCE)
    assert told.reply_to is not None
    assert told.reply_to.message_id == items[0].message_id


async def test_it_is_told_also_when_people_have_deleted_their_message(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    alexey = group.member()
    ivan = await visitor(sqlite_sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        said = alexey.says("Жду вас", topic=topic)
        row = await _says(group, ivan, said)
        alexey.deletes(said)
        await _tell(desk, group, ivan, row)
        told = await topic.next_message(PATIENCE)
    assert (told.text, told.reply_to) == (LOST, None)


async def test_who_waits_past_a_person_in_the_messenger_gets_a_topic_when_the_department_is_told_of_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions, "Иван Петров")
    await ivan.says("Вы ещё тут?")
    await ivan.is_handed_over(status="claimed", past_bot_at=minutes_ago(5))
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        async with sessions.begin() as session:
            words, dealer = "Иван Петров ждёт ответа 3 минуты.", dealer_with({"used_cars": group.id})
            await notice(session, ivan.id, "used_cars", words, dealer=dealer)
        desk.wake.notify()
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: "ждёт ответа 3 минуты" in " ".join(texts(topic)))
    assert group.general == []


async def test_nothing_of_a_customer_without_a_topic_is_told_in_general(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions, "Иван Петров")
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        await ivan.ticket_is_closed(ticket)
        async with sessions.begin() as session:
            await forget(session, [ivan.id])
        desk.wake.notify()
        await eventually(lambda: topic.deleted)
        await _tell(desk, group, ivan, None)
        await until(sessions, select(DeskNotice.shown_at), lambda shown_at: shown_at is not None)
    assert group.general == []
