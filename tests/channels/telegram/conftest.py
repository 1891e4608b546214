from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.pictures import read_picture
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.client import make_bot
from bot.db import Sessions
from tests.channels.telegram.gateway import TOKEN, PictureServer
from tests.emulators.telegram import Customer, TelegramEmulator, picture


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    """Whatever a test does, the bot keeps to the rules of the Bot API."""
    async with TelegramEmulator(TOKEN) as telegram:
        yield telegram
        assert telegram.violations == []


@pytest.fixture
async def pictures() -> AsyncIterator[PictureServer]:
    async def serve(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        known.fetched.append(name)
        if name.startswith("gone"):
            raise web.HTTPNotFound
        body = b"<html>" if name.startswith("page") else picture(colour=name.removesuffix(".jpg"))
        return web.Response(body=body, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", serve)
    async with TestServer(app, host="127.0.0.1") as server:
        known = PictureServer(server)
        yield known


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    (tmp_path / "stock").mkdir()
    (tmp_path / "stock" / "red.jpg").write_bytes(picture(colour="red"))
    return tmp_path / "stock"


@pytest.fixture
async def channel(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, stock: Path
) -> AsyncIterator[TelegramChannel]:
    read = partial(read_picture, folder=stock, may_reach=lambda _: True)
    bot = make_bot(TOKEN, telegram.url)
    yield TelegramChannel(bot, sqlite_sessions, read=read)
    await bot.session.close()


@pytest.fixture
def anna(telegram: TelegramEmulator) -> Customer:
    customer = telegram.customer("Анна")
    customer.starts()
    return customer
