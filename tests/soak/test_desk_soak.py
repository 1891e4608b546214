"""The desk with real gateways: a rush on one group, people and customers at work over `kill -9`.

Every word holds a mark, so what everybody saw tells by itself what was lost, doubled or said by the bot
while a person had the conversation. `make bench ARGS="--only desk"` is the long version.
"""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.desk.office import Office, office
from benchmarks.desk.rush import rush
from benchmarks.desk.shift import Plan, work
from benchmarks.desk.watch import watched

# A loaded machine may take its time; no check depends on it.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]

MINUTE = 0.5  # seconds that one of Telegram's lasts for the limit of a group
CROWD = 20
WAITING = 4
PLAN = Plan(deeds=100, clients=8, rate=20, kills=1)


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["sqlite, polling", "postgresql, webhook, two gateways"]
)
async def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    folder, scaled = tmp_path_factory.mktemp("desk"), request.param != "sqlite, polling"
    where = request.getfixturevalue("killable_postgres") if scaled else f"sqlite:///{folder / 'desk.db'}"
    async with office(folder, where, gateways=1 + scaled, minute=MINUTE, webhook=scaled) as opened:
        yield opened
        assert opened.telegram.violations == []


async def test_a_rush_on_one_group_loses_nobody_and_every_customer_gets_one_person(opened: Office) -> None:
    outcome = await rush(opened, CROWD)
    assert outcome.lost == []
    assert outcome.refused == 0
    assert len(outcome.races) == CROWD
    assert [race for race in outcome.races if not race.fair] == []


async def test_people_and_customers_talk_over_kills_and_the_bot_holds_its_tongue(opened: Office) -> None:
    before = _kills(opened)
    verdict = await work(opened, PLAN)
    assert verdict.faults == []
    assert _kills(opened) == before + PLAN.kills + (opened.database is not None)
    assert verdict.has_all, verdict


def _kills(opened: Office) -> int:
    gateways = sum(gateway.kills for gateway in opened.gateways)
    return gateways + (opened.database.kills if opened.database else 0)


async def test_who_waits_is_told_of_once_whoever_dies_meanwhile(opened: Office) -> None:
    outcome = await watched(opened, WAITING, random.Random(1))
    assert outcome.once_each, outcome
