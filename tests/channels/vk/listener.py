"""Our side of the long poll, as one gateway runs it."""

import asyncio
import itertools
from functools import partial
from typing import Any, Self

from sqlalchemy import select

from bot.channels.reader import Reader
from bot.channels.vk.api import Vk
from bot.channels.vk.errands import Errands
from bot.channels.vk.incoming import CHANNEL
from bot.channels.vk.intake import Intake
from bot.channels.vk.longpoll import LongPoll
from bot.channels.vk.missed import Missed
from bot.channels.vk.patience import Patience
from bot.conversations import Conversation, Message
from bot.db import Base, Sessions
from bot.desk.tickets import take_over
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.outside import Outside
from bot.wake import Wake
from tests.emulators.vk import VkEmulator

PATIENCE = 20  # seconds; far above what anything takes, so that a busy machine fails nothing

_workers = itertools.count(1)


class ShortPatience(Patience):
    """Pauses that a test can wait for, in both senses."""

    def __init__(self) -> None:
        super().__init__(first=0.01, longest=0.02, for_admin=0.02)
        self.pauses = asyncio.Semaphore(0)

    def pause(self, error: Exception) -> float:
        self.pauses.release()
        return super().pause(error)


class Listener:
    def __init__(self, vk: VkEmulator, api: Vk, sessions: Sessions) -> None:
        self.sessions = sessions
        self._vk = vk
        self._wake = Wake()
        outside = Outside()
        inbox = Inbox(sessions, self._wake, partial(take_over, department="used"), Metrics())
        self._errands = Errands(api, sessions, outside)
        self.intake = Intake(api.account, inbox, 0.0, self._errands)
        self.reader = Reader(sessions, CHANNEL, api.account, f"worker {next(_workers)}")
        missed = Missed(api, sessions, self.intake, outside)
        self._patience = ShortPatience()
        self._poll = LongPoll(api, self.intake, self.reader, missed, outside, self._patience)
        self._running: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._running = [asyncio.create_task(work.run()) for work in (self._poll, self._errands)]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._poll.stop()
        self._errands.stop()
        await asyncio.gather(*self._running)

    def die(self) -> None:
        """As after `kill -9`: nothing is stored any more and no lease is given back."""
        for task in self._running:
            task.cancel()
        self._running = []

    async def polls(self) -> None:
        """Returns when VK holds our question."""
        async with asyncio.timeout(PATIENCE):
            await self._vk.longpoll.waiting.wait()

    async def stumbles(self, times: int) -> None:
        """Returns when something has gone wrong so often."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(times):
                await self._patience.pauses.acquire()

    async def texts(self, count: int) -> list[str]:
        """What the history has, as soon as it has `count` messages."""
        async with asyncio.timeout(PATIENCE):
            while len(rows := await self.rows(Message)) < count:
                await self._wake.wait(PATIENCE)
        return [row.text for row in rows]

    async def name(self) -> str | None:
        """The first customer's, once all errands are done."""
        await self.polls()  # what was stored before has been handed on
        _, errands = self._running
        self._errands.stop()
        await errands
        return (await self.rows(Conversation))[0].name

    async def rows[Row: Base](self, model: type[Row]) -> list[Row]:
        key: Any = model.__table__.primary_key
        async with self.sessions() as session:
            return list(await session.scalars(select(model).order_by(*key)))
