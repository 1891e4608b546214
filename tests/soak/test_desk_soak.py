"""The desk with real gateways: a rush on one group, people and customers at work over `kill -9`.

Every word holds a mark, so what everybody saw tells by itself what was lost, doubled or said by the bot
while a person had the conversation. `make bench ARGS="--only desk"` is the long version.
"""

from pathlib import Path

import pytest

from benchmarks.desk.office import office
from benchmarks.desk.rush import rush
from benchmarks.desk.shift import Plan, work

# A loaded machine may take its time; no check depends on it.
pytestmark = pytest.mark.timeout(600)

MINUTE = 1.0  # seconds that one of Telegram's lasts for the limit of a group
CROWD = 30
PLAN = Plan(deeds=250, clients=10, rate=25, kills=2)


@pytest.fixture(params=[("sqlite", 1), ("postgres", 2)], ids=["sqlite", "postgresql, two gateways"])
def place(request: pytest.FixtureRequest) -> tuple[str, int]:
    """URL of the database and the number of gateways."""
    kind, gateways = request.param
    return str(request.getfixturevalue(f"{kind}_url")), gateways


async def test_a_rush_on_one_group_loses_nobody_and_every_customer_gets_one_person(
    place: tuple[str, int], tmp_path: Path
) -> None:
    url, gateways = place
    async with office(tmp_path, url, gateways=gateways, minute=MINUTE, webhook=True, abreast=True) as opened:
        outcome = await rush(opened, CROWD)
    assert outcome.lost == []
    assert outcome.refused == 0
    assert len(outcome.races) == CROWD
    assert [race for race in outcome.races if not race.fair] == []
    assert opened.telegram.violations == []


async def test_people_and_customers_talk_over_kills_and_the_bot_holds_its_tongue(
    place: tuple[str, int], tmp_path: Path
) -> None:
    url, gateways = place
    async with office(tmp_path, url, gateways=gateways, minute=MINUTE, webhook=gateways > 1) as opened:
        verdict = await work(opened, PLAN)
    assert verdict.faults == []
    assert [gateway.kills for gateway in opened.gateways] == [PLAN.kills] * gateways
    # It has come to all of it.
    assert min(verdict.tickets, verdict.words, verdict.corrected, verdict.quoting) > 0
    assert min(verdict.shown, verdict.kept_silent) > 0
    assert opened.telegram.violations == []
