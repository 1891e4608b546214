"""What a customer sent besides words, for the people of a department.

A file of Telegram is shown by its id, for it is the same bot's; what another channel keeps at an address is
read here and uploaded, and becomes a link when that fails: people see at least that there is something.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.types import (
    BufferedInputFile,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MediaUnion,
)

from bot.channels.base import Attachment
from bot.channels.files import MAX_BYTES, MEGABYTE
from bot.channels.pictures import PictureUnavailable, TooBig
from bot.channels.telegram.chats import CHANNEL, Chat
from bot.desk.telegram.dialogue import described
from bot.desk.telegram.forum import File, Forum, is_topic_lost

ALBUM_LIMIT = 10
# What one album may hold side by side.
_ALBUMS = {"photo": "pictures", "video": "pictures", "document": "documents"}
_FILES = ("photo", "video", "voice", "video_note", "document", "sticker")
_NAMES = {"photo": "photo.jpg", "video": "video.mp4", "voice": "voice.ogg", "document": "file"}

NOT_SHOWN = "показать здесь не получилось"
TOO_BIG = f"больше {MAX_BYTES // MEGABYTE} МБ, показать здесь нельзя"
BY_LINK = "Откройте по ссылке или в самом мессенджере, в переписке с клиентом."
IN_MESSENGER = "Посмотрите в самом мессенджере, в переписке с клиентом."
ASK_AGAIN = "Попросите клиента прислать ещё раз."

Read = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True)
class Sent:
    """An attachment with the message of the history that it came with."""

    attachment: Attachment
    history_id: int
    channel: str
    chat_id: str
    external_id: str | None


class Media:
    """`read` gives the bytes of an address or raises PictureUnavailable."""

    def __init__(self, forum: Forum, read: Read) -> None:
        self._forum = forum
        self._read = read

    async def show(self, thread: int, sent: Sequence[Sent]) -> list[tuple[int, int]]:
        """Message of the group and message of the history, for each that is shown.

        Raises what Telegram says of the group; what it says of a file costs that file alone.
        """
        shown: list[tuple[int, int]] = []
        for album in _albums([each for each in sent if each.attachment.ref]):
            shown += await self._show(thread, album)
        return shown

    async def _show(self, thread: int, album: Sequence[Sent]) -> list[tuple[int, int]]:
        try:
            numbers = await self._post(thread, album)
        except (PictureUnavailable, TelegramBadRequest, TelegramEntityTooLarge) as error:
            if isinstance(error, TelegramBadRequest) and is_topic_lost(error):
                raise
            if len(album) > 1:  # one of them is broken: each by itself
                return [pair for each in album for pair in await self._show(thread, [each])]
            why = TOO_BIG if isinstance(error, TooBig) else NOT_SHOWN
            numbers = [await self._instead(thread, album[0], why)]
        return list(zip(numbers, (each.history_id for each in album), strict=False))

    async def _post(self, thread: int, album: Sequence[Sent]) -> list[int]:
        if len(album) > 1:
            return await self._forum.album(thread, [_item(each, await self._file(each)) for each in album])
        only = album[0]
        if only.attachment.kind == "location":
            latitude, longitude = _coordinates(only)
            return [await self._forum.place(thread, latitude, longitude)]
        if only.attachment.kind not in _FILES:
            raise PictureUnavailable("такое не переслать файлом")
        return [await self._forum.file(thread, only.attachment.kind, await self._file(only))]

    async def _file(self, sent: Sent) -> File:
        ref = sent.attachment.ref or ""
        if sent.channel == CHANNEL:
            return ref
        if not _is_address(ref):
            raise PictureUnavailable("у файла нет адреса")
        name = sent.attachment.title or _NAMES.get(sent.attachment.kind, "file")
        return BufferedInputFile(await self._read(ref), filename=name)

    async def _instead(self, thread: int, sent: Sent, why: str) -> int:
        """A copy of the message itself, where there can be one; else words."""
        if (original := _original(sent)) is not None:
            try:
                return await self._forum.copy(thread, *original)
            except TelegramBadRequest as error:
                if is_topic_lost(error):
                    raise
        return await self._forum.say(f"{_linked(sent)} — {why}. {_where(sent)}", thread)


def _albums(sent: Sequence[Sent]) -> Iterator[Sequence[Sent]]:
    """As many side by side as Telegram takes."""
    for together, run in groupby(sent, key=lambda each: _ALBUMS.get(each.attachment.kind)):
        items = list(run)
        size = ALBUM_LIMIT if together else 1
        yield from (items[at : at + size] for at in range(0, len(items), size))


def _item(sent: Sent, file: File) -> MediaUnion:
    match sent.attachment.kind:
        case "photo":
            return InputMediaPhoto(media=file)
        case "video":
            return InputMediaVideo(media=file)
        case _:
            return InputMediaDocument(media=file)


def _coordinates(sent: Sent) -> tuple[float, float]:
    try:
        latitude, longitude = map(float, (sent.attachment.ref or "").split(","))
    except ValueError as error:
        raise PictureUnavailable("место без координат") from error
    return latitude, longitude


def _is_address(ref: str) -> bool:
    return ref.startswith(("https://", "http://"))


def _linked(sent: Sent) -> str:
    what = escape(described(sent.attachment))
    return f'<a href="{escape(sent.attachment.ref or "")}">{what}</a>' if _has_link(sent) else what


def _where(sent: Sent) -> str:
    """Where people can see it: into the chat of a bot only its customer can look."""
    if _original(sent) is not None:
        return ASK_AGAIN
    return BY_LINK if _has_link(sent) else IN_MESSENGER


def _has_link(sent: Sent) -> bool:
    return sent.channel != CHANNEL and _is_address(sent.attachment.ref or "")


def _original(sent: Sent) -> tuple[int, int] | None:
    """Chat and message that the bot can copy. A colleague's file is in no chat of the customer's."""
    if sent.channel != CHANNEL or sent.external_id is None:
        return None
    chat = Chat.parse(sent.chat_id)
    return None if chat.connection else (chat.id, int(sent.external_id))
