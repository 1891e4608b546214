"""The gateway: the one place where everything is wired. Importing it opens nothing."""

import asyncio
import errno
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Channel
from bot.channels.site import SiteChannel, add_site
from bot.channels.telegram import TelegramChannel, add_telegram, open_telegram
from bot.db import Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.desk.tickets import take_over
from bot.errors import SettingsError
from bot.inbox import Inbox
from bot.leases import worker_name
from bot.metrics import Metrics
from bot.migrate import migrate
from bot.settings import ROOT, Settings
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import working

PICTURES = ROOT / "data" / "stock" / "pictures"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """What the web application is made of."""

    settings: Settings
    dealer: Dealer
    sessions: Sessions
    rasa: Rasa
    wake: Wake
    metrics: Metrics
    telegram: TelegramChannel | None = None

    @property
    def inbox(self) -> Inbox:
        take = partial(take_over, department=self.dealer.default_department)
        return Inbox(self.sessions, self.wake, take, self.metrics)


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Parts]:
    """Everything that is opened, closed at the end; the database is migrated."""
    dealer = load_dealer(settings.dealer_file)
    await migrate(settings.database_url)
    async with (
        database(settings.database_url) as sessions,
        aiohttp.ClientSession() as http,
        open_telegram(settings, sessions) as telegram,
    ):
        rasa = Rasa(http, settings.rasa_url)
        yield Parts(settings, dealer, sessions, rasa, Wake(), Metrics(), telegram)


async def serve(settings: Settings) -> None:
    """Run the gateway until SIGINT or SIGTERM."""
    async with assembled(settings) as parts:
        app = web.Application()
        channels = add_channels(app, parts)
        add_routes(app, parts)
        async with (
            working(
                parts.sessions,
                parts.rasa,
                channels,
                inbox=parts.wake,
                metrics=parts.metrics,
                default_department=parts.dealer.default_department,
            ),
            listening(app, settings.http_host, settings.http_port),
        ):
            log.info("gateway ready", extra={"port": settings.http_port, "channels": sorted(channels)})
            await until_stopped()
            log.info("gateway stops")


def add_channels(app: web.Application, parts: Parts) -> dict[str, Channel]:
    window = parts.settings.burst_window
    site = SiteChannel(parts.sessions) if window is None else SiteChannel(parts.sessions, window)
    add_site(app, sessions=parts.sessions, inbox=parts.inbox, channel=site, dealer=parts.dealer)
    channels: dict[str, Channel] = {site.name: site}
    if parts.telegram is not None:
        add_telegram(
            app,
            parts.telegram,
            settings=parts.settings,
            sessions=parts.sessions,
            inbox=parts.inbox,
            worker=worker_name(),
        )
        channels[parts.telegram.name] = parts.telegram
    return channels


def add_routes(app: web.Application, parts: Parts, pictures: Path = PICTURES) -> None:
    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(_request: web.Request) -> web.Response:
        state = {"database": await _answers(parts.sessions), "rasa": await parts.rasa.ready()}
        return web.json_response(state, status=200 if all(state.values()) else 503)

    app.router.add_get("/health", health)
    app.router.add_get("/ready", ready)
    if pictures.is_dir():
        app.router.add_static("/stock", pictures)


async def _answers(sessions: Sessions) -> bool:
    try:
        async with sessions() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise SettingsError(
            f"порт {port} занят другой программой или недоступен. Остановите её "
            "или укажите другой порт в настройке HTTP_PORT (файл .env)."
        ) from error
    finally:
        await runner.cleanup()


async def until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
