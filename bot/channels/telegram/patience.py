"""How to go on while Telegram, the network or the database is in trouble: wait, and say so once."""

import asyncio
import logging
import random

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.client import describe

FIRST_PAUSE = 1.0  # seconds
LONGEST_PAUSE = 30.0
PAUSE_FOR_ADMIN = 60.0

# Only a person mends these.
FOR_ADMIN = (TelegramUnauthorizedError, TelegramNotFound, TelegramBadRequest)
TROUBLES = (TelegramAPIError, ClientDecodeError, SQLAlchemyError, OSError)

log = logging.getLogger(__name__)


class Patience:
    def __init__(self) -> None:
        self._failures = 0
        self._told: str | None = None

    @property
    def in_trouble(self) -> bool:
        return self._told is not None

    def pause(self, error: Exception) -> float:
        """Seconds until the next try."""
        self._failures += 1
        self._tell(error)
        if isinstance(error, TelegramRetryAfter):
            return error.retry_after
        if isinstance(error, FOR_ADMIN):
            return PAUSE_FOR_ADMIN
        pause: float = min(FIRST_PAUSE * 2 ** min(self._failures - 1, 10), LONGEST_PAUSE)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 (not a secret)

    def reward(self) -> None:
        """It went well."""
        if self._told is not None:
            log.warning("telegram answers again", extra={"channel": CHANNEL, "failures": self._failures})
        self._failures, self._told = 0, None

    def _tell(self, error: Exception) -> None:
        reason = _reason(error)
        if reason != self._told:
            # A defect of ours shows where it is.
            defect = None if isinstance(error, TROUBLES) else error
            about = {"channel": CHANNEL, "reason": reason}
            log.error("telegram updates do not come", extra=about, exc_info=defect)
        self._told = reason


def _reason(error: Exception) -> str:
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return "Telegram не принял токен: проверьте TELEGRAM_TOKEN"
    if isinstance(error, TelegramAPIError | ClientDecodeError):
        return describe(error)
    return type(error).__name__


async def unless_stopped[T](stop: asyncio.Event, work: asyncio.Task[T]) -> T | None:
    """The result of `work`; None when `stop` came first, and then `work` is cancelled."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if work.done():
        return work.result()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    return None


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Until `stop` or for so many seconds, whichever is first."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
