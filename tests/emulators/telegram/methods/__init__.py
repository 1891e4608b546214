"""The methods that the emulator carries out."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.methods import (
    AnswerCallbackQuery,
    CopyMessage,
    DeleteMessage,
    DeleteWebhook,
    EditMessageReplyMarkup,
    EditMessageText,
    GetBusinessConnection,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SendChatAction,
    SendDocument,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendVideo,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.methods import changing, receiving, sending

Handler = Callable[[Account, Any], Awaitable[object]]

HANDLERS: dict[type[TelegramMethod[Any]], Handler] = {
    AnswerCallbackQuery: changing.answer_callback_query,
    CopyMessage: sending.copy_message,
    DeleteMessage: changing.delete_message,
    DeleteWebhook: receiving.delete_webhook,
    EditMessageReplyMarkup: changing.edit_message_reply_markup,
    EditMessageText: changing.edit_message_text,
    GetBusinessConnection: receiving.get_business_connection,
    GetFile: receiving.get_file,
    GetMe: receiving.get_me,
    GetUpdates: receiving.get_updates,
    GetWebhookInfo: receiving.get_webhook_info,
    SendChatAction: sending.send_chat_action,
    SendDocument: sending.send_document,
    SendMediaGroup: sending.send_media_group,
    SendMessage: sending.send_message,
    SendPhoto: sending.send_photo,
    SendVideo: sending.send_video,
    SetMyCommands: receiving.set_my_commands,
    SetWebhook: receiving.set_webhook,
}
