"""Deliver one parcel: send, wait, retry, and in the end say that it failed."""

import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.channels.base import Channel, Outgoing
from bot.db import Sessions, utcnow
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from bot.leases import until_written
from bot.metrics import DeliveryOutcome, Metrics
from bot.outbox.claim import OnFailed, Parcel, ParcelLost, give_up, part_sent, postpone
from bot.outbox.corrections import read_correction
from bot.outbox.models import LEASE
from bot.outbox.put import part_key
from bot.outside import Outside

# Well within the lease, so that no second gateway sends the same row meanwhile.
SEND_TIMEOUT = LEASE.total_seconds() / 2
MAX_ATTEMPTS = 10
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deliveries:
    """Sends parcels; one that does not arrive is planned again or shown as failed."""

    sessions: Sessions
    channels: Mapping[str, Channel]
    metrics: Metrics
    outside: Outside
    on_failed: OnFailed

    async def deliver(self, parcel: Parcel) -> None:
        try:
            await self._try(parcel)
        except ParcelLost:
            log.warning("parcel lost", extra=_about(parcel))

    async def _try(self, parcel: Parcel) -> None:
        try:
            await self._send_parts(parcel)
        except ParcelLost:
            raise
        except TimeoutError:
            # Perhaps it did arrive: the send key keeps a channel that has one from showing it twice.
            await self._delay(parcel, DeliveryDelayed("канал не ответил вовремя"), "unclear")
        except DeliveryDelayed as error:
            await self._delay(parcel, error, "delayed")
        except DeliveryError as error:
            await self._fail(parcel, error)
        except Exception as error:
            # A defect of the channel must not stop the queue; the traceback goes to the log.
            log.exception("channel failed", extra=_about(parcel))
            await self._delay(parcel, DeliveryDelayed(f"{type(error).__name__} в канале"), "delayed")

    async def _send_parts(self, parcel: Parcel) -> None:
        """The parts that are not with the customer yet."""
        if parcel.blocked:
            raise Unreachable("клиент запретил сообщения от нас")
        if parcel.message.edits is None:
            await self._send_all(parcel, parcel.message)
        else:
            await self._correct(parcel)
        self.metrics.delivered(parcel.channel, (utcnow() - parcel.queued_at).total_seconds())

    async def _correct(self, parcel: Parcel) -> None:
        correction = await read_correction(self.sessions, parcel)
        if not correction.delivered:
            await self._send_all(parcel, correction.message)
            return
        channel = self.channels[parcel.channel]
        async with self.outside.within(SEND_TIMEOUT):
            await channel.edit(parcel.chat_id, correction.external_ids, correction.message)
        await self._write(partial(part_sent, self.sessions, parcel, 0, (), last=True))

    async def _send_all(self, parcel: Parcel, message: Outgoing) -> None:
        channel = self.channels[parcel.channel]
        parts = channel.parts(message)
        if parcel.parts_sent >= len(parts):
            # Nothing would ever end this row, and it would hold back the later ones.
            raise DeliveryError("отправлять нечего: в сообщении нет ничего, что покажет канал")
        for number, part in enumerate(parts):
            if number < parcel.parts_sent:
                continue
            async with self.outside.within(SEND_TIMEOUT):
                external_ids = await channel.send(parcel.chat_id, part, part_key(parcel.send_key, number))
            last = number == len(parts) - 1
            await self._write(partial(part_sent, self.sessions, parcel, number, external_ids, last=last))

    async def _delay(self, parcel: Parcel, error: DeliveryDelayed, outcome: DeliveryOutcome) -> None:
        if parcel.attempt >= MAX_ATTEMPTS:
            await self._fail(parcel, error)
            return
        pause = error.retry_after if error.retry_after is not None else back_off(parcel.attempt)
        log.warning(
            "delivery delayed",
            extra={**_about(parcel), "seconds": round(pause, 1), "reason": str(error)},
        )
        next_try_at = utcnow() + dt.timedelta(seconds=pause)
        await self._write(partial(postpone, self.sessions, parcel, str(error), next_try_at))
        self.metrics.delivery_ended(parcel.channel, outcome)

    async def _fail(self, parcel: Parcel, error: DeliveryError) -> None:
        log.error("delivery failed", extra={**_about(parcel), "reason": str(error)})
        # What was known before is not written again: he may have allowed messages meanwhile.
        blocked = isinstance(error, Unreachable) and not parcel.blocked
        end = partial(give_up, blocked=blocked, on_failed=self.on_failed)
        await self._write(partial(end, self.sessions, parcel, str(error)))
        self.metrics.delivery_ended(parcel.channel, "failed")

    async def _write(self, write: Callable[[], Awaitable[None]]) -> None:
        await until_written(write, LEASE.total_seconds())


def _about(parcel: Parcel) -> dict[str, object]:
    return {"outbox_id": parcel.id, "channel": parcel.channel, "attempt": parcel.attempt}


def back_off(attempt: int) -> float:
    """Seconds before the next try: 1, 3, 9 … with jitter, so that many rows do not return at once."""
    pause: float = min(FIRST_PAUSE * 3 ** (attempt - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (not a secret)
