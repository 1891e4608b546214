"""Tells a waiting loop of this process that there is work. Other processes find it by polling."""

import asyncio


class Wake:
    """What it is told is remembered until it is asked for, so that nothing is missed.

    `others` are notified with it: who waits for the same news.
    """

    def __init__(self, *others: "Wake") -> None:
        self._event = asyncio.Event()
        self._others = others
        self._changed = False
        self._due = 0

    def notify(self) -> None:
        """Something has changed; what, the queue will show."""
        self._changed = True
        self._ring()

    def tell_due(self) -> None:
        """One more job is due at this moment: the queue need not be asked."""
        self._due += 1
        self._ring()

    def _ring(self) -> None:
        self._event.set()
        for other in self._others:
            other.notify()

    def take_changed(self) -> bool:
        changed, self._changed = self._changed, False
        return changed

    def take_due(self) -> bool:
        """One of the jobs that were told of."""
        told = self._due > 0
        self._due -= told
        return told

    async def wait(self, seconds: float) -> None:
        """Return at the next notification or after `seconds`, whichever is first."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
