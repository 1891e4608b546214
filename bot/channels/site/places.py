"""How many files are fetched at once: each takes a connection to the messenger that keeps it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from aiohttp import web

RETRY_AFTER = {"Retry-After": "5"}  # seconds
BUSY = "Сейчас скачивают слишком много файлов. Попробуйте через несколько секунд."
TOO_MANY = "Вы скачиваете слишком много файлов сразу. Попробуйте через несколько секунд."


@dataclass
class _Visitor:
    places: asyncio.Semaphore
    here: int = 0  # with those who wait


class Places:
    """`of_all` in this process, `of_one` visitor's; more wait in line: a page shows its pictures at once.

    A visitor is his chat and not his address: behind a proxy all come from one, and only he to whom
    people have sent something has anything to fetch.
    """

    def __init__(self, of_all: int = 32, of_one: int = 4, line: int = 60, patience: float = 20.0) -> None:
        """`line` is of one visitor, `patience` is the seconds that anybody waits."""
        self._all = asyncio.Semaphore(of_all)
        self._of_one = of_one
        self._line = line
        self._patience = patience
        self._visitors: dict[str, _Visitor] = {}

    @asynccontextmanager
    async def take(self, chat: str) -> AsyncIterator[None]:
        """Raises HTTPTooManyRequests or HTTPServiceUnavailable."""
        with self._visit(chat) as own:
            async with self._enter(own, _too_many()), self._enter(self._all, _busy()):
                yield

    @contextmanager
    def _visit(self, chat: str) -> Iterator[asyncio.Semaphore]:
        visitor = self._visitors.setdefault(chat, _Visitor(asyncio.Semaphore(self._of_one)))
        if visitor.here >= self._of_one + self._line:
            raise _too_many()
        visitor.here += 1
        try:
            yield visitor.places
        finally:
            visitor.here -= 1
            if not visitor.here:
                del self._visitors[chat]

    @asynccontextmanager
    async def _enter(self, places: asyncio.Semaphore, refusal: web.HTTPException) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await places.acquire()
        except TimeoutError:
            raise refusal from None
        try:
            yield
        finally:
            places.release()


def _too_many() -> web.HTTPException:
    return web.HTTPTooManyRequests(text=TOO_MANY, headers=RETRY_AFTER)


def _busy() -> web.HTTPException:
    return web.HTTPServiceUnavailable(text=BUSY, headers=RETRY_AFTER)
