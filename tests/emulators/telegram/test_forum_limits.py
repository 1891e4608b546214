"""The limit of messages in a group, trouble there, and how its updates come."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import SendMessage
from aiogram.types import BufferedInputFile, InputMediaPhoto, MediaUnion

from tests.emulators.telegram import Customer, Group, Staff, TelegramEmulator, Topic, Trouble, picture
from tests.emulators.telegram.conftest import news
from tests.emulators.telegram.test_updates import Receiver, receiver

__all__ = ["receiver"]


async def test_a_group_takes_twenty_messages_a_minute(
    telegram: TelegramEmulator, bot: Bot, group: Group
) -> None:
    for number in range(20):
        await bot.send_message(group.id, str(number))
    with pytest.raises(TelegramRetryAfter) as refusal:
        await bot.send_message(group.id, "20")
    assert 50 < refusal.value.retry_after <= 60
    assert group.refused == ["sendMessage"] and len(group.received) == 20
    telegram.clock.forward(seconds=refusal.value.retry_after)
    await bot.send_message(group.id, "20")
    assert telegram.violations == []


async def test_topics_and_pictures_of_an_album_count(
    telegram: TelegramEmulator, bot: Bot, group: Group
) -> None:
    telegram.group_limit = (4, 60.0)
    photo = BufferedInputFile(picture(), "car.jpg")
    album: list[MediaUnion] = [InputMediaPhoto(media=photo)] * 3
    await bot.create_forum_topic(group.id, "Анна")
    await bot.send_message(group.id, "Раз")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_media_group(group.id, album)
    await bot.create_forum_topic(group.id, "Борис")
    await bot.send_message(group.id, "Два")
    with pytest.raises(TelegramRetryAfter):
        await bot.create_forum_topic(group.id, "Вера")
    assert group.refused == ["sendMediaGroup", "createForumTopic"]
    assert [topic.name for topic in group.topics] == ["Анна", "Борис"]


async def test_edits_and_other_chats_do_not_count(
    telegram: TelegramEmulator, bot: Bot, group: Group, anna: Customer
) -> None:
    telegram.group_limit = (1, 60.0)
    sent = await bot.send_message(group.id, "Раз")
    await bot.edit_message_text("Два", chat_id=group.id, message_id=sent.message_id)
    for number in range(3):
        await bot.send_message(anna.id, str(number))
    await bot.send_message(telegram.group("Отдел кредитов").id, "Раз")
    assert group.refused == []


async def test_the_limit_comes_back_message_by_message(
    telegram: TelegramEmulator, bot: Bot, group: Group
) -> None:
    telegram.group_limit = (2, 60.0)
    await bot.send_message(group.id, "Раз")
    telegram.clock.forward(seconds=40)
    await bot.send_message(group.id, "Два")
    telegram.clock.forward(seconds=21)
    await bot.send_message(group.id, "Три")
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(group.id, "Четыре")


@pytest.mark.parametrize(
    ("trouble", "error", "delivered"),
    [(Trouble.SILENCE, TelegramNetworkError, 1), (Trouble.SERVER_ERROR, TelegramServerError, 0)],
)
async def test_trouble_comes_to_groups_too(
    telegram: TelegramEmulator,
    bot: Bot,
    group: Group,
    topic: Topic,
    trouble: Trouble,
    error: type[Exception],
    delivered: int,
) -> None:
    telegram.misbehave(trouble, "sendMessage", chat_id=group.id)
    with pytest.raises(error):
        await bot(
            SendMessage(chat_id=group.id, text="раз", message_thread_id=topic.thread_id), request_timeout=1
        )
    assert len(topic.received) == delivered


async def test_a_topic_may_be_there_although_nobody_said_so(
    telegram: TelegramEmulator, bot: Bot, group: Group
) -> None:
    telegram.misbehave(Trouble.BAD_JSON, "createForumTopic")
    with pytest.raises(Exception, match="Failed to decode object"):
        await bot.create_forum_topic(group.id, "Анна")
    [told] = await news(bot)
    assert told.message and told.message.forum_topic_created and group.topic("Анна")


async def test_updates_are_told_twice_and_shuffled_between_groups(
    telegram: TelegramEmulator, bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    telegram.account.updates.repeat_probability = 1.0
    telegram.account.updates.shuffled = True
    other = telegram.group("Отдел кредитов").member()
    for number in range(3):
        alexey.says(f"{number}", topic=topic)
        other.says(f"{number}")
    first = await bot.get_updates()
    again = await bot.get_updates(offset=first[-1].update_id + 1)
    assert again == first
    own = [update.message.text for update in first if update.message and update.message.chat.id == group.id]
    assert own == ["0", "1", "2"]


async def test_the_webhook_tells_of_groups(bot: Bot, alexey: Staff, topic: Topic, receiver: Receiver) -> None:
    await bot.set_webhook(receiver.url)
    alexey.says("раз", topic=topic)
    alexey.says("два", topic=topic)
    assert await receiver.next_texts(2) == ["раз", "два"]
