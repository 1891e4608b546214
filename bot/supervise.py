"""`bot run`: everything that a dealership needs on one machine, from nothing to an open chat."""

import asyncio
import signal
import socket
import sys
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp
from rich.console import Console
from sqlalchemy import select

from bot.db import database
from bot.dealer import load_dealer
from bot.errors import FeedError, SettingsError
from bot.migrate import migrate
from bot.processes import LOGS, Child, ChildFailed, Program
from bot.settings import ROOT, Settings
from bot.stock.importing import import_feed
from bot.stock.models import Car
from bot.training import MODEL, QUIET, RASA, outdated, train

SAMPLE_STOCK = ROOT / "data" / "stock" / "stock.xml"
LOCAL = ("127.0.0.1", "localhost")


async def supervise(settings: Settings, console: Console) -> None:
    """Until Ctrl-C or SIGTERM; all children are stopped then."""
    running = asyncio.create_task(_run(settings, console))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running
    console.print("Остановлено.")


async def _run(settings: Settings, console: Console) -> None:
    load_dealer(settings.dealer_file)  # a mistake in it is told before minutes of training
    check_ports(settings)
    if outdated():
        await train(console)
    await migrate(settings.database_url)
    await load_stock(settings, console)
    async with aiohttp.ClientSession() as http:
        engines = [Child(program, console) for program in engine_programs(settings, http)]
        gateway = Child(gateway_program(settings, http), console)
        try:
            await _start(engines)
            await _start([gateway])
            console.print(f"\nГотово. Чат: [bold]{address(settings)}[/bold]   (Ctrl-C — остановить)\n")
            await _keep_alive([*engines, gateway])
        finally:
            # The gateway first: its running turns still need the others.
            await gateway.stop()
            await asyncio.gather(*(child.stop() for child in engines))


async def _start(children: Sequence[Child]) -> None:
    for child in children:
        await child.start()
    await _together(child.until_ready() for child in children)


async def _keep_alive(children: Sequence[Child]) -> None:
    await _together(child.keep_alive() for child in children)


async def _together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """All at once; the first error cancels the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for work in works:
                tasks.create_task(work)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


def engine_programs(settings: Settings, http: aiohttp.ClientSession) -> list[Program]:
    """The action server and a Rasa for each local address of RASA_URL."""
    answers = f"http://127.0.0.1:{settings.actions_port}"
    actions = Program(
        title="Сервер ответов",
        log="actions.log",
        command=(sys.executable, "-m", "actions", "--port", str(settings.actions_port)),
        starting="Готовлю ответы",
        ready=lambda: responds(http, f"{answers}/health"),
    )
    engines = [
        rasa_program(url, f"{answers}/webhook", settings.rasa_database_url, http)
        for url in local_rasas(settings)
    ]
    return [actions, *engines]


def rasa_program(url: str, action_server: str, database: str, http: aiohttp.ClientSession) -> Program:
    port = str(urlsplit(url).port or 80)
    return Program(
        title=f"Rasa ({port})",
        log=f"rasa-{port}.log",
        command=(
            *(str(RASA), "run", "--enable-api", "-i", "127.0.0.1", "-p", port, "-m", str(MODEL)),
            *("--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
        ),
        starting="Загружаю модель",
        ready=lambda: rasa_ready(http, url),
        env={**QUIET, "ACTION_SERVER_URL": action_server, "RASA_DATABASE_URL": database},
    )


def gateway_program(settings: Settings, http: aiohttp.ClientSession) -> Program:
    return Program(
        title="Шлюз",
        log="gateway.log",
        command=(sys.executable, "-m", "bot.cli", "gateway"),
        starting="Открываю чат",
        ready=lambda: responds(http, f"http://127.0.0.1:{settings.http_port}/ready"),
    )


async def rasa_ready(http: aiohttp.ClientSession, url: str) -> bool:
    """Rasa loads its model before it listens; one that listens without a model will never get it."""
    status = await status_of(http, f"{url.rstrip('/')}/status")
    if status == 409:
        raise ChildFailed(
            f"Rasa не смогла загрузить модель {MODEL.name}. Удалите файл {MODEL} и запустите снова: "
            f"модель будет обучена заново. Причина в журнале {LOGS}."
        )
    return status == 200


async def responds(http: aiohttp.ClientSession, url: str) -> bool:
    return await status_of(http, url) == 200


async def status_of(http: aiohttp.ClientSession, url: str) -> int | None:
    """None while nobody answers."""
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=5)) as response:
            return response.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


def local_rasas(settings: Settings) -> list[str]:
    return [url for url in settings.rasa_url if urlsplit(url).hostname in LOCAL]


def check_ports(settings: Settings) -> None:
    """Raises SettingsError that names the busy port and the setting to change."""
    wanted = [(settings.http_port, "HTTP_PORT"), (settings.actions_port, "ACTIONS_PORT")]
    wanted += [(urlsplit(url).port or 80, "RASA_URL") for url in local_rasas(settings)]
    for port, setting in wanted:
        if is_busy(port):
            raise SettingsError(
                f"порт {port} занят другой программой. Остановите её или укажите другой порт "
                f"в настройке {setting} (файл .env)."
            )


def is_busy(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still ending is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


async def load_stock(settings: Settings, console: Console) -> None:
    """The dealer's feeds, at each start; without any, the sample. A bad feed leaves the stock as it was."""
    await load_sample_stock(settings, console)
    async with database(settings.database_url) as sessions:
        for feed in settings.stock_feeds:
            try:
                report = await import_feed(sessions, feed)
            except FeedError as error:
                console.print(f"Фид не загружен: {error}", markup=False, highlight=False)
                continue
            console.print(f"Фид загружен: машин {report.seen}, новых {report.added}.", highlight=False)


async def load_sample_stock(settings: Settings, console: Console) -> None:
    """An empty database gets the sample, so that there is something to talk about."""
    if settings.stock_feeds or not SAMPLE_STOCK.exists():
        return
    async with database(settings.database_url) as sessions:
        async with sessions() as session:
            if await session.scalar(select(Car.id).limit(1)) is not None:
                return
        report = await import_feed(sessions, str(SAMPLE_STOCK))
    console.print(f"Загружен учебный склад: машин {report.added}.", highlight=False)


def address(settings: Settings) -> str:
    return settings.public_url or f"http://127.0.0.1:{settings.http_port}/"
