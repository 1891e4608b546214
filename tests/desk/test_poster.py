"""What the people of a department see in their group, told through the emulated Telegram."""

import re

from sqlalchemy import select, text

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.customers.forget import forget
from bot.db import Sessions
from bot.desk.models import DeskMessage, DeskNotice, DeskTopic, Ticket
from bot.desk.speak import say
from bot.desk.staff import Staff
from bot.desk.telegram.topics import _cases
from bot.inbox.accept import accept
from tests.desk.telegram_desk import (
    PATIENCE,
    Visitor,
    desk_of,
    eventually,
    minutes_ago,
    texts,
    visitor,
)
from tests.emulators.telegram import TelegramEmulator
from tests.spine import incoming


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


async def test_the_card_tells_when_the_customer_blocks_us_and_when_he_is_back(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        card = await (await group.next_topic(PATIENCE)).next_message(PATIENCE)
        for blocked_at in (minutes_ago(1), None):
            async with sessions.begin() as session:
                (await session.get_one(Conversation, ivan.id)).blocked_at = blocked_at
            desk.wake.notify()
            told = blocked_at is not None
            await eventually(lambda told=told: ("заблокировал нас" in card.text) == told)


async def test_the_card_of_an_earlier_hand_over_is_unpinned_and_loses_its_buttons(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    first = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        old = await topic.next_message(PATIENCE)
        await eventually(lambda: old.pinned)
        await ivan.ticket_is_closed(first)
        desk.wake.notify()
        await eventually(lambda: topic.closed)
        assert old.pinned, "who writes to him again finds the button there"
        await ivan.is_handed_over(summary="Снова просит человека.")
        desk.wake.notify()
        new = await topic.next_message(PATIENCE)
        await eventually(lambda: new.pinned and not old.pinned and not old.buttons)
    assert new.buttons == ["Взять", "Передать", "Шаблоны", "Закрыть"]


async def test_without_the_right_to_pin_all_else_is_shown(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    group.gives_rights(can_pin_messages=False)
    ivan = await visitor(sqlite_sessions)
    first = await ivan.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        old = await topic.next_message(PATIENCE)
        await ivan.ticket_is_closed(first)
        desk.wake.notify()
        await eventually(lambda: topic.closed)
        await ivan.is_handed_over()
        desk.wake.notify()
        await topic.next_message(PATIENCE)
        await eventually(lambda: not old.buttons)
        await ivan.says("Алло?")
        desk.wake.notify()
        assert (await topic.next_message(PATIENCE)).text == "Клиент: Алло?"


async def test_a_customer_whose_name_is_blank_gets_a_topic_by_his_number(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    nobody = await visitor(sqlite_sessions, "\u200b\u2800", chat="nobody")
    await nobody.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        assert (await group.next_topic(PATIENCE)).name == f"Клиент {nobody.id}"


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
        assert card.buttons == ["Написать клиенту"]
        await ivan.says("Бот, а цвет какой?")
        await ivan.says("И снова человека!")
        await ivan.is_handed_over(summary="Снова просит человека.")
        desk.wake.notify()
        await eventually(lambda: not topic.closed and "снова человека!" in texts(topic)[-1])
    assert "Снова просит человека." in texts(topic)[-2]
    assert "а цвет какой?" in texts(topic)[-1]
    assert len(group.topics) == 1


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
        await ivan.corrects(number, "Приеду в 17")
        desk.wake.notify()
        await eventually(lambda: len(topic.received) == 3)
    assert texts(topic)[2] == "Клиент исправил: «Приеду в 15» → «Приеду в 17»"


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


async def test_a_quote_stands_before_the_answer_to_it(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    async with sessions.begin() as session:
        asked = await accept(session, incoming("Rio или Solaris?", message_id="1"), 0.0)
        await accept(session, incoming("Первая", message_id="2", reply_to="1"), 0.0)
    assert asked is not None
    anna = Visitor(sessions, asked.conversation_id)
    await anna.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
    assert "Клиент: «Rio или Solaris?»\nПервая" in texts(topic)[1]


async def test_the_message_that_people_answer_is_found_by_what_shows_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    number = await ivan.says("Сколько стоит?")
    await ivan.hears("Уточню у коллег.")
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
    async with sessions() as session:
        shown = (await session.scalars(select(DeskMessage))).one()
    assert (shown.message_id, shown.history_id) == (topic.received[1].message_id, number)


async def test_what_a_colleague_of_another_department_says_is_shown_with_his_name_and_not_to_himself(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    used, credit = telegram.group("С пробегом"), telegram.group("Кредит")
    ivan = await visitor(sessions)
    ticket = await ivan.is_handed_over("used_cars")
    await ivan.is_handed_over("credit")
    async with desk_of(telegram, sessions, {"used_cars": used.id, "credit": credit.id}) as desk:
        of_used, of_credit = await used.next_topic(PATIENCE), await credit.next_topic(PATIENCE)
        await eventually(lambda: of_used.received and of_credit.received)
        async with sessions.begin() as session:
            conversation = await session.get_one(Conversation, ivan.id)
            staff = Staff("telegram:1", "Алексей Громов")
            said = await session.get_one(Ticket, ticket)
            await say(session, conversation, said, staff, Outgoing(text="Добрый день!"), f"desk:{used.id}:9")
        await ivan.says("Здравствуйте")
        desk.wake.notify()
        await eventually(
            lambda: "Здравствуйте" in texts(of_used)[-1] and "Здравствуйте" in texts(of_credit)[-1]
        )
    assert "Алексей Громов: Добрый день!" in "\n".join(texts(of_credit))
    assert "Добрый день!" not in "\n".join(texts(of_used))


async def test_a_pressed_button_is_told(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    await ivan.presses("Kia Rio")
    await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
        assert (await topic.next_message(PATIENCE)).text == "Клиент: нажал кнопку «Kia Rio»"


async def test_who_answers_in_the_messenger_himself_gets_no_topic_for_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions, "Иван")
    await ivan.is_handed_over(status="claimed", past_bot_at=minutes_ago(1))
    anna = await visitor(sessions, "Анна")
    await anna.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        assert (await group.next_topic(PATIENCE)).name == "Анна"
        await eventually(lambda: len(group.topics[0].received) == 1)
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


async def test_the_look_at_the_database_does_not_read_the_whole_talk_for_corrections(
    sqlite_sessions: Sessions,
) -> None:
    query = _cases(-100, ("used_cars",))
    async with sqlite_sessions() as session:
        dialect = session.get_bind().dialect
        written = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in await session.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    assert any("ix_message_conversation_id_changed" in step for step in plan), plan
