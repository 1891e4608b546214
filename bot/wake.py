"""Tells a waiting loop of this process that there is work. Other processes find it by polling."""

import asyncio


class Wake:
    """`notify` is remembered until the next `wait`, so that none is missed.

    `others` are notified with it: who waits for the same news.
    """

    def __init__(self, *others: "Wake") -> None:
        self._event = asyncio.Event()
        self._others = others

    def notify(self) -> None:
        self._event.set()
        for other in self._others:
            other.notify()

    async def wait(self, seconds: float) -> None:
        """Return at the next notification or after `seconds`, whichever is first."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
