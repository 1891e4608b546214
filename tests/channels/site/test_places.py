"""How many files are fetched at once, and what is said to who comes too much."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import File, Outgoing
from bot.channels.files import Files, Opened
from bot.channels.site import download
from bot.channels.site.download import PATH, Downloads
from bot.channels.site.files import address
from bot.channels.site.places import Places
from bot.channels.site.transcript import ACCOUNT, CHANNEL
from bot.conversations import Conversation, Message
from bot.db import Sessions

ANNA, IVAN = "a" * 32, "b" * 32
PHOTO = Outgoing(files=(File(kind="photo", source="slow:1"),))

Client = TestClient[web.Request, web.Application]


class Slow:
    """Gives the first half of a file, and the other when it is let go."""

    def __init__(self) -> None:
        self.opened = asyncio.Semaphore(0)  # released once for each file that is begun
        self.go_on = asyncio.Event()

    async def open(self, ref: str) -> Opened:
        self.opened.release()
        return Opened(4, self._pieces())

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        yield b"ha"
        await self.go_on.wait()
        yield b"lf"


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def places() -> Places:
    return Places(of_all=2, of_one=1, line=0, patience=0)


@pytest.fixture
async def client(sqlite_sessions: Sessions, slow: Slow, places: Places) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_get(PATH, Downloads(sqlite_sessions, Files({"slow": slow}), places).send)
    async with TestClient(TestServer(app)) as client:
        yield client


async def photo_for(sessions: Sessions, chat: str) -> str:
    """Its address."""
    async with sessions.begin() as session:
        conversation = Conversation(channel=CHANNEL, account=ACCOUNT, chat_id=chat)
        session.add(conversation)
        await session.flush()
        extras = PHOTO.model_dump(mode="json")
        message = Message(conversation_id=conversation.id, direction="staff", text="", extras=extras)
        session.add(message)
        await session.flush()
        return address(chat, message.id, 0)


async def test_one_visitor_does_not_get_more_than_his_share(
    client: Client, sqlite_sessions: Sessions, slow: Slow
) -> None:
    hers, his = await photo_for(sqlite_sessions, ANNA), await photo_for(sqlite_sessions, IVAN)
    first = await client.get(hers)
    refused = await client.get(hers)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
    assert await refused.text() == (
        "Вы скачиваете слишком много файлов сразу. Попробуйте через несколько секунд."
    )
    other = await client.get(his)
    assert other.status == 200, "the others are not hindered"
    slow.go_on.set()
    assert [await first.read(), await other.read()] == [b"half", b"half"]
    assert await (await client.get(hers)).read() == b"half", "his place is free again"


async def test_all_together_have_so_many_places(
    client: Client, sqlite_sessions: Sessions, slow: Slow
) -> None:
    pages = [await photo_for(sqlite_sessions, chat) for chat in (ANNA, IVAN, "c" * 32)]
    begun = [await client.get(page) for page in pages[:2]]
    refused = await client.get(pages[2])
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    slow.go_on.set()
    assert [await each.read() for each in begun] == [b"half"] * 2
    assert (await client.get(pages[2])).status == 200


async def test_who_takes_nothing_loses_his_place(
    client: Client, sqlite_sessions: Sessions, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    hers = await photo_for(sqlite_sessions, ANNA)
    with monkeypatch.context() as hurry:
        hurry.setattr(download, "LONGEST", 0.01)
        broken = await client.get(hers)
        with pytest.raises(ClientPayloadError):
            await broken.read()
    slow.go_on.set()
    assert (await client.get(hers)).status == 200


async def test_a_page_shows_all_its_pictures_in_their_turn() -> None:
    places = Places(of_all=4, of_one=2, line=8, patience=60)
    at_once, most = 0, 0

    async def show() -> None:
        nonlocal at_once, most
        async with places.take(ANNA):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    await asyncio.gather(*(show() for _ in range(10)))
    assert most == 2
    assert places._visitors == {}, "nobody is remembered"


async def test_a_line_has_an_end() -> None:
    places = Places(of_all=4, of_one=1, line=1, patience=60)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(places.take(ANNA))
        waiting = asyncio.create_task(stack.enter_async_context(places.take(ANNA)))
        await asyncio.sleep(0)
        with pytest.raises(web.HTTPTooManyRequests):
            await stack.enter_async_context(places.take(ANNA))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with places.take(ANNA), places.take(IVAN):
        pass
