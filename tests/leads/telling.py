"""A gateway with CRMs for the tests: leads come by the spine, time is moved by hand."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

import bot.leads.claim
import bot.leads.crm.calls
import bot.leads.deliver
import bot.leads.deliveries
import bot.leads.looks
from bot.db import Sessions
from bot.leads.claim import Errand, claim_errand
from bot.leads.crm.base import Crm, CrmDelayed, LeadCard
from bot.leads.deliver import Handovers
from bot.leads.models import Lead, LeadDelivery
from bot.outside import Outside
from tests.spine import DEALER, Answer, Spine, incoming, says, spine

PHONE = "+79001234567"
OTHER = "+79007654321"
GIVEN = {"custom": {"effect": "consent_given", "how": "button"}}
SHOWN = {"custom": {"effect": "consent_shown", "version": DEALER.consent.version}}


def lead(phone: str | None = PHONE, **fields: Any) -> dict[str, Any]:
    """A reply of the actions that captures a contact."""
    effect = {
        "effect": "lead",
        "phone": phone,
        "step": "call_back",
        "topic": "price",
        "department": "used_cars",
    }
    return {"custom": effect | fields}


class FakeCrm:
    """Keeps what `bot.leads.crm.base.Crm` promises: a mark that is there already is found."""

    name = "fake"

    def __init__(self) -> None:
        self.records: dict[str, list[LeadCard]] = {}  # record → what it was told, in order
        self.made: list[str] = []  # the mark of each record that was made
        self.down = False
        self.troubles: list[Exception] = []  # raised before anything is done
        self.forgotten: list[str] = []
        self.dies_after: BaseException | None = None  # raised after it was done

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        self._be_in_trouble()
        found = record or next((r for r, cards in self.records.items() if cards[0].uid == card.uid), None)
        await asyncio.sleep(0)  # whoever delivers the same lead beside us would make it twice
        if found is None:
            self.made.append(card.uid)
            found = f"lead:{len(self.made)}"
        self.records.setdefault(found, []).append(card)
        self._die()
        return found

    async def forget(self, record: str) -> None:
        self._be_in_trouble()
        self.records.pop(record, None)
        self.forgotten.append(record)
        self._die()

    @property
    def latest(self) -> list[LeadCard]:
        return [cards[-1] for cards in self.records.values()]

    def _be_in_trouble(self) -> None:
        if self.down:
            raise CrmDelayed("система не отвечает")
        if self.troubles:
            raise self.troubles.pop(0)

    def _die(self) -> None:
        if self.dies_after is not None:
            error, self.dies_after = self.dies_after, None
            raise error


class Clock:
    def __init__(self) -> None:
        self._ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._ahead

    def move(self, **by: float) -> None:
        self._ahead += dt.timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Moves the queue of deliveries, which goes by no other."""
    clock = Clock()
    for module in (
        bot.leads.claim,
        bot.leads.deliver,
        bot.leads.deliveries,
        bot.leads.looks,
        bot.leads.crm.calls,
    ):
        monkeypatch.setattr(module, "utcnow", clock)
    return clock


class Telling:
    """The spine, and the dispatcher's work done by hand."""

    def __init__(self, gateway: Spine, crm: FakeCrm, crms: Mapping[str, Crm]) -> None:
        self.gateway = gateway
        self.crm = crm
        self.handovers = Handovers(gateway.sessions, crms, DEALER, Outside(), gateway.metrics)

    async def hear(
        self, *replies: dict[str, Any], chat: str = "anna", text: str = "да", **fields: Any
    ) -> None:
        """A turn whose effects are those of `replies`."""
        answers: list[Answer] = [says({"text": "Хорошо."}, *replies)]
        self.gateway.rasa.answers = answers
        await self.gateway.talk(incoming(text, chat=chat, **fields))

    async def claim(self, worker: str = "worker") -> Errand | None:
        return await claim_errand(self.gateway.sessions, list(self.handovers.crms), worker)

    async def tell(self) -> int:
        """Every delivery that is due now, eight beside each other; how many there were."""
        number = 0
        while errands := [e for e in [await self.claim() for _ in range(8)] if e is not None]:
            await asyncio.gather(*map(self.handovers.handle, errands))
            number += len(errands)
        return number

    async def leads(self) -> Sequence[Lead]:
        return sorted(await self.gateway.rows(Lead), key=lambda lead: lead.id)

    async def deliveries(self) -> Sequence[LeadDelivery]:
        return await self.gateway.rows(LeadDelivery)


@asynccontextmanager
async def telling(sessions: Sessions, *crms: Crm) -> AsyncIterator[Telling]:
    """`crms`: in place of the fake."""
    fake = FakeCrm()
    named = {crm.name: crm for crm in crms or (fake,)}
    async with spine(sessions, systems=tuple(named)) as gateway:
        yield Telling(gateway, fake, named)
