from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.salon import Salon, opened_salon
from tests.stack import Stack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def salon(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Salon]:
    async with opened_salon(stack, tmp_path_factory.mktemp("journeys")) as opened:
        yield opened
