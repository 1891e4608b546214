"""A customer of the site chat: writes, presses buttons, reads the answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

ANSWER_TIMEOUT = 20  # seconds


class Customer:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse, car: str | None) -> None:
        self._socket = socket
        self._car = car
        self._last: dict[str, Any] = {}

    async def say(self, text: str) -> dict[str, Any]:
        return await self._send({"type": "say", "text": text})

    async def press(self, title: str) -> dict[str, Any]:
        """The first button or card of the last answer whose title or text holds `title`."""
        choices = [(b["title"], b["key"]) for b in self._last["buttons"]]
        choices += [(f"{c['title']} {c['text']} {c['button']}", c["key"]) for c in self._last["cards"]]
        plain = [(name.replace("\u00a0", " ").lower(), key) for name, key in choices]
        key = next((key for name, key in plain if title.lower() in name), None)
        assert key, f"нет кнопки «{title}», есть {[name for name, _ in choices]}"
        return await self._send({"type": "press", "key": key})

    async def _send(self, frame: dict[str, Any]) -> dict[str, Any]:
        frame = {**frame, "id": str(uuid.uuid4()), "car": self._car}
        await self._socket.send_json(frame)
        async with asyncio.timeout(ANSWER_TIMEOUT):
            while True:
                received = await self._socket.receive_json()
                assert received["type"] != "refused", received
                if received["type"] == "slow":
                    await asyncio.sleep(received["seconds"])
                    await self._socket.send_json(frame)
                answers = [m for m in received.get("messages", ()) if m["author"] == "bot"]
                if answers:
                    self._last = answers[-1]
                    return self._last


@asynccontextmanager
async def customer(url: str, car: str | None = None) -> AsyncIterator[Customer]:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/site/ws") as socket:
        await socket.send_json({"type": "hello"})
        ready = await socket.receive_json()
        assert ready["type"] == "ready"
        yield Customer(socket, car)
