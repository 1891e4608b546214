"""Customers of both messengers write while gateways, Rasa and the database are killed with `kill -9`.

Each message holds a mark that an echo in place of Rasa says back, so what the customers see tells by itself
whether anything was lost, doubled or out of order. `make bench ARGS="--only soak"` is the long version.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.soak import marks
from benchmarks.soak.echo import MARK
from benchmarks.soak.ledger import Ledger, hands_over
from benchmarks.soak.play import Plan, killings
from benchmarks.soak.servers import Postgres, Victim
from benchmarks.soak.soak import Outcome, soak
from benchmarks.soak.stage import Stage, staged
from benchmarks.soak.texts import marked
from benchmarks.soak.verdict import doubles

# A loaded machine may take its time; no check depends on it.
pytestmark = pytest.mark.timeout(900)

PLAN = Plan(updates=400, customers=40, rate=40)
WINDOW = 0.2  # seconds

# «Too many requests»: two gateways do not know of each other's calls, and wait and send again.
VK_TOO_MANY = "[6]"


async def test_one_gateway_on_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    async with staged(tmp_path, sqlite_url, gateways=1, window=WINDOW, real=False) as stage:
        outcome = await _soak(stage, [(stage.gateways[0], 3), (stage.rasa, 3)])
    _check(outcome)
    assert stage.telegram.violations == stage.vk.violations == []


async def test_two_gateways_on_postgresql(killable_postgres: Postgres, tmp_path: Path) -> None:
    url = killable_postgres.url
    async with staged(tmp_path, url, gateways=2, window=WINDOW, real=False) as stage:
        gateways = [(gateway, 2) for gateway in stage.gateways]
        outcome = await _soak(stage, [*gateways, (stage.rasa, 3), (killable_postgres, 1)])
    _check(outcome)
    assert stage.telegram.violations == []
    assert [v for v in stage.vk.violations if not v.what.startswith(VK_TOO_MANY)] == []


async def _soak(stage: Stage, victims: Sequence[tuple[Victim, int]]) -> Outcome:
    kills = killings(PLAN, victims, random.Random(PLAN.seed))
    outcome = await soak(stage, PLAN, marked(), kills, tell=lambda _line: None)
    assert [victim.kills for victim, _ in victims] == [times for _, times in victims]
    return outcome


def _check(outcome: Outcome) -> None:
    assert outcome.verdict.faults == []
    assert outcome.verdict.updates == PLAN.updates
    for person in outcome.people:
        ledger = outcome.ledgers.get((person.channel, person.chat_id), Ledger((), (), {}))
        assert marks.unechoed(person) <= _handed_over(ledger)
        assert marks.strangers(person) == set()
        assert marks.in_order(person)
        # Sent, and killed before that was written: Telegram alone cannot know, see docs/decisions/spine.md.
        sent_again = "".join(seen.text for seen in doubles(person, ledger))
        assert marks.repeats(person) == len(MARK.findall(sent_again))
        assert person.channel == "telegram" or not sent_again


def _handed_over(ledger: Ledger) -> set[str]:
    """Marks of the turns that Rasa was away for too long to answer: a person has them."""
    return {
        mark
        for turn, updates in ledger.turns.items()
        if (row := ledger.answer(turn)) and hands_over(row)
        for update in updates
        for mark in MARK.findall(update.body["text"])
    }
