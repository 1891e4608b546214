"""Tell a system of a lead, or let it forget one: try, wait, try again for days, and in the end say so."""

import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.leads.card import card_of
from bot.leads.claim import (
    LEASE,
    DeliveryLost,
    Errand,
    delivered,
    forgotten,
    give_up,
    let_rest,
    postpone,
)
from bot.leads.crm.base import Crm, CrmBusy, CrmDelayed, CrmRefused, LeadCard, ShowsStages
from bot.leads.models import Lead
from bot.leases import until_written
from bot.metrics import LeadOutcome, Metrics
from bot.outside import Outside

# Well within the lease, so that no second gateway tells the same meanwhile.
TIMEOUT = LEASE.total_seconds() * 0.8

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
GIVE_UP_AFTER = dt.timedelta(days=7)

FORGET_BY_HAND = (
    "клиент просит удалить его данные, а дошёл ли контакт до системы, неизвестно: "
    "найдите запись по метке {uid} и удалите её вручную"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Handovers:
    """Does errands; one that does not succeed is planned again or shown as failed."""

    sessions: Sessions
    crms: Mapping[str, Crm]
    dealer: Dealer
    outside: Outside
    metrics: Metrics

    async def handle(self, errand: Errand) -> None:
        try:
            await self._try(errand)
        except DeliveryLost:
            log.warning("lead delivery lost", extra=_about(errand))

    async def _try(self, errand: Errand) -> None:
        try:
            await (self._forget(errand) if errand.task == "forget" else self._deliver(errand))
        except DeliveryLost:
            raise
        except CrmRefused as error:
            await self._fail(errand, str(error), made_nothing=errand.record is None)
        except CrmDelayed as error:
            await self._delay(errand, str(error), error.retry_after)
            if isinstance(error, CrmBusy):
                await self._let_rest(errand.system, error)
        except TimeoutError:
            # Perhaps it is there: the next try looks for the lead's mark first.
            await self._delay(errand, "система не ответила вовремя")
        except Exception as error:
            # A defect of ours must not stop the queue; the traceback goes to the log.
            log.exception("lead delivery broke", extra=_about(errand))
            await self._delay(errand, f"{type(error).__name__} при передаче")

    async def _deliver(self, errand: Errand) -> None:
        told = await self._card(errand)
        if told is None:
            await self._write(partial(postpone, self.sessions, errand, "клиент удалил свои данные", utcnow()))
            return
        revision, card = told
        crm = self.crms[errand.system]
        async with self.outside.within(TIMEOUT):
            record = await crm.deliver(card, errand.record)
        followed = isinstance(crm, ShowsStages)
        await self._write(partial(delivered, self.sessions, errand, revision, record, followed=followed))
        self._ended(errand, "done")
        log.info("lead delivered", extra=_about(errand))

    async def _card(self, errand: Errand) -> tuple[int, LeadCard] | None:
        """With the lead's revision; None when he was forgotten since the errand was claimed."""
        async with self.sessions() as session:
            lead = await session.get_one(Lead, errand.lead_id)
            if lead.phone is None:
                return None
            return lead.revision, await card_of(session, lead, errand.system, self.dealer)

    async def _forget(self, errand: Errand) -> None:
        if errand.record is None:
            await self._fail(errand, FORGET_BY_HAND.format(uid=await self._uid(errand)), made_nothing=False)
            return
        async with self.outside.within(TIMEOUT):
            await self.crms[errand.system].forget(errand.record)
        await self._write(partial(forgotten, self.sessions, errand))
        self._ended(errand, "done")
        log.info("lead forgotten", extra=_about(errand))

    async def _uid(self, errand: Errand) -> str:
        async with self.sessions() as session:
            return (await session.get_one(Lead, errand.lead_id)).uid

    async def _delay(self, errand: Errand, error: str, retry_after: float | None = None) -> None:
        if utcnow() - errand.queued_at > GIVE_UP_AFTER:
            await self._fail(errand, error, made_nothing=False)
            return
        pause = retry_after if retry_after is not None else back_off(errand.attempt)
        log.warning(
            "lead delivery delayed", extra={**_about(errand), "seconds": round(pause), "reason": error}
        )
        self._ended(errand, "delayed")
        next_try_at = utcnow() + dt.timedelta(seconds=pause)
        await self._write(partial(postpone, self.sessions, errand, error, next_try_at))

    async def _fail(self, errand: Errand, error: str, *, made_nothing: bool) -> None:
        log.error("lead delivery failed", extra={**_about(errand), "reason": error})
        self._ended(errand, "failed")
        await self._write(partial(give_up, self.sessions, errand, error, made_nothing=made_nothing))

    async def _let_rest(self, system: str, busy: CrmDelayed) -> None:
        until = utcnow() + dt.timedelta(seconds=busy.retry_after or FIRST_PAUSE)
        await self._write(partial(let_rest, self.sessions, system, until))

    def _ended(self, errand: Errand, outcome: LeadOutcome) -> None:
        self.metrics.lead_told(errand.system, outcome)

    async def _write(self, write: Callable[[], Awaitable[None]]) -> None:
        await until_written(write, LEASE.total_seconds() - TIMEOUT)


def _about(errand: Errand) -> dict[str, object]:
    return {
        "lead": errand.lead_id,
        "system": errand.system,
        "task": errand.task,
        "attempt": errand.attempt,
    }


def back_off(attempt: int) -> float:
    """Seconds before the next try: 1, 2, 4 minutes … an hour, with jitter so that not all return at once."""
    pause: float = min(FIRST_PAUSE * 2 ** min(attempt - 1, 10), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (not a secret)
