"""What a message of staff says to a customer, wherever he reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from aiogram.enums import MessageEntityType
from aiogram.types import Contact, Location, Message, MessageEntity
from aiogram.utils.text_decorations import add_surrogates, remove_surrogates

from bot.channels.base import File, FileKind
from bot.channels.files import MAX_BYTES, MEGABYTE
from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.content import KINDS, international
from bot.channels.telegram.download import SCHEME

MAP = "https://yandex.ru/maps/?pt={longitude},{latitude}&z=16&l=map"


@dataclass(frozen=True)
class Written:
    text: str = ""
    files: tuple[File, ...] = ()

    @property
    def empty(self) -> bool:
        """A poll, a game: nothing that another messenger would show."""
        return not self.text.strip() and not self.files

    def too_big_for(self, channel: str) -> File | None:
        """The file that a customer of this channel cannot get: Telegram's own go by their ids."""
        if channel == CHANNEL:
            return None
        return next((file for file in self.files if file.size is not None and file.size > MAX_BYTES), None)


def is_notice(message: Message) -> bool:
    """Telegram itself put it into the group («сообщение закреплено»): nobody said it."""
    return not message.text and message.content_type not in KINDS


def read(message: Message) -> Written:
    if place := message.location or (message.venue and message.venue.location):
        return Written(_place(message, place))
    if message.contact:
        return Written(_contact(message.contact))
    file = next(_files(message), None)
    return Written(text_of(message), (file,) if file is not None else ())


def megabytes(size: int) -> str:
    """«20,1 МБ»: rounded up, so that what is over a limit does not read as if it kept it."""
    return f"{ceil(size * 10 / MEGABYTE) / 10:g} МБ".replace(".", ",")


def text_of(message: Message) -> str:
    """With the addresses behind words, which go with the marking."""
    text = message.text or message.caption or ""
    for entity in reversed(message.entities or message.caption_entities or []):
        if entity.type == MessageEntityType.TEXT_LINK and entity.url:
            text = _with_address(text, entity, entity.url)
    return text


def _with_address(text: str, entity: MessageEntity, url: str) -> str:
    if entity.extract_from(text).strip() == url:
        return text
    encoded = add_surrogates(text)  # entities count as UTF-16 does, two bytes each
    end = (entity.offset + entity.length) * 2
    return remove_surrogates(encoded[:end] + add_surrogates(f" ({url})") + encoded[end:])


def _place(message: Message, place: Location) -> str:
    named = [message.venue.title, message.venue.address] if message.venue else ["Место на карте"]
    return "\n".join([*named, MAP.format(longitude=place.longitude, latitude=place.latitude)])


def _contact(contact: Contact) -> str:
    name = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return f"{name}: {international(contact.phone_number) or contact.phone_number}"


def _files(message: Message) -> Iterator[File]:
    if message.photo:
        largest = message.photo[-1]
        yield File(kind="photo", source=_source(largest.file_id), size=largest.file_size)
    if message.sticker:
        yield File(kind="sticker", source=_source(message.sticker.file_id), name=message.sticker.emoji)
    if message.video_note:
        yield File(
            kind="video_note",
            source=_source(message.video_note.file_id),
            mime="video/mp4",
            size=message.video_note.file_size,
        )
    if message.voice:
        yield _named("voice", message.voice.file_id, None, message.voice.mime_type, message.voice.file_size)
    # Telegram names an animation as a document too.
    if film := message.video or message.animation:
        yield _named("video", film.file_id, film.file_name, film.mime_type, film.file_size)
    if paper := message.document or message.audio:
        yield _named("document", paper.file_id, paper.file_name, paper.mime_type, paper.file_size)


def _named(kind: FileKind, file_id: str, name: str | None, mime: str | None, size: int | None) -> File:
    return File(kind=kind, source=_source(file_id), name=name, mime=mime, size=size)


def _source(file_id: str) -> str:
    return f"{SCHEME}:{file_id}"
