"""What `make bench ARGS="--only desk"` plays and measures, as a section of the table."""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.desk.books import books
from benchmarks.desk.notified import AIM, Notified, notified
from benchmarks.desk.office import DEPARTMENTS, Office, office
from benchmarks.desk.rush import Rush, rush
from benchmarks.desk.shift import Plan, work
from benchmarks.desk.verdict import Verdict, late_words
from benchmarks.desk.watch import Watched, watched
from benchmarks.report import Row, Section
from benchmarks.soak.servers import Postgres

LEFT, RIGHT = "SQLite, one gateway", "PostgreSQL, two gateways"
MINUTE = 3.0  # seconds that one of Telegram's lasts for the limit of a group, where nothing is timed
PAUSE = 3.0  # seconds between two hand-overs
RATE = 15.0  # deeds a second
UNDER_WAY = 1.0  # seconds that a message of the bot may need to arrive after it was claimed
SHOWN_FAULTS = 10


@dataclass(frozen=True)
class Sizes:
    handed_over: int  # at a normal rate
    crowd: int  # at once
    deeds: int
    kills: int
    waiting: int


@dataclass(frozen=True)
class Run:
    soon: Notified
    crowd: Rush
    verdict: Verdict
    late: int
    kills: int  # of gateways
    databases: int  # killed
    waited: Watched


Tell = Callable[[str], None]


async def attending(folder: Path, console: Console, sizes: Sizes) -> list[Section]:
    """Both databases; Telegram by its webhook, so that gateways take what people press side by side."""
    runs = [await _run(folder, kind, sizes, _teller(console, kind)) for kind in ("sqlite", "postgres")]
    return [_section(runs, sizes)]


async def _run(folder: Path, kind: str, sizes: Sizes, tell: Tell) -> Run:
    dice = random.Random(1)
    async with _staged(folder, kind, "timed", minute=None) as timed:
        tell("handed over at a normal rate")
        soon = await notified(timed, sizes.handed_over, PAUSE, dice)
    async with _staged(folder, kind, "soak", minute=MINUTE) as soaked:
        tell(f"{sizes.crowd} handed over at once")
        crowd = await rush(soaked, sizes.crowd)
        plan = Plan(deeds=sizes.deeds, clients=40, rate=RATE, kills=sizes.kills)
        verdict = await work(soaked, plan, tell)
        late = sum(len(late_words(book, UNDER_WAY)) for book in await books(soaked))
        kills = sum(gateway.kills for gateway in soaked.gateways)
        databases = soaked.database.kills if soaked.database else 0
        tell("waiting for too long")
        waited = await watched(soaked, sizes.waiting, dice)
    for fault in [*crowd.lost, *verdict.faults][:SHOWN_FAULTS]:
        tell(fault)
    return Run(soon, crowd, verdict, late, kills, databases, waited)


@asynccontextmanager
async def _staged(folder: Path, kind: str, what: str, minute: float | None) -> AsyncIterator[Office]:
    logs = folder / f"desk-{what}-{kind}"
    logs.mkdir()
    if kind == "sqlite":
        url = f"sqlite:///{logs / 'desk.db'}"
        async with office(logs, url, gateways=1, minute=minute, webhook=True) as opened:
            yield opened
        return
    # Started by root the server runs as another user, who may not enter our folders.
    with tempfile.TemporaryDirectory(prefix="avtootvet-desk-", ignore_cleanup_errors=True) as data:
        postgres = Postgres(Path(data))
        try:
            async with office(logs, postgres, gateways=2, minute=minute, webhook=True) as opened:
                yield opened
        finally:
            postgres.stop()


def _section(runs: list[Run], sizes: Sizes) -> Section:
    return Section(
        title="The desk: nobody waits unseen, nobody speaks at once",
        left=LEFT,
        right=RIGHT,
        ratio="",
        rows=[*_notified(runs), *_crowd(runs), *_shift(runs), *_watched(runs)],
        note=f"{sizes.handed_over} hand-overs to {len(DEPARTMENTS)} groups, one every {PAUSE:.0f} s on the "
        "average, at Telegram's own limits, from the ticket to the first sign in the group. Then, with the "
        f"minute of a group cut to {MINUTE:.0f} s here and in the emulator: {sizes.crowd} hand-overs at "
        f"once to one group and two people who press «Взять» on each at once; {sizes.deeds:,} deeds of "
        "customers of Telegram and VK and of 15 people (words, albums, voice messages, answers with a quote, "
        "corrections, take, give back, transfer, close) while gateways are killed, and PostgreSQL once; "
        "timers that fall due while all gateways are away, and while they run and one is killed. Lost or "
        "misplaced: a word of a person that does not reach its customer once, in order, as last worded, "
        "with its files and its quote; a word or a file of a customer that is not shown, in order, in the "
        "department that had him last; anything that the bot says between taking and letting go, or "
        "answers of that time afterwards.",
    )


def _notified(runs: list[Run]) -> list[Row]:
    soon = [run.soon for run in runs]
    return [
        _row("hand-overs seen by their department", [f"{len(s.seconds)} of {s.handed_over}" for s in soon]),
        _row("seen after, p50", [f"{s.p50:.2f} s" for s in soon]),
        _row("seen after, p95", [f"{s.p95:.2f} s" for s in soon]),
        _row(
            f"seen within {AIM:.0f} s",
            [f"{s.in_time:.0%}" for s in soon],
            "100%",
            all(s.in_time == 1 for s in soon),
        ),
        _row("with a topic of their own after, p50", [f"{median(s.to_cards):.2f} s" for s in soon]),
        _row("the same, longest", [f"{max(s.to_cards):.2f} s" for s in soon]),
    ]


def _crowd(runs: list[Run]) -> list[Row]:
    crowds = [run.crowd for run in runs]
    return [
        _none("of a crowd at once: lost or shown twice", [len(c.lost) for c in crowds]),
        _none("the same: calls over the limit of the group", [c.refused for c in crowds]),
        _none(
            f"two press «Взять» at once, {len(crowds[0].races)} times: unfair",
            [sum(not race.fair for race in c.races) for c in crowds],
        ),
    ]


def _shift(runs: list[Run]) -> list[Row]:
    verdicts = [run.verdict for run in runs]
    return [
        _row("killed with kill -9: gateways, the database", [f"{r.kills}, {r.databases}" for r in runs]),
        _row("tickets, transfers of them", [f"{v.tickets:,}, {v.moved:,}" for v in verdicts]),
        _row("words of people to customers", [f"{v.words:,}" for v in verdicts]),
        _row("of them corrected, with a quote", [f"{v.corrected:,}, {v.quoting:,}" for v in verdicts]),
        _row("files with them", [f"{v.files:,}" for v in verdicts]),
        _row("words of customers in topics", [f"{v.shown:,}" for v in verdicts]),
        _row("files with them", [f"{v.shown_files:,}" for v in verdicts]),
        _row("of them while a person had the conversation", [f"{v.kept_silent:,}" for v in verdicts]),
        _none("lost, misplaced, or said by the bot meanwhile", [len(v.faults) for v in verdicts]),
        _none(f"the bot's words later than {UNDER_WAY:.0f} s after the taking", [run.late for run in runs]),
        _row("words and files of people sent twice in Telegram", [str(v.doubled) for v in verdicts]),
    ]


def _watched(runs: list[Run]) -> list[Row]:
    waited = [run.waited for run in runs]
    return [
        _row(
            "tickets reminded of and escalated, each once",
            [f"{w.tickets}" if w.once_each else f"not: {w}" for w in waited],
            "all",
            all(w.once_each for w in waited),
        )
    ]


def _none(measure: str, values: list[int]) -> Row:
    return _row(measure, [str(each) for each in values], "0", not any(values))


def _row(measure: str, values: list[str], aim: str = "", met: bool | None = None) -> Row:
    return Row(measure, values[0], values[1], aim=aim, met=met)


def _teller(console: Console, kind: str) -> Tell:
    begun = time.monotonic()
    return lambda line: console.print(f"{kind} {time.monotonic() - begun:6.1f} s  {line}", highlight=False)
