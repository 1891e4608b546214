"""VK as the emulator plays it, and our side of it on a real inbox."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from bot.channels.files import Files
from bot.channels.vk.api import Vk
from bot.channels.vk.outgoing import VkChannel
from bot.db import Sessions
from tests.channels.shelf import Shelf
from tests.channels.vk.listener import Listener
from tests.channels.vk.pictures import read_picture
from tests.emulators.vk import Customer, VkEmulator

TOKEN = "vk1.a.secret"
GROUP = 7


@pytest.fixture
async def vk() -> AsyncIterator[VkEmulator]:
    async with VkEmulator(token=TOKEN, group_id=GROUP) as vk:
        yield vk


@pytest.fixture
def anna(vk: VkEmulator) -> Customer:
    return vk.customer("Анна Петрова")


@pytest.fixture
def api(vk: VkEmulator) -> Iterator[Vk]:
    api = Vk(TOKEN, GROUP, vk.url)
    yield api
    api.close()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def channel(api: Vk, sqlite_sessions: Sessions, shelf: Shelf) -> VkChannel:
    files = Files({"telegram": shelf})
    return VkChannel(api, sqlite_sessions, files, burst_window=0.0, read_picture=read_picture)


@pytest.fixture
async def listener(vk: VkEmulator, new_listener: Callable[[], Listener]) -> AsyncIterator[Listener]:
    """Reads the long poll, and has begun to."""
    async with new_listener() as listener:
        await listener.polls()
        yield listener


@pytest.fixture
def new_listener(vk: VkEmulator, api: Vk, sqlite_sessions: Sessions) -> Callable[[], Listener]:
    """Another start of the gateway, or another gateway, on the same database."""
    return lambda: Listener(vk, api, sqlite_sessions)
