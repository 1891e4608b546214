"""Topics of a forum group: what the bot does with them and what the people see."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    KeyboardButton,
    MediaUnion,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from tests.emulators.telegram import Customer, Group, Staff, TelegramEmulator, Topic, picture
from tests.emulators.telegram.conftest import news

TAKE = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Взять", callback_data="take:1")]])


async def test_a_topic_is_created_and_takes_messages(bot: Bot, group: Group) -> None:
    created = await bot.create_forum_topic(group.id, "Анна · Солярис", icon_color=0xFFD67E)
    topic = await group.next_topic()
    assert (topic.thread_id, topic.name, topic.icon_color) == (
        created.message_thread_id,
        "Анна · Солярис",
        0xFFD67E,
    )
    sent = await bot.send_message(
        group.id, "<b>Анна</b>", message_thread_id=topic.thread_id, parse_mode="HTML", reply_markup=TAKE
    )
    assert (sent.message_thread_id, sent.is_topic_message) == (topic.thread_id, True)
    received = await topic.next_message()
    assert (received.message_id, received.text, received.buttons) == (sent.message_id, "Анна", ["Взять"])
    assert [entity.type for entity in received.entities] == ["bold"]
    assert received.reply_to is None and group.general == []


async def test_the_bot_hears_of_its_own_deeds_with_topics(bot: Bot, group: Group) -> None:
    created = await bot.create_forum_topic(group.id, "Анна")
    thread = created.message_thread_id
    await bot.edit_forum_topic(group.id, thread, name="Анна · Солярис")
    await bot.close_forum_topic(group.id, thread)
    await bot.reopen_forum_topic(group.id, thread)
    told = [update.message for update in await news(bot)]
    assert all(m and m.from_user and m.from_user.id == bot.id and m.message_thread_id == thread for m in told)
    assert [m.content_type for m in told if m] == [
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
    ]
    assert group.topics[0].name == "Анна · Солярис" and not group.topics[0].closed


@pytest.mark.parametrize(
    ("name", "colour", "why"),
    [
        ("", None, "name"),
        (" ", None, "title must be non-empty"),
        ("я" * 129, None, "TITLE_TOO_LONG"),
        ("Анна", 0x123456, "icon color"),
    ],
)
async def test_a_wrong_topic_is_refused(
    telegram: TelegramEmulator, bot: Bot, group: Group, name: str, colour: int | None, why: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.create_forum_topic(group.id, name, icon_color=colour)
    assert group.topics == [] and telegram.violations


async def test_the_same_again_is_refused(bot: Bot, group: Group, topic: Topic) -> None:
    with pytest.raises(TelegramBadRequest, match="TOPIC_NOT_MODIFIED"):
        await bot.edit_forum_topic(group.id, topic.thread_id, name=topic.name)
    with pytest.raises(TelegramBadRequest, match="TOPIC_NOT_MODIFIED"):
        await bot.reopen_forum_topic(group.id, topic.thread_id)
    await bot.close_forum_topic(group.id, topic.thread_id)
    with pytest.raises(TelegramBadRequest, match="TOPIC_NOT_MODIFIED"):
        await bot.close_forum_topic(group.id, topic.thread_id)


async def test_there_is_no_way_into_a_deleted_topic(
    telegram: TelegramEmulator, bot: Bot, group: Group, topic: Topic
) -> None:
    sent = await bot.send_message(group.id, "Карточка", message_thread_id=topic.thread_id)
    group.deletes_topic(topic)
    assert topic.deleted and topic.messages == [] and topic.received[0].deleted
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(group.id, "Ещё", message_thread_id=topic.thread_id)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("Ещё", chat_id=group.id, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="TOPIC_DELETED"):
        await bot.close_forum_topic(group.id, topic.thread_id)
    assert telegram.violations == []


async def test_a_topic_that_went_just_now_is_named_deleted(bot: Bot, group: Group, topic: Topic) -> None:
    group.deletes_topic(topic, gone="TOPIC_DELETED")
    with pytest.raises(TelegramBadRequest, match="TOPIC_DELETED"):
        await bot.send_message(group.id, "Ещё", message_thread_id=topic.thread_id)


async def test_topics_that_never_were(bot: Bot, group: Group, anna: Customer) -> None:
    for chat_id, thread in ((group.id, 777), (group.id, 1), (anna.id, 2)):
        with pytest.raises(TelegramBadRequest, match="message thread not found"):
            await bot.send_message(chat_id, "Ещё", message_thread_id=thread)
    with pytest.raises(TelegramBadRequest, match="TOPIC_ID_INVALID"):
        await bot.close_forum_topic(group.id, 777)


async def test_the_bot_deletes_a_topic(bot: Bot, group: Group, topic: Topic) -> None:
    await bot.delete_forum_topic(group.id, topic.thread_id)
    assert topic.deleted
    with pytest.raises(LookupError):
        group.topic(topic.name)


async def test_a_reply_stays_in_its_topic(bot: Bot, group: Group, alexey: Staff, topic: Topic) -> None:
    other = group.creates_topic("Борис")
    asked = alexey.says("Что отвечали?", topic=topic)
    sent = await bot.send_message(
        group.id, "Цену", reply_parameters=ReplyParameters(message_id=asked.message_id)
    )
    assert sent.message_thread_id == topic.thread_id
    assert topic.received[0].reply_to and topic.received[0].reply_to.text == "Что отвечали?"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(
            group.id,
            "Цену",
            message_thread_id=other.thread_id,
            reply_parameters=ReplyParameters(message_id=asked.message_id),
        )


async def test_a_reply_to_nothing_is_sent_when_that_is_allowed(bot: Bot, group: Group, topic: Topic) -> None:
    lost = ReplyParameters(message_id=777, allow_sending_without_reply=True)
    await bot.send_message(group.id, "Цену", message_thread_id=topic.thread_id, reply_parameters=lost)
    assert topic.received[0].reply_to is None


async def test_every_kind_of_message_goes_into_a_topic(
    bot: Bot, group: Group, topic: Topic, anna: Customer
) -> None:
    thread = topic.thread_id
    file = BufferedInputFile(b"data", "ПТС.pdf")
    photo = BufferedInputFile(picture(), "car.jpg")
    album: list[MediaUnion] = [InputMediaPhoto(media=photo, caption="Кузов"), InputMediaPhoto(media=photo)]
    voice = anna.sends_voice()
    await bot.send_photo(group.id, photo, message_thread_id=thread, caption="Фото")
    await bot.send_media_group(group.id, album, message_thread_id=thread)
    await bot.send_video(group.id, file, message_thread_id=thread)
    await bot.send_document(group.id, file, message_thread_id=thread)
    assert voice.voice
    await bot.send_voice(group.id, voice.voice.file_id, message_thread_id=thread, caption="Голос")
    await bot.send_video_note(group.id, file, message_thread_id=thread)
    await bot.send_sticker(group.id, file, message_thread_id=thread)
    await bot.send_location(group.id, 55.7, 37.6, message_thread_id=thread)
    await bot.send_contact(group.id, "+79161234567", "Анна", message_thread_id=thread)
    await bot.copy_message(group.id, anna.id, voice.message_id, message_thread_id=thread)
    await bot.forward_message(group.id, anna.id, voice.message_id, message_thread_id=thread)
    assert [each.messages[0].content_type for each in topic.received] == [
        "photo",
        "photo",
        "video",
        "document",
        "voice",
        "video_note",
        "sticker",
        "location",
        "contact",
        "voice",
        "voice",
    ]
    assert [each.text for each in topic.received if each.text] == ["Фото", "Кузов", "Голос"]
    assert topic.received[-1].messages[0].forward_origin and not topic.received[-2].messages[0].forward_origin
    assert topic.received[1].thread_id == thread and len(topic.received[1].file_ids) == 2


async def test_a_message_is_edited_pinned_and_marked(bot: Bot, group: Group, topic: Topic) -> None:
    sent = await bot.send_photo(
        group.id, BufferedInputFile(picture(), "car.jpg"), message_thread_id=topic.thread_id, caption="Раз"
    )
    number = sent.message_id
    await bot.edit_message_caption(chat_id=group.id, message_id=number, caption="Два", reply_markup=TAKE)
    await bot.pin_chat_message(group.id, number)
    await bot.set_message_reaction(group.id, number, [ReactionTypeEmoji(emoji="👀")])
    received = topic.received[0]
    assert (received.text, received.buttons, received.edits, received.pinned) == ("Два", ["Взять"], 1, True)
    assert group.reactions(number) == ["👀"]
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_caption(chat_id=group.id, message_id=number, caption="Два", reply_markup=TAKE)
    await bot.edit_message_reply_markup(chat_id=group.id, message_id=number)
    await bot.unpin_all_forum_topic_messages(group.id, topic.thread_id)
    assert received.buttons == [] and not received.pinned


async def test_a_reaction_must_be_one_of_the_list(
    telegram: TelegramEmulator, bot: Bot, group: Group, alexey: Staff
) -> None:
    said = alexey.says("Готово")
    with pytest.raises(TelegramBadRequest, match="REACTION_INVALID"):
        await bot.set_message_reaction(group.id, said.message_id, [ReactionTypeEmoji(emoji="🚗")])
    with pytest.raises(TelegramBadRequest, match="message to react not found"):
        await bot.set_message_reaction(group.id, 777, [ReactionTypeEmoji(emoji="👍")])
    assert len(telegram.violations) == 1


async def test_messages_of_the_staff_are_not_the_bots_to_edit(
    bot: Bot, group: Group, alexey: Staff, topic: Topic
) -> None:
    said = alexey.says("Здравствуйте", topic=topic)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("Нет", chat_id=group.id, message_id=said.message_id)
    await bot.delete_message(group.id, said.message_id)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(group.id, topic.thread_id)
    assert [message.content_type for message in topic.messages] == ["forum_topic_created"]


async def test_a_group_shows_no_buttons_that_ask_for_a_phone(bot: Bot, group: Group) -> None:
    asks = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Телефон", request_contact=True)]])
    with pytest.raises(TelegramBadRequest, match="private chats only"):
        await bot.send_message(group.id, "Ваш номер?", reply_markup=asks)
