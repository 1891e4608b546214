"""Files the bot has sent or was sent: each has an id known to this bot alone."""

import hashlib
import io
import itertools
import secrets
from dataclasses import dataclass
from enum import StrEnum

import aiohttp
from aiogram.types import BufferedInputFile, InputFile, PhotoSize
from PIL import Image, UnidentifiedImageError
from yarl import URL

from tests.emulators.telegram.errors import BadRequest, TooLarge, Unlucky

MEGABYTE = 1024 * 1024
PHOTO_LIMIT = 10 * MEGABYTE
UPLOAD_LIMIT = 50 * MEGABYTE
URL_PHOTO_LIMIT = 5 * MEGABYTE
URL_LIMIT = 20 * MEGABYTE
DOWNLOAD_LIMIT = 20 * MEGABYTE
# Width and height together, and how much longer one side may be (SendPhoto).
MAX_SIDES, MAX_RATIO = 10_000, 20
THUMBNAIL = 320


class Kind(StrEnum):
    PHOTO = "Photo"
    VIDEO = "Video"
    DOCUMENT = "Document"
    VOICE = "VoiceNote"
    VIDEO_NOTE = "VideoNote"
    STICKER = "Sticker"


@dataclass(frozen=True)
class StoredFile:
    kind: Kind
    file_id: str
    unique_id: str
    path: str
    name: str
    data: bytes
    width: int = 0
    height: int = 0
    thumbnail: "StoredFile | None" = None

    def photo_sizes(self) -> list[PhotoSize]:
        """Smallest first, as the server lists them."""
        return [file._photo_size() for file in (self.thumbnail, self) if file]

    def _photo_size(self) -> PhotoSize:
        return PhotoSize(
            file_id=self.file_id,
            file_unique_id=self.unique_id,
            width=self.width,
            height=self.height,
            file_size=len(self.data),
        )


class Files:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._numbers = itertools.count()

    def keep(self, kind: Kind, data: bytes, name: str) -> StoredFile:
        if kind is not Kind.PHOTO:
            return self._store(kind, data, name)
        width, height = _measure(data)
        scale = min(1.0, THUMBNAIL / max(width, height))
        small = self._store(kind, data, name, max(1, int(width * scale)), max(1, int(height * scale)))
        return self._store(kind, data, name, width, height, small)

    def find(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def forget(self) -> None:
        """Every id becomes unknown, as those of another bot are."""
        self._by_id.clear()

    async def take(self, kind: Kind, given: str | InputFile) -> StoredFile:
        """The file of a send: uploaded, by address, or one that the bot used before."""
        if isinstance(given, BufferedInputFile):
            return self.keep(kind, _checked_upload(kind, given.data), given.filename or "file")
        address = str(given)
        if address.startswith(("http://", "https://")):
            return self.keep(kind, await _fetch(kind, URL(address)), URL(address).name or "file")
        return self._known(kind, address)

    def _known(self, kind: Kind, file_id: str) -> StoredFile:
        file = self.find(file_id)
        if file is None:
            # The bot may hold the id of an older token: its cue to upload again.
            raise Unlucky("wrong file identifier/HTTP URL specified")
        if file.kind is not kind:
            raise BadRequest(f"can't use file of type {file.kind} as {kind}")
        return file

    def _store(
        self,
        kind: Kind,
        data: bytes,
        name: str,
        width: int = 0,
        height: int = 0,
        thumbnail: StoredFile | None = None,
    ) -> StoredFile:
        unique_id = hashlib.sha256(data + bytes(str(width), "ascii")).hexdigest()[:16]
        path = f"{kind.lower()}s/file_{next(self._numbers)}"
        file_id = f"{kind[:2]}{secrets.token_urlsafe(32)}"
        file = StoredFile(kind, file_id, unique_id, path, name, data, width, height, thumbnail)
        self._by_id[file_id] = self._by_path[path] = file
        return file


def picture(width: int = 64, height: int = 48, colour: str = "grey") -> bytes:
    """A small JPEG, for people who send a photo and do not care which."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def _checked_upload(kind: Kind, data: bytes) -> bytes:
    if not data:
        raise BadRequest("file must be non-empty")
    if kind is Kind.PHOTO and len(data) > PHOTO_LIMIT:
        raise BadRequest(
            f"file of size {len(data)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
        )
    if len(data) > UPLOAD_LIMIT:
        raise TooLarge
    return data


def _measure(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
    except UnidentifiedImageError as error:
        raise BadRequest("IMAGE_PROCESS_FAILED") from error
    if width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
        raise BadRequest("PHOTO_INVALID_DIMENSIONS")
    return width, height


async def _fetch(kind: Kind, address: URL) -> bytes:
    """Nothing is ever fetched from outside this machine."""
    failed = Unlucky("failed to get HTTP URL content")
    if address.host != "127.0.0.1":
        raise failed
    limit = URL_PHOTO_LIMIT if kind is Kind.PHOTO else URL_LIMIT
    data = bytearray()
    try:
        async with aiohttp.ClientSession() as session, session.get(address, allow_redirects=False) as answer:
            if answer.status != 200:
                raise failed
            async for chunk in answer.content.iter_chunked(MEGABYTE):
                data += chunk
                if len(data) > limit:
                    raise failed
    except aiohttp.ClientError as error:
        raise failed from error
    return bytes(data)
