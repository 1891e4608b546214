"""What the bot may do in a group, and what becomes of groups."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import BotCommand, BotCommandScopeChat, ChatMemberAdministrator

from tests.emulators.telegram import Customer, Group, Staff, TelegramEmulator, Topic
from tests.emulators.telegram.conftest import news


async def test_the_group_and_its_people_are_known(bot: Bot, group: Group, alexey: Staff) -> None:
    chat = await bot.get_chat(group.id)
    assert (chat.type, chat.title, chat.is_forum) == ("supergroup", "Отдел продаж", True)
    me = await bot.get_chat_member(group.id, bot.id)
    assert isinstance(me, ChatMemberAdministrator) and me.can_manage_topics and me.can_pin_messages
    admins = await bot.get_chat_administrators(group.id)
    assert [(each.status, each.user.id) for each in admins] == [
        ("creator", group.owner.id),
        ("administrator", bot.id),
    ]
    assert (await bot.get_chat_member(group.id, alexey.id)).status == "member"
    with pytest.raises(TelegramBadRequest, match="PARTICIPANT_ID_INVALID"):
        await bot.get_chat_member(group.id, 1)
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.get_chat(-100777)


async def test_the_pinned_message_is_known(bot: Bot, group: Group, anna: Customer) -> None:
    sent = await bot.send_message(group.id, "Правила")
    await bot.pin_chat_message(group.id, sent.message_id)
    pinned = (await bot.get_chat(group.id)).pinned_message
    assert pinned and pinned.text == "Правила"
    [notice] = [update.message for update in await news(bot)]
    assert notice and notice.pinned_message and notice.from_user and notice.from_user.id == bot.id
    await bot.unpin_chat_message(group.id)
    assert (await bot.get_chat(group.id)).pinned_message is None
    assert (await bot.get_chat(anna.id)).type == "private"


async def test_without_the_right_there_are_no_new_topics(bot: Bot, group: Group, topic: Topic) -> None:
    own = (await bot.create_forum_topic(group.id, "Борис")).message_thread_id
    await news(bot)
    group.gives_rights(can_manage_topics=False)
    with pytest.raises(TelegramBadRequest, match="not enough rights to create a topic"):
        await bot.create_forum_topic(group.id, "Вера")
    with pytest.raises(TelegramBadRequest, match="not enough rights to close the topic"):
        await bot.close_forum_topic(group.id, topic.thread_id)
    await bot.close_forum_topic(group.id, own)
    change = (await news(bot))[0].my_chat_member
    assert change and isinstance(change.new_chat_member, ChatMemberAdministrator)
    assert change.new_chat_member.can_manage_topics is False


async def test_only_who_manages_topics_writes_into_a_closed_one(bot: Bot, group: Group, topic: Topic) -> None:
    group.closes_topic(topic)
    await bot.send_message(group.id, "Раз", message_thread_id=topic.thread_id)
    group.gives_rights(can_manage_topics=False)
    with pytest.raises(TelegramBadRequest, match="TOPIC_CLOSED"):
        await bot.send_message(group.id, "Два", message_thread_id=topic.thread_id)


async def test_pinning_and_deleting_are_rights_of_their_own(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    said = alexey.says("Здравствуйте", topic=topic)
    group.gives_rights(can_pin_messages=False, can_delete_messages=False)
    with pytest.raises(TelegramBadRequest, match="not enough rights to manage pinned messages"):
        await bot.pin_chat_message(group.id, said.message_id)
    with pytest.raises(TelegramBadRequest, match="not enough rights to unpin messages"):
        await bot.unpin_all_forum_topic_messages(group.id, topic.thread_id)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(group.id, said.message_id)
    with pytest.raises(TelegramBadRequest, match="not enough rights to delete the topic"):
        await bot.delete_forum_topic(group.id, topic.thread_id)


async def test_who_is_no_administrator_hears_only_what_is_meant_for_the_bot(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    sent = await bot.send_message(group.id, "Карточка", message_thread_id=topic.thread_id)
    group.gives_rights(status="member")
    await news(bot)
    alexey.says("Между собой", topic=topic)
    alexey.says("/take", topic=topic)
    alexey.says("Беру", topic=topic, reply_to=sent.message_id)
    assert [update.message.text for update in await news(bot) if update.message] == ["/take", "Беру"]


async def test_a_bot_that_was_removed_neither_hears_nor_writes(
    telegram: TelegramEmulator, bot: Bot, group: Group, alexey: Staff
) -> None:
    group.removes_bot()
    alexey.says("Бот ушёл?")
    assert [update.event_type for update in await news(bot)] == ["message", "my_chat_member"]
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await bot.send_message(group.id, "Здравствуйте")
    with pytest.raises(TelegramForbiddenError, match="bot was kicked"):
        await bot.get_chat(group.id)
    group.adds_bot()
    await bot.send_message(group.id, "Здравствуйте")
    assert telegram.violations == []


async def test_a_group_without_topics_has_none(bot: Bot, group: Group, topic: Topic) -> None:
    group.switches_forum(False)
    with pytest.raises(TelegramBadRequest, match="the chat is not a forum"):
        await bot.create_forum_topic(group.id, "Анна")
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(group.id, "Раз", message_thread_id=topic.thread_id)
    assert not (await bot.get_chat(group.id)).is_forum


async def test_a_basic_group_becomes_another_chat(telegram: TelegramEmulator, bot: Bot) -> None:
    group = telegram.group("Отдел продаж", chat_id=-4242)
    irina = group.member("Ирина Белова")
    assert (await bot.get_chat(-4242)).type == "group"
    with pytest.raises(TelegramBadRequest, match="the chat is not a forum"):
        await bot.create_forum_topic(group.id, "Анна")
    group.migrates()
    with pytest.raises(TelegramMigrateToChat) as upgraded:
        await bot.send_message(-4242, "Здравствуйте")
    assert upgraded.value.migrate_to_chat_id == group.id
    old, new = [update.message for update in await news(bot)]
    assert old and (old.chat.id, old.migrate_to_chat_id) == (-4242, group.id)
    assert new and (new.chat.id, new.migrate_from_chat_id) == (group.id, -4242)
    await bot.create_forum_topic(group.id, "Анна")
    irina.says("Здравствуйте", topic=group.topic("Анна"))
    assert telegram.violations == []


async def test_commands_are_set_for_one_group(telegram: TelegramEmulator, bot: Bot, group: Group) -> None:
    commands = [BotCommand(command="take", description="Взять обращение")]
    await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id=group.id))
    assert telegram.account.scoped_commands == {("chat", group.id): commands}
    assert telegram.account.commands == []
