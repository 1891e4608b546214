"""The gateway: the one place where everything is wired. Importing it opens nothing."""

import asyncio
import errno
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.channels.base import Channel
from bot.channels.files import Files
from bot.channels.site import SiteChannel, add_site
from bot.channels.telegram import TelegramChannel, add_telegram, open_telegram
from bot.channels.telegram.download import SCHEME, Downloads
from bot.channels.vk import VkChannel, add_vk, open_vk
from bot.customers.trackers import Trackers, open_trackers
from bot.db import Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.desk.answering import who_answers
from bot.desk.telegram.connect import TelegramDesk, make_desk
from bot.desk.templates import FILE as TEMPLATES
from bot.desk.templates import Templates
from bot.desk.tickets import take_over
from bot.errors import SettingsError
from bot.inbox import Inbox
from bot.leads.crm.base import Crm
from bot.leads.crm.connect import open_crms
from bot.leads.crm.hooks import add_crm_hooks
from bot.leases import worker_name
from bot.metrics import Metrics
from bot.migrate import migrate
from bot.monitoring import Monitoring
from bot.settings import ROOT, Settings
from bot.turn.rasa import Rasa
from bot.wake import Wake
from bot.workers import NO_CRMS, working

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
    vk: VkChannel | None = None
    crms: Mapping[str, Crm] = NO_CRMS
    trackers: Trackers | None = None
    desk: TelegramDesk | None = None

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
        open_vk(settings, sessions, files_of(telegram)) as vk,
        open_trackers(sessions, settings.rasa_database_url) as trackers,
    ):
        rasa = Rasa(http, settings.rasa_url)
        crms = open_crms(settings, http, sessions, dealer)
        metrics = Metrics()
        desk = make_desk(telegram, sessions, dealer, metrics, settings.public_url)
        yield Parts(settings, dealer, sessions, rasa, Wake(), metrics, telegram, vk, crms, trackers, desk)


def files_of(telegram: TelegramChannel | None) -> Files:
    """Where the files are that the desk sends."""
    return Files({SCHEME: Downloads(telegram.bot)} if telegram else {})


async def serve(settings: Settings) -> None:
    """Run the gateway until SIGINT or SIGTERM."""
    stopped = stop_signals()  # before anything is held that a sudden end would leave behind
    async with assembled(settings) as parts:
        app = web.Application()
        channels = add_channels(app, parts)
        add_routes(app, parts, channels)
        async with (
            working(
                parts.sessions,
                parts.rasa,
                channels,
                inbox=parts.wake,
                metrics=parts.metrics,
                dealer=parts.dealer,
                crms=parts.crms,
                trackers=parts.trackers,
                desk=parts.desk,
            ),
            listening(app, settings.http_host, settings.http_port),
        ):
            log.info("gateway ready", extra={"port": settings.http_port, "channels": sorted(channels)})
            await stopped.wait()
            log.info("gateway stops")


def add_channels(app: web.Application, parts: Parts) -> dict[str, Channel]:
    window = parts.settings.burst_window
    site = SiteChannel(parts.sessions) if window is None else SiteChannel(parts.sessions, window)
    add_site(
        app,
        sessions=parts.sessions,
        inbox=parts.inbox,
        channel=site,
        dealer=parts.dealer,
        files=files_of(parts.telegram),
        answering=who_answers,
    )
    channels: dict[str, Channel] = {site.name: site}
    if parts.telegram is not None:
        add_telegram(
            app,
            parts.telegram,
            settings=parts.settings,
            sessions=parts.sessions,
            inbox=parts.inbox,
            worker=worker_name(),
            groups=parts.desk.intake(Templates(TEMPLATES)) if parts.desk is not None else None,
        )
        channels[parts.telegram.name] = parts.telegram
    if parts.vk is not None:
        add_vk(
            app,
            parts.vk,
            settings=parts.settings,
            sessions=parts.sessions,
            inbox=parts.inbox,
            worker=worker_name(),
        )
        channels[parts.vk.name] = parts.vk
    return channels


def add_routes(
    app: web.Application, parts: Parts, channels: Mapping[str, Channel], pictures: Path = PICTURES
) -> None:
    token = parts.settings.metrics_token
    Monitoring(
        parts.sessions,
        parts.rasa,
        channels,
        parts.metrics,
        token.get_secret_value() if token is not None else None,
    ).add_to(app)
    add_crm_hooks(app, parts.settings, parts.sessions)
    if pictures.is_dir():
        app.router.add_static("/stock", pictures)


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


def stop_signals() -> asyncio.Event:
    """Set by SIGINT and SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
