"""Who listens to which chat, and when there is something new for him.

What this process does itself wakes a listener at once; what another gateway does is found by one query
a second for all listeners together.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched

from bot.channels.site.transcript import Pulse, pulses
from bot.db import Sessions
from bot.wake import Wake

POLL = 1.0  # seconds
BATCH = 500  # chats in one query

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Listener:
    chat: str
    seen: Pulse = field(default_factory=Pulse)
    wake: Wake = field(default_factory=Wake)


class Hub:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._listeners: dict[str, set[Listener]] = {}
        self._stopped = False
        self._wake = Wake()

    @contextmanager
    def listen(self, chat: str) -> Iterator[Listener]:
        listener = Listener(chat)
        self._listeners.setdefault(chat, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[chat].discard(listener)
            if not self._listeners[chat]:
                del self._listeners[chat]

    def nudge(self, chat: str) -> None:
        for listener in self._listeners.get(chat, ()):
            listener.wake.notify()

    async def run(self) -> None:
        """Watch the database until `stop`."""
        while not self._stopped:
            await self._wake.wait(POLL)
            try:
                await self._look()
            except Exception:
                # The database is away: the listeners find that out themselves when they read or write.
                log.exception("site chats not readable")

    def stop(self) -> None:
        self._stopped = True
        self._wake.notify()

    async def _look(self) -> None:
        for chats in batched(tuple(self._listeners), BATCH):
            async with self._sessions() as session:
                now = await pulses(session, chats)
            for chat, pulse in now.items():
                for listener in self._listeners.get(chat, ()):
                    if listener.seen != pulse:
                        listener.wake.notify()


class Pace:
    """How fast one chat may write: `limit` messages in `window` seconds, per gateway."""

    def __init__(self, limit: int = 10, window: float = 10.0) -> None:
        self._limit = limit
        self._window = window
        self._times: dict[str, deque[float]] = {}

    def wait(self, chat: str) -> float:
        """Seconds until the chat may write again; 0.0 counts this message."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        times = self._times.pop(chat, None) or deque()
        self._times[chat] = times  # the chat that wrote last is last
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + self._window - now
        times.append(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the chats that have fallen silent; they are the first ones."""
        while self._times:
            chat, times = next(iter(self._times.items()))
            if times and times[-1] > now - self._window:
                return
            del self._times[chat]
