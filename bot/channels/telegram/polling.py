"""Long polling: Telegram is told that an update arrived only after it is in the inbox.

aiogram's own polling asks for the next updates while these are still being handled, and so loses them in a
crash.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.reader import Reader
from bot.channels.telegram.client import GetRawUpdates
from bot.channels.telegram.incoming import UPDATES
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.patience import Patience, rest, unless_stopped

POLL = 25  # seconds
# With the answer on its way, and within the reader's lease.
POLL_TIMEOUT = POLL + 10
# How soon another gateway follows one that died, once its lease has ended.
STANDBY = 5.0


class Poller:
    def __init__(self, bot: Bot, intake: Intake, reader: Reader, patience: Patience | None = None) -> None:
        self._bot = bot
        self._intake = intake
        self._reader = reader
        self._patience = patience or Patience()
        self._ready = False
        self._offset: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. What is not stored by then, Telegram tells again."""
        while not stop.is_set():
            try:
                pause = await self._step(stop)
            except Exception as error:
                # Whatever it was, customers go on writing: only waiting and asking again gets it to us.
                self._ready = False
                pause = self._patience.pause(error)
            if pause:
                await rest(stop, pause)
        await self._leave()

    async def _step(self, stop: asyncio.Event) -> float:
        """One poll; seconds until the next."""
        if not await self._reader.hold():
            self._ready, self._offset = False, None
            return STANDBY
        updates = await unless_stopped(stop, asyncio.create_task(self._ask()))
        await self._store(updates or ())
        self._patience.reward()
        return 0.0

    async def _ask(self) -> list[Any]:
        if not self._ready:
            # While a webhook is set, Telegram refuses to be polled.
            await self._bot.delete_webhook()
            await self._intake.show_menu()
            self._ready = True
        ask = GetRawUpdates(offset=self._offset, timeout=POLL, allowed_updates=list(UPDATES))
        return await self._bot(ask, request_timeout=POLL_TIMEOUT)

    async def _store(self, updates: Sequence[Any]) -> None:
        for raw in updates:
            await self._intake.take(raw)
        # Without an offset when nothing is left to acknowledge: after a quiet week the numbers begin anew.
        self._offset = max((_update_id(raw) for raw in updates), default=-1) + 1 or None

    async def _leave(self) -> None:
        try:
            await self._reader.release()
        except (SQLAlchemyError, OSError):
            return  # the lease ends by itself


def _update_id(raw: Any) -> int:
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    return update_id if isinstance(update_id, int) else -1
