"""Waiting for other servers: bounded, and ended by a stop of this process.

A stop must not cancel work: cut in the middle of a query it would leave a connection in an unknown state.
It ends these waits instead, and what waited goes the way of any other failure: planned again, lease freed.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


class Outside:
    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()
        self._left = False

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Raises TimeoutError when the block takes longer, or when `leave` is called meanwhile."""
        async with asyncio.timeout(0 if self._left else seconds) as wait:
            self._waits.add(wait)
            try:
                yield
            finally:
                self._waits.discard(wait)

    def leave(self) -> None:
        """End all waits; later ones do not begin."""
        self._left = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(now)


async def to_its_end[Result](query: Coroutine[Any, Any, Result]) -> Result:
    """A query among the waits of `Outside.within`: when they are ended it is not cut, only what follows."""
    task = asyncio.create_task(query)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
