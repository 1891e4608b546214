"""Another text in a message that the customer has already."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import LinkPreviewOptions

from bot.channels.telegram.chats import Chat
from bot.channels.telegram.parts import CAPTION_LIMIT
from bot.channels.text import split_text
from bot.errors import DeliveryError

_SAME = "message is not modified"
_OTHERWISE = re.compile("there is no (text|caption) in the message")
_GONE = re.compile("message to edit not found|message can't be edited")


@dataclass(frozen=True)
class Correcting:
    bot: Bot
    chat: Chat
    message_id: int
    preview: LinkPreviewOptions

    async def say(self, text: str, *, caption: bool) -> None:
        """`caption`: as it seems, the text was under a file; Telegram knows better.

        Raises TelegramAPIError or DeliveryError.
        """
        first, second = (self._under_file, self._text) if caption else (self._text, self._under_file)
        try:
            if not await _fits(first, text):
                await second(text)
        except TelegramBadRequest as error:
            if _SAME in error.message:
                return
            if _GONE.search(error.message):
                raise DeliveryError("клиент удалил это сообщение, или его уже нельзя исправить") from error
            raise

    async def _text(self, text: str) -> None:
        await self.bot.edit_message_text(
            text,
            chat_id=self.chat.id,
            message_id=self.message_id,
            business_connection_id=self.chat.connection,
            link_preview_options=self.preview,
        )

    async def _under_file(self, text: str) -> None:
        if len(split_text(text, CAPTION_LIMIT)) > 1:
            raise DeliveryError(f"подпись под файлом не бывает длиннее {CAPTION_LIMIT} знаков")
        await self.bot.edit_message_caption(
            chat_id=self.chat.id,
            message_id=self.message_id,
            business_connection_id=self.chat.connection,
            caption=text or None,
        )


async def _fits(change: Callable[[str], Awaitable[None]], text: str) -> bool:
    """False when the message is of the other kind."""
    try:
        await change(text)
    except TelegramBadRequest as error:
        if not _OTHERWISE.search(error.message):
            raise
        return False
    return True
