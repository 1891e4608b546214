from collections.abc import AsyncIterator

import pytest

from tests.desk.telegram_desk import TOKEN
from tests.emulators.telegram import TelegramEmulator


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    """Whatever a test does, the desk keeps to the rules of the Bot API."""
    async with TelegramEmulator(TOKEN) as telegram:
        yield telegram
        assert telegram.violations == []
