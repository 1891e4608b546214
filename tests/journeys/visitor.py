"""A customer in the chat of the site."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.journeys.phones import PATIENCE


class Visitor:
    def __init__(self, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._http = http
        self._socket = socket
        self._unread: list[dict[str, Any]] = []

    async def says(self, text: str) -> None:
        await self._socket.send_json({"type": "say", "id": str(uuid.uuid4()), "text": text})

    async def reads(self) -> dict[str, Any]:
        """The next message that is not his own."""
        async with asyncio.timeout(PATIENCE):
            while not self._unread:
                frame = await self._socket.receive_json()
                self._unread += [m for m in frame.get("messages", ()) if m["author"] != "me"]
        return self._unread.pop(0)

    async def opens(self, file: dict[str, Any]) -> bytes:
        async with self._http.get(file["url"]) as response:
            assert response.status == 200
            return await response.read()


@asynccontextmanager
async def visitor(url: str) -> AsyncIterator[Visitor]:
    async with aiohttp.ClientSession(url) as http, http.ws_connect("/site/ws") as socket:
        await socket.send_json({"type": "hello"})
        assert (await socket.receive_json())["type"] == "ready"
        yield Visitor(http, socket)
