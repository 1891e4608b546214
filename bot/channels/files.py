"""The bytes of a file that a person of the dealership sends, for a channel that has not got it yet."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from bot.channels.base import File
from bot.errors import DeliveryDelayed, DeliveryError

MEGABYTE = 1024 * 1024
# What a bot may download from Telegram (core.telegram.org/bots/api#getfile).
MAX_BYTES = 20 * MEGABYTE
TOO_BIG = f"файл больше {MAX_BYTES // MEGABYTE} МБ"

PATIENCE = 15.0  # seconds between two pieces


class FileUnavailable(DeliveryError):
    """The file cannot be had: too big, deleted, or from a place that nobody knows."""


@dataclass(frozen=True)
class Opened:
    size: int | None  # bytes, when its keeper tells
    pieces: AsyncGenerator[bytes, None]


class Keeper(Protocol):
    """Where the files of one scheme are."""

    async def open(self, ref: str) -> Opened:
        """`ref` is what follows the scheme. Raises FileUnavailable or DeliveryDelayed, like the pieces."""
        ...


class Files:
    """Finds the keeper of a file by the scheme of its source."""

    def __init__(self, keepers: Mapping[str, Keeper]) -> None:
        self._keepers = keepers

    @asynccontextmanager
    async def open(self, file: File) -> AsyncIterator[Opened]:
        """No more than MAX_BYTES come. Raises FileUnavailable or DeliveryDelayed, like the pieces."""
        if file.size is not None and file.size > MAX_BYTES:
            raise FileUnavailable(TOO_BIG)
        opened = await self._ask(file)
        async with aclosing(opened.pieces), aclosing(_bounded(opened.pieces)) as pieces:
            yield Opened(opened.size, pieces)

    async def read(self, file: File) -> bytes:
        """Raises FileUnavailable or DeliveryDelayed."""
        async with self.open(file) as opened:
            return b"".join([piece async for piece in opened.pieces])

    async def _ask(self, file: File) -> Opened:
        scheme, _, ref = file.source.partition(":")
        keeper = self._keepers.get(scheme)
        if keeper is None:
            raise FileUnavailable("файл лежит там, откуда его не взять")
        opened = await keeper.open(ref)
        if opened.size is not None and opened.size > MAX_BYTES:
            await opened.pieces.aclose()
            raise FileUnavailable(TOO_BIG)
        return opened


async def _bounded(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    size = 0
    while (piece := await _next(pieces)) is not None:
        size += len(piece)
        if size > MAX_BYTES:  # its keeper told another size, or none
            raise FileUnavailable(TOO_BIG)
        yield piece


async def _next(pieces: AsyncGenerator[bytes, None]) -> bytes | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await anext(pieces, None)
    except TimeoutError as error:
        raise DeliveryDelayed("файл скачивается слишком медленно") from error
