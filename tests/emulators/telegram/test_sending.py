"""What the bot may send, and how the customer sees it."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendDice, SendMediaGroup
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    MediaUnion,
    ReplyParameters,
)
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.emulators.telegram import Customer, TelegramEmulator, Violation, picture
from tests.emulators.telegram.conftest import client
from tests.emulators.telegram.files import PHOTO_LIMIT

YES = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Да", callback_data="1")]])


def photo(colour: str = "red") -> BufferedInputFile:
    return BufferedInputFile(picture(colour=colour), "car.jpg")


@pytest.fixture
async def pictures() -> AsyncIterator[str]:
    """A picture at an address of this machine, and another that is not there."""

    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/jpeg")

    application = web.Application()
    application.router.add_get("/car.jpg", serve)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_text_arrives_with_its_keyboard(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    sent = await bot.send_message(anna.id, "Солярис <b>в наличии</b>", parse_mode="HTML", reply_markup=YES)
    received = await anna.next_message()
    assert (received.message_id, received.text, received.buttons) == (
        sent.message_id,
        "Солярис в наличии",
        ["Да"],
    )
    assert sent.entities and (sent.entities[0].type, sent.entities[0].offset) == ("bold", 8)
    assert telegram.violations == []


async def test_an_album_is_one_message_to_the_customer(bot: Bot, anna: Customer) -> None:
    media: list[MediaUnion] = [
        InputMediaPhoto(media=photo(), caption="Солярис"),
        InputMediaPhoto(media=photo("blue")),
    ]
    sent = await bot.send_media_group(anna.id, media)
    received = await anna.next_message()
    assert received.text == "Солярис"
    assert received.file_ids == [message.photo[-1].file_id for message in sent if message.photo]
    assert len({message.media_group_id for message in sent}) == 1
    assert len(anna.received) == 1


async def test_a_picture_is_used_again_by_its_id(bot: Bot, anna: Customer) -> None:
    first = await bot.send_photo(anna.id, photo(), caption="Раз")
    assert first.photo
    second = await bot.send_photo(anna.id, first.photo[-1].file_id)
    assert second.photo == first.photo
    group: list[MediaUnion] = [InputMediaPhoto(media=first.photo[-1].file_id)] * 2
    assert len(await bot.send_media_group(anna.id, group)) == 2


async def test_a_sent_file_can_be_downloaded(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_document(anna.id, BufferedInputFile(b"%PDF", "car.pdf"))
    assert sent.document and sent.document.file_name == "car.pdf"
    content = await bot.download(sent.document.file_id)
    assert content and content.read() == b"%PDF"


async def test_a_video_and_a_chat_action(bot: Bot, anna: Customer) -> None:
    await bot.send_chat_action(anna.id, "upload_video")
    sent = await bot.send_video(anna.id, BufferedInputFile(b"mp4", "car.mp4"), width=640, height=360)
    assert sent.video and anna.actions == ["upload_video"]


async def test_a_picture_by_address_is_fetched_from_this_machine_only(
    telegram: TelegramEmulator, bot: Bot, anna: Customer, pictures: str
) -> None:
    await bot.send_photo(anna.id, f"{pictures}/car.jpg")
    elsewhere = f"{pictures}/car.jpg".replace("127.0.0.1", "localhost")  # only the address itself counts
    for address in (elsewhere, f"{pictures}/sold.jpg", "http://127.0.0.1:1/car.jpg"):
        with pytest.raises(TelegramBadRequest, match="failed to get HTTP URL content"):
            await bot.send_photo(anna.id, address)
    group: list[MediaUnion] = [InputMediaPhoto(media=f"{pictures}/{name}.jpg") for name in ("car", "sold")]
    with pytest.raises(TelegramBadRequest, match="failed to send message #2 with the error message"):
        await bot.send_media_group(anna.id, group)
    assert len(anna.received) == 1
    assert telegram.violations == []


async def test_an_id_of_another_bot_is_refused_without_blame(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    sent = await bot.send_photo(anna.id, photo())
    telegram.account.files.forget()
    assert sent.photo
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_photo(anna.id, sent.photo[-1].file_id)
    assert telegram.violations == []


async def test_a_photo_must_be_one_and_small(bot: Bot, anna: Customer) -> None:
    sent = await bot.send_document(anna.id, BufferedInputFile(b"%PDF", "car.pdf"))
    assert sent.document
    for wrong, why in (
        (BufferedInputFile(b"no picture", "car.jpg"), "IMAGE_PROCESS_FAILED"),
        (BufferedInputFile(b"x" * (PHOTO_LIMIT + 1), "car.jpg"), "too big for a photo"),
        (BufferedInputFile(picture(2100, 100), "car.jpg"), "PHOTO_INVALID_DIMENSIONS"),
        (sent.document.file_id, "can't use file of type Document as Photo"),
    ):
        with pytest.raises(TelegramBadRequest, match=why):
            await bot.send_photo(anna.id, wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "message text is empty"),
        (" \n ", "message text is empty"),
        ("<b> </b>", "message text is empty"),
        ("я" * 4097, "message is too long"),
        ("🚗" * 2049, "message is too long"),
        ("цена < 500", "Unsupported start tag"),
        ("<big>x</big>", 'Unsupported start tag "big" at byte offset 0'),
        ("я<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'expected "</b>", found "</i>"'),
    ],
)
async def test_a_wrong_text_is_refused(
    telegram: TelegramEmulator, bot: Bot, anna: Customer, text: str, why: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=why):
        await bot.send_message(anna.id, text, parse_mode="HTML")
    assert anna.received == []
    assert [each.method for each in telegram.violations] == ["sendMessage"]


async def test_tags_do_not_count_and_references_are_read(bot: Bot, anna: Customer) -> None:
    await bot.send_message(anna.id, f"<b>{'я' * 4090}</b> &lt;&amp;&gt;", parse_mode="HTML")
    assert anna.received[0].text.endswith("я <&>")


async def test_a_text_without_a_parse_mode_is_as_it_is(bot: Bot, anna: Customer) -> None:
    await bot.send_message(anna.id, "цена < 500 & торг")
    assert anna.received[0].text == "цена < 500 & торг"


async def test_a_caption_has_a_smaller_limit(bot: Bot, anna: Customer) -> None:
    await bot.send_photo(anna.id, photo(), caption="я" * 1024)
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_photo(anna.id, photo(), caption="я" * 1025)


@pytest.mark.parametrize("count", [1, 11])
async def test_an_album_has_two_to_ten_items(bot: Bot, anna: Customer, count: int) -> None:
    with pytest.raises(TelegramBadRequest, match="from 2 to 10"):
        await bot.send_media_group(anna.id, [InputMediaPhoto(media="any")] * count)


async def test_an_album_has_no_keyboard_and_no_mixture(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    mixed: list[MediaUnion] = [
        InputMediaPhoto(media=photo()),
        InputMediaDocument(media=BufferedInputFile(b"x", "x")),
    ]
    with pytest.raises(TelegramBadRequest, match="can't use the media"):
        await bot.send_media_group(anna.id, mixed)
    with_keyboard = SendMediaGroup(
        chat_id=anna.id, media=[InputMediaPhoto(media=photo())] * 2, reply_markup=YES
    )
    await bot(with_keyboard)
    assert anna.received[0].buttons == []  # the real server passes over it in silence too
    assert telegram.violations[-1] == Violation("sendMediaGroup", "unknown parameter reply_markup")


async def test_an_upload_must_be_in_the_request(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    for media in ("attach://lost", "made-up"):
        with pytest.raises(TelegramBadRequest):
            await bot.send_photo(anna.id, media)
    assert [each.method for each in telegram.violations] == ["sendPhoto"]


async def test_a_bot_cannot_write_first(telegram: TelegramEmulator, bot: Bot) -> None:
    stranger = telegram.customer("Борис")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(stranger.id, "Купите машину")
    assert telegram.violations


async def test_a_customer_who_blocked_the_bot_gets_nothing(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    anna.blocks()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(anna.id, "Здравствуйте")
    anna.unblocks()
    await bot.send_message(anna.id, "Здравствуйте")
    assert [
        update.my_chat_member.new_chat_member.status
        for update in await bot.get_updates()
        if update.my_chat_member
    ] == ["kicked", "member"]
    assert telegram.violations == []


async def test_a_reply_needs_its_message(bot: Bot, anna: Customer) -> None:
    asked = anna.says("В наличии?")
    sent = await bot.send_message(
        anna.id, "Да", reply_parameters=ReplyParameters(message_id=asked.message_id)
    )
    assert sent.reply_to_message and sent.reply_to_message.text == "В наличии?"
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(anna.id, "Да", reply_parameters=ReplyParameters(message_id=999))


async def test_a_copy_has_the_content_and_a_new_number(
    telegram: TelegramEmulator, bot: Bot, anna: Customer
) -> None:
    operator = telegram.customer("Олег")
    operator.starts()
    photo_of_anna = anna.sends_photo("Моя машина")
    copy = await bot.copy_message(operator.id, anna.id, photo_of_anna.message_id)
    received = await operator.next_message()
    assert (received.message_id, received.text) == (copy.message_id, "Моя машина")
    assert photo_of_anna.photo and received.file_ids == [photo_of_anna.photo[-1].file_id]
    with pytest.raises(TelegramBadRequest, match="message to copy not found"):
        await bot.copy_message(operator.id, anna.id, 999)


async def test_wrong_values_methods_and_tokens(telegram: TelegramEmulator, bot: Bot, anna: Customer) -> None:
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bot.send_chat_action(anna.id, "dancing")
    with pytest.raises(TelegramBadRequest, match="unsupported parse_mode"):
        await bot.send_message(anna.id, "x", parse_mode="BBCode")
    with pytest.raises(TelegramNotFound):
        await bot(SendDice(chat_id=anna.id))
    async with client(telegram, "4242:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
    assert [each.method for each in telegram.violations] == [
        "sendChatAction",
        "sendMessage",
        "sendDice",
        "getMe",
    ]
