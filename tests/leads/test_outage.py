"""An hour without a system while customers go on leaving their numbers: nothing is lost or doubled."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import update

from bot import monitoring, workers
from bot.db import Sessions
from bot.leads.crm.base import CrmBusy, CrmDelayed, CrmRefused, LeadCard
from bot.leads.models import LeadDelivery
from bot.wake import Wake
from tests.leads.systems import SYSTEMS, Trouble, system
from tests.leads.telling import GIVEN, Clock, FakeCrm, Telling, lead, telling
from tests.spine import DEALER

PATIENCE = 60  # seconds; far above what anything takes, so that a busy machine fails nothing
TROUBLES: Iterable[Trouble] = ("error", "lost", "drop", "cut")


@pytest.mark.parametrize("name", SYSTEMS)
async def test_an_hour_of_trouble_loses_and_doubles_nothing(
    sessions: Sessions, clock: Clock, name: str
) -> None:
    async with system(name) as outside, telling(sessions, outside.crm) as desk:
        troubles = itertools.cycle(TROUBLES)
        for minute in range(0, 60, 3):
            outside.be_in(next(troubles))
            await desk.hear(lead(f"+7900{minute:07}"), GIVEN, chat=f"chat{minute}")
            await desk.tell()
            clock.move(minutes=3)
        outside.be_in(None)
        clock.move(hours=2)
        await desk.tell()
        assert sorted(outside.marks()) == sorted(row.uid for row in await desk.leads())
        assert {row.status for row in await desk.deliveries()} == {"done"}


@pytest.mark.parametrize("name", SYSTEMS)
async def test_every_system_is_told_to_forget_also_after_an_hour_of_silence(
    sessions: Sessions, clock: Clock, name: str
) -> None:
    async with system(name) as outside, telling(sessions, outside.crm) as desk:
        await desk.hear(lead(), GIVEN)
        await desk.tell()
        outside.be_in("drop")
        await desk.hear({"custom": {"effect": "consent_withdrawn"}})
        await desk.tell()
        assert outside.forgotten() == 0
        outside.be_in(None)
        clock.move(hours=1)
        await desk.tell()
        assert outside.forgotten() == 1
        (row,) = await desk.deliveries()
        assert (row.task, row.status, row.record) == ("forget", "done", None)


async def test_a_system_that_is_asked_too_often_is_left_alone_by_all_gateways(
    sessions: Sessions, clock: Clock
) -> None:
    async with telling(sessions) as desk:
        for number in range(20):
            await desk.hear(lead(f"+7900000{number:04}"), GIVEN, chat=f"chat{number}")
        desk.crm.troubles = [CrmBusy("слишком часто", 30.0)] * 20
        assert await desk.tell() == 8  # those that had begun already
        assert await desk.claim("another gateway") is None
        desk.crm.troubles = []
        clock.move(seconds=31)
        await desk.tell()
        assert len(desk.crm.made) == 20


async def test_what_one_lead_suffers_holds_no_other_back(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead("+79000000001"), GIVEN, chat="poison")
        desk.crm.troubles = [KeyError("a defect of ours")]
        await desk.tell()
        await desk.hear(lead("+79000000002"), GIVEN, chat="anna")
        assert await desk.tell() == 1
        assert len(desk.crm.made) == 1


async def test_a_lead_that_kills_its_process_is_not_the_first_thing_of_the_next(
    sessions: Sessions, clock: Clock
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead("+79000000001"), GIVEN, chat="poison")
        for process in range(4):
            assert await desk.claim(f"killed {process}") is not None
            await _free(sessions)
        await desk.hear(lead("+79000000002"), GIVEN, chat="anna")
        assert await desk.tell() == 1
        clock.move(minutes=11)
        assert await desk.tell() == 1


async def test_news_of_a_lead_that_failed_often_waits_for_nothing(sessions: Sessions, clock: Clock) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        desk.crm.down = True
        for _ in range(4):
            await desk.tell()
            clock.move(hours=2)
        desk.crm.down = False
        errand = await desk.claim()
        assert errand is not None
        await desk.hear(lead(name="Анна"))  # while the system is being told
        await desk.handovers.handle(errand)
        await desk.tell()
        assert desk.crm.latest[0].name == "Анна"


async def test_a_silent_system_delays_no_other(sqlite_sessions: Sessions) -> None:
    class Silent(FakeCrm):
        name = "silent"

        async def deliver(self, card: LeadCard, record: str | None) -> str:
            await asyncio.Event().wait()
            raise AssertionError("never")

    class Prompt(FakeCrm):
        def __init__(self) -> None:
            super().__init__()
            self.told_all = asyncio.Event()

        async def deliver(self, card: LeadCard, record: str | None) -> str:
            told = await super().deliver(card, record)
            if len(self.made) == 30:
                self.told_all.set()
            return told

    silent, prompt = Silent(), Prompt()
    async with telling(sqlite_sessions, silent, prompt) as desk:
        for number in range(30):
            await desk.hear(lead(f"+7900000{number:04}"), GIVEN, chat=f"chat{number}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(workers, "DELIVERIES_GRACE", 0.1)
            async with _working(desk, silent, prompt), asyncio.timeout(PATIENCE):
                await prompt.told_all.wait()
        assert {row.status for row in await desk.deliveries() if row.system == "silent"} == {"queued"}


async def test_the_queue_of_leads_is_counted_by_system(sessions: Sessions, clock: Clock) -> None:
    async with telling(sessions) as desk:
        for number in range(3):
            await desk.hear(lead(f"+7900000{number:04}"), GIVEN, chat=f"chat{number}")
        clock.move(minutes=2)
        desk.crm.troubles = [CrmRefused("нет права CRM"), CrmDelayed("5xx")]
        await desk.tell()
        backlog = await monitoring.backlog(sessions)
        assert backlog is not None
        assert backlog.leads_waiting == {"fake": 1}
        page = desk.gateway.metrics.expose(backlog).decode()
        for outcome in ("done", "delayed", "failed"):
            assert f'avtootvet_lead_deliveries_total{{outcome="{outcome}",system="fake"}} 1.0' in page
        assert 'avtootvet_leads_waiting{system="fake"} 1.0' in page


@asynccontextmanager
async def _working(desk: Telling, *crms: FakeCrm) -> AsyncIterator[None]:
    async with workers.working(
        desk.gateway.sessions,
        desk.gateway.turns.rasa,
        {"fake": desk.gateway.channel},
        inbox=Wake(),
        metrics=desk.gateway.metrics,
        dealer=DEALER,
        crms={crm.name: crm for crm in crms},
    ):
        yield


async def _free(sessions: Sessions) -> None:
    """As the next gateway of this machine does at its start."""
    async with sessions.begin() as session:
        await session.execute(update(LeadDelivery).values(claimed_by=None, claimed_until=None))
