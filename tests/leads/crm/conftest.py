"""The session that the adapters are given, and a watch over what they say."""

import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.leads.crm.cards import PERSONAL


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(autouse=True)
def nothing_personal_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield
    for record in caplog.records:
        assert not any(word in str(record.__dict__) for word in PERSONAL)
