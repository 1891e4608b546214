"""A whole gateway for the tests: real inbox, turns and outbox; fake channel and fake Rasa at the border."""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming, Outgoing
from bot.contract import Abilities
from bot.conversations import Conversation
from bot.db import Base, Sessions
from bot.dealer import load_dealer
from bot.desk.notices import tell_undelivered
from bot.desk.tickets import take_over
from bot.inbox import Inbox
from bot.inbox.claim import claim_turn
from bot.leads.desk import LeadDesk
from bot.metrics import Metrics
from bot.outbox.claim import Parcel, claim_parcel
from bot.outbox.send import Deliveries
from bot.outside import Outside
from bot.settings import ROOT
from bot.turn.handle import Turns
from bot.turn.rasa import Rasa
from bot.wake import Wake

DEALER = load_dealer(ROOT / "dealer.yml")

_update_ids = itertools.count(1)


def incoming(text: str = "", *, chat: str = "anna", **fields: Any) -> Incoming:
    fields = {"kind": "text", "update_id": str(next(_update_ids))} | fields
    now = dt.datetime.now(dt.UTC)
    return Incoming(channel="fake", account="main", chat_id=chat, text=text, sent_at=now, **fields)


async def nobody(_session: AsyncSession, _conversation_id: int) -> None:
    """For an inbox of which no person of the dealership knows."""


class FakeChannel:
    """Records what is sent; raises what is queued in `troubles` first."""

    name = "fake"
    abilities = Abilities(contact_button=True)
    burst_window = 0.0

    def __init__(self) -> None:
        self.sent: list[tuple[str, Outgoing]] = []
        self.edited: list[tuple[tuple[str, ...], Outgoing]] = []  # ids of the messages, what they say now
        self.send_keys: list[int] = []
        self.troubles: list[Exception] = []
        self.delivered = asyncio.Event()

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        """Paragraphs that a form feed parts."""
        texts = message.text.split("\f")
        return [Outgoing(text=t) for t in texts[:-1]] + [message.model_copy(update={"text": texts[-1]})]

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        self.send_keys.append(send_key)
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append((chat_id, part))
        self.delivered.set()
        return [str(len(self.sent))]

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.edited.append((tuple(external_ids), message))

    async def typing(self, chat_id: str) -> None:
        return None

    @property
    def texts(self) -> list[str]:
        return [message.text for _, message in self.sent]


class HeldSender:
    """Has room while a test says so, and keeps what it is handed."""

    has_room = False

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []

    def start(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)


Answer = Callable[[dict[str, Any]], Awaitable[web.Response]]


def says(*replies: dict[str, Any]) -> Answer:
    async def answer(_body: dict[str, Any]) -> web.Response:
        return web.json_response(list(replies))

    return answer


def fails(status: int = 500) -> Answer:
    async def answer(_body: dict[str, Any]) -> web.Response:
        return web.Response(status=status, text="<html>")

    return answer


async def echo(body: dict[str, Any]) -> web.Response:
    return web.json_response([{"text": f"«{body['message']}»"}])


class FakeRasa:
    """A REST channel. Answers what is queued in `answers`, then echoes."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Answer] = []
        self.always: Answer = echo
        self.phones: dict[str, str] = {}  # as written → as the NLU reads it
        self.parse_troubles = 0
        self.reached = asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()

    async def webhook(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.reached.set()
        await self.release.wait()
        return await (self.answers.pop(0) if self.answers else self.always)(body)

    async def parse(self, request: web.Request) -> web.Response:
        if self.parse_troubles:
            self.parse_troubles -= 1
            return web.Response(status=503)
        text = (await request.json())["text"]
        found = [{"entity": "phone", "value": phone} for said, phone in self.phones.items() if said in text]
        return web.json_response({"text": text, "entities": found})

    @property
    def messages(self) -> list[str]:
        return [body["message"] for body in self.asked]

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self.webhook)
        app.router.add_post("/model/parse", self.parse)
        async with TestServer(app) as server:
            yield str(server.make_url("")).rstrip("/")


class Spine:
    def __init__(
        self,
        sessions: Sessions,
        turns: Turns,
        channel: FakeChannel,
        rasa: FakeRasa,
        sender: HeldSender,
    ) -> None:
        self.sender = sender
        self.sessions = sessions
        self.turns = turns
        self.channel = channel
        self.rasa = rasa
        self.metrics = turns.metrics
        undelivered = tell_undelivered(turns.leads.dealer)
        self.deliveries = Deliveries(sessions, turns.channels, turns.metrics, turns.outside, undelivered)
        self.inbox = Inbox(sessions, Wake(), partial(take_over, department="used"), self.metrics)

    async def receive(self, *updates: Incoming, window: float = 0.0) -> None:
        for update in updates:
            await self.inbox.accept(update, window)

    async def do_turns(self) -> int:
        """Every turn that is due now; how many there were."""
        for number in itertools.count():
            claim = await claim_turn(self.sessions, ["fake"], "worker")
            if claim is None:
                return number
            await self.turns.handle(claim)
        raise AssertionError

    async def deliver(self) -> None:
        while parcel := await claim_parcel(self.sessions, ["fake"], "worker"):
            await self.deliveries.deliver(parcel)

    async def talk(self, *updates: Incoming) -> list[str]:
        """Receive, answer and deliver; the new texts."""
        before = len(self.channel.sent)
        await self.receive(*updates)
        await self.do_turns()
        await self.deliver()
        return self.channel.texts[before:]

    async def conversation(self, chat: str = "anna") -> Conversation:
        async with self.sessions() as session:
            found = await session.scalars(select(Conversation).where(Conversation.chat_id == chat))
            return found.one()

    async def rows[Row: Base](self, model: type[Row]) -> Sequence[Row]:
        async with self.sessions() as session:
            return (await session.scalars(select(model))).all()


@asynccontextmanager
async def spine(
    sessions: Sessions, *, rasa_timeout: float = 5.0, systems: tuple[str, ...] = ()
) -> AsyncIterator[Spine]:
    rasa, channel, sender = FakeRasa(), FakeChannel(), HeldSender()
    async with rasa.serve() as url, aiohttp.ClientSession() as http:
        turns = Turns(
            sessions=sessions,
            rasa=Rasa(http, [url], timeout=rasa_timeout),
            channels={"fake": channel},
            sending=sender,
            outbox=Wake(),
            desk=Wake(),
            metrics=Metrics(),
            outside=Outside(),
            leads=LeadDesk(DEALER, systems),
            pauses=(0.0, 0.0),
        )
        yield Spine(sessions, turns, channel, rasa, sender)
