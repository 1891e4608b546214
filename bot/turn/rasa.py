"""Rasa's REST channel, and its NLU alone. What cannot be used is an error, never an empty reply."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
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


class Entity(BaseModel):
    """As docs/architecture.md has them; what it may have besides is left out."""

    entity: str
    value: Any
    valid: bool = True


class Parse(BaseModel):
    entities: tuple[Entity, ...] = ()


_REPLIES = TypeAdapter(tuple[Reply, ...])
_PARSE = TypeAdapter(Parse)


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
        return await self._first_usable(sender, partial(self._replies, body=body))

    async def read(self, text: str) -> Parse:
        """What the NLU finds in `text`; no conversation hears of it. Raises RasaUnavailable."""
        body = {"text": text}
        return await self._first_usable(text, partial(self._post, "/model/parse", body, _PARSE))

    async def _first_usable[T](self, key: str, ask: Callable[[str], Awaitable[T]]) -> T:
        first = zlib.crc32(key.encode()) % len(self._urls)
        problems = []
        for url in self._urls[first:] + self._urls[:first]:
            try:
                return await ask(url)
            except RasaUnavailable as error:
                problems.append(str(error))
        raise RasaUnavailable("; ".join(problems))

    async def _replies(self, url: str, body: dict[str, Any]) -> tuple[Reply, ...]:
        replies = await self._post("/webhooks/rest/webhook", body, _REPLIES, url)
        if not replies:
            # So does Rasa report that an action failed.
            raise RasaUnavailable(f"{url} ответил пустым списком")
        return replies

    async def _post[T](self, path: str, body: dict[str, Any], shape: TypeAdapter[T], url: str) -> T:
        try:
            async with self._http.post(f"{url}{path}", json=body, timeout=self._timeout) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RasaUnavailable(f"{url} не отвечает: {type(error).__name__}") from error
        if response.status != 200:
            raise RasaUnavailable(f"{url} ответил с кодом {response.status}")
        try:
            return shape.validate_json(content)
        except ValidationError as error:
            raise RasaUnavailable(f"{url} ответил непонятно: {error.error_count()} ошибок") from error

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
