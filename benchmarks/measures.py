"""The measurements. What is compared is asked alternately, so that noise of the machine hits both alike."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median, quantiles

import aiohttp
from rich.console import Console

from benchmarks.customer import Customer, Said
from benchmarks.messages import CONVERSATIONS
from benchmarks.servers import Relay

Conversations = Sequence[Sequence[str]]

TOLD_EVERY = 50  # turns

WARM_UP: Conversations = CONVERSATIONS[:5]  # fifty turns; resident memory is read after them
LONG = CONVERSATIONS[0]  # said again and again in one conversation
EARLY = slice(5, 15)  # holds each message of LONG once, as LATE does
LATE = slice(-10, None)


@dataclass(frozen=True)
class Spread:
    p50: float  # seconds
    p95: float
    per_second: float
    turns: int
    unanswered: int


@dataclass(frozen=True)
class Growth:
    early: float  # median seconds around the 10th message
    late: float  # of the last ten


@dataclass(frozen=True)
class Timed:
    turn: float  # median seconds of the whole turn
    action: float  # and of its call to the action server


async def converse(
    http: aiohttp.ClientSession,
    urls: Sequence[str],
    conversations: Conversations,
    name: str,
    console: Console,
) -> list[Spread]:
    """Each conversation by a new customer; how each server answered."""
    said: list[list[Said]] = [[] for _ in urls]
    for number, conversation in enumerate(conversations):
        customers = [Customer(http, url, f"{name}-{number}") for url in urls]
        for text in conversation:
            for one in _alternately(len(urls), len(said[0])):
                said[one].append(await customers[one].say(text))
            _tell(console, name, len(said[0]), sum(map(len, conversations)))
    return [_spread(turns) for turns in said]


def _spread(said: Sequence[Said]) -> Spread:
    seconds = [one.seconds for one in said]
    return Spread(
        p50=median(seconds),
        p95=quantiles(seconds, n=20)[-1],
        per_second=len(seconds) / sum(seconds),
        turns=len(said),
        unanswered=sum(not one.answered for one in said),
    )


async def understand(http: aiohttp.ClientSession, urls: Sequence[str]) -> list[float]:
    """Median seconds of Rasa's NLU alone, over every message."""
    seconds: list[list[float]] = [[] for _ in urls]
    for turn, text in enumerate(chain.from_iterable(CONVERSATIONS)):
        for one in _alternately(len(urls), turn):
            start = time.perf_counter()
            async with http.post(f"{urls[one]}/model/parse", json={"text": text}) as response:
                await response.read()
            seconds[one].append(time.perf_counter() - start)
    return [median(parses) for parses in seconds]


async def grow(
    http: aiohttp.ClientSession, urls: Sequence[str], length: int, console: Console
) -> list[Growth]:
    """One conversation of `length` messages with each server."""
    customers = [Customer(http, url, "growth") for url in urls]
    seconds: list[list[float]] = [[] for _ in urls]
    for turn in range(length):
        for one in _alternately(len(urls), turn):
            seconds[one].append((await customers[one].say(LONG[turn % len(LONG)])).seconds)
        _tell(console, "growth", turn + 1, length)
    return [Growth(median(turns[EARLY]), median(turns[LATE])) for turns in seconds]


async def compare_stocks(
    http: aiohttp.ClientSession,
    url: str,
    relay: Relay,
    webhooks: Sequence[str],
    rounds: int,
    console: Console,
) -> list[Timed]:
    """One Rasa, whose calls go to the action server of one stock or of the other."""
    turns: list[list[float]] = [[] for _ in webhooks]
    actions: list[list[float]] = [[] for _ in webhooks]
    conversations = CONVERSATIONS * rounds
    for number, conversation in enumerate(conversations):
        customers = [Customer(http, url, f"stock-{number}-{one}") for one in range(len(webhooks))]
        for text in conversation:
            for one in _alternately(len(webhooks), len(turns[0])):
                relay.target = webhooks[one]
                turns[one].append((await customers[one].say(text)).seconds)
                actions[one].append(relay.seconds)
            _tell(console, "stock", len(turns[0]), sum(map(len, conversations)))
    return [Timed(median(t), median(a)) for t, a in zip(turns, actions, strict=True)]


def _alternately(count: int, turn: int) -> Sequence[int]:
    """Who is asked first changes with every turn."""
    return range(count) if turn % 2 else range(count - 1, -1, -1)


def _tell(console: Console, name: str, turn: int, turns: int) -> None:
    if turn % TOLD_EVERY == 0 or turn == turns:
        console.print(f"{name}: {turn} of {turns} turns", highlight=False)
