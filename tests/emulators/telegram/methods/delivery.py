"""How a message of the bot gets into its chat, whatever it holds."""

from collections.abc import Sequence

from aiogram.methods import (
    CopyMessage,
    ForwardMessage,
    SendContact,
    SendDocument,
    SendLocation,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
)
from aiogram.types import InlineKeyboardMarkup, Message, ReplyMarkupUnion, ReplyParameters

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat, Received
from tests.emulators.telegram.checks import check_markup
from tests.emulators.telegram.content import Content
from tests.emulators.telegram.errors import TooManyRequests, Unlucky
from tests.emulators.telegram.forum import GroupChat

SendFile = SendPhoto | SendVideo | SendDocument | SendVoice | SendVideoNote | SendSticker
Sending = SendMessage | SendFile | SendMediaGroup | SendLocation | SendContact | CopyMessage | ForwardMessage


def deliver(
    account: Account,
    chat: Chat,
    call: Sending,
    contents: Sequence[Content],
    markup: ReplyMarkupUnion | None = None,
    original: Message | None = None,
) -> list[Message]:
    """Messages of one album, or one; `original` is what a copy is made of."""
    check_markup(markup, chat)
    place = chat.place(call.message_thread_id, _answered(chat, getattr(call, "reply_parameters", None)))
    admit(account, chat, call.__api_method__, len(contents))
    frame = {
        "date": account.clock.second(),
        "chat": chat.as_telegram(),
        **chat.signature(account.me),
        **place,
    }
    if isinstance(markup, InlineKeyboardMarkup):
        frame["reply_markup"] = markup
    base = dict(original) if original else {}
    messages = [Message(**{**base, **each, **frame, "message_id": next(chat.ids)}) for each in contents]
    received = Received(messages, account.clock.now(), markup)
    chat.receive(received)
    account.sent.append((chat, received))
    return messages


def admit(account: Account, chat: Chat, method: str, messages: int) -> None:
    """The limits are met by whole calls: an album goes or waits as one."""
    account.flood.admit(chat.key, messages)
    if not isinstance(chat, GroupChat):
        return
    try:
        account.group_limit.admit(chat.id, messages)
    except TooManyRequests:
        chat.refused.append(method)
        raise


def _answered(chat: Chat, reply: ReplyParameters | None) -> Message | None:
    if reply is None or reply.message_id is None:
        return None
    message = chat.messages.get(reply.message_id)
    if message is None and reply.allow_sending_without_reply is not True:
        raise Unlucky("message to be replied not found")
    return message
