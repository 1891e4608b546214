"""The emulator's forum groups, as the desk meets them through the real client library."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Update

from tests.emulators.telegram import Group, Staff, TelegramEmulator
from tests.emulators.telegram.conftest import TOKEN, client

TAKE = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Взять", callback_data="take:1")]])


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token=TOKEN) as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with client(telegram) as bot:
        yield bot


@pytest.fixture
def group(telegram: TelegramEmulator) -> Group:
    return telegram.group("Отдел продаж")


@pytest.fixture
def alexey(group: Group) -> Staff:
    return group.member("Алексей Громов")


async def updates(bot: Bot) -> list[Update]:
    """All that came since they were asked for last."""
    came = await bot.get_updates()
    if came:
        await bot.get_updates(offset=came[-1].update_id + 1)
    return came


async def test_a_topic_takes_what_the_bot_and_the_staff_write(bot: Bot, group: Group, alexey: Staff) -> None:
    created = await bot.create_forum_topic(group.id, "Анна · Солярис", icon_color=0x6FB9F0)
    topic = await group.next_topic()
    assert (topic.thread_id, topic.name) == (created.message_thread_id, "Анна · Солярис")
    card = await bot.send_message(
        group.id, "<b>Анна</b>", message_thread_id=topic.thread_id, parse_mode="HTML", reply_markup=TAKE
    )
    received = await topic.next_message()
    assert (received.message_id, received.text, received.buttons) == (card.message_id, "Анна", ["Взять"])
    alexey.says("Здравствуйте!", topic=topic)
    answer = (await updates(bot))[-1].message
    assert answer and (answer.text, answer.message_thread_id, answer.is_topic_message) == (
        "Здравствуйте!",
        topic.thread_id,
        True,
    )
    assert answer.chat.is_forum and answer.from_user and answer.from_user.full_name == "Алексей Громов"
    assert [message.text for message in topic.messages] == [None, "Анна", "Здравствуйте!"]


async def test_a_pressed_button_is_answered_to_who_pressed_it(bot: Bot, group: Group, alexey: Staff) -> None:
    topic = group.creates_topic("Анна")
    await bot.send_message(group.id, "Карточка", message_thread_id=topic.thread_id, reply_markup=TAKE)
    alexey.presses("Взять")
    query = (await updates(bot))[-1].callback_query
    assert query and query.data == "take:1" and query.from_user.id == alexey.id
    assert query.message and query.message.chat.id == group.id
    await query.answer("Вы взяли обращение").as_(bot)
    assert alexey.answers == ["Вы взяли обращение"]
