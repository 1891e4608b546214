"""Feeds behind addresses, served by a real server on this machine."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from bot.errors import FeedError, FeedUnreachable
from bot.stock.feeds.fetch import Limits, feed_name, local_file, shown

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]

QUICK = Limits(total=20, silence=10, tries=3, pause=0, max_bytes=100_000)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_get("/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/stock/feed.xml?key=secret"

    yield start
    for runner in runners:
        await runner.cleanup()


async def fetched(url: str, limits: Limits = QUICK) -> bytes:
    async with local_file(url, limits) as path:
        return path.read_bytes()


async def test_a_feed_is_downloaded(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"<data/>")

    assert await fetched(await serve(handler)) == b"<data/>"


async def test_a_server_that_recovers_is_tried_again(serve: Serve) -> None:
    answers = iter([503, 429, 200])

    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=next(answers), body=b"<data/>")

    assert await fetched(await serve(handler)) == b"<data/>"


async def test_a_server_that_stays_broken(serve: Serve) -> None:
    calls: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=500)

    with pytest.raises(FeedUnreachable, match="ответил ошибкой 500"):
        await fetched(await serve(handler))
    assert len(calls) == QUICK.tries


async def test_a_wrong_address_is_not_tried_again(serve: Serve) -> None:
    calls: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=404)

    with pytest.raises(FeedError, match="ответил ошибкой 404") as error:
        await fetched(await serve(handler))
    assert (len(calls), "secret" in str(error.value), error.value.retry) == (1, False, False)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(total=0.3, silence=30), "не ответил за 0 с"),
        (Limits(total=30, silence=0.2, tries=2, pause=0), "молчит"),
    ],
)
async def test_an_address_that_hangs(serve: Serve, limits: Limits, message: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    with pytest.raises(FeedUnreachable, match=message):
        await fetched(await serve(handler), limits)


async def test_more_than_a_feed_can_be(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 200_000)

    with pytest.raises(FeedError, match="отдаёт больше"):
        await fetched(await serve(handler))


async def test_nobody_listens() -> None:
    with pytest.raises(FeedUnreachable, match="недоступен"):
        await fetched("http://127.0.0.1:1/feed.xml")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/data/My feed.xml", "My-feed"),
        ("https://user:pass@crm.example.ru/stock/feed.xml?key=secret", "crm.example.ru/stock/feed.xml"),
    ],
)
def test_names_of_feeds_hold_no_secrets(source: str, name: str) -> None:
    assert feed_name(source) == name
    assert "secret" not in shown(source)


def test_long_names_stay_different() -> None:
    first, second = (feed_name(f"https://media.example.ru/{'a' * 100}/{n}.xml") for n in "12")
    assert len(first) == len(second) == 64
    assert first != second
