"""What people do in a forum group, as the bot is told of it."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ChatMemberAdministrator, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from tests.emulators.telegram import Group, Staff, TelegramEmulator, Topic
from tests.emulators.telegram.conftest import news
from tests.emulators.telegram.files import DOWNLOAD_LIMIT

TAKE = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Взять", callback_data="take:1")]])


def said(update: Update) -> Message:
    """The message that the update tells of, new or edited."""
    message = update.message or update.edited_message
    assert message
    return message


async def test_words_in_a_topic(bot: Bot, group: Group, alexey: Staff, topic: Topic) -> None:
    alexey.says("Здравствуйте!", topic=topic)
    [told] = [said(update) for update in await news(bot)]
    assert (told.text, told.message_thread_id, told.is_topic_message) == (
        "Здравствуйте!",
        topic.thread_id,
        True,
    )
    assert (told.chat.id, told.chat.type, told.chat.is_forum) == (group.id, "supergroup", True)
    assert told.from_user and told.from_user.full_name == "Алексей Громов"
    assert [message.text for message in topic.messages] == [None, "Здравствуйте!"]


async def test_what_answers_nothing_is_tied_to_the_head_of_its_topic(
    bot: Bot, alexey: Staff, topic: Topic
) -> None:
    first = alexey.says("Раз", topic=topic)
    alexey.says("Два", topic=topic, reply_to=first)
    heads = [said(update).reply_to_message for update in await news(bot)]
    assert heads[0] and heads[0].forum_topic_created and heads[0].message_id == topic.thread_id
    assert heads[1] and heads[1].text == "Раз"


async def test_a_reply_stays_in_the_topic_of_its_message(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    await bot.send_message(group.id, "Карточка", message_thread_id=topic.thread_id)
    answer = alexey.says("Беру", reply_to=topic.received[0])
    assert answer.message_thread_id == topic.thread_id
    assert answer.reply_to_message and answer.reply_to_message.text == "Карточка"


async def test_general_has_no_topic_even_where_its_replies_have_a_thread(
    bot: Bot, group: Group, alexey: Staff
) -> None:
    first = alexey.says("Всем привет")
    alexey.says("И тебе", reply_to=first)
    alone, answer = [said(update) for update in await news(bot)]
    assert (alone.message_thread_id, alone.is_topic_message) == (None, None)
    assert (answer.message_thread_id, answer.is_topic_message) == (first.message_id, None)
    await bot.send_message(group.id, "Здравствуйте")
    assert [each.text for each in group.general] == ["Здравствуйте"]


async def test_every_kind_of_message(bot: Bot, alexey: Staff, topic: Topic) -> None:
    alexey.sends_photo(topic=topic, caption="Кузов")
    alexey.sends_album(2, topic=topic, caption="Салон")
    alexey.sends_voice(topic=topic)
    alexey.sends_video(topic=topic, caption="Обзор")
    alexey.sends_video_note(topic=topic)
    alexey.sends_document(topic=topic)
    alexey.sends_sticker(topic=topic)
    alexey.sends_location(topic=topic)
    told = [said(update) for update in await news(bot)]
    assert [message.content_type for message in told] == [
        "photo",
        "photo",
        "photo",
        "voice",
        "video",
        "video_note",
        "document",
        "sticker",
        "location",
    ]
    assert {message.message_thread_id for message in told} == {topic.thread_id}
    assert told[1].media_group_id and told[1].media_group_id == told[2].media_group_id
    assert told[6].document and told[6].document.mime_type == "application/pdf"


async def test_a_file_of_the_staff_is_fetched_and_a_huge_one_is_not(
    bot: Bot, alexey: Staff, topic: Topic
) -> None:
    small = alexey.sends_document("ПТС.pdf", b"%PDF", topic=topic).document
    huge = alexey.sends_video(bytes(DOWNLOAD_LIMIT + 1), topic=topic).video
    assert small and huge
    content = await bot.download(small.file_id)
    assert content and content.read() == b"%PDF"
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(huge.file_id)


async def test_an_edited_message_and_caption(bot: Bot, alexey: Staff, topic: Topic) -> None:
    alexey.edits(alexey.says("Цена 1,2", topic=topic), "Цена 1,3")
    alexey.edits(alexey.sends_photo("Кузов", topic=topic), "Кузов без царапин")
    updates = [update for update in await news(bot) if update.edited_message]
    first, second = [said(update) for update in updates]
    assert (first.text, first.message_thread_id) == ("Цена 1,3", topic.thread_id)
    assert second.caption == "Кузов без царапин" and second.edit_date


@pytest.mark.parametrize("command", ["/take", "/take@avtootvet_bot"])
async def test_a_command_with_and_without_the_name(
    bot: Bot, alexey: Staff, topic: Topic, command: str
) -> None:
    alexey.says(f"{command} цена", topic=topic)
    [told] = [said(update) for update in await news(bot)]
    assert told.entities and told.entities[0].type == "bot_command"
    assert told.entities[0].extract_from(told.text or "") == command


async def test_an_anonymous_administrator_is_the_group_itself(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    alexey.becomes_anonymous()
    alexey.says("Здравствуйте", topic=topic)
    [told] = [said(update) for update in await news(bot)]
    assert told.sender_chat and told.sender_chat.id == group.id
    assert told.from_user and told.from_user.username == "GroupAnonymousBot"
    member = await bot.get_chat_member(group.id, alexey.id)
    assert isinstance(member, ChatMemberAdministrator) and member.is_anonymous


async def test_a_pressed_button_is_answered_to_who_pressed_it(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    irina = group.member("Ирина Белова")
    await bot.send_message(group.id, "Карточка", message_thread_id=topic.thread_id, reply_markup=TAKE)
    alexey.presses("Взять")
    irina.presses("take:1", topic.received[0])
    first, second = [update.callback_query for update in await news(bot)]
    assert first and second and (first.data, first.from_user.id) == ("take:1", alexey.id)
    assert isinstance(first.message, Message) and first.message.message_thread_id == topic.thread_id
    await first.answer("Вы взяли обращение").as_(bot)
    await second.answer("Обращение взял Алексей", show_alert=True).as_(bot)
    assert (alexey.answers, irina.answers) == (["Вы взяли обращение"], ["Обращение взял Алексей"])
    with pytest.raises(LookupError):
        alexey.presses("Закрыть")


async def test_people_come_and_go(bot: Bot, group: Group, alexey: Staff) -> None:
    alexey.leaves()
    assert (await bot.get_chat_member(group.id, alexey.id)).status == "left"
    with pytest.raises(LookupError):
        alexey.says("Я ещё здесь")
    alexey.joins()
    assert (await bot.get_chat_member(group.id, alexey.id)).status == "member"
    assert [said(update).content_type for update in await news(bot)] == [
        "left_chat_member",
        "new_chat_members",
    ]


async def test_the_owner_tidies_the_topics(bot: Bot, group: Group, alexey: Staff) -> None:
    topic = group.creates_topic("Анна")
    group.renames(topic, "Анна · Солярис")
    group.closes_topic(topic)
    with pytest.raises(LookupError):
        alexey.says("Здравствуйте", topic=topic)
    group.reopens_topic(topic)
    alexey.says("Здравствуйте", topic=topic.thread_id)
    assert [said(update).content_type for update in await news(bot)] == [
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "text",
    ]
    assert group.topic("Анна · Солярис") is topic


async def test_numbers_of_messages_are_those_of_the_chat(telegram: TelegramEmulator, alexey: Staff) -> None:
    """So a message is not known by its number alone."""
    other = telegram.group("Отдел кредитов").member()
    assert alexey.says("Раз").message_id == other.says("Раз").message_id
