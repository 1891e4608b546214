"""Somebody who writes messages of every kind."""

import secrets
from abc import ABC, abstractmethod
from typing import Any

import aiogram.types as tg
from aiogram.types import Message, MessageEntity

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.content import as_content
from tests.emulators.telegram.files import Kind, picture
from tests.emulators.telegram.markup import utf16_length


class Author(ABC):
    """`where` is what the author's own `writes` takes besides the content: a group's topic, say."""

    _account: Account

    @abstractmethod
    def writes(self, **content: Any) -> Message:
        """Any content of a message, by the fields of aiogram's Message."""

    def says(self, text: str, **where: Any) -> Message:
        return self.writes(text=text, entities=_command(text), **where)

    def sends_photo(self, caption: str | None = None, data: bytes | None = None, **where: Any) -> Message:
        return self._sends_file(Kind.PHOTO, data or picture(), "photo.jpg", caption=caption, **where)

    def sends_album(self, count: int, caption: str | None = None, **where: Any) -> list[Message]:
        """As the server tells it: an update for each picture, the caption on the first."""
        group = secrets.token_hex(8)
        captions = [caption] + [None] * (count - 1)
        return [self.sends_photo(each, media_group_id=group, **where) for each in captions]

    def sends_video(self, data: bytes = b"video", caption: str | None = None, **where: Any) -> Message:
        return self._sends_file(Kind.VIDEO, data, "video.mp4", caption=caption, **where)

    def sends_voice(self, data: bytes = b"OggS", caption: str | None = None, **where: Any) -> Message:
        return self._sends_file(Kind.VOICE, data, "voice.ogg", caption=caption, **where)

    def sends_video_note(self, data: bytes = b"note", **where: Any) -> Message:
        return self._sends_file(Kind.VIDEO_NOTE, data, "note.mp4", **where)

    def sends_sticker(self, **where: Any) -> Message:
        return self._sends_file(Kind.STICKER, b"RIFF", "sticker.webp", **where)

    def sends_document(
        self, name: str = "ПТС.pdf", data: bytes = b"%PDF", caption: str | None = None, **where: Any
    ) -> Message:
        return self._sends_file(Kind.DOCUMENT, data, name, caption=caption, **where)

    def sends_location(self, latitude: float = 55.75, longitude: float = 37.62, **where: Any) -> Message:
        return self.writes(location=tg.Location(latitude=latitude, longitude=longitude), **where)

    def _sends_file(self, kind: Kind, data: bytes, name: str, **content: Any) -> Message:
        return self.writes(**as_content(self._account.files.keep(kind, data, name)), **content)


def _command(text: str) -> list[MessageEntity] | None:
    if not text.startswith("/") or len(text.split()) == 0:
        return None
    return [MessageEntity(type="bot_command", offset=0, length=utf16_length(text.split()[0]))]
