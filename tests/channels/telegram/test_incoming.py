"""Updates as Telegram writes them, and what the inbox is told."""

import datetime as dt
from typing import Any

import pytest
from aiogram.types import Update

from bot.channels.base import Incoming
from bot.channels.telegram.chats import Chat
from bot.channels.telegram.content import international
from bot.channels.telegram.incoming import read_update

ANNA: dict[str, Any] = {"id": 77, "is_bot": False, "first_name": "Анна", "last_name": "<b>Ли</b>"}
OWNER: dict[str, Any] = {"id": 5, "is_bot": False, "first_name": "Пётр"}
BOT: dict[str, Any] = {"id": 42, "is_bot": True, "first_name": "Автоответ"}
PRIVATE: dict[str, Any] = {"id": 77, "type": "private", "first_name": "Анна", "last_name": "<b>Ли</b>"}
NOON = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
FILE = {"file_id": "AgAC", "file_unique_id": "u"}
CARD = {"phone_number": "79161234567", "first_name": "Анна"}


def said(**content: Any) -> dict[str, Any]:
    return {"message_id": 9, "date": int(NOON.timestamp()), "chat": PRIVATE, "from": ANNA} | content


def read(**update: Any) -> Incoming | None:
    return read_update(Update.model_validate({"update_id": 1000, **update}), "42", NOON)


def must_read(**update: Any) -> Incoming:
    incoming = read(**update)
    assert incoming is not None
    return incoming


def test_a_message_with_all_that_is_known_of_it() -> None:
    quoted = said(message_id=4, text="Цена 900 000 ₽")
    assert must_read(message=said(text="А торг?", reply_to_message=quoted)) == Incoming(
        channel="telegram",
        account="42",
        update_id="1000",
        chat_id="77",
        kind="text",
        text="А торг?",
        message_id="9",
        reply_to="4",
        name="Анна <b>Ли</b>",
        sent_at=NOON,
    )


@pytest.mark.parametrize(
    ("content", "text", "attachments"),
    [
        ({"text": "*цена* <b>?</b> /start"}, "*цена* <b>?</b> /start", []),
        ({"text": "я" * 4096}, "я" * 4096, []),
        ({"text": "🚗" * 1000}, "🚗" * 1000, []),
        ({"text": "/credit"}, "/credit", []),
        (
            {"photo": [{**FILE, "file_id": size, "width": 9, "height": 9} for size in ("small", "large")]},
            "",
            [("photo", "large", None)],
        ),
        (
            {"photo": [{**FILE, "width": 9, "height": 9}], "caption": "такая", "media_group_id": "1"},
            "такая",
            [("photo", "AgAC", None)],
        ),
        ({"voice": {**FILE, "duration": 3}}, "", [("voice", "AgAC", None)]),
        (
            {"video": {**FILE, "width": 9, "height": 9, "duration": 3, "file_name": "a.mp4"}},
            "",
            [("video", "AgAC", "a.mp4")],
        ),
        ({"video_note": {**FILE, "length": 9, "duration": 3}}, "", [("video_note", "AgAC", None)]),
        (
            {"document": {**FILE, "file_name": "ПТС.pdf"}, "caption": "вот"},
            "вот",
            [("document", "AgAC", "ПТС.pdf")],
        ),
        ({"location": {"latitude": 55.75, "longitude": 37.5}}, "", [("location", "55.75,37.5", None)]),
        ({"dice": {"emoji": "🎲", "value": 3}}, "", [("other", None, None)]),
        ({"from_the_future": {"text": "?"}}, "", [("other", None, None)]),
    ],
)
def test_content(content: dict[str, Any], text: str, attachments: list[tuple[str, str, str | None]]) -> None:
    incoming = must_read(message=said(**content))
    assert (incoming.kind, incoming.text) == ("text", text)
    assert [(a.kind, a.ref, a.title) for a in incoming.attachments] == attachments


def test_a_sticker_says_its_emoji() -> None:
    sticker = {
        **FILE,
        "type": "regular",
        "width": 9,
        "height": 9,
        "is_animated": False,
        "is_video": False,
        "emoji": "👍",
    }
    incoming = must_read(message=said(sticker=sticker))
    assert (incoming.text, incoming.attachments) == ("👍", ())


@pytest.mark.parametrize(
    ("contact", "text", "own_phone"),
    [
        ({**CARD, "user_id": 77}, "+79161234567", "+79161234567"),
        ({**CARD, "user_id": 77, "phone_number": "+375291234567"}, "+375291234567", "+375291234567"),
        ({**CARD, "user_id": 78}, "+79161234567", None),
        (CARD, "+79161234567", None),
        ({**CARD, "phone_number": "8 (916) 123-45-67"}, "+79161234567", None),
        ({**CARD, "user_id": 77, "phone_number": "02"}, "02", None),
    ],
)
def test_only_the_own_contact_is_vouched_for(
    contact: dict[str, Any], text: str, own_phone: str | None
) -> None:
    incoming = must_read(message=said(contact=contact))
    assert (incoming.text, incoming.own_phone) == (text, own_phone)
    assert [(a.kind, a.title) for a in incoming.attachments] == [("contact", "Анна")]


@pytest.mark.parametrize(
    ("text", "listing_ref"),
    [
        ("/start", None),
        ("/start car123", "car123"),
        ("/start Z94CT41DBKR123456", "Z94CT41DBKR123456"),
        ("/help", None),
    ],
)
def test_opening_the_chat_by_a_link(text: str, listing_ref: str | None) -> None:
    incoming = must_read(message=said(text=text))
    assert (incoming.kind, incoming.listing_ref, incoming.text) == ("start", listing_ref, "")


@pytest.mark.parametrize(
    "text", ["/start a b", "/start " + "a" * 65, "/start ../etc", "/started", "/start🚗", "/help car1"]
)
def test_a_typed_start_is_text(text: str) -> None:
    assert must_read(message=said(text=text)).kind == "text"


def test_a_corrected_message_has_the_id_of_what_it_corrects() -> None:
    edit = must_read(edited_message=said(text="8 916 123-45-68", edit_date=int(NOON.timestamp())))
    assert (edit.kind, edit.message_id, edit.text) == ("edit", "9", "8 916 123-45-68")


def test_a_press_has_the_key_and_the_title_of_its_button() -> None:
    rows = [[{"text": "Белый", "callback_data": "7.0"}], [{"text": "Чёрный", "callback_data": "7.1"}]]
    message = said(**{"from": BOT}, text="Который?", reply_markup={"inline_keyboard": rows})
    press = must_read(callback_query=_query(message=message, data="7.1"))
    assert (press.kind, press.button, press.text, press.chat_id) == ("button", "7.1", "Чёрный", "77")


def test_a_press_on_a_message_that_is_too_old_to_be_shown() -> None:
    message = {"chat": PRIVATE, "message_id": 4, "date": 0}
    press = must_read(callback_query=_query(message=message, data="7.1"))
    assert (press.kind, press.button, press.text) == ("button", "7.1", "")


@pytest.mark.parametrize(("status", "kind"), [("kicked", "blocked"), ("member", "unblocked")])
def test_blocking_and_unblocking(status: str, kind: str) -> None:
    incoming = must_read(my_chat_member=_membership(status, PRIVATE))
    assert (incoming.kind, incoming.chat_id) == (kind, "77")


def test_a_customer_of_a_business_account() -> None:
    incoming = must_read(business_message=said(text="Привет", business_connection_id="Qw:1"))
    assert (incoming.kind, incoming.chat_id) == ("text", "bQw:1:77")
    assert incoming.abilities is not None
    assert not incoming.abilities.contact_button
    assert Chat.parse(incoming.chat_id) == Chat(77, "Qw:1")


def test_the_owner_of_the_account_took_over() -> None:
    typed = said(**{"from": OWNER}, text="Я отвечу", business_connection_id="Qw")
    incoming = must_read(business_message=typed)
    assert (incoming.kind, incoming.chat_id, incoming.name) == ("staff", "bQw:77", "Анна <b>Ли</b>")


def test_a_correction_in_a_business_chat() -> None:
    edit = must_read(edited_business_message=said(text="Пока", business_connection_id="Qw"))
    assert (edit.kind, edit.chat_id) == ("edit", "bQw:77")


def _query(**fields: Any) -> dict[str, Any]:
    return {"id": "1", "from": ANNA, "chat_instance": "1"} | fields


def _membership(status: str, chat: dict[str, Any]) -> dict[str, Any]:
    return {
        "chat": chat,
        "from": ANNA,
        "date": int(NOON.timestamp()),
        "old_chat_member": {"status": "left", "user": BOT},
        "new_chat_member": {"status": status, "user": BOT, "until_date": 0},
    }


GROUP = {"id": -100, "type": "supergroup", "title": "Отдел"}
BUSINESS = {"business_connection_id": "Qw"}


@pytest.mark.parametrize(
    "update",
    [
        {"message": said(chat=GROUP, text="всем привет")},
        {"edited_message": said(chat=GROUP, text="всем привет")},
        {"callback_query": _query(message=said(chat=GROUP), data="7.0")},
        {"callback_query": _query(inline_message_id="1", data="7.0")},
        {"callback_query": _query(message=said(), game_short_name="chess")},
        {"my_chat_member": _membership("kicked", GROUP)},
        {"my_chat_member": _membership("left", PRIVATE)},
        {"message": said(**{"from": BOT}, text="я тоже бот")},
        {"channel_post": said(chat={"id": -1, "type": "channel", "title": "Новости"}, text="скидки")},
        {"message": said(pinned_message=said(text="важное"))},
        {"message": said(message_auto_delete_timer_changed={"message_auto_delete_time": 60})},
        {"edited_message": said(location={"latitude": 55.7, "longitude": 37.5, "live_period": 60})},
        {"business_message": said(**{"from": OWNER}, **BUSINESS, sender_business_bot=BOT, text="ответ бота")},
        {"business_message": said(**{"from": OWNER}, **BUSINESS, is_from_offline=True, text="Мы закрыты")},
        {"edited_business_message": said(**{"from": OWNER}, **BUSINESS, text="поправка")},
        {
            "deleted_business_messages": {
                "business_connection_id": "Qw",
                "chat": PRIVATE,
                "message_ids": [1],
            }
        },
        {"from_the_future": {"text": "?"}},
    ],
)
def test_what_is_nobodys_word_to_us(update: dict[str, Any]) -> None:
    assert read(**update) is None


@pytest.mark.parametrize("number", ["", "abc", "+", "1" * 40, "112"])
def test_no_phone(number: str) -> None:
    assert international(number) is None


@pytest.mark.parametrize("chat", [Chat(77), Chat(77, "Qw"), Chat(77, "b:1")])
def test_a_chat_is_read_as_it_was_written(chat: Chat) -> None:
    assert Chat.parse(str(chat)) == chat
