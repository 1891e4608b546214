"""How much time the gateway adds to Rasa's own, and how many turns a second it keeps up with."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles

import aiohttp
from aiohttp import web

from benchmarks.customer import Customer
from benchmarks.messages import CONVERSATIONS
from benchmarks.servers import free_port
from benchmarks.soak.crowd import Person
from benchmarks.soak.ledger import Ledger, ledgers, settled
from benchmarks.soak.stage import TELEGRAM_TOKEN, VK_TOKEN, Stage
from bot.channels.vk.api import API_VERSION

LOOKED_EVERY = 0.002
REPLY_LIMIT = 60.0  # seconds


class Stopwatch:
    """Stands between the gateway and Rasa and times Rasa's answers, in order."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.url = ""

    @asynccontextmanager
    async def between(self, http: aiohttp.ClientSession, rasa_url: str) -> AsyncIterator[str]:
        async def pass_on(request: web.Request) -> web.Response:
            body, start = await request.read(), time.perf_counter()
            async with http.post(f"{rasa_url}{request.path}", data=body, headers=JSON) as response:
                content = await response.read()
            self.seconds.append(time.perf_counter() - start)
            return web.Response(body=content, status=response.status, content_type="application/json")

        app = web.Application(client_max_size=2**24)
        app.router.add_post("/webhooks/rest/webhook", pass_on)
        runner, port = web.AppRunner(app, access_log=None), free_port()
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.url = f"http://127.0.0.1:{port}"
            yield self.url
        finally:
            await runner.cleanup()


JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Overhead:
    """Medians, in seconds."""

    turns: int
    whole: float  # from the stored update to the delivered reply
    rasas: float  # of it
    straight: float  # the same messages posted to Rasa
    own: float  # of the differences between the first two
    bare: float  # of it what the relay and the messenger's emulator take with a client that does nothing else


@dataclass(frozen=True)
class Throughput:
    turns: int
    per_second: float
    p50: float
    p95: float


async def overhead(stage: Stage, watch: Stopwatch, rounds: int) -> Overhead:
    """One message at a time, through the gateway, and the same straight to Rasa.

    The customers take turns: a messenger lets only so many messages a second into one chat.
    """
    script = CONVERSATIONS * rounds
    people = stage.people(len(script))
    strangers = [Customer(stage.http, stage.rasa_url, f"straight-{n}") for n in range(len(script))]
    await _warm_up(stage)
    watch.seconds.clear()
    straight: list[float] = []
    for texts in zip(*script, strict=True):
        for person, stranger, text in zip(people, strangers, texts, strict=True):
            await _answered(person, text)
            straight.append((await stranger.say(text)).seconds)
    await settled(stage.sessions, stage.updates)
    books = await ledgers(stage.sessions)
    turns = sorted(each for person in people for each in _times(books[person.channel, person.chat_id]))
    whole = [seconds for _, seconds in turns]
    own = [one - rasas for one, rasas in zip(whole, watch.seconds, strict=True)]
    rasas = median(watch.seconds)
    bare = [await _bare_calls(stage, watch, person) for person in people]
    return Overhead(len(whole), median(whole), rasas, median(straight), median(own), median(bare))


async def _bare_calls(stage: Stage, watch: Stopwatch, person: Person) -> float:
    """Seconds of one question through the relay, without Rasa's own, and of one reply to the emulator."""
    begun = time.perf_counter()
    question = {"sender": f"bare-{person.chat_id}", "message": "Здравствуйте"}
    async with stage.http.post(f"{watch.url}/webhooks/rest/webhook", json=question) as response:
        await response.read()
    url, fields = _reply(stage, person)
    async with stage.http.post(url, data=fields) as response:
        await response.read()
    return time.perf_counter() - begun - watch.seconds[-1]


def _reply(stage: Stage, person: Person) -> tuple[str, dict[str, str]]:
    """The call by which a messenger's bot says something."""
    if person.channel == "telegram":
        fields = {"chat_id": person.chat_id, "text": "Здравствуйте!"}
        return f"{stage.telegram.url}/bot{TELEGRAM_TOKEN}/sendMessage", fields
    caller = {"access_token": VK_TOKEN, "v": API_VERSION}
    fields = {"peer_id": person.chat_id, "random_id": "1", "message": "Здравствуйте!"}
    return f"{stage.vk.url}/method/messages.send", caller | fields


async def throughput(stage: Stage, rate: float, turns: int, dice: random.Random) -> Throughput:
    """Messages of many customers at random moments, `rate` a second on the average."""
    await _warm_up(stage)
    people = stage.people(turns // len(CONVERSATIONS[0]))
    begun = time.monotonic()
    for number, person in enumerate(people * len(CONVERSATIONS[0])):
        person.writes(CONVERSATIONS[number % len(CONVERSATIONS)][number // len(people)])
        await asyncio.sleep(dice.expovariate(rate))
    seconds = time.monotonic() - begun
    await settled(stage.sessions, stage.updates)
    books = await ledgers(stage.sessions)
    times = [each for person in people for _, each in _times(books[person.channel, person.chat_id])]
    return Throughput(len(times), len(times) / seconds, median(times), quantiles(times, n=20)[-1])


async def _warm_up(stage: Stage) -> None:
    for person, text in zip(stage.people(len(CONVERSATIONS[0])), CONVERSATIONS[0], strict=True):
        await _answered(person, text)


async def _answered(person: Person, text: str) -> None:
    """The customer writes and has the answer on the screen."""
    before = len(person.seen)
    person.writes(text)
    async with asyncio.timeout(REPLY_LIMIT):
        while len(person.seen) == before:  # noqa: ASYNC110 (the emulators count, they do not tell)
            await asyncio.sleep(LOOKED_EVERY)


def _times(ledger: Ledger) -> list[tuple[int, float]]:
    """Each turn, and the seconds from its first update to its delivered reply."""
    times = []
    for turn, updates in ledger.turns.items():
        row = ledger.answer(turn)
        if row is not None and row.sent_at is not None:
            times.append((turn, (row.sent_at - updates[0].received_at).total_seconds()))
    return times
