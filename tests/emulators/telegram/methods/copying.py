"""Methods that send again what is in a chat already."""

import aiogram.types as tg
from aiogram.methods import CopyMessage, ForwardMessage
from aiogram.types import ChatIdUnion, Message, MessageId

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.checks import check_caption
from tests.emulators.telegram.content import Content
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.methods.access import chat_to_write
from tests.emulators.telegram.methods.delivery import deliver

# What belongs to the place of the original and not to its content.
_PLACE: Content = dict.fromkeys(
    (
        "sender_chat",
        "sender_business_bot",
        "business_connection_id",
        "message_thread_id",
        "is_topic_message",
        "reply_to_message",
        "reply_markup",
        "media_group_id",
        "edit_date",
    )
)
_CONTENT = (
    "text",
    "photo",
    "video",
    "document",
    "voice",
    "video_note",
    "sticker",
    "location",
    "contact",
)


async def copy_message(account: Account, call: CopyMessage) -> MessageId:
    chat = chat_to_write(account, call.chat_id)
    original = _original(account, call.from_chat_id, call.message_id)
    if original is None:
        raise Unlucky("message to copy not found")
    if not _has_content(original):
        raise BadRequest("the message can't be copied")
    content: Content = {**_PLACE, "forward_origin": None}
    if call.caption is not None:
        content["caption"], content["caption_entities"] = check_caption(
            call.caption, call.parse_mode, call.caption_entities
        )
    copy = deliver(account, chat, call, [content], call.reply_markup, original)[0]
    return MessageId(message_id=copy.message_id)


async def forward_message(account: Account, call: ForwardMessage) -> Message:
    chat = chat_to_write(account, call.chat_id)
    original = _original(account, call.from_chat_id, call.message_id)
    if original is None:
        raise Unlucky("message to forward not found")
    if not _has_content(original):
        raise BadRequest("the message can't be forwarded")
    content: Content = {**_PLACE, "forward_origin": _origin(original)}
    return deliver(account, chat, call, [content], None, original)[0]


def _original(account: Account, chat_id: ChatIdUnion, message_id: int) -> Message | None:
    chat = account.any_chat(chat_id) if isinstance(chat_id, int) else None
    return chat.messages.get(message_id) if chat else None


def _has_content(message: Message) -> bool:
    """The server's notices have none."""
    return any(getattr(message, name) is not None for name in _CONTENT)


def _origin(message: Message) -> tg.MessageOriginUser | tg.MessageOriginChat:
    if message.sender_chat:
        return tg.MessageOriginChat(date=message.date, sender_chat=message.sender_chat)
    if message.from_user is None:
        raise LookupError("every message of the emulator has its author")
    return tg.MessageOriginUser(date=message.date, sender_user=message.from_user)
