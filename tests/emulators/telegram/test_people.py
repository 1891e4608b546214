"""What a customer and the owner of a business account can do, and what the bot learns of it."""

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)

from tests.emulators.telegram import Customer, Owner, TelegramEmulator, picture

YES_NO = InlineKeyboardMarkup(
    inline_keyboard=[
        [
            InlineKeyboardButton(text="Да", callback_data="yes"),
            InlineKeyboardButton(text="Нет", callback_data="no"),
        ]
    ]
)
ASK_PHONE = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Отправить номер", request_contact=True)]])


@pytest.fixture
def owner(telegram: TelegramEmulator) -> Owner:
    return telegram.owner("Пётр")


@pytest.fixture
def guest(telegram: TelegramEmulator, owner: Owner) -> Customer:
    """Writes to the owner's business account, which lets the bot reply."""
    owner.connects()
    guest = telegram.customer("Галина", at=owner)
    guest.says("Здравствуйте")
    telegram.account.updates.drop()
    return guest


async def news(bot: Bot) -> list[Update]:
    """Each update once."""
    updates = await bot.get_updates()
    if updates:
        await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


async def message(bot: Bot) -> Message:
    [update] = await news(bot)
    assert update.message
    return update.message


async def test_a_start_by_a_deep_link(telegram: TelegramEmulator, bot: Bot) -> None:
    anna = telegram.customer("Анна")
    anna.starts("car_12")
    started = await message(bot)
    assert started.text == "/start car_12"
    assert started.entities and started.entities[0].type == "bot_command"
    assert started.from_user and started.from_user.first_name == "Анна"


async def test_every_kind_of_message_arrives(bot: Bot, anna: Customer) -> None:
    anna.sends_photo("Моя")
    anna.sends_video()
    anna.sends_voice()
    anna.sends_video_note()
    anna.sends_sticker()
    anna.sends_document("ПТС.pdf")
    anna.sends_location()
    kinds = [update.message.content_type for update in await news(bot) if update.message]
    assert kinds == ["photo", "video", "voice", "video_note", "sticker", "document", "location"]


async def test_an_album_comes_as_several_messages_of_one_group(bot: Bot, anna: Customer) -> None:
    anna.sends_album(3, "Вот она")
    messages = [update.message for update in await news(bot) if update.message]
    assert [each.caption for each in messages] == ["Вот она", None, None]
    assert len({each.media_group_id for each in messages}) == 1


async def test_the_bot_downloads_what_the_customer_sent(bot: Bot, anna: Customer) -> None:
    anna.sends_voice(b"OggS voice")
    voice = (await message(bot)).voice
    assert voice
    content = await bot.download(voice)
    assert content and content.read() == b"OggS voice"
    with pytest.raises(TelegramBadRequest, match="wrong file_id"):
        await bot.get_file("unknown")


async def test_an_edit_and_a_reply(bot: Bot, anna: Customer) -> None:
    said = anna.says("89161234567")
    anna.edits(said, "89161234568")
    anna.replies(said, "Звоните")
    _, edited, reply = await news(bot)
    assert edited.edited_message and edited.edited_message.text == "89161234568"
    assert edited.edited_message.message_id == said.message_id and edited.edited_message.edit_date
    assert reply.message and reply.message.reply_to_message
    assert reply.message.reply_to_message.text == "89161234568"


async def test_the_own_contact_can_be_told_from_anothers(bot: Bot, anna: Customer) -> None:
    await bot.send_message(anna.id, "Ваш номер?", reply_markup=ASK_PHONE)
    anna.presses("Отправить номер")
    anna.shares_contact(own=False, phone="79990000000")
    own, other = [u.message.contact for u in await news(bot) if u.message and u.message.contact]
    assert (own.phone_number, own.user_id) == ("79161234567", anna.id)
    assert (other.phone_number, other.user_id) == ("79990000000", None)


async def test_a_button_is_pressed_by_title_or_data_and_answered(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    sent = await bot.send_message(anna.id, "Записать вас?", reply_markup=YES_NO)
    query = anna.presses("Да")
    anna.presses("no")
    first, second = [update.callback_query for update in await news(bot) if update.callback_query]
    assert (first.id, first.data, second.data) == (query, "yes", "no")
    assert first.message and first.message.message_id == sent.message_id
    await bot.answer_callback_query(first.id, "Записали")
    assert telegram.account.answered == {query: "Записали"}
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("1")


async def test_an_edited_message_changes_before_the_customers_eyes(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.id, "Записать вас?", reply_markup=YES_NO)
    await bot.edit_message_reply_markup(chat_id=anna.id, message_id=sent.message_id)
    assert (anna.received[0].text, anna.received[0].buttons) == ("Записать вас?", [])
    await bot.edit_message_text("Записали", chat_id=anna.id, message_id=sent.message_id)
    assert (anna.received[0].text, anna.received[0].edits) == ("Записали", 2)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text("Записали", chat_id=anna.id, message_id=sent.message_id)


async def test_what_cannot_be_edited(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_photo(anna.id, BufferedInputFile(picture(), "car.jpg"))
    for message_id, why in (
        (sent.message_id, "there is no text in the message to edit"),
        (anna.says("Здравствуйте").message_id, "message can't be edited"),
        (999, "message to edit not found"),
    ):
        with pytest.raises(TelegramBadRequest, match=why):
            await bot.edit_message_text("Новое", chat_id=anna.id, message_id=message_id)


async def test_a_message_is_deleted_within_two_days(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    first = await bot.send_message(anna.id, "раз")
    await bot.delete_message(anna.id, first.message_id)
    assert anna.received[0].deleted
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bot.delete_message(anna.id, first.message_id)
    second = await bot.send_message(anna.id, "два")
    telegram.clock.forward(hours=49)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bot.delete_message(anna.id, second.message_id)


async def test_a_start_unblocks_the_bot(bot: Bot, anna: Customer) -> None:
    anna.blocks()
    anna.starts()
    assert [update.event_type for update in await news(bot)] == [
        "my_chat_member",
        "my_chat_member",
        "message",
    ]


async def test_the_owner_connects_and_takes_the_right_away(
    telegram: TelegramEmulator, bot: Bot, owner: Owner, guest: Customer
) -> None:
    owner.connects(can_reply=False)
    [update] = await news(bot)
    assert update.business_connection and update.business_connection.user.id == owner.user.id
    assert (await bot.get_business_connection(owner.connection.id)).rights == (
        update.business_connection.rights
    )
    with pytest.raises(TelegramBadRequest, match="BUSINESS_CONNECTION_NOT_ALLOWED"):
        await bot.send_message(guest.id, "Добрый день", business_connection_id=owner.connection.id)
    assert telegram.violations == []
    with pytest.raises(TelegramBadRequest, match="business connection not found"):
        await bot.get_business_connection("unknown")


async def test_the_bot_answers_in_the_owners_name(bot: Bot, owner: Owner, guest: Customer) -> None:
    guest.edits(guest.says("В наличии?"), "Солярис в наличии?")
    asked, edited = await news(bot)
    assert asked.business_message and edited.edited_business_message
    connection_id = asked.business_message.business_connection_id
    sent = await bot.send_message(guest.id, "Да", business_connection_id=connection_id, reply_markup=YES_NO)
    assert sent.from_user and sent.from_user.id == owner.user.id
    assert sent.sender_business_bot and sent.sender_business_bot.id == bot.id
    assert (await guest.next_message()).text == "Да"
    guest.presses("Да")
    [pressed] = await news(bot)
    assert pressed.callback_query and isinstance(pressed.callback_query.message, Message)
    assert pressed.callback_query.message.business_connection_id == connection_id


async def test_the_owners_words_differ_from_the_bots_own(bot: Bot, owner: Owner, guest: Customer) -> None:
    await bot.send_message(guest.id, "Да", business_connection_id=owner.connection.id)
    owner.echoes(guest, guest.received[0])
    owner.types(guest, "Я сам отвечу")
    echo, typed = [update.business_message for update in await news(bot) if update.business_message]
    assert echo.sender_business_bot and not typed.sender_business_bot
    assert typed.from_user and typed.from_user.id == owner.user.id != typed.chat.id


async def test_a_business_chat_closes_a_day_after_the_customers_last_word(
    telegram: TelegramEmulator, bot: Bot, owner: Owner, guest: Customer
) -> None:
    telegram.clock.forward(hours=24)
    owner.types(guest, "Вы ещё здесь?")
    with pytest.raises(TelegramBadRequest, match="BUSINESS_PEER_USAGE_MISSING"):
        await bot.send_message(guest.id, "Ау", business_connection_id=owner.connection.id)
    guest.says("Да")
    await bot.send_message(guest.id, "Ау", business_connection_id=owner.connection.id)
    assert telegram.violations == []


async def test_no_phone_button_in_a_business_chat(bot: Bot, owner: Owner, guest: Customer) -> None:
    with pytest.raises(TelegramBadRequest, match="business chats"):
        await bot.send_message(
            guest.id, "Номер?", business_connection_id=owner.connection.id, reply_markup=ASK_PHONE
        )
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(guest.id, "Номер?")


async def test_deleted_messages_of_a_business_chat_are_told(bot: Bot, guest: Customer) -> None:
    said = guest.says("89161234567")
    guest.deletes(said)
    _, deleted = await news(bot)
    assert deleted.deleted_business_messages
    assert deleted.deleted_business_messages.message_ids == [said.message_id]
