"""Methods that change what was sent, and answers to pressed buttons."""

from datetime import timedelta

from aiogram.methods import AnswerCallbackQuery, DeleteMessage, EditMessageReplyMarkup, EditMessageText
from aiogram.types import InlineKeyboardMarkup, Message

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat
from tests.emulators.telegram.checks import CALLBACK_ANSWER_LIMIT, check_markup, check_text
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.methods.sending import chat_to_write

DELETE_WINDOW = timedelta(hours=48)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(account: Account, call: EditMessageText) -> Message:
    chat, message = _message_to_edit(account, call)
    if message.text is None:
        raise BadRequest("there is no text in the message to edit")
    text, entities = check_text(call.text or "", call.parse_mode, call.entities)
    return _change(chat, message, call.reply_markup, text=text, entities=entities)


async def edit_message_reply_markup(account: Account, call: EditMessageReplyMarkup) -> Message:
    chat, message = _message_to_edit(account, call)
    return _change(chat, message, call.reply_markup)


async def delete_message(account: Account, call: DeleteMessage) -> bool:
    chat = chat_to_write(account, call.chat_id, None)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise Unlucky("message to delete not found")
    if account.clock.now() - message.date > DELETE_WINDOW:
        raise Unlucky("message can't be deleted")
    chat.delete(call.message_id)
    return True


async def answer_callback_query(account: Account, call: AnswerCallbackQuery) -> bool:
    if call.callback_query_id not in account.callback_queries:
        raise BadRequest("query is too old and response timeout expired or query ID is invalid")
    if call.text and len(call.text) > CALLBACK_ANSWER_LIMIT:
        raise BadRequest("MESSAGE_TOO_LONG")
    account.answered[call.callback_query_id] = call.text
    return True


def _message_to_edit(
    account: Account, call: EditMessageText | EditMessageReplyMarkup
) -> tuple[Chat, Message]:
    if call.chat_id is None or call.message_id is None:
        raise BadRequest("message identifier is not specified")
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise Unlucky("message to edit not found")
    if chat.view_of(message.message_id) is None:
        raise BadRequest("message can't be edited")
    return chat, message


def _change(chat: Chat, message: Message, markup: InlineKeyboardMarkup | None, **content: object) -> Message:
    """Without a markup the old inline keyboard goes, as in the real server."""
    check_markup(markup, chat)
    changed = message.model_copy(update={**content, "reply_markup": markup})
    if changed == message:
        raise Unlucky(NOT_MODIFIED)
    chat.replace(changed)
    return changed
