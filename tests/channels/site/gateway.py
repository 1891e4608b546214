"""A real gateway on loopback, with a fake Rasa behind it and six cars in its stock; and a foreign site."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web
from sqlalchemy import delete, select, text

from bot.app import Parts, add_channels, add_routes, listening
from bot.conversations import Conversation, Message
from bot.db import database
from bot.dealer import load_dealer
from bot.metrics import Metrics
from bot.settings import ROOT, Settings
from bot.stock.models import Car, CarListing, CarPicture
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import working
from tests.spine import FakeRasa

PATIENCE = 20  # seconds; far above what anything takes, so that a busy machine fails nothing


class Gateway:
    """The gateway in a thread of its own; it can be stopped and started on the same port."""

    def __init__(self, database_url: str, pictures: Path) -> None:
        self.database_url = database_url
        self.pictures = pictures
        self.port = _free_port()
        self.rasa = FakeRasa()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._stop = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._ready.clear()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE), "the gateway did not start"
        return self

    def stop(self) -> None:
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self._thread = None

    def call(self, act: Callable[[], None]) -> None:
        """Do something in the gateway's loop, where its events live."""
        self._loop.call_soon_threadsafe(act)

    def answer(self, *replies: dict[str, Any]) -> None:
        """What Rasa says to the next message."""

        async def respond(_body: dict[str, Any]) -> web.Response:
            return web.json_response(list(replies))

        self.rasa.answers.append(respond)

    def history(self) -> list[tuple[str, str]]:
        """(direction, text) of every message in the database."""
        return asyncio.run(self._history())

    async def forget(self) -> None:
        """An emptied database, whose ids begin anew."""
        async with database(self.database_url) as sessions, sessions.begin() as session:
            await session.execute(delete(Conversation))
            await session.execute(text("DELETE FROM sqlite_sequence"))

    async def _history(self) -> list[tuple[str, str]]:
        async with database(self.database_url) as sessions, sessions() as session:
            rows = await session.scalars(select(Message).order_by(Message.id))
            return [(row.direction, row.text) for row in rows]

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # Events belong to a loop, and a started gateway has a new one.
        self.rasa.release = asyncio.Event()
        self.rasa.release.set()
        settings = Settings(database_url=self.database_url, http_port=self.port, burst_window=0)
        async with (
            database(self.database_url) as sessions,
            aiohttp.ClientSession() as http,
            self.rasa.serve() as rasa_url,
        ):
            dealer = load_dealer(ROOT / "dealer.yml")
            parts = Parts(settings, dealer, sessions, Rasa(http, [rasa_url]), Wake(), Metrics())
            app = web.Application()
            channels = add_channels(app, parts)
            add_routes(app, parts, channels, self.pictures)
            async with (
                working(
                    sessions,
                    parts.rasa,
                    channels,
                    inbox=parts.wake,
                    metrics=parts.metrics,
                    dealer=dealer,
                ),
                listening(app, "127.0.0.1", self.port),
            ):
                self._ready.set()
                await self._stop.wait()


async def fill(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add_all(
            [
                _car(1, "Hyundai", "Solaris", 2019, 1_150_000, 64_000, vin="Z94CT41DBKR123456"),
                _car(2, "Kia", "Rio", 2020, 1_290_000, 51_000),
                _car(3, "Lada", "Vesta SW Cross", 2021, 1_340_000, 38_500),
                _car(4, "Skoda", "Octavia", 2018, 1_690_000, 92_000, picture=None),
                _car(5, "Toyota", "Camry", 2017, 2_150_000, None, picture="/stock/missing.jpg"),
                _car(6, "Geely", "Monjaro", 2026, 4_290_000, None, is_new=True),
            ]
        )


def _car(number: int, make: str, model: str, year: int, price: int, mileage: int | None, **extra: Any) -> Car:
    picture = extra.pop("picture", f"/stock/{number - 1}.jpg")
    return Car(
        id=number,
        feed="test",
        source_id=str(number),
        make=make,
        model=model,
        year=year,
        price=price,
        mileage_km=mileage,
        pictures=[CarPicture(position=0, url=picture)] if picture else [],
        listings=[
            CarListing(site="avito", external_id=f"77{number}", url=f"https://www.avito.ru/a_77{number}")
        ],
        **extra,
    )


@contextmanager
def foreign_page(html: str) -> Iterator[str]:
    """Another site: its address has another origin than the gateway's."""
    ready, port = threading.Event(), _free_port()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async def serve(_request: web.Request) -> web.Response:
            return web.Response(text=html, content_type="text/html")

        app = web.Application()
        app.router.add_get("/", serve)
        async with listening(app, "127.0.0.1", port):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
