"""The work behind the channels: turns and deliveries, in this process, for the channels it serves."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from bot.channels.base import Channel
from bot.db import Sessions
from bot.dispatch import Dispatcher
from bot.inbox.claim import Claim, claim_turn
from bot.inbox.claim import next_due as next_turn_due
from bot.outbox.claim import Parcel, claim_parcel
from bot.outbox.claim import next_due as next_parcel_due
from bot.outbox.send import deliver
from bot.turn.handle import Turns
from bot.turn.rasa import Rasa
from bot.wake import Wake

# How long a running turn or delivery may go on after the stop.
GRACE = 10.0


@asynccontextmanager
async def working(
    sessions: Sessions,
    rasa: Rasa,
    channels: Mapping[str, Channel],
    *,
    inbox: Wake,
    default_department: str,
) -> AsyncIterator[None]:
    """Inside the block every accepted message is answered; what was pending before is resumed."""
    outbox = Wake()
    turns = Turns(sessions, rasa, channels, outbox, default_department)
    worker, names = worker_name(), tuple(channels)
    answering = Dispatcher[Claim](
        "turns",
        next_due=partial(next_turn_due, sessions, names),
        claim=partial(claim_turn, sessions, names, worker),
        work=turns.handle,
        wake=inbox,
    )
    delivering = Dispatcher[Parcel](
        "deliveries",
        next_due=partial(next_parcel_due, sessions, names),
        claim=partial(claim_parcel, sessions, names, worker),
        work=partial(deliver, sessions, channels),
        wake=outbox,
    )
    answers = asyncio.create_task(answering.run(GRACE))
    deliveries = asyncio.create_task(delivering.run(GRACE))
    try:
        yield
    finally:
        # Turns first: what they say may still go out.
        answering.stop()
        await answers
        delivering.stop()
        await deliveries


def worker_name() -> str:
    """Who holds a lease; never the same twice, so that a dead process is not taken for its successor."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
