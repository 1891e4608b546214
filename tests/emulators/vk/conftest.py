"""An emulator for each test, the client that talks to it, and a customer."""

from collections.abc import AsyncIterator

import pytest

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.real_client import GROUP, TOKEN, Client


@pytest.fixture
async def vk() -> AsyncIterator[VkEmulator]:
    async with VkEmulator(token=TOKEN, group_id=GROUP) as emulator:
        yield emulator


@pytest.fixture
def client(vk: VkEmulator) -> Client:
    return Client(vk.url)


@pytest.fixture
def anna(vk: VkEmulator) -> Customer:
    """A customer who has written."""
    customer = vk.customer("Анна Петрова")
    customer.says("Здравствуйте")
    return customer
