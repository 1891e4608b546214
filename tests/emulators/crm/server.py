"""What the emulated systems have in common: a local address, misbehaviour on demand, a list of mistakes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from aiohttp import web

Kind = Literal["error", "garbage", "drop", "cut", "lost", "hang"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STOP_WAITS = 1.0  # seconds for the answers under way


@dataclass
class Fault:
    """What goes wrong with the next `times` requests called `name`.

    error: `status` with `body`, nothing done; garbage: HTML with status 200, nothing done;
    drop: the connection ends, nothing done;
    cut: done, then the connection ends; lost: done, then 502; hang: done, and never answered.
    """

    name: str
    kind: Kind
    times: int = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] | None = None


class Server:
    """`async with` listens on `url`, in the loop of the test."""

    def __init__(self) -> None:
        self.violations: list[
            str
        ] = []  # mistakes of the caller; a test of the product asserts there are none
        self.requests: list[str] = []  # names of the requests that came, in order
        self.hanging = asyncio.Event()  # set when a request was done and is not going to be answered
        self.always: Kind | None = None  # what goes wrong with every request
        self._faults: list[Fault] = []
        self._stopping = asyncio.Event()
        self.app = web.Application(middlewares=[self._middleware])
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=STOP_WAITS)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def misbehave(
        self,
        name: str,
        kind: Kind,
        *,
        times: int = 1,
        status: int = 500,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self._faults.append(Fault(name, kind, times, status, body, headers))

    def name_of(self, request: web.Request) -> str:
        """How tests call the request."""
        raise NotImplementedError

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        name = self.name_of(request)
        self.requests.append(name)
        fault = self._drawn(name)
        if fault is None:
            return await handler(request)
        return await self._misbehave(fault, request, handler)

    def _drawn(self, name: str) -> Fault | None:
        if self.always is not None:
            return Fault(name, self.always, status=503)
        fault = next((fault for fault in self._faults if fault.name == name), None)
        if fault is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return fault

    async def _misbehave(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        match fault.kind:
            case "error":
                return web.json_response(fault.body, status=fault.status, headers=fault.headers)
            case "garbage":
                return web.Response(text="<html>Обслуживание</html>", content_type="text/html")
            case "drop":
                return _hang_up(request)
            case "cut":
                await handler(request)
                return _hang_up(request)
            case "lost":
                await handler(request)
                return web.Response(status=502, text="<html>Bad gateway</html>")
            case "hang":
                await handler(request)
                self.hanging.set()
                await self._stopping.wait()
                return _hang_up(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
