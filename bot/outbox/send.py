"""Deliver one parcel: send, wait, retry, and in the end say that it failed."""

import asyncio
import datetime as dt
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Channel
from bot.db import Sessions, utcnow
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from bot.outbox.claim import LEASE, Parcel, ParcelLost, give_up, part_sent, postpone
from bot.outbox.put import part_key

# Well within the lease, so that no second gateway sends the same row meanwhile.
SEND_TIMEOUT = LEASE.total_seconds() / 2
WRITE_PAUSE = 0.5
MAX_ATTEMPTS = 10
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0

log = logging.getLogger(__name__)


async def deliver(sessions: Sessions, channels: Mapping[str, Channel], parcel: Parcel) -> None:
    try:
        await _try(sessions, channels[parcel.channel], parcel)
    except ParcelLost:
        log.warning("parcel lost", extra=_about(parcel))


async def _try(sessions: Sessions, channel: Channel, parcel: Parcel) -> None:
    try:
        await _send_parts(sessions, channel, parcel)
    except ParcelLost:
        raise
    except TimeoutError:
        await _delay(sessions, parcel, DeliveryDelayed(f"нет ответа за {SEND_TIMEOUT:.0f} с"))
    except DeliveryDelayed as error:
        await _delay(sessions, parcel, error)
    except DeliveryError as error:
        await _fail(sessions, parcel, error)
    except Exception as error:
        # A defect of the channel must not stop the queue; the traceback goes to the log.
        log.exception("channel failed", extra=_about(parcel))
        await _delay(sessions, parcel, DeliveryDelayed(f"{type(error).__name__} в канале"))


async def _send_parts(sessions: Sessions, channel: Channel, parcel: Parcel) -> None:
    """The parts that are not with the customer yet."""
    parts = channel.parts(parcel.message)
    for number, part in enumerate(parts):
        if number < parcel.parts_sent:
            continue
        async with asyncio.timeout(SEND_TIMEOUT):
            external_ids = await channel.send(parcel.chat_id, part, part_key(parcel.send_key, number))
        await _until_written(
            partial(part_sent, sessions, parcel, number, external_ids, last=number == len(parts) - 1)
        )


async def _until_written(write: Callable[[], Awaitable[None]]) -> None:
    """What was sent must not be forgotten because the database is restarting at that moment.

    Tried until the lease is over: then another gateway may send it again, and there is nothing to save.
    """
    deadline = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return await write()
        except (SQLAlchemyError, OSError):
            if time.monotonic() + WRITE_PAUSE > deadline:
                raise
            log.warning("delivered, but the database is away")
            await asyncio.sleep(WRITE_PAUSE)


async def _delay(sessions: Sessions, parcel: Parcel, error: DeliveryDelayed) -> None:
    if parcel.attempt >= MAX_ATTEMPTS:
        await _fail(sessions, parcel, error)
        return
    pause = error.retry_after if error.retry_after is not None else back_off(parcel.attempt)
    log.warning(
        "delivery delayed",
        extra={**_about(parcel), "seconds": round(pause, 1), "reason": str(error)},
    )
    next_try_at = utcnow() + dt.timedelta(seconds=pause)
    await postpone(sessions, parcel, str(error), next_try_at)


async def _fail(sessions: Sessions, parcel: Parcel, error: DeliveryError) -> None:
    log.error("delivery failed", extra={**_about(parcel), "reason": str(error)})
    await give_up(sessions, parcel, str(error), blocked=isinstance(error, Unreachable))


def _about(parcel: Parcel) -> dict[str, object]:
    return {"outbox_id": parcel.id, "channel": parcel.channel, "attempt": parcel.attempt}


def back_off(attempt: int) -> float:
    """Seconds before the next try: 1, 3, 9 … with jitter, so that many rows do not return at once."""
    pause: float = min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (not a secret)
