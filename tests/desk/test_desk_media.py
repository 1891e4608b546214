"""Files of customers in the group of a department."""

import asyncio

import pytest

from bot.channels.files import MAX_BYTES
from bot.channels.pictures import PictureUnavailable, TooBig
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


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (
            TooBig("больше 20 МБ"),
            "[файл «Кузов.zip»] — больше 20 МБ, показать здесь нельзя. "
            "Откройте по ссылке или в самом мессенджере, в переписке с клиентом.",
        ),
        (
            PictureUnavailable("404"),
            "[файл «Кузов.zip»] — показать здесь не получилось. "
            "Откройте по ссылке или в самом мессенджере, в переписке с клиентом.",
        ),
    ],
)
async def test_what_cannot_be_shown_is_told_of_with_the_reason(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, trouble: PictureUnavailable, told: str
) -> None:
    async def read(_url: str) -> bytes:
        raise trouble

    group = telegram.group()
    ivan = await visitor(sqlite_sessions, channel="vk")
    await ivan.sends({"kind": "document", "ref": "https://vk.example/doc1_2", "title": "Кузов.zip"})
    await ivan.sends({"kind": "video", "ref": "video1_2", "title": None})
    await ivan.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}, read=read):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 4)
    file, video = topic.received[2:]
    assert file.text == told
    assert [entity.url for entity in file.messages[0].entities or ()] == ["https://vk.example/doc1_2"]
    assert video.text == (
        "[видео] — показать здесь не получилось. Посмотрите в самом мессенджере, в переписке с клиентом."
    )


async def test_a_file_of_telegram_is_shown_whatever_its_size(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    anna = telegram.customer("Анна")
    anna.starts()
    film = anna.sends_document("обзор.mov", bytes(MAX_BYTES + 1))
    assert film.document
    customer = await visitor(sqlite_sessions, "Анна", channel="telegram", chat=str(anna.id))
    await customer.sends({"kind": "document", "ref": film.document.file_id, "title": "обзор.mov"})
    await customer.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 3)
    assert topic.received[2].file_ids == [film.document.file_id]


async def test_what_telegram_lost_in_the_chat_of_a_bot_can_only_be_asked_for_again(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    anna = telegram.customer("Анна")
    anna.starts()
    customer = await visitor(sqlite_sessions, "Анна", channel="telegram", chat=str(anna.id))
    lost = {"kind": "document", "ref": "unknown", "title": "ПТС.pdf"}
    await customer.sends(lost, external_id="999")
    await customer.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 3)
    assert topic.received[2].text == (
        "[файл «ПТС.pdf»] — показать здесь не получилось. Попросите клиента прислать ещё раз."
    )


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
