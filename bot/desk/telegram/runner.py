"""One group, as long as the gateway runs: its lease, its rounds, and what is wrong with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.telegram.client import describe
from bot.channels.telegram.patience import rest
from bot.db import Sessions
from bot.desk.telegram import groups
from bot.desk.telegram.forum import Forum, trouble_of_group
from bot.desk.telegram.groups import Lease
from bot.desk.telegram.poster import Poster
from bot.desk.trouble import note_trouble
from bot.wake import Wake

# How soon work of another process is found. With Telegram's own time a hand-over is shown within 2 s.
POLL = 0.5

DEFECT = "внутренняя ошибка бота, подробности в журнале ({name})"
REFUSED = "Telegram ответил: {words}"
SILENT = "Telegram не ответил вовремя"

# What another gateway has noted is not known to be over yet.
UNTRIED = "not tried yet"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pauses:
    """Seconds."""

    # How soon another gateway follows one that died, once its lease has ended.
    standby: float = 5.0
    # A group that people have to mend.
    for_admin: float = 30.0
    after_trouble: float = 5.0
    # How soon another group hears of one that does not work, once that has lasted for a minute.
    upkeep: float = 15.0


class Runner:
    """`make_poster` gets the key of the group and its lease; `examine` tells what is wrong with a chat."""

    def __init__(
        self,
        number: int,
        worker: str,
        *,
        sessions: Sessions,
        forum: Forum,
        make_poster: Callable[[int, Lease], Poster],
        examine: Callable[[int], Awaitable[str | None]],
        wake: Wake,
        stop: asyncio.Event,
        pauses: Pauses,
    ) -> None:
        self._number = number  # in dealer.yml
        self._worker = worker
        self._sessions = sessions
        self._forum = forum
        self._make_poster = make_poster
        self._examine = examine
        self._wake = wake
        self._stop = stop
        self._pauses = pauses
        self._opened: tuple[int, Lease, Poster] | None = None
        self._holds = False
        self._told: str | None = UNTRIED

    async def run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._step()
            except Exception as error:
                # Whatever it was, customers go on writing: only trying again shows it to people.
                await rest(self._stop, await self._mend(error))
        await self._leave()

    async def _step(self) -> None:
        key, lease, poster = await self._open()
        if not await lease.hold():
            self._holds = False
            await rest(self._stop, self._pauses.standby)
            return
        if not self._holds:
            # The gateway before may have followed the group to another number.
            self._forum.chat_id = await groups.chat_of(self._sessions, key)
            self._holds, self._told = True, UNTRIED
        await poster.round()
        fit = self._told is None or await self._is_fit()
        await self._wake.wait(POLL if fit else self._pauses.for_admin)

    async def _is_fit(self) -> bool:
        """A round in which there was nothing to show has not proved that it would have been shown."""
        reason = await self._examine(self._forum.chat_id)
        await self._tell(reason)
        return reason is None

    async def _open(self) -> tuple[int, Lease, Poster]:
        if self._opened is None:
            key = await groups.register(self._sessions, self._number)
            lease = Lease(self._sessions, key, self._worker)
            self._opened = key, lease, self._make_poster(key, lease)
        return self._opened

    async def _mend(self, error: Exception) -> float:
        """Seconds until the next try."""
        if self._stop.is_set():
            return 0.0  # cut short by the stop itself
        try:
            return await self._follow(error)
        except (SQLAlchemyError, OSError):
            return self._pauses.after_trouble  # it is told when the database is back

    async def _follow(self, error: Exception) -> float:
        match error:
            case TelegramMigrateToChat():
                await self._move(error.migrate_to_chat_id)
                return 0.0
            case TelegramRetryAfter():
                log.warning("telegram asks to wait", extra=self._about(seconds=error.retry_after))
                return float(error.retry_after)
            case TelegramAPIError() | ClientDecodeError():
                reason = trouble_of_group(error)
                await self._tell(reason or REFUSED.format(words=describe(error)))
                return self._pauses.for_admin if reason else self._pauses.after_trouble
            case TimeoutError():
                await self._tell(SILENT)
                return self._pauses.after_trouble
            case _:
                if not isinstance(error, SQLAlchemyError | OSError):
                    log.exception("desk failed", exc_info=error, extra=self._about())
                await self._tell(DEFECT.format(name=type(error).__name__))
                return self._pauses.after_trouble

    async def _move(self, chat_id: int) -> None:
        key, _, _ = await self._open()
        async with self._sessions.begin() as session:
            await groups.move(session, key, chat_id)
        self._forum.chat_id = chat_id
        log.warning("group has moved", extra=self._about(chat_id=chat_id))

    async def _tell(self, reason: str | None) -> None:
        """For the other groups, in the log once; None when it works."""
        if reason is None and self._told is None:
            return
        key, _, _ = await self._open()
        async with self._sessions.begin() as session:
            # Each time that it fails: meanwhile the group itself may have told us that it is in order.
            await note_trouble(session, key, reason)
        if reason is not None and reason != self._told:
            log.error("group does not work", extra=self._about(reason=reason))
        elif reason is None:
            log.info("group works", extra=self._about())
        self._told = reason

    async def _leave(self) -> None:
        try:
            if self._opened is not None:
                await self._opened[1].release()
        except (SQLAlchemyError, OSError):
            return  # the lease ends by itself

    def _about(self, **more: object) -> dict[str, object]:
        return {"group": self._number, **more}
