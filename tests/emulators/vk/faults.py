"""Misbehaviour on demand, by method, count and probability."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from tests.emulators.vk.errors import VkError, error_body

Kind = Literal["error", "http", "garbage", "delay", "drop", "cut", "hang"]
ANY = "*"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fault:
    """What goes wrong.

    error: VK's error `value`; http: status `value`; garbage: HTML with status 200; delay: `value` seconds;
    drop: the connection ends before the call was accepted; cut: it ends after that, unanswered;
    hang: accepted and never answered.
    """

    method: str  # a method's name, "longpoll", "upload" or "*" for every method
    kind: Kind
    value: float = 0
    times: int | None = 1  # None: until `clear`
    probability: float = 1.0

    def concerns(self, name: str) -> bool:
        return self.method == name or (self.method == ANY and "." in name)


class Faults:
    def __init__(self, dice: random.Random) -> None:
        self.stopping = asyncio.Event()
        self._ordered: list[Fault] = []
        self._dice = dice

    def order(self, fault: Fault) -> None:
        self._ordered.append(fault)

    def clear(self) -> None:
        self._ordered.clear()

    @property
    def ordered(self) -> int:
        return len(self._ordered)

    def _draw(self, name: str) -> Fault | None:
        for fault in self._ordered:
            if fault.concerns(name) and self._dice.random() < fault.probability:
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._ordered.remove(fault)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = request.match_info.get("method") or request.match_info.route.name or ""
        fault = self._draw(name)
        if fault is None:
            return await handler(request)
        return await self._misbehave(fault, name, request, handler)

    async def _misbehave(
        self, fault: Fault, name: str, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        match fault.kind:
            case "error":
                return web.json_response(error_body(VkError(int(fault.value)), name, {}))
            case "http":
                return web.Response(status=int(fault.value), text="<html>Bad gateway</html>")
            case "garbage":
                return web.Response(text="<html>We are down</html>", content_type="text/html")
            case "drop":
                return _hang_up(request)
            case "delay":
                return await self._delayed(fault.value, request, handler)
            case "cut":
                await handler(request)
                return _hang_up(request)
            case "hang":
                await handler(request)
                await self.stopping.wait()
                return _hang_up(request)

    async def _delayed(self, seconds: float, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return await handler(request)
        return _hang_up(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
