"""The limits of messages and keyboards (core.telegram.org/bots/api), with the server's own words."""

from collections.abc import Sequence

from aiogram.client.default import Default
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyMarkupUnion,
)

from tests.emulators.telegram.chat import Chat, PrivateChat
from tests.emulators.telegram.errors import BadRequest
from tests.emulators.telegram.markup import read_html, utf16_length

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_DATA_LIMIT = 64  # bytes
CALLBACK_ANSWER_LIMIT = 200
BUTTONS_LIMIT = 100
ROW_LIMIT = 8
# What an inline button may do: exactly one of these.
_DEEDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)

Formatted = tuple[str, list[MessageEntity] | None]


def check_text(
    source: str, parse_mode: str | Default | None, entities: list[MessageEntity] | None
) -> Formatted:
    text, found = _formatted(source, parse_mode, entities)
    if not text:
        raise BadRequest("message text is empty")
    # Counted in UTF-16 units, the stricter reading of «characters».
    if utf16_length(text) > TEXT_LIMIT:
        raise BadRequest("message is too long")
    return text, found


def check_caption(
    source: str | None, parse_mode: str | Default | None, entities: list[MessageEntity] | None
) -> tuple[str | None, list[MessageEntity] | None]:
    if source is None:
        return None, None
    caption, found = _formatted(source, parse_mode, entities)
    if utf16_length(caption) > CAPTION_LIMIT:
        raise BadRequest("message caption is too long")
    return caption or None, found


def check_markup(markup: ReplyMarkupUnion | None, chat: Chat) -> None:
    if isinstance(markup, InlineKeyboardMarkup):
        _check_shape(markup.inline_keyboard)
        for inline in _buttons(markup.inline_keyboard):
            _check_inline_button(inline)
    elif isinstance(markup, ReplyKeyboardMarkup):
        if not markup.keyboard:
            raise BadRequest("reply keyboard must be non-empty")
        _check_shape(markup.keyboard)
        for button in _buttons(markup.keyboard):
            _check_reply_button(button)
            if button.request_contact and not isinstance(chat, PrivateChat):
                raise BadRequest("phone number can be requested in private chats only")
    if (
        isinstance(chat, PrivateChat)
        and chat.connection
        and markup is not None
        and not isinstance(markup, InlineKeyboardMarkup)
    ):
        raise BadRequest("reply keyboards can't be used in business chats")


def _formatted(
    source: str, parse_mode: str | Default | None, entities: list[MessageEntity] | None
) -> Formatted:
    if isinstance(parse_mode, Default) or parse_mode is None:
        # Offsets would shift if the beginning were cut, so with entities only the end is.
        return (source.rstrip() if entities else source.strip()), entities
    if parse_mode.lower() == "html":
        text, found = read_html(source)
        return text.rstrip(), found or None
    # Markdown is right for Telegram, but nobody in this project may use it: names hold «_» and «*».
    raise BadRequest("unsupported parse_mode")


def _check_shape(rows: Sequence[Sequence[InlineKeyboardButton | KeyboardButton]]) -> None:
    if any(not row for row in rows):
        raise BadRequest("keyboard row must be non-empty")
    if any(len(row) > ROW_LIMIT for row in rows) or sum(map(len, rows)) > BUTTONS_LIMIT:
        raise BadRequest("reply markup is too long")


def _buttons[Button](rows: Sequence[Sequence[Button]]) -> list[Button]:
    return [button for row in rows for button in row]


def _check_inline_button(button: InlineKeyboardButton) -> None:
    if not button.text.strip():
        raise BadRequest('can\'t parse inline keyboard button: Field "text" must be non-empty')
    deeds = [deed for deed in _DEEDS if getattr(button, deed) is not None]
    if not deeds:
        raise BadRequest(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(deeds) > 1:
        raise BadRequest("can't parse inline keyboard button: exactly one optional field must be used")
    if deeds == ["callback_data"]:
        _check_callback_data(button.callback_data or "")
    if button.url is not None and not button.url.startswith(("http://", "https://", "tg://")):
        raise BadRequest(f"inline keyboard button URL '{button.url}' is invalid: Unsupported URL protocol")


def _check_callback_data(data: str) -> None:
    if not 1 <= len(data.encode()) <= CALLBACK_DATA_LIMIT:
        raise BadRequest("BUTTON_DATA_INVALID")


def _check_reply_button(button: KeyboardButton) -> None:
    if not button.text.strip():
        raise BadRequest('can\'t parse keyboard button: Field "text" must be non-empty')
    asked = [button.request_contact, button.request_location, button.request_poll, button.web_app]
    if sum(map(bool, asked)) > 1:
        raise BadRequest("can't parse keyboard button: exactly one optional field must be used")
