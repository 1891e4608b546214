"""What falls due is a row of the database: done in its turn, in one transaction with its effect."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions
from bot.leases import passes_by_itself

# Of what raises.
TRIES = 5
PAUSE = dt.timedelta(minutes=10)

Found = Row[int, int]  # its id, and that of its conversation


async def do_oldest(
    sessions: Sessions,
    find: Callable[[], Awaitable[Found | None]],
    do: Callable[[AsyncSession, Found], Awaitable[bool]],
    put_aside: Callable[[int, Exception], Awaitable[Any]],
) -> int | None:
    """The id of what was due longest; None when nothing is, or when another gateway was faster.

    What raises is put aside, and the next one has its turn. Raises what passes by itself.
    """
    while (oldest := await find()) is not None:
        try:
            async with sessions.begin() as session:
                return oldest.id if await do(session, oldest) else None
        except Exception as error:
            if passes_by_itself(error):
                raise
            # A defect of ours must not keep the others waiting.
            await put_aside(oldest.id, error)
    return None
