"""The loop that both queues share: wait until something is due, claim it, do it beside the others."""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable

from bot.db import utcnow
from bot.wake import Wake

# How soon work is found that another process stored.
POLL = 0.5

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
        self._slots = asyncio.Semaphore(width)
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stopping:
            await self._slots.acquire()
            job = await self._next_job()
            if job is None:
                return
            task = asyncio.create_task(self._do(job), name=self._name)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self, seconds: float) -> None:
        """Take no more jobs and let the running ones end.

        After `seconds` they are cancelled: they are still in the database and done after a restart.
        """
        self._stopping = True
        self._wake.notify()
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _next_job(self) -> Job | None:
        """The next job; None when the dispatcher stops."""
        while not self._stopping:
            try:
                job = await self._claim_due()
            except Exception:
                # The database is away or overloaded: the work is still in it.
                log.exception("queue not readable", extra={"queue": self._name})
                await asyncio.sleep(POLL)
                continue
            if job is not None:
                return job
        return None

    async def _claim_due(self) -> Job | None:
        due = await self._next_due()
        pause = POLL if due is None else min((due - utcnow()).total_seconds(), POLL)
        if pause > 0:
            await self._wake.wait(pause)
            return None
        return await self._claim()

    async def _do(self, job: Job) -> None:
        try:
            await self._work(job)
        except Exception:
            # Its lease ends by itself and the job is done again.
            log.exception("job failed", extra={"queue": self._name})
        finally:
            self._slots.release()
            # A finished job may have freed the next one of its conversation.
            self._wake.notify()
