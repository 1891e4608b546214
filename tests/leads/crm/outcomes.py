"""How a delivery may end."""

import asyncio
from collections.abc import Coroutine

from bot.errors import AvtootvetError
from tests.emulators.crm.server import Server
from tests.leads.crm.cards import PERSONAL


async def killed_when_done(server: Server, work: Coroutine[object, object, object]) -> None:
    """The process dies after the server has done what was asked, before its answer comes."""
    task = asyncio.create_task(work)
    await server.hanging.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def says(error: AvtootvetError) -> str:
    """What an admin reads of the error, checked to hold nothing of the customer."""
    whole = f"{error!r} {error.__cause__!r}"
    assert not any(word in whole for word in PERSONAL)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    return str(error)
