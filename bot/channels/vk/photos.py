"""Pictures of a message: uploaded to VK once, then sent by their names there."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.channels.pictures import PictureUnavailable
from bot.channels.uploads import Uploads
from bot.channels.vk.api import UploadSilent, Vk, VkRefused
from bot.errors import AvtootvetError

log = logging.getLogger(__name__)

ReadPicture = Callable[[str], Awaitable[bytes]]


class _Uploaded(BaseModel):
    server: int
    photo: str
    hash: str


class _Saved(BaseModel):
    id: int
    owner_id: int
    access_key: str | None = None

    @property
    def name(self) -> str:
        return "_".join(filter(None, (f"photo{self.owner_id}", str(self.id), self.access_key)))


_SAVED = TypeAdapter(tuple[_Saved])


class NotTaken(AvtootvetError):
    """VK does not like this file."""


class Photos:
    def __init__(self, api: Vk, uploads: Uploads, read_picture: ReadPicture) -> None:
        self._api = api
        self._uploads = uploads
        self._read = read_picture

    async def names(self, urls: Sequence[str]) -> list[str]:
        """Attachments for `urls`, in order, without those that cannot be read or are not taken.

        Raises VkError when the API itself has trouble: then the message could not be sent either.
        """
        known = await self._uploads.known(urls) if urls else {}
        for url in urls:
            if url not in known and (name := await self._try(url)):
                known[url] = name
                # At once: a time-out further on must not cost this one.
                await self._uploads.remember({url: name})
        return [known[url] for url in urls if url in known]

    async def forget(self, urls: Sequence[str]) -> None:
        await self._uploads.forget(urls)

    async def _try(self, url: str) -> str | None:
        try:
            return await upload_photo(self._api, await self._read(url))
        except VkRefused as error:
            if error.retry:
                raise
            # Perhaps the key has no right to photos: the text goes without them.
            reason = str(error)
        except (PictureUnavailable, NotTaken, UploadSilent) as error:
            # The upload server is another machine than the API: the text need not wait for it.
            reason = str(error)
        log.warning("vk picture left out", extra={"reason": reason})
        return None


async def upload_photo(api: Vk, picture: bytes) -> str:
    """Its name in VK, for messages to anybody. Raises NotTaken or VkError."""
    server = await api.call("photos.getMessagesUploadServer")
    try:
        # VK tells the kind of a picture by its bytes, but wants a name.
        answer = await api.upload(server["upload_url"], "photo", "photo.jpg", picture)
        uploaded = _Uploaded.model_validate(answer)
    except (ValidationError, TypeError, KeyError) as error:
        raise NotTaken("непонятный ответ сервера загрузки") from error
    saved = await api.call("photos.saveMessagesPhoto", **uploaded.model_dump())
    try:
        return _SAVED.validate_python(saved)[0].name
    except ValidationError as error:
        raise NotTaken("непонятный ответ о сохранении") from error
