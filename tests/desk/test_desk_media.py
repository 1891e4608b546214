"""Files of customers in the group of a department."""

import asyncio

from bot.channels.pictures import PictureUnavailable
from bot.db import Sessions
from bot.desk.telegram.pace import GroupPace
from tests.desk.telegram_desk import (
    PATIENCE,
    desk_of,
    eventually,
    visitor,
)
from tests.emulators.telegram import TelegramEmulator, picture
from tests.emulators.telegram.mishaps import Trouble

PHOTO = {"kind": "photo", "ref": "https://vk.example/1.jpg", "title": None}


async def test_telegrams_request_to_wait_loses_and_doubles_nothing(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.sends(PHOTO, text="Вот фото")
    await ivan.is_handed_over()
    for method in ("createForumTopic", "sendMessage", "sendPhoto"):
        telegram.misbehave(Trouble.TOO_MANY_REQUESTS, method, retry_after=1)

    async def read(_url: str) -> bytes:
        return picture()

    async with desk_of(telegram, sessions, {"used_cars": group.id}, read=read):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 3)
    assert [bool(received.file_ids) for received in topic.received] == [False, False, True]


async def test_an_album_of_telegram_is_shown_as_one_by_its_own_ids(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    anna = telegram.customer("Анна")
    anna.starts()
    album = anna.sends_album(3)
    customer = await visitor(sessions, "Анна", channel="telegram", chat=str(anna.id))
    for message in album:
        assert message.photo
        photo = {"kind": "photo", "ref": message.photo[-1].file_id, "title": None}
        await customer.sends(photo, external_id=str(message.message_id))
    await customer.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 3)
    assert topic.received[1].text.count("[фото]") == 3
    assert len(topic.received[2].messages) == 3


async def test_every_kind_of_file_is_shown_as_what_it_is(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    anna = telegram.customer("Анна")
    anna.starts()
    voice, note = anna.sends_voice().voice, anna.sends_video_note().video_note
    document = anna.sends_document().document
    assert voice and note and document
    customer = await visitor(sessions, "Анна", channel="telegram", chat=str(anna.id))
    for kind, ref in (("voice", voice.file_id), ("video_note", note.file_id), ("document", document.file_id)):
        await customer.sends({"kind": kind, "ref": ref, "title": None})
    await customer.sends({"kind": "location", "ref": "59.93,30.31", "title": None})
    await customer.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 6)
    shown = [received.messages[0].content_type for received in topic.received[2:]]
    assert shown == ["voice", "video_note", "document", "location"]


async def test_a_picture_of_vk_that_cannot_be_read_is_a_link(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async def read(_url: str) -> bytes:
        raise PictureUnavailable("404")

    group = telegram.group()
    ivan = await visitor(sessions, channel="vk")
    await ivan.sends(PHOTO)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}, read=read):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 3)
    links = [entity.url for entity in topic.received[2].messages[0].entities or ()]
    assert links == ["https://vk.example/1.jpg"]


async def test_an_album_is_shown_however_much_the_others_talk(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    """It needs fourteen messages of the minute at once; others take each that falls free."""
    group = telegram.group()
    ivan, anna = await visitor(sqlite_sessions, "Иван"), await visitor(sqlite_sessions, "Анна")
    for customer in (ivan, anna):
        await customer.is_handed_over()

    async def read(_url: str) -> bytes:
        return picture()

    telegram.group_limit = (20, 8.0)
    pace = GroupPace(20, 8.0)
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}, read=read, pace=pace) as desk:
        his, hers = await group.next_topic(PATIENCE), await group.next_topic(PATIENCE)

        async def anna_talks() -> None:
            before = len(hers.received)
            await anna.says("Вы тут?")
            desk.wake.notify()
            await eventually(lambda: len(hers.received) > before or len(his.received) > 2)

        for _ in range(8):
            await anna_talks()
        await ivan.sends(*[PHOTO] * 10, text="Вот фото")
        async with asyncio.timeout(PATIENCE):
            while not any(received.file_ids for received in his.received):
                await anna_talks()
