"""Files that a person of the dealership sends: photos, voice messages, and documents for all the rest.

A video is a document too: VK lets only people upload videos, not communities.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Literal

from pydantic import BaseModel, ValidationError

from bot.channels.base import File, FileKind
from bot.channels.files import Files
from bot.channels.uploads import Uploads
from bot.channels.vk.api import Vk, VkRefused
from bot.channels.vk.photos import NotTaken, upload_photo
from bot.errors import DeliveryError

MAX_TITLE = 128  # characters (docs.edit)

# Of the key; for a message they would mean that the customer takes none.
_NO_RIGHT = frozenset({7, 15})

# How a file without a name is called, and what VK reads of a name: its ending.
_NAMES: dict[FileKind, str] = {
    "video": "Видео.mp4",
    "video_note": "Видеосообщение.mp4",
    "voice": "Голосовое сообщение.ogg",
}
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")


class _Saved(BaseModel):
    id: int
    owner_id: int
    access_key: str | None = None

    @property
    def name(self) -> str:
        # A voice message is sent as a document too.
        return "_".join(filter(None, (f"doc{self.owner_id}", str(self.id), self.access_key)))


class _Document(BaseModel):
    type: str
    doc: _Saved | None = None
    audio_message: _Saved | None = None


class _Uploaded(BaseModel):
    file: str


_Kind = Literal["doc", "audio_message"]


class Attachments:
    def __init__(self, api: Vk, uploads: Uploads, files: Files) -> None:
        self._api = api
        self._uploads = uploads
        self._files = files

    async def names(self, chat_id: str, files: Sequence[File]) -> list[str]:
        """Their names in VK, in order. Raises DeliveryError for one that VK does not take, and VkError."""
        sources = [file.source for file in files]
        known = await self._uploads.known(sources) if sources else {}
        for file in files:
            if file.source not in known:
                known[file.source] = await self._upload(chat_id, file)
                # At once: a time-out further on must not cost this one.
                await self._uploads.remember({file.source: known[file.source]})
        return [known[source] for source in sources]

    async def forget(self, files: Sequence[File]) -> None:
        await self._uploads.forget(file.source for file in files)

    async def _upload(self, chat_id: str, file: File) -> str:
        content = await self._files.read(file)
        try:
            return await self._first_taken(chat_id, file, content)
        except VkRefused as refusal:
            if refusal.code not in _NO_RIGHT:
                raise
            raise DeliveryError(
                "ключ сообщества ВКонтакте не даёт отправлять файлы: добавьте ему права на фотографии и файлы"
            ) from refusal
        except NotTaken as error:
            # https://dev.vk.com/api/upload/document-in-profile
            raise DeliveryError(
                f"ВКонтакте не принял файл «{title(file)}»: музыку MP3 и программы он не берёт"
            ) from error

    async def _first_taken(self, chat_id: str, file: File, content: bytes) -> str:
        if file.kind == "photo":
            return await upload_photo(self._api, content)
        if file.kind == "voice":
            try:
                return await self._save(chat_id, "audio_message", file, content)
            except NotTaken:
                # VK wants five minutes at most and its own kind of sound; as a file any is heard.
                pass
        return await self._save(chat_id, "doc", file, content)

    async def _save(self, chat_id: str, kind: _Kind, file: File, content: bytes) -> str:
        server = await self._api.call("docs.getMessagesUploadServer", type=kind, peer_id=chat_id)
        name = f"file{ending(file)}"  # VK reads no Cyrillic here; the title says the rest
        try:
            answer = await self._api.upload(server["upload_url"], "file", name, content)
            uploaded = _Uploaded.model_validate(answer)
        except (ValidationError, TypeError, KeyError) as error:
            raise NotTaken("файл не взят") from error
        saved = await self._api.call("docs.save", file=uploaded.file, title=title(file))
        return _name(saved)


def title(file: File) -> str:
    """What the customer reads: the name of the file, without folders and what no name holds."""
    name = "".join(c for c in PurePath(file.name or "").name if c.isprintable()).strip()
    return name[-MAX_TITLE:] or _NAMES.get(file.kind, "Файл")


def ending(file: File) -> str:
    suffixes = (PurePath(name).suffix for name in (title(file), _NAMES.get(file.kind, "")))
    return next(filter(_ENDING.fullmatch, suffixes), ".bin")


def _name(answer: object) -> str:
    try:
        document = _Document.model_validate(answer)
    except ValidationError as error:
        raise NotTaken("непонятный ответ о сохранении") from error
    saved = document.doc or document.audio_message
    if saved is None:
        raise NotTaken(f"VK сохранил другое: {document.type}")
    return saved.name
