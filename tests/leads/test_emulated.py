"""The whole way into emulated CRMs that are down, lose answers and come back."""

import asyncio

import aiohttp
import pytest
from aiolimiter import AsyncLimiter

from bot.db import Sessions
from bot.leads.claim import LEASE
from bot.leads.crm.bitrix24 import Bitrix24, Portal
from bot.leads.deliver import Handovers
from bot.outside import Outside
from tests.emulators.crm import Bitrix24Server
from tests.emulators.crm.bitrix24 import LEAD
from tests.leads.telling import GIVEN, Clock, Telling, lead, telling
from tests.spine import DEALER


async def test_an_hour_of_errors_and_lost_answers_loses_and_doubles_nothing(
    sessions: Sessions, clock: Clock
) -> None:
    async with (
        telling(sessions) as desk,
        Bitrix24Server(capacity=10_000) as server,
        aiohttp.ClientSession() as http,
    ):
        _connect(desk, server, http)
        for minute in range(0, 60, 5):
            # Done and then lost, refused for a while, broken off: one after the other.
            server.misbehave("crm.item.add", ("lost", "error", "cut")[minute // 5 % 3], status=503)
            await desk.hear(lead(f"+7900{minute:07}"), GIVEN, chat=f"chat{minute}")
            await desk.tell()
            clock.move(minutes=5)
        clock.move(hours=2)
        await desk.tell()
        leads = await desk.leads()
        assert sorted(item["originId"] for item in server.of(LEAD)) == sorted(row.uid for row in leads)
        assert {row.status for row in await desk.deliveries()} == {"done"}
        assert server.violations == []


async def test_a_gateway_killed_while_the_portal_answers_makes_no_second_lead(
    sessions: Sessions, clock: Clock
) -> None:
    async with (
        telling(sessions) as desk,
        Bitrix24Server(capacity=10_000) as server,
        aiohttp.ClientSession() as http,
    ):
        _connect(desk, server, http)
        await desk.hear(lead(), GIVEN)
        server.misbehave("crm.item.add", "hang")
        errand = await desk.claim("dead")
        assert errand is not None
        dying = asyncio.create_task(desk.handovers.handle(errand))
        await server.hanging.wait()  # the lead is made, its number is not known here
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
        clock.move(seconds=LEASE.total_seconds() + 1)
        await desk.tell()
        assert len(server.of(LEAD)) == 1
        assert (await desk.deliveries())[0].record == f"lead:{server.of(LEAD)[0]['id']}"


def _connect(desk: Telling, server: Bitrix24Server, http: aiohttp.ClientSession) -> None:
    """Bitrix24's adapter in place of the fake, under the name that the desk was opened with."""
    crm = Bitrix24(Portal(http, server.webhook, pace=AsyncLimiter(10_000, 1)), DEALER.zone)
    desk.handovers = Handovers(desk.gateway.sessions, {desk.crm.name: crm}, DEALER, Outside())
