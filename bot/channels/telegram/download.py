"""The bytes of files that were sent in Telegram."""

from collections.abc import AsyncGenerator

import aiohttp
from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramBadRequest

from bot.channels.files import TOO_BIG, FileUnavailable, Opened
from bot.channels.telegram.client import as_delivery_error
from bot.errors import DeliveryDelayed

SCHEME = "telegram"

_PIECE = 1 << 16
# Seconds for one whole file. It comes as fast as its reader takes it, on a phone with little signal too.
_PATIENCE = 300


class Downloads:
    """The keeper of the files whose ids the bot knows."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def open(self, ref: str) -> Opened:
        try:
            file = await self._bot.get_file(ref)
        except TelegramBadRequest as error:
            raise FileUnavailable(_reason(error)) from error
        except (TelegramAPIError, ClientDecodeError) as error:
            raise as_delivery_error(error) from error
        if not file.file_path:
            raise FileUnavailable("Telegram не отдаёт файл")
        return Opened(file.file_size, self._pieces(file.file_path))

    async def _pieces(self, path: str) -> AsyncGenerator[bytes, None]:
        url = self._bot.session.api.file_url(self._bot.token, path)
        try:
            stream = self._bot.session.stream_content(url, timeout=_PATIENCE, chunk_size=_PIECE)
            async for piece in stream:
                yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            # Without its words: they hold the address, and that the token.
            raise DeliveryDelayed(f"файл не скачивается из Telegram: {type(error).__name__}") from None


def _reason(error: TelegramBadRequest) -> str:
    return TOO_BIG if "too big" in error.message else "Telegram больше не хранит этот файл"
