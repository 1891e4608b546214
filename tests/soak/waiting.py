import asyncio
from collections.abc import Callable

LIMIT = 120.0  # seconds, for the slowest machine
LOOKED_EVERY = 0.05


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what customers see in the emulators. Raises TimeoutError."""
    async with asyncio.timeout(LIMIT):
        while not is_so():  # noqa: ASYNC110 (the emulators keep it, they do not tell)
            await asyncio.sleep(LOOKED_EVERY)
