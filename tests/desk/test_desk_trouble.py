"""Many at once, two gateways, and whatever people and Telegram do to a group of a department."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.db import Sessions
from bot.desk.models import DeskGroup, DeskTopic
from bot.desk.telegram.pace import GroupPace
from tests.desk.telegram_desk import (
    PATIENCE,
    desk_of,
    eventually,
    texts,
    until,
    visitor,
)
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.group import Group
from tests.emulators.telegram.mishaps import Trouble


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
    pace = GroupPace(20, 2.0)
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=pace):
        topic = await group.next_topic(PATIENCE)
        await topic.next_message(PATIENCE)
    await ivan.ticket_becomes(ticket, status="claimed", claimed_name="Алексей Громов")
    for number in range(30):
        await (await visitor(sessions, f"Клиент-{number}")).is_handed_over()
    await ivan.says("Вы ещё тут?")
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=pace):
        await topic.next_message(PATIENCE)
        assert len(group.topics) < 30
    assert texts(topic)[1] == "Клиент: Вы ещё тут?"


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
        await until(sessions, select(DeskTopic.open), lambda is_open: not is_open)


TROUBLES: dict[str, Callable[[Group], None]] = {
    "the bot was removed": lambda group: group.removes_bot(),
    "topics are switched off": lambda group: group.switches_forum(False),
    "the bot may not make topics": lambda group: group.gives_rights(can_manage_topics=False),
    "the bot is no administrator": lambda group: group.gives_rights(status="member"),
}


def _repair(group: Group) -> None:
    group.adds_bot()
    group.switches_forum(True)
    group.gives_rights(can_manage_topics=True)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_is_wrong_with_a_group_is_noted_and_ends_by_itself_when_people_mend_it(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, trouble: str
) -> None:
    group = telegram.group()
    TROUBLES[trouble](group)
    ivan = await visitor(sqlite_sessions)
    await ivan.is_handed_over()
    async with desk_of(telegram, sqlite_sessions, {"used_cars": group.id}):
        await until(sqlite_sessions, select(DeskGroup.error), lambda error: error)
        _repair(group)
        topic = await group.next_topic(PATIENCE)
        assert "просит ответа человека" in (await topic.next_message(PATIENCE)).text
        await until(sqlite_sessions, select(DeskGroup.error), lambda error: not error)


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
