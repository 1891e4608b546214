"""Who holds a turn, a delivery or the reading of an account, and what becomes of it when he dies.

A lease ends by itself, so that nothing waits for ever for a dead machine. What a killed process of this
machine held is free as soon as a gateway starts here again.
"""

import asyncio
import logging
import os
import re
import secrets
import socket
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import InstrumentedAttribute

from bot.channels.models import ChannelReader
from bot.conversations import Conversation
from bot.db import Sessions
from bot.outbox.models import OutboxMessage

WRITE_PAUSE = 0.5
LONGEST_HOST = 32
# Its inode says within which container a pid has a meaning.
PROCESSES = Path("/proc/self/ns/pid")

# Classes of SQL's own error numbers, for asyncpg's errors of which SQLAlchemy has no class: the connection,
# two who wait for each other, resources, an operator's hand, the system.
PASSING = ("08", "40", "53", "57", "58")

HELD = (Conversation.claimed_by, OutboxMessage.claimed_by, ChannelReader.held_by)

log = logging.getLogger(__name__)


def worker_name() -> str:
    """Who holds a lease; never the same twice, so that a dead process is not taken for its successor."""
    return f"{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"


async def free_the_dead(sessions: Sessions, worker: str, *more: InstrumentedAttribute[str | None]) -> None:
    """Free what processes of this machine held that live no more; `worker` is who asks.

    `more` is what else is held, of tables that the channels must not know.
    """
    for held_by in (*HELD, *more):
        await _free(sessions, held_by, worker)


async def _free(sessions: Sessions, held_by: InstrumentedAttribute[str | None], worker: str) -> None:
    async with sessions.begin() as session:
        holders = await session.scalars(select(held_by).where(held_by.is_not(None)).distinct())
        dead = [name for name in holders if name is not None and name != worker and is_dead(name)]
        if dead:
            # Without a holder its lease has no meaning, and whoever holds it must prove his name.
            await session.execute(update(held_by.class_).where(held_by.in_(dead)).values(_unheld(held_by)))
            log.info("leases of killed processes are free", extra={"of": held_by.class_.__tablename__})


def _unheld(held_by: InstrumentedAttribute[str | None]) -> dict[str, None]:
    until = held_by.key.replace("_by", "_until")
    return {held_by.key: None, until: None}


def is_dead(worker: str) -> bool:
    """A process of this machine that has ended. Of other machines nothing is known."""
    named = re.fullmatch(r"(.+):(\d+):[0-9a-f]{8}", worker)
    if named is None or named[1] != _machine() or os.name != "posix":
        return False
    # What starts again may have the number of what was killed, in a container above all.
    return int(named[2]) == os.getpid() or not _runs(int(named[2]))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _machine() -> str:
    """Containers may share the name of their host, and each counts its processes for itself."""
    try:
        return f"{_host()}:{PROCESSES.stat().st_ino}"
    except OSError:
        return _host()  # a system without them


def _host() -> str:
    """As it fits into the columns; of a longer name its sum too, because those of a cluster begin alike."""
    name = socket.gethostname()
    if len(name) <= LONGEST_HOST:
        return name
    return f"{name[: LONGEST_HOST - 9]}-{zlib.crc32(name.encode()):08x}"


def passes_by_itself(error: Exception) -> bool:
    """The database is away, restarting or overloaded; anything else is a defect, and stays one."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeout | OSError)
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or isinstance(error, OperationalError | InterfaceError)
        or state[:2] in PASSING
    )


async def until_written(write: Callable[[], Awaitable[None]], within: float) -> None:
    """What was done must not be forgotten because the database is restarting at that moment.

    Tried for `within` seconds, the time of the lease: then another gateway may do it again, and there is
    nothing to save.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return await write()
        except (DBAPIError, PoolTimeout, OSError) as error:
            if not passes_by_itself(error) or time.monotonic() + WRITE_PAUSE > deadline:
                raise
            log.warning("done, but the database is away")
            await asyncio.sleep(WRITE_PAUSE)
