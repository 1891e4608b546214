"""What the people of a department see in their group, told through the emulated Telegram."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.channels.pictures import PictureUnavailable
from bot.conversations import Message
from bot.customers.forget import forget
from bot.db import Sessions
from bot.desk.models import DeskGroup, DeskMessage, DeskNotice, DeskTopic
from bot.desk.telegram.pace import GroupPace
from tests.desk.telegram_desk import (
    PATIENCE,
    TOKEN,
    desk_of,
    eventually,
    minutes_ago,
    texts,
    visitor,
)
from tests.emulators.telegram import TelegramEmulator, picture
from tests.emulators.telegram.mishaps import Trouble

PHOTO = {"kind": "photo", "ref": "https://vk.example/1.jpg", "title": None}


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    """Whatever a test does, the desk keeps to the rules of the Bot API."""
    async with TelegramEmulator(TOKEN) as telegram:
        yield telegram
        assert telegram.violations == []


async def test_a_handed_over_customer_gets_a_topic_with_his_card_pinned_and_what_was_said(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions, phone="+79160000001")
    await ivan.says("А скидка будет?", at=minutes_ago(2))
    await ivan.hears("Уточню у коллег.", at=minutes_ago(1))
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        talk = await topic.next_message(PATIENCE)
        await eventually(lambda: "pinChatMessage" in telegram.calls)
    assert topic.name == "Иван"
    assert "+79160000001" in card.text
    assert "просит ответа человека" in card.text
    assert card.buttons == ["Взять", "Передать", "Шаблоны", "Закрыть"]
    assert re.fullmatch(r"\d\d:\d\d Клиент: А скидка будет\?\n\d\d:\d\d Бот: Уточню у коллег\.", talk.text)


async def test_what_is_said_later_is_shown_as_it_comes(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        await ivan.says("Вы тут?")
        desk.wake.notify()
        assert (await topic.next_message(PATIENCE)).text == "Клиент: Вы тут?"


async def test_no_more_than_ten_messages_before_the_hand_over_are_shown(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    for number in range(15):
        await ivan.says(f"вопрос {number}.", at=minutes_ago(20 - number))
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        talk = (await topic.next_message(PATIENCE)).text
    assert "вопрос 4." not in talk
    assert "вопрос 5." in talk
    assert "вопрос 14." in talk


async def test_hostile_names_and_words_stay_words(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    mallory = await visitor(sessions, "<b>&<script>")
    await mallory.says("</b><a href='x'>нажми</a> &lt; 😀")
    await mallory.is_handed_over(summary="<i>не закрыт")
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        talk = await topic.next_message(PATIENCE)
    assert topic.name == "<b>&<script>"
    assert "<i>не закрыт" in card.text
    assert talk.text == "Клиент: </b><a href='x'>нажми</a> &lt; 😀"


async def test_a_message_longer_than_telegram_takes_is_shown_whole(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.says("слово " * 1500)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: " ".join(texts(topic)).count("слово") == 1500)


async def test_the_card_follows_its_ticket(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        await ivan.ticket_becomes(ticket, status="claimed", claimed_name="Алексей Громов")
        desk.wake.notify()
        await eventually(lambda: "ведёт Алексей Громов" in card.text)
    assert card.buttons == ["Вернуть боту", "Закрыть", "Передать", "Шаблоны"]


async def test_a_closed_ticket_closes_its_topic_and_another_one_opens_it_again(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    first = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        await ivan.says("Спасибо!")
        await ivan.ticket_is_closed(first)
        desk.wake.notify()
        await eventually(lambda: topic.closed)
        assert texts(topic)[-1] == "Клиент: Спасибо!"
        assert "закрыто" in card.text
        assert card.buttons == []
        await ivan.says("Бот, а цвет какой?")
        await ivan.says("И снова человека!")
        await ivan.is_handed_over(summary="Снова просит человека.")
        desk.wake.notify()
        await eventually(lambda: not topic.closed and "снова человека!" in texts(topic)[-1])
    assert "Снова просит человека." in texts(topic)[-2]
    assert "а цвет какой?" in texts(topic)[-1]
    assert len(group.topics) == 1


async def test_two_gateways_show_everything_once(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    groups = {"used_cars": group.id}
    async with desk_of(telegram, sessions, groups) as one, desk_of(telegram, sessions, groups) as other:
        topic = await group.next_topic(PATIENCE)
        for number in range(5):
            await ivan.says(f"{number}!")
            one.wake.notify()
            other.wake.notify()
        await eventually(lambda: "4!" in " ".join(texts(topic)))
    assert len(group.topics) == 1
    assert " ".join(texts(topic)).count("3!") == 1


async def test_another_gateway_follows_one_that_stopped(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
    await ivan.says("Есть кто?")
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        assert (await topic.next_message(PATIENCE)).text == "Клиент: Есть кто?"


async def test_thirty_hand_overs_at_once_are_told_of_at_once_and_all_shown_within_the_limit(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    telegram.group_limit = (20, 1.0)  # a minute of Telegram in a second
    for number in range(30):
        customer = await visitor(sessions, f"Клиент-{number}")
        await customer.says(f"слова {number}.")
        await customer.is_handed_over(reason="complaint")
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=GroupPace(20, 1.0)):
        first = await group.next_message(PATIENCE)
        await eventually(lambda: sum(len(topic.received) for topic in group.topics) == 60)
    assert first.text.startswith("Новых обращений: 30.")
    assert first.text.count("жалоба") == 30
    assert group.refused == []
    assert {topic.name for topic in group.topics} == {f"Клиент-{number}" for number in range(30)}
    for topic in group.topics:
        assert texts(topic)[1] == f"Клиент: слова {topic.name.removeprefix('Клиент-')}."


async def test_who_answers_a_customer_sees_his_words_though_thirty_others_wait(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    telegram.group_limit = (20, 2.0)
    ivan = await visitor(sessions)
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=GroupPace(20, 2.0)) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        await ivan.ticket_becomes(ticket, status="claimed", claimed_name="Алексей Громов")
        for number in range(30):
            await (await visitor(sessions, f"Клиент-{number}")).is_handed_over()
        await ivan.says("Вы ещё тут?")
        desk.wake.notify()
        await topic.next_message(PATIENCE)
        assert len(group.topics) < 30
    assert texts(topic)[1] == "Клиент: Вы ещё тут?"


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


async def test_after_an_unclear_end_a_message_may_be_shown_twice_but_is_never_lost(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        telegram.misbehave(Trouble.BAD_JSON, "sendMessage")  # it is carried out, and nobody hears of it
        await ivan.says("Раз")
        desk.wake.notify()
        await eventually(lambda: texts(topic).count("Клиент: Раз") == 2)
        await ivan.says("Два")
        desk.wake.notify()
        await eventually(lambda: texts(topic)[-1] == "Клиент: Два")
    assert len(topic.received) == 4


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


async def test_a_correction_is_told_with_the_words_before(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    number = await ivan.says("Приеду в 15")
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
        await _correct(sessions, number, "Приеду в 17")
        desk.wake.notify()
        await eventually(lambda: len(topic.received) == 3)
    assert texts(topic)[2] == "Клиент исправил: «Приеду в 15» → «Приеду в 17»"


async def _correct(sessions: Sessions, number: int, text: str) -> None:
    async with sessions.begin() as session:
        message = await session.get_one(Message, number)
        message.extras = {**message.extras, "before": [message.text]}
        message.text, message.changed = text, True


async def test_a_notice_stands_in_its_topic_and_what_is_nobodys_in_the_general_one(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        async with sessions.begin() as session:
            for conversation_id, words in ((ivan.id, "Не доставлено: «Да»"), (None, "Все заняты")):
                notice = DeskNotice(group_id=group.id, conversation_id=conversation_id, words=words)
                session.add(notice)
        desk.wake.notify()
        await eventually(lambda: len(group.general) == 1 and len(topic.received) == 2)
    assert texts(topic)[1] == "Не доставлено: «Да»"
    assert group.general[0].text == "Все заняты"


async def test_a_quote_is_shown_with_the_answer_to_it_and_the_message_is_found_by_what_shows_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    number = await ivan.says("Сколько стоит?")
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
    async with sessions() as session:
        shown = (await session.scalars(select(DeskMessage))).one()
    assert (shown.message_id, shown.history_id) == (topic.received[1].message_id, number)


async def test_a_topic_that_people_deleted_is_made_anew_with_the_talk(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.says("Первое")
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        first = await group.next_topic(PATIENCE)
        await eventually(lambda: len(first.received) == 2)
        group.deletes_topic(first)
        await ivan.says("Второе")
        desk.wake.notify()
        second = await group.next_topic(PATIENCE)
        await eventually(lambda: len(second.received) == 2)
    assert "Первое" in texts(second)[1]
    assert "Второе" in texts(second)[1]


async def test_a_topic_that_people_closed_by_hand_is_written_to_all_the_same(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        group.closes_topic(topic)
        await ivan.says("Алло?")
        desk.wake.notify()
        assert (await topic.next_message(PATIENCE)).text == "Клиент: Алло?"
        await ivan.ticket_is_closed(ticket)
        desk.wake.notify()
        await _until(sessions, lambda row: not row.open)


async def _until(sessions: Sessions, condition: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with sessions() as session:
                row = (await session.scalars(select(DeskTopic))).one()
            if condition(row):  # type: ignore[operator]
                return
            await asyncio.sleep(0.02)


TROUBLES = {
    "the bot was removed": lambda group: group.removes_bot(),
    "topics are switched off": lambda group: group.switches_forum(False),
    "the bot may not make topics": lambda group: group.gives_rights(can_manage_topics=False),
    "the bot is no administrator": lambda group: group.gives_rights(status="member"),
}


def _repair(group: object) -> None:
    group.adds_bot()  # type: ignore[attr-defined]
    group.switches_forum(True)  # type: ignore[attr-defined]
    group.gives_rights(can_manage_topics=True)  # type: ignore[attr-defined]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_is_wrong_with_a_group_is_noted_and_ends_by_itself_when_people_mend_it(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, trouble: str
) -> None:
    group = telegram.group()
    TROUBLES[trouble](group)
    ivan = await visitor(sqlite_sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        await _until_error(sqlite_sessions, present=True)
        _repair(group)
        topic = await group.next_topic(PATIENCE)
        assert "просит ответа человека" in (await topic.next_message(PATIENCE)).text
        await _until_error(sqlite_sessions, present=False)


async def _until_error(sessions: Sessions, *, present: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with sessions() as session:
                error = await session.scalar(select(DeskGroup.error))
            if bool(error) == present:
                return
            await asyncio.sleep(0.02)


async def test_a_group_that_moves_is_followed(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    before = group.id
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        await (await group.next_topic(PATIENCE)).next_message(PATIENCE)
        group.migrates()
        await ivan.says("Вы тут?")
        desk.wake.notify()
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
    async with sessions() as session:
        row = (await session.scalars(select(DeskGroup))).one()
    assert (row.configured_id, row.chat_id) == (before, group.id)
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:  # dealer.yml names the new one
        await ivan.says("Алло?")
        desk.wake.notify()
        await eventually(lambda: "Алло?" in texts(topic)[-1])
    assert len(group.topics) == 1


async def test_a_transferred_customer_has_the_whole_talk_in_the_other_group(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    used, credit = telegram.group("С пробегом"), telegram.group("Кредит")
    ivan = await visitor(sessions)
    await ivan.says("Хочу в кредит", at=minutes_ago(1))
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": used.id, "credit": credit.id}) as desk:
        first = await used.next_topic(PATIENCE)
        await first.next_message(PATIENCE)
        await ivan.says("На пять лет")
        await ivan.ticket_becomes(ticket, department="credit")
        desk.wake.notify()
        second = await credit.next_topic(PATIENCE)
        await eventually(lambda: first.closed and len(second.received) == 2)
    assert "Хочу в кредит" in texts(second)[1]
    assert "На пять лет" in texts(second)[1]


async def test_the_topic_of_a_forgotten_customer_is_deleted(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.says("Мой номер 8 916 000-00-01")
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
        await ivan.ticket_is_closed(ticket)
        async with sessions.begin() as session:
            await forget(session, [ivan.id])
        desk.wake.notify()
        await eventually(lambda: topic.deleted)
    async with sessions() as session:
        assert (await session.scalars(select(DeskTopic))).all() == []
