"""Telegram → inbox: what an update means. Pure: nothing is asked, stored or sent."""

import datetime as dt
import re
from collections.abc import Callable
from functools import partial
from typing import Literal

from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update
from aiogram.types import Chat as ChatOfTelegram

from bot.channels.base import Incoming, IncomingKind
from bot.channels.telegram.chats import CHANNEL, Chat
from bot.channels.telegram.content import read_content
from bot.contract import Abilities

ABILITIES = Abilities(buttons=True, albums=True, contact_button=True)
# Telegram has no reply keyboards there.
BUSINESS_ABILITIES = Abilities(buttons=True, albums=True, contact_button=False)

# What Telegram is asked to tell us.
UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "business_connection",
    "business_message",
    "edited_business_message",
)

_MEMBERSHIP: dict[str, IncomingKind] = {
    ChatMemberStatus.KICKED: "blocked",
    ChatMemberStatus.MEMBER: "unblocked",
}
# The greeting says what the bot can do, so it is the help too.
_START = re.compile(r"/(?:help|start(?:\s+(?P<ref>[A-Za-z0-9_-]{1,64}))?)\s*")

Envelope = Callable[..., Incoming]


def read_update(update: Update, account: str, now: dt.datetime) -> Incoming | None:
    """None for what is nobody's word to us: groups, other bots, notices, our own messages."""
    envelope = partial(Incoming, channel=CHANNEL, account=account, update_id=str(update.update_id))
    if said := update.message or update.business_message:
        return _read_message(said, envelope)
    if edited := update.edited_message or update.edited_business_message:
        return _read_edit(edited, envelope)
    if update.callback_query:
        return _read_press(update.callback_query, envelope, now)
    if update.my_chat_member:
        return _read_membership(update.my_chat_member, envelope)
    return None


def _read_message(message: Message, envelope: Envelope) -> Incoming | None:
    match _author(message):
        case "customer":
            start = _START.fullmatch(message.text or "")
            return _said(message, envelope, "text") if start is None else _start(message, envelope, start)
        case "staff":
            return _said(message, envelope, "staff")
        case None:
            return None


def _read_edit(message: Message, envelope: Envelope) -> Incoming | None:
    # A place that is shared live is «edited» with every step of the customer.
    if _author(message) != "customer" or message.location:
        return None
    return _said(message, envelope, "edit")


def _author(message: Message) -> Literal["customer", "staff"] | None:
    """In a private chat the chat has the customer's id; who else writes there owns the business account."""
    sender = message.from_user
    if message.chat.type != ChatType.PRIVATE or sender is None or sender.is_bot:
        return None
    # Ours, come back through the business account; or sent by a machine: greetings, away messages.
    if message.sender_business_bot or message.is_from_offline:
        return None
    if sender.id == message.chat.id:
        return "customer"
    return "staff" if message.business_connection_id else None


def _said(message: Message, envelope: Envelope, kind: IncomingKind) -> Incoming | None:
    content = read_content(message)
    if content is None:
        return None
    quoted = message.reply_to_message
    return envelope(
        kind=kind,
        text=content.text,
        attachments=content.attachments,
        own_phone=content.own_phone,
        reply_to=str(quoted.message_id) if quoted else None,
        **_letterhead(message),
    )


def _start(message: Message, envelope: Envelope, start: re.Match[str]) -> Incoming:
    return envelope(kind="start", listing_ref=start["ref"], **_letterhead(message))


def _letterhead(message: Message) -> dict[str, object]:
    business = message.business_connection_id
    return {
        "chat_id": str(Chat(message.chat.id, business)),
        "message_id": str(message.message_id),
        "name": _name(message.chat),
        "abilities": BUSINESS_ABILITIES if business else None,
        "sent_at": message.date,
    }


def _read_press(query: CallbackQuery, envelope: Envelope, now: dt.datetime) -> Incoming | None:
    message = query.message
    if message is None or message.chat.type != ChatType.PRIVATE or not query.data:
        return None
    business = message.business_connection_id if isinstance(message, Message) else None
    return envelope(
        kind="button",
        button=query.data,
        text=_title(query),
        chat_id=str(Chat(message.chat.id, business)),
        name=_name(message.chat),
        abilities=BUSINESS_ABILITIES if business else None,
        sent_at=now,  # Telegram does not tell when it was pressed
    )


def _title(query: CallbackQuery) -> str:
    """Empty when the message is too old to be shown to the bot."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    buttons = (button for row in markup.inline_keyboard for button in row) if markup else ()
    return next((button.text for button in buttons if button.callback_data == query.data), "")


def _read_membership(change: ChatMemberUpdated, envelope: Envelope) -> Incoming | None:
    kind = _MEMBERSHIP.get(change.new_chat_member.status)
    if change.chat.type != ChatType.PRIVATE or kind is None:
        return None
    return envelope(
        kind=kind, chat_id=str(Chat(change.chat.id)), name=_name(change.chat), sent_at=change.date
    )


def _name(chat: ChatOfTelegram) -> str | None:
    return " ".join(filter(None, (chat.first_name, chat.last_name))) or None
