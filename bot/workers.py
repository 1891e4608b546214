"""The work behind the channels: turns and deliveries, in this process, for the channels it serves."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from bot.channels.base import Channel
from bot.db import Sessions
from bot.dispatch import Dispatcher
from bot.inbox.claim import Claim, claim_turn
from bot.inbox.claim import next_due as next_turn_due
from bot.leases import free_the_dead, worker_name
from bot.metrics import Metrics
from bot.outbox.claim import Parcel, claim_parcel
from bot.outbox.claim import next_due as next_parcel_due
from bot.outbox.send import Deliveries
from bot.outside import Outside
from bot.turn.handle import Turns
from bot.turn.rasa import Rasa
from bot.wake import Wake

# Seconds after the stop that running turns may wait for Rasa, and deliveries for their channel.
TURNS_GRACE = 10.0
DELIVERIES_GRACE = 5.0


@asynccontextmanager
async def working(
    sessions: Sessions,
    rasa: Rasa,
    channels: Mapping[str, Channel],
    *,
    inbox: Wake,
    metrics: Metrics,
    default_department: str,
) -> AsyncIterator[None]:
    """Inside the block every accepted message is answered; what was pending before is resumed."""
    outbox = Wake()
    rasas, messengers = Outside(), Outside()
    turns = Turns(sessions, rasa, channels, outbox, metrics, rasas, default_department)
    deliveries = Deliveries(sessions, channels, metrics, messengers)
    worker, names = worker_name(), tuple(channels)
    await free_the_dead(sessions, worker)
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
        work=deliveries.deliver,
        wake=outbox,
    )
    answers = asyncio.create_task(answering.run())
    sending = asyncio.create_task(delivering.run())
    try:
        yield
    finally:
        # Turns first: what they say still goes out.
        answering.stop()
        await _ended(answers, answering, rasas, TURNS_GRACE)
        delivering.finish()
        await _ended(sending, delivering, messengers, DELIVERIES_GRACE)


async def _ended[Job](
    loop: asyncio.Task[None], dispatcher: Dispatcher[Job], outside: Outside, grace: float
) -> None:
    """After `grace` seconds nothing is waited for but our own database."""
    await asyncio.wait({loop}, timeout=grace)
    dispatcher.stop()
    outside.leave()
    await loop
