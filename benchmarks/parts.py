"""The parts of the bench: each starts what it needs, measures, and gives sections of the table."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console

from benchmarks import measures
from benchmarks.messages import CONVERSATIONS
from benchmarks.recipes import Recipe, Training, train, train_if_outdated
from benchmarks.report import Row, Section
from benchmarks.servers import RasaServer, Relay, action_server, rasa_server
from benchmarks.stock_import import Imported, import_apart

# Aims of the issue «The assistant answers from the stock».
MAX_TURN = 1 / 3  # of the default recipe's p50
MAX_MEMORY = 0.6  # of the default recipe's
MAX_TRAINING = 60.0  # seconds
MAX_IMPORT = 90.0  # seconds
MAX_GROWTH = 1.3  # of a long conversation, of a large stock
MAX_IMPORT_GROWTH = 2.0  # «bounded»: ten times the cars, at most twice the memory


@dataclass(frozen=True)
class Sizes:
    rounds: int  # of the sixty messages
    growth: int  # messages of the long conversation
    small_stock: int
    large_stock: int


FULL = Sizes(rounds=5, growth=300, small_stock=100, large_stock=100_000)
QUICK = Sizes(rounds=1, growth=60, small_stock=100, large_stock=2_000)


@dataclass(frozen=True)
class Bench:
    http: aiohttp.ClientSession
    console: Console
    folder: Path  # for databases and logs; emptied afterwards
    assistant: Recipe
    default: Recipe
    sizes: Sizes

    @property
    def recipes(self) -> tuple[Recipe, Recipe]:
        return self.assistant, self.default


async def training(bench: Bench) -> Section:
    ours, theirs = [await train(recipe, bench.console) for recipe in bench.recipes]
    return Section(
        title="Training from nothing",
        left=bench.assistant.title,
        right=bench.default.title,
        ratio="left / right",
        rows=[
            Row(
                "time",
                _work(ours),
                _work(theirs),
                ours.seconds / theirs.seconds,
                f"left < {MAX_TRAINING:.0f} s",
                ours.seconds < MAX_TRAINING,
            ),
            Row("model", f"{ours.size:.1f} MB", f"{theirs.size:.1f} MB", ours.size / theirs.size),
        ],
        note="The whole of `rasa train` with an empty cache. In brackets: processor time of all cores.",
    )


async def turns(bench: Bench, stock_url: str, *, measure: bool, growth: bool) -> list[Section]:
    """Both recipes over the same action server: many short conversations, one long one, or both."""
    for recipe in bench.recipes:
        await train_if_outdated(recipe, bench.console)
    async with AsyncExitStack() as stack:
        webhook = await stack.enter_async_context(action_server(bench.http, bench.folder, stock_url))
        servers = []
        for recipe in bench.recipes:
            bench.console.print(f"starting {recipe.title}")
            serving = rasa_server(bench.http, bench.folder, recipe.model, recipe.endpoints, webhook)
            servers.append(await stack.enter_async_context(serving))
        urls = [server.url for server in servers]
        await measures.converse(bench.http, urls, measures.WARM_UP, "warm-up", bench.console)
        sections = [await _turns(bench, servers)] if measure else []
        sections += [await _growth(bench, servers)] if growth else []
        return sections


async def _turns(bench: Bench, servers: list[RasaServer]) -> Section:
    urls = [server.url for server in servers]
    ours_memory, default_memory = (server.memory() for server in servers)  # after the warm-up
    script = CONVERSATIONS * bench.sizes.rounds
    ours, default = await measures.converse(bench.http, urls, script, "turns", bench.console)
    parse, default_parse = await measures.understand(bench.http, urls)
    start_ups = [server.start_up for server in servers]
    return Section(
        title="Turns",
        left=bench.assistant.title,
        right=bench.default.title,
        ratio="left / right",
        rows=[
            Row(
                "turn, p50",
                _ms(ours.p50),
                _ms(default.p50),
                ours.p50 / default.p50,
                "≤ 1/3",
                ours.p50 / default.p50 <= MAX_TURN,
            ),
            Row("turn, p95", _ms(ours.p95), _ms(default.p95), ours.p95 / default.p95),
            Row("NLU alone, p50", _ms(parse), _ms(default_parse), parse / default_parse),
            Row(
                "turns per second",
                f"{ours.per_second:.1f}",
                f"{default.per_second:.1f}",
                ours.per_second / default.per_second,
            ),
            Row("left without an answer", str(ours.unanswered), str(default.unanswered)),
            Row(
                "start-up until it answers",
                f"{start_ups[0]:.1f} s",
                f"{start_ups[1]:.1f} s",
                start_ups[0] / start_ups[1],
            ),
            Row(
                "Rasa's memory after 50 turns",
                f"{ours_memory:.0f} MB",
                f"{default_memory:.0f} MB",
                ours_memory / default_memory,
                f"≤ {MAX_MEMORY}",
                ours_memory / default_memory <= MAX_MEMORY,
            ),
        ],
        note=f"{ours.turns} turns each, one at a time, asked alternately, through Rasa's REST channel and "
        "the same action server on the sample stock. Left keeps conversations in SQLite, right in memory: "
        "Rasa's default, and faster.",
    )


async def _growth(bench: Bench, servers: list[RasaServer]) -> Section:
    urls, length = [server.url for server in servers], bench.sizes.growth
    ours, default = await measures.grow(bench.http, urls, length, bench.console)
    ratio = ours.late / ours.early
    return Section(
        title="A long conversation",
        left="10th message",
        right=f"{length}th message",
        ratio="right / left",
        rows=[
            Row(
                bench.assistant.title,
                _ms(ours.early),
                _ms(ours.late),
                ratio,
                f"≤ {MAX_GROWTH}",
                ratio <= MAX_GROWTH,
            ),
            Row(bench.default.title, _ms(default.early), _ms(default.late), default.late / default.early),
        ],
        note="Medians of the turns of the same ten messages, the 6th to the 15th and the last ten.",
    )


async def importing(bench: Bench) -> tuple[Section, str]:
    """The section, and the database with the large stock."""
    cars = bench.sizes.large_stock
    bench.console.print(f"importing {cars // 10:,} and {cars:,} cars", highlight=False)
    _, (tenth,) = await import_apart(bench.folder, cars // 10)
    url, (first, again) = await import_apart(bench.folder, cars, repeats=2)
    section = Section(
        title="Import of auto.ru records",
        left=f"{cars // 10:,} cars",
        right=f"{cars:,} cars",
        ratio="right / left",
        rows=[
            Row(
                "first import",
                _work(tenth),
                _work(first),
                first.seconds / tenth.seconds,
                f"right < {MAX_IMPORT:.0f} s",
                first.seconds < MAX_IMPORT,
            ),
            Row(
                "peak memory",
                f"{tenth.peak:.0f} MB",
                f"{first.peak:.0f} MB",
                first.peak / tenth.peak,
                f"≤ {MAX_IMPORT_GROWTH:.0f}",
                first.peak / tenth.peak <= MAX_IMPORT_GROWTH,
            ),
            Row("the same feed again", "", _work(again)),
        ],
        note=f"{first.added:,} cars added, {first.skipped} skipped; SQLite. In brackets: processor time.",
    )
    return section, url


async def stock(bench: Bench, large_url: str) -> Section:
    """The same conversations over a small and over a large stock."""
    await train_if_outdated(bench.assistant, bench.console)
    sizes = bench.sizes
    small_url, _ = await import_apart(bench.folder, sizes.small_stock)
    async with AsyncExitStack() as stack:
        webhooks = [
            await stack.enter_async_context(action_server(bench.http, bench.folder, url, name))
            for url, name in ((small_url, "actions-small"), (large_url, "actions-large"))
        ]
        relay = Relay(bench.http, webhooks[0])
        address = await stack.enter_async_context(relay.serving())
        recipe = bench.assistant
        rasa = await stack.enter_async_context(
            rasa_server(bench.http, bench.folder, recipe.model, recipe.endpoints, address)
        )
        await measures.compare_stocks(bench.http, rasa.url, relay, webhooks, 1, bench.console)  # warm-up
        small, large = await measures.compare_stocks(
            bench.http, rasa.url, relay, webhooks, sizes.rounds, bench.console
        )
    ratio = large.turn / small.turn
    return Section(
        title="A large stock",
        left=f"{sizes.small_stock:,} cars",
        right=f"{sizes.large_stock:,} cars",
        ratio="right / left",
        rows=[
            Row("turn, p50", _ms(small.turn), _ms(large.turn), ratio, f"≤ {MAX_GROWTH}", ratio <= MAX_GROWTH),
            Row("its action, p50", _ms(small.action), _ms(large.action), large.action / small.action),
        ],
        note="This assistant; a relay that times the actions adds about a millisecond to both.",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _work(done: Imported | Training) -> str:
    return f"{done.seconds:.1f} s ({done.processor:.1f} s)"
