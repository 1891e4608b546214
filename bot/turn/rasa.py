"""Rasa's REST channel. No answer that can be used is an error here, never an empty reply."""

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any

import aiohttp
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.contract import Metadata
from bot.errors import RasaUnavailable

TIMEOUT = 10.0  # seconds for one server


class RasaButton(BaseModel):
    title: str
    payload: str


class Reply(BaseModel):
    """One reply of the REST channel."""

    text: str | None = None
    buttons: tuple[RasaButton, ...] = ()
    image: str | None = None
    custom: dict[str, Any] | None = None


_REPLIES = TypeAdapter(tuple[Reply, ...])


class Rasa:
    def __init__(self, http: aiohttp.ClientSession, urls: Sequence[str], timeout: float = TIMEOUT) -> None:
        self._http = http
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def ask(self, sender: str, message: str, metadata: Metadata) -> tuple[Reply, ...]:
        """The replies to `message`; the servers are tried in turn. Raises RasaUnavailable.

        A conversation starts at the same server each time, which spreads the load.
        """
        body = {"sender": sender, "message": message, "metadata": metadata.model_dump(mode="json")}
        first = zlib.crc32(sender.encode()) % len(self._urls)
        problems = []
        for url in self._urls[first:] + self._urls[:first]:
            try:
                return await self._post(url, body)
            except RasaUnavailable as error:
                problems.append(str(error))
        raise RasaUnavailable("; ".join(problems))

    async def _post(self, url: str, body: dict[str, Any]) -> tuple[Reply, ...]:
        try:
            async with self._http.post(
                f"{url}/webhooks/rest/webhook", json=body, timeout=self._timeout
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RasaUnavailable(f"{url} не отвечает: {type(error).__name__}") from error
        if response.status != 200:
            raise RasaUnavailable(f"{url} ответил с кодом {response.status}")
        try:
            replies = _REPLIES.validate_json(content)
        except ValidationError as error:
            raise RasaUnavailable(f"{url} ответил непонятно: {error.error_count()} ошибок") from error
        if not replies:
            # So does Rasa report that an action failed.
            raise RasaUnavailable(f"{url} ответил пустым списком")
        return replies

    async def ready(self) -> bool:
        """Whether a server has its model loaded."""
        answers = await asyncio.gather(*(self._has_model(url) for url in self._urls))
        return any(answers)

    async def _has_model(self, url: str) -> bool:
        try:
            async with self._http.get(f"{url}/status", timeout=self._timeout) as response:
                return response.status == 200 and bool((await response.json()).get("model_file"))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False
