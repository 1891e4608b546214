"""A feed's source as a file: an address is downloaded within limits, a path is taken as it is."""

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import aiohttp

from bot.errors import FeedError, FeedUnreachable

_NAME_LENGTH = 64  # Car.feed


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, tries and bytes of one download."""

    total: float = 60.0
    silence: float = 20.0  # a server that sends nothing for so long is given up and tried again
    tries: int = 3
    pause: float = 1.0  # doubles after each try
    max_bytes: int = 256 * 1024 * 1024


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def shown(source: str) -> str:
    """The source for people and logs: without the password and the query, which may hold a key."""
    if not is_address(source):
        return source
    parts = urlsplit(source)
    return f"{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def feed_name(source: str) -> str:
    """The same name for the same source: the file's stem, or host and path of an address."""
    name = shown(source).rstrip("/") if is_address(source) else Path(source).stem
    name = re.sub(r"\s+", "-", name) or "feed"
    if len(name) <= _NAME_LENGTH:
        return name
    return f"{name[: _NAME_LENGTH - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@asynccontextmanager
async def local_file(source: str, limits: Limits | None = None) -> AsyncIterator[Path]:
    """Raises FeedUnreachable (trying later may help) or FeedError."""
    if not is_address(source):
        yield Path(source)
        return
    with tempfile.NamedTemporaryFile(prefix="avtootvet-feed-") as file:
        await _download(source, file, limits or Limits())
        yield Path(file.name)


async def _download(url: str, file: IO[bytes], limits: Limits) -> None:
    try:
        async with asyncio.timeout(limits.total):
            await _try_often(url, file, limits)
    except TimeoutError as error:
        raise FeedUnreachable(
            f"{shown(url)} не ответил за {limits.total:.0f} с. Проверьте, открывается ли адрес, и повторите."
        ) from error


async def _try_often(url: str, file: IO[bytes], limits: Limits) -> None:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.silence, sock_read=limits.silence)
    async with aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": "avtootvet"}) as session:
        for attempt in range(1, limits.tries + 1):
            try:
                await _get(session, url, file, limits.max_bytes)
                return
            except (FeedUnreachable, aiohttp.ClientError, TimeoutError) as error:
                if attempt == limits.tries:
                    raise _unreachable(url, error) from error
            await asyncio.sleep(limits.pause * 2 ** (attempt - 1))


async def _get(session: aiohttp.ClientSession, url: str, file: IO[bytes], max_bytes: int) -> None:
    file.seek(0)
    file.truncate()
    async with session.get(url) as response:
        if response.status == 429 or response.status >= 500:
            raise FeedUnreachable(f"{shown(url)} ответил ошибкой {response.status}. Повторите позже.")
        if response.status >= 400:
            raise FeedError(f"{shown(url)} ответил ошибкой {response.status}. Проверьте адрес фида.")
        size = 0
        async for block in response.content.iter_chunked(1 << 16):
            size += len(block)
            if size > max_bytes:
                raise FeedError(
                    f"{shown(url)} отдаёт больше {max_bytes // 1024 // 1024} МБ: это не похоже на фид."
                )
            file.write(block)
    file.flush()


def _unreachable(url: str, error: Exception) -> FeedUnreachable:
    if isinstance(error, FeedUnreachable):
        return error
    if isinstance(error, TimeoutError):
        return FeedUnreachable(f"{shown(url)} молчит. Проверьте, открывается ли адрес, и повторите позже.")
    if isinstance(error, aiohttp.InvalidURL):
        return FeedUnreachable(f"адрес {shown(url)} записан неверно. Проверьте его.")
    return FeedUnreachable(
        f"{shown(url)} недоступен ({type(error).__name__}). Проверьте адрес и повторите позже."
    )
