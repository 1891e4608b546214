"""What `make bench ARGS="--only soak"` plays and measures, as sections of the table."""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.report import Row, Section
from benchmarks.soak.lead import lead_cost
from benchmarks.soak.pace import Overhead, Stopwatch, Throughput, overhead, throughput
from benchmarks.soak.play import Killing, Plan, killings
from benchmarks.soak.servers import Postgres, Victim
from benchmarks.soak.soak import Outcome, soak
from benchmarks.soak.stage import Between, Stage, nothing_between, staged
from benchmarks.soak.texts import realistic
from bot.db import database
from bot.turn.handle import PAUSES

# Aims of the issue «Telegram and VK, and nothing is ever lost».
MAX_OVERHEAD = 0.010  # seconds
MAX_LEAD = 0.003  # seconds; of the issue «Every contact becomes a lead in the CRM»
RATE = 10.0  # turns a second
MAX_P95 = 0.400  # seconds

WINDOW = 1.0  # seconds: what messengers have by default
SOAK_RATE = 10.0  # updates a second
DEATHS = 5  # of each gateway, Rasa and the actions
OUTAGE_RATE = 4.0  # updates a second
SHOWN_FAULTS = 10

LEFT, RIGHT = "SQLite, one gateway", "PostgreSQL, two gateways"


@dataclass(frozen=True)
class Sizes:
    updates: int
    outage: float  # seconds
    rounds: int  # of the sixty messages
    turns: int  # at the rate


@dataclass(frozen=True)
class Place:
    """A fresh database; `postgres` is None for SQLite, which has no server to kill."""

    title: str
    folder: Path
    url: str
    gateways: int
    postgres: Postgres | None = None

    @asynccontextmanager
    async def staged(self, window: float, between: Between = nothing_between) -> AsyncIterator[Stage]:
        async with staged(
            self.folder, self.url, gateways=self.gateways, window=window, real=True, between=between
        ) as stage:
            yield stage


@dataclass(frozen=True)
class Run:
    outcome: Outcome
    kills: tuple[Victim, ...]
    seconds: float


Tell = Callable[[str], None]


async def soaking(folder: Path, console: Console, sizes: Sizes) -> list[Section]:
    """The soak, Rasa's outage, the gateway's own time: each on both databases."""
    runs, outages, paces = [], [], []
    for kind in ("sqlite", "postgres"):
        tell = _teller(console, kind)
        async with _place(folder, kind, "soak") as place:
            runs.append(await _soak(place, sizes, tell))
        async with _place(folder, kind, "outage") as place:
            outages.append(await _outage(place, sizes, tell))
        async with _place(folder, kind, "pace") as place:
            paces.append(await _pace(place, sizes, tell))
    return [_soak_section(runs, sizes), _outage_section(outages, sizes), *_pace_sections(paces)]


@asynccontextmanager
async def _place(folder: Path, kind: str, what: str) -> AsyncIterator[Place]:
    # Not «postgresql»: Rasa takes the address of its tracker store for one of it by this very word.
    logs = folder / f"{what}-{kind}"
    logs.mkdir()
    if kind == "sqlite":
        yield Place(LEFT, logs, f"sqlite:///{logs / 'soak.db'}", gateways=1)
        return
    # Started by root the server runs as another user, who may not enter our folders.
    with tempfile.TemporaryDirectory(prefix="avtootvet-soak-", ignore_cleanup_errors=True) as data:
        postgres = Postgres(Path(data))
        try:
            yield Place(RIGHT, logs, postgres.url, gateways=2, postgres=postgres)
        finally:
            postgres.stop()


async def _soak(place: Place, sizes: Sizes, tell: Tell) -> Run:
    plan = Plan(updates=sizes.updates, customers=max(sizes.updates // 20, 20), rate=SOAK_RATE)
    async with place.staged(WINDOW) as stage:
        victims: list[tuple[Victim, int]] = [(s, DEATHS) for s in (*stage.gateways, *stage.engines)]
        if place.postgres is not None:
            victims.append((place.postgres, 1))
        return await _run(stage, plan, killings(plan, victims, random.Random(plan.seed)), tell)


async def _outage(place: Place, sizes: Sizes, tell: Tell) -> Run:
    """Rasa is away for the middle third of the time."""
    updates = int(3 * sizes.outage * OUTAGE_RATE)
    plan = Plan(updates=updates, customers=updates // 4, rate=OUTAGE_RATE)
    async with place.staged(WINDOW) as stage:
        return await _run(stage, plan, [Killing(updates // 3, stage.rasa, sizes.outage)], tell)


async def _run(stage: Stage, plan: Plan, kills: list[Killing], tell: Tell) -> Run:
    begun = time.monotonic()
    outcome = await soak(stage, plan, realistic(random.Random(plan.seed)), kills, tell)
    for fault in outcome.verdict.faults[:SHOWN_FAULTS]:
        tell(fault)
    victims = tuple({id(killing.victim): killing.victim for killing in kills}.values())
    return Run(outcome, victims, time.monotonic() - begun)


@dataclass(frozen=True)
class Pace:
    own: Overhead
    kept: Throughput
    lead: float  # seconds of the processor that a captured lead adds to a turn


async def _pace(place: Place, sizes: Sizes, tell: Tell) -> Pace:
    watch = Stopwatch()
    async with place.staged(0.0, watch.between) as stage:
        tell("one message at a time")
        own = await overhead(stage, watch, sizes.rounds)
        tell(f"{RATE:.0f} turns a second")
        kept = await throughput(stage, RATE, sizes.turns, random.Random(1))
    tell("turns with and without a lead")
    async with database(place.url) as sessions:
        return Pace(own, kept, await lead_cost(sessions, sizes.turns // 6))


def _soak_section(runs: list[Run], sizes: Sizes) -> Section:
    return Section(
        title="Soak: nothing is lost, doubled or reordered",
        left=LEFT,
        right=RIGHT,
        ratio="",
        rows=[
            *_told(runs),
            _row("killed with kill -9", [_killed(run) for run in runs]),
            _row("time", [f"{run.seconds / 60:.0f} min" for run in runs]),
        ],
        note=f"{sizes.updates:,} updates (texts, pressed buttons, corrections, pictures, voice), half in "
        "Telegram and half in VK, whose emulators tell 10 % twice and mix those of different customers. "
        "Gateways, Rasa and the actions are real processes. Lost or misplaced: an update that is not stored "
        "once, as it was made and in its place; a turn without its one delivered answer; an answer before "
        "its question or out of order.",
    )


def _outage_section(runs: list[Run], sizes: Sizes) -> Section:
    return Section(
        title="Rasa is away under load",
        left=LEFT,
        right=RIGHT,
        ratio="",
        rows=_told(runs),
        note=f"Rasa is killed and started again after {sizes.outage:.0f} s while customers write "
        f"{OUTAGE_RATE:.0f} updates a second. What it does not answer within the tries of a turn, about "
        f"{sum(PAUSES):.0f} s, is handed over to a person.",
    )


def _told(runs: list[Run]) -> list[Row]:
    verdicts = [run.outcome.verdict for run in runs]
    lost, twice = [len(v.faults) for v in verdicts], [v.doubled["vk"] for v in verdicts]
    return [
        _row("updates", [f"{v.updates:,}" for v in verdicts]),
        _row("turns answered", [f"{v.answered:,}" for v in verdicts]),
        _row("turns handed over", [f"{v.handed_over:,}" for v in verdicts]),
        _row("lost or misplaced", [str(each) for each in lost], "0", not any(lost)),
        _row("sent twice in VK", [str(each) for each in twice], "0", not any(twice)),
        _row("sent twice in Telegram, which has no send key", [str(v.doubled["telegram"]) for v in verdicts]),
    ]


def _killed(run: Run) -> str:
    return ", ".join(f"{victim.name} {victim.kills}" for victim in run.kills)


def _pace_sections(paces: list[Pace]) -> list[Section]:
    own, leads = [pace.own for pace in paces], [pace.lead for pace in paces]
    return [_overhead_section(own, leads), _throughput_section([pace.kept for pace in paces])]


def _overhead_section(own: list[Overhead], leads: list[float]) -> Section:
    return Section(
        title="The gateway's own time in a turn",
        left=LEFT,
        right=RIGHT,
        ratio="",
        rows=[
            _row("turn, from stored update to delivered reply", [_ms(each.whole) for each in own]),
            _row("of it Rasa's answer", [_ms(each.rasas) for each in own]),
            _row("the same messages straight to Rasa", [_ms(each.straight) for each in own]),
            _row(
                "the gateway's own",
                [_ms(each.own) for each in own],
                f"≤ {MAX_OVERHEAD * 1000:.0f} ms",
                all(each.own <= MAX_OVERHEAD for each in own),
            ),
            _row("of it a bare client's calls of relay and emulator", [_ms(each.bare) for each in own]),
            _row(
                "a captured lead adds, processor time",
                [_ms(each) for each in leads],
                f"≤ {MAX_LEAD * 1000:.0f} ms",
                all(each <= MAX_LEAD for each in leads),
            ),
            _row("turn / straight to Rasa", [f"{each.whole / each.straight:.2f}" for each in own]),
        ],
        note=f"Medians of {own[0].turns} turns, one at a time, without a burst window. Rasa's answer is "
        "timed by a relay before it. The gateway's own time holds the relay's and that of the messengers' "
        "emulators, which check every reply: a client that does nothing but these two calls takes as long. "
        "The lead, with its consent and for two systems, is captured in this process, each after a plain "
        "turn of the same customer.",
    )


def _throughput_section(kept: list[Throughput]) -> Section:
    return Section(
        title=f"{RATE:.0f} turns a second",
        left=LEFT,
        right=RIGHT,
        ratio="",
        rows=[
            _row("turns a second", [f"{each.per_second:.1f}" for each in kept]),
            _row("from stored update to delivered reply, p50", [_ms(each.p50) for each in kept]),
            _row(
                "the same, p95",
                [_ms(each.p95) for each in kept],
                f"≤ {MAX_P95 * 1000:.0f} ms",
                all(each.p95 <= MAX_P95 for each in kept),
            ),
        ],
        note=f"About {kept[0].turns} turns of many customers at random moments, without a burst window; "
        "Rasa, the actions, the gateways and the emulators share the machine.",
    )


def _row(measure: str, values: list[str], aim: str = "", met: bool | None = None) -> Row:
    return Row(measure, values[0], values[1], aim=aim, met=met)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _teller(console: Console, kind: str) -> Tell:
    begun = time.monotonic()
    return lambda line: console.print(f"{kind} {time.monotonic() - begun:6.1f} s  {line}", highlight=False)
