"""Files that a person of the dealership sends: Telegram has them, so their ids are enough."""

import re
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendDocument, SendPhoto, SendSticker, SendVideo, SendVideoNote, SendVoice
from aiogram.types import (
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MediaUnion,
    Message,
    ReplyParameters,
)

from bot.channels.base import File, FileKind
from bot.channels.telegram.chats import Chat
from bot.channels.telegram.download import SCHEME
from bot.errors import DeliveryError

_Single = SendPhoto | SendVideo | SendVoice | SendVideoNote | SendDocument | SendSticker

# Each takes the file under the name of its kind.
_SINGLES: dict[FileKind, type[_Single]] = {
    "photo": SendPhoto,
    "video": SendVideo,
    "voice": SendVoice,
    "video_note": SendVideoNote,
    "document": SendDocument,
    "sticker": SendSticker,
}
_ITEMS: dict[FileKind, type[InputMediaPhoto | InputMediaVideo | InputMediaDocument]] = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "document": InputMediaDocument,
}

# A setting of Telegram Premium, for both kinds.
_NO_VOICE = re.compile("VOICE_MESSAGES_FORBIDDEN|restricted receiving", re.IGNORECASE)


async def send_files(
    bot: Bot, chat: Chat, files: Sequence[File], caption: str, quote: ReplyParameters | None
) -> list[Message]:
    """One file, or several that are one album. Raises TelegramAPIError or DeliveryError."""
    common: dict[str, Any] = {
        "chat_id": chat.id,
        "business_connection_id": chat.connection,
        "reply_parameters": quote,
    }
    try:
        if len(files) > 1:
            return await bot.send_media_group(media=_album(files, caption), **common)
        return [await bot(_single(files[0], caption, common))]
    except TelegramBadRequest as error:
        if _NO_VOICE.search(error.message):
            raise DeliveryError("клиент не принимает голосовые и видеосообщения: ответьте текстом") from error
        raise


def _single(file: File, caption: str, common: dict[str, Any]) -> _Single:
    said = {"caption": caption} if caption else {}
    return _SINGLES[file.kind].model_validate({file.kind: _file_id(file)} | said | common)


def _album(files: Sequence[File], caption: str) -> list[MediaUnion]:
    return [
        _ITEMS[file.kind](media=_file_id(file), caption=None if number else caption or None)
        for number, file in enumerate(files)
    ]


def _file_id(file: File) -> str:
    scheme, _, file_id = file.source.partition(":")
    if scheme != SCHEME:
        raise DeliveryError("файл прислан не из Telegram: отправить его сюда пока нельзя")
    return file_id
