"""Methods that put messages into a chat."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import aiogram.types as tg
from aiogram.methods import (
    CopyMessage,
    SendChatAction,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
)
from aiogram.types import ChatIdUnion, InlineKeyboardMarkup, Message, MessageId, ReplyMarkupUnion

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat, Received
from tests.emulators.telegram.checks import check_caption, check_markup, check_text
from tests.emulators.telegram.content import Content, as_content
from tests.emulators.telegram.errors import BadRequest, Blocked, Unlucky
from tests.emulators.telegram.files import Kind

BUSINESS_WINDOW = timedelta(hours=24)
ALBUM_LIMITS = range(2, 11)
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_KINDS = {"photo": Kind.PHOTO, "video": Kind.VIDEO, "document": Kind.DOCUMENT}

Sending = SendMessage | SendPhoto | SendVideo | SendDocument | SendMediaGroup | CopyMessage


async def send_message(account: Account, call: SendMessage) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    text, entities = check_text(call.text, call.parse_mode, call.entities)
    return _send(account, chat, call, [{"text": text, "entities": entities}], call.reply_markup)[0]


async def send_photo(account: Account, call: SendPhoto) -> Message:
    return await _send_file(account, call, "photo")


async def send_video(account: Account, call: SendVideo) -> Message:
    return await _send_file(account, call, "video")


async def send_document(account: Account, call: SendDocument) -> Message:
    return await _send_file(account, call, "document")


async def send_media_group(account: Account, call: SendMediaGroup) -> list[Message]:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    _check_album(call)
    group = secrets.token_hex(8)
    contents = [
        {**await _album_item(account, number, item), "media_group_id": group}
        for number, item in enumerate(call.media, start=1)
    ]
    return _send(account, chat, call, contents, None)


async def copy_message(account: Account, call: CopyMessage) -> MessageId:
    chat = chat_to_write(account, call.chat_id, None)
    source = account.chat(int(call.from_chat_id)) if isinstance(call.from_chat_id, int) else None
    original = source.messages.get(call.message_id) if source else None
    if original is None:
        raise Unlucky("message to copy not found")
    content: Content = {"reply_to_message": None, "reply_markup": None, "media_group_id": None}
    if call.caption is not None:
        content["caption"], content["caption_entities"] = check_caption(
            call.caption, call.parse_mode, call.caption_entities
        )
    copy = _send(account, chat, call, [content], call.reply_markup, original)[0]
    return MessageId(message_id=copy.message_id)


async def send_chat_action(account: Account, call: SendChatAction) -> bool:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    if call.action not in ACTIONS:
        raise BadRequest("wrong parameter action in request")
    chat.actions.append(call.action)
    return True


def chat_to_write(account: Account, chat_id: ChatIdUnion, connection_id: str | None) -> Chat:
    """A chat whose customer wrote to the bot, or to a business account that lets the bot reply."""
    _check_connection(account, connection_id)
    chat = account.chat(chat_id, connection_id) if isinstance(chat_id, int) else None
    if chat is None or not chat.known:
        raise BadRequest("chat not found")
    if chat.blocked:
        raise Blocked
    if connection_id and not _wrote_lately(account, chat):
        raise Unlucky("BUSINESS_PEER_USAGE_MISSING")
    return chat


def _check_connection(account: Account, connection_id: str | None) -> None:
    if connection_id is None:
        return
    connection = account.connections.get(connection_id)
    if connection is None:
        raise BadRequest("business connection not found")
    if not (connection.enabled and connection.can_reply):
        raise Unlucky("BUSINESS_CONNECTION_NOT_ALLOWED")  # the owner may take the right away at any time


def _wrote_lately(account: Account, chat: Chat) -> bool:
    return chat.last_incoming is not None and account.clock.now() - chat.last_incoming < BUSINESS_WINDOW


async def _send_file(account: Account, call: SendPhoto | SendVideo | SendDocument, field: str) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    caption, entities = check_caption(call.caption, call.parse_mode, call.caption_entities)
    file = await account.files.take(_KINDS[field], getattr(call, field))
    content = {**as_content(file), "caption": caption, "caption_entities": entities}
    return _send(account, chat, call, [content], call.reply_markup)[0]


def _check_album(call: SendMediaGroup) -> None:
    if len(call.media) not in ALBUM_LIMITS:
        raise BadRequest("an album must have from 2 to 10 items")
    types = {str(item.type) for item in call.media}
    if not types <= set(_KINDS) or ("document" in types and len(types) > 1):
        raise BadRequest("can't use the media of the specified type in the album")


async def _album_item(account: Account, number: int, item: tg.MediaUnion) -> Content:
    caption, entities = check_caption(item.caption, item.parse_mode, item.caption_entities)
    try:
        file = await account.files.take(_KINDS[str(item.type)], item.media)
    except Unlucky as problem:
        reason = str(problem).removeprefix(f"{problem.prefix}: ")
        raise Unlucky(f'failed to send message #{number} with the error message "{reason}"') from problem
    return {**as_content(file), "caption": caption, "caption_entities": entities}


def _send(
    account: Account,
    chat: Chat,
    call: Sending,
    contents: Sequence[Content],
    markup: ReplyMarkupUnion | None,
    original: Message | None = None,
) -> list[Message]:
    check_markup(markup, chat)
    answered = _answered(chat, call)
    account.flood.admit(chat.key, len(contents))
    frame = _frame(account, chat) | ({"reply_to_message": answered} if answered else {})
    if isinstance(markup, InlineKeyboardMarkup):
        frame["reply_markup"] = markup
    base = dict(original) if original else {}
    messages = [
        Message(**{**base, **content, **frame, "message_id": account.next_message_id()})
        for content in contents
    ]
    received = Received(messages, account.clock.now(), markup)
    chat.receive(received)
    account.sent.append((chat, received))
    return messages


def _answered(chat: Chat, call: Sending) -> Message | None:
    reply = call.reply_parameters
    if reply is None or reply.message_id is None:
        return None
    message = chat.messages.get(reply.message_id)
    if message is None and reply.allow_sending_without_reply is not True:
        raise Unlucky("message to be replied not found")
    return message


def _frame(account: Account, chat: Chat) -> Content:
    frame: Content = {"date": account.clock.second(), "chat": chat.as_telegram(), "from_user": account.me}
    if chat.connection:
        frame |= {
            "from_user": chat.connection.owner,
            "sender_business_bot": account.me,
            "business_connection_id": chat.connection.id,
        }
    return frame
