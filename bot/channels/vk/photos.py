"""Pictures of a message: uploaded to VK once, then sent by their names there."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.channels.pictures import PictureUnavailable
from bot.channels.uploads import Uploads
from bot.channels.vk.api import Vk, VkRefused, VkSilent

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


class _NotTaken(Exception):
    """VK does not like this picture."""


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
            return await self._upload(await self._read(url))
        except VkRefused as error:
            if error.retry:
                raise
            # Perhaps the key has no right to photos: the text goes without them.
            reason = str(error)
        except (PictureUnavailable, _NotTaken) as error:
            reason = str(error)
        log.warning("vk picture left out", extra={"reason": reason})
        return None

    async def _upload(self, picture: bytes) -> str:
        server = await self._api.call("photos.getMessagesUploadServer")
        uploaded = await self._put(server, picture)
        saved = await self._api.call("photos.saveMessagesPhoto", **uploaded.model_dump())
        try:
            return _SAVED.validate_python(saved)[0].name
        except ValidationError as error:
            raise _NotTaken("непонятный ответ о сохранении") from error

    async def _put(self, server: Any, picture: bytes) -> _Uploaded:
        try:
            return _Uploaded.model_validate(await self._api.upload(server["upload_url"], picture))
        except VkSilent as error:
            # The upload server is another machine than the API: the text need not wait for it.
            raise _NotTaken(str(error)) from error
        except (ValidationError, TypeError, KeyError) as error:
            raise _NotTaken("непонятный ответ сервера загрузки") from error
