"""Another text in a message that the customer has already."""

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import LinkPreviewOptions

from bot.channels.telegram.chats import Chat
from bot.channels.telegram.parts import CAPTION_LIMIT
from bot.channels.text import split_text
from bot.errors import DeliveryError

_SAME = "message is not modified"
_HOLDS_FILE = "there is no text in the message"
_GONE = ("message to edit not found", "message can't be edited")


async def change_text(bot: Bot, chat: Chat, message_id: int, text: str, preview: LinkPreviewOptions) -> None:
    """The text of a message, or the caption of its file. Raises TelegramAPIError or DeliveryError."""
    try:
        if text and not await _is_caption(bot, chat, message_id, text, preview):
            return
        await _change_caption(bot, chat, message_id, text)
    except TelegramBadRequest as error:
        if _SAME in error.message:
            return
        if any(words in error.message for words in _GONE):
            raise DeliveryError("клиент удалил это сообщение, или его уже нельзя исправить") from error
        raise


async def _is_caption(bot: Bot, chat: Chat, message_id: int, text: str, preview: LinkPreviewOptions) -> bool:
    """False when the message was a text and says `text` now."""
    try:
        await bot.edit_message_text(
            text,
            chat_id=chat.id,
            message_id=message_id,
            business_connection_id=chat.connection,
            link_preview_options=preview,
        )
    except TelegramBadRequest as error:
        if _HOLDS_FILE not in error.message:
            raise
        return True
    return False


async def _change_caption(bot: Bot, chat: Chat, message_id: int, caption: str) -> None:
    if len(split_text(caption, CAPTION_LIMIT)) > 1:
        raise DeliveryError(f"подпись под файлом не бывает длиннее {CAPTION_LIMIT} знаков")
    await bot.edit_message_caption(
        chat_id=chat.id,
        message_id=message_id,
        business_connection_id=chat.connection,
        caption=caption or None,
    )
