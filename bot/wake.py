"""Tells a waiting loop of this process that there is work. Other processes find it by polling."""

import asyncio


class Wake:
    """`notify` is remembered until the next `wait`, so that none is missed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return at the next notification or after `seconds`, whichever is first."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
