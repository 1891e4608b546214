"""The loop that both queues share: wait until something is due, claim it, do it beside the others."""

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable

from bot.db import utcnow
from bot.wake import Wake

# How soon work is found that another process stored.
POLL = 0.5
# How soon a job is looked at again that was due and not to be had.
BREATH = 0.05

log = logging.getLogger(__name__)


class Dispatcher[Job]:
    """Runs up to `width` jobs at a time until it is stopped."""

    def __init__(
        self,
        name: str,
        *,
        next_due: Callable[[], Awaitable[dt.datetime | None]],
        claim: Callable[[], Awaitable[Job | None]],
        work: Callable[[Job], Awaitable[None]],
        wake: Wake,
        width: int = 8,
    ) -> None:
        self._name = name
        self._next_due = next_due
        self._claim = claim
        self._work = work
        self._wake = wake
        self._width = width
        self._running: set[asyncio.Task[None]] = set()
        self._finishing = False
        self._stopping = False
        self._readable = True
        # When the queue must be asked again; by then it may have what another process stored.
        self._look_at = 0.0

    @property
    def has_room(self) -> bool:
        return len(self._running) < self._width

    def start(self, job: Job) -> None:
        """Also for who has claimed a job himself, where he found room for it."""
        task = asyncio.create_task(self._do(job), name=self._name)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def stop(self) -> None:
        """Let `run` take no more jobs."""
        self._stopping = True
        self._wake.notify()

    def finish(self) -> None:
        """Let `run` end as soon as nothing is due and nothing runs."""
        self._finishing = True
        self._wake.notify()

    async def run(self) -> None:
        """Until `stop` or `finish`, and then until the running jobs have ended.

        No job is cancelled, see `bot.outside`.
        """
        while not self._stopping:
            job = await self._next_job()
            if job is not None:
                self.start(job)
        if self._running:
            await asyncio.wait(self._running)

    async def _next_job(self) -> Job | None:
        """The job that is due, or None after a pause."""
        try:
            if self.has_room and self._wake.take_due():
                return await self._claim_told()
            pause = await self._pause()
            if pause <= 0:
                return await self._claim_or_pause()
            if self._finishing and not self._running:
                self.stop()
                return None
            await self._wake.wait(pause)
            return None
        except Exception:
            # The database is away or overloaded: the work is still in it.
            self._tell_unreadable()
            self._look_at = 0.0
            await asyncio.sleep(POLL)
            return None

    async def _claim_told(self) -> Job | None:
        job = await self._claim()
        self._tell_readable()
        if job is None:
            # Another process has it, or it went with the one before.
            self._look_at = 0.0
        return job

    async def _claim_or_pause(self) -> Job | None:
        job = await self._claim()
        self._tell_readable()
        if job is None:
            # Another process holds its row at this moment, perhaps for long.
            await self._wake.wait(BREATH)
        return job

    async def _pause(self) -> float:
        """Seconds until the next look at the queue; 0 or less when a job is due."""
        if not self.has_room:
            return POLL
        if self._wake.take_changed() or self._look_at <= time.monotonic():
            await self._look()
        return self._look_at - time.monotonic()

    async def _look(self) -> None:
        due = await self._next_due()
        pause = POLL if due is None else min((due - utcnow()).total_seconds(), POLL)
        if pause > 0:  # else the claim will show whether the database is well
            self._tell_readable()
        self._look_at = time.monotonic() + pause

    def _tell_unreadable(self) -> None:
        """Once, with the reason: it is looked at again twice a second."""
        if self._readable:
            log.exception("queue not readable", extra={"queue": self._name})
        self._readable = False

    def _tell_readable(self) -> None:
        if not self._readable:
            log.warning("queue readable again", extra={"queue": self._name})
        self._readable = True

    async def _do(self, job: Job) -> None:
        try:
            await self._work(job)
        except Exception:
            # Its lease ends by itself and the job is done again.
            log.exception("job failed", extra={"queue": self._name})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        # A place is free, and the next job of the same conversation may be due.
        self._wake.notify()
