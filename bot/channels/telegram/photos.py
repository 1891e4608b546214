"""Pictures to Telegram: by the id of an earlier upload, else by address, else by their bytes.

Telegram often fails to fetch from the servers of dealers and classifieds, so what it refuses is read here
and uploaded. A picture that cannot be read either is left out: it costs neither the others nor the text.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, InputMediaPhoto, MediaUnion, Message
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.pictures import OWN, PictureUnavailable
from bot.channels.telegram.chats import CHANNEL, Chat
from bot.channels.uploads import Uploads

# Telegram's words for a picture that it could not take, whichever way it was given.
_ABOUT_PICTURE = re.compile(
    r"failed to send message #|file identifier|file_id|http url|web ?page|image_process|photo_|media_"
    r"|group send failed|wrong type|file of (size|type)|file must be",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"message #(\d+)")

log = logging.getLogger(__name__)

Read = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True)
class Picture:
    url: str  # how the stock knows it
    media: str | BufferedInputFile

    @property
    def uploaded(self) -> bool:
        return isinstance(self.media, BufferedInputFile)


class Photos:
    """`read` gives the bytes of a picture's address or raises PictureUnavailable."""

    def __init__(self, bot: Bot, uploads: Uploads, read: Read) -> None:
        self._bot = bot
        self._uploads = uploads
        self._read = read

    async def send(
        self,
        chat: Chat,
        urls: Sequence[str],
        caption: str = "",
        markup: InlineKeyboardMarkup | None = None,
    ) -> list[Message]:
        """Up to ten pictures as one album, `markup` under a single one. Empty when none could be sent."""
        pictures = await self._given(urls)
        while pictures:
            try:
                sent = await self._post(chat, pictures, caption, markup)
            except (TelegramBadRequest, TelegramEntityTooLarge) as error:
                if not _is_about_a_picture(error):
                    raise
                pictures = await self._mended(pictures, error)
            else:
                await self._remember(pictures, sent)
                return sent
        return []

    async def _given(self, urls: Sequence[str]) -> list[Picture]:
        """As they are tried first."""
        known = await self._uploads.known(urls)
        return await _present(self._give(url, known.get(url)) for url in dict.fromkeys(urls))

    async def _give(self, url: str, file_id: str | None) -> Picture | None:
        if file_id is None and url.startswith(OWN):
            return await self._upload(url)
        return Picture(url, file_id or url)

    async def _upload(self, url: str) -> Picture | None:
        try:
            data = await self._read(url)
        except PictureUnavailable as error:
            log.warning("picture left out", extra={"channel": CHANNEL, "reason": str(error)})
            return None
        return Picture(url, BufferedInputFile(data, filename="car.jpg"))

    async def _mended(self, pictures: Sequence[Picture], error: TelegramAPIError) -> list[Picture]:
        """Those that Telegram refused are uploaded; refused as uploads, they are left out."""
        broken = _refused(pictures, error)
        await self._uploads.forget(picture.url for picture in broken)
        return await _present(self._mend(picture, picture in broken) for picture in pictures)

    async def _mend(self, picture: Picture, broken: bool) -> Picture | None:
        if not broken:
            return picture
        return None if picture.uploaded else await self._upload(picture.url)

    async def _post(
        self, chat: Chat, pictures: Sequence[Picture], caption: str, markup: InlineKeyboardMarkup | None
    ) -> list[Message]:
        if len(pictures) == 1:
            sent = await self._bot.send_photo(
                chat.id,
                pictures[0].media,
                business_connection_id=chat.connection,
                caption=caption or None,
                reply_markup=markup,
            )
            return [sent]
        album: list[MediaUnion] = [
            InputMediaPhoto(media=picture.media, caption=None if number else caption or None)
            for number, picture in enumerate(pictures)
        ]
        return await self._bot.send_media_group(chat.id, album, business_connection_id=chat.connection)

    async def _remember(self, pictures: Sequence[Picture], sent: Sequence[Message]) -> None:
        refs = {p.url: m.photo[-1].file_id for p, m in zip(pictures, sent, strict=False) if m.photo}
        try:
            await self._uploads.remember(refs)
        except (SQLAlchemyError, OSError):
            # The customer has the pictures: sending them again would be worse than uploading them again.
            log.exception("uploads not remembered", extra={"channel": CHANNEL})


async def _present(pictures: Iterable[Awaitable[Picture | None]]) -> list[Picture]:
    return [picture for picture in await asyncio.gather(*pictures) if picture is not None]


def _is_about_a_picture(error: TelegramAPIError) -> bool:
    return isinstance(error, TelegramEntityTooLarge) or bool(_ABOUT_PICTURE.search(error.message))


def _refused(pictures: Sequence[Picture], error: TelegramAPIError) -> Sequence[Picture]:
    """The one that Telegram names, or any of them."""
    number = _NUMBER.search(error.message)
    named = pictures[int(number[1]) - 1 : int(number[1])] if number else ()
    return named or pictures
