"""A gateway is killed after the system has stored the contact and before it says so.

A real process and a real SIGKILL: nothing is tidied up, and the next gateway knows only what is in the
database.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from bot.db import database
from bot.leads.models import LeadDelivery
from bot.leases import free_the_dead, worker_name
from bot.settings import ROOT
from tests.leads.systems import SYSTEMS, WITH_MARKS, system
from tests.leads.telling import GIVEN, lead, telling

PATIENCE = 120  # seconds; far above what anything takes, so that a busy machine fails nothing


@pytest.mark.parametrize("name", SYSTEMS)
async def test_a_gateway_killed_while_the_system_answers_makes_no_second_record(
    sqlite_url: str, name: str
) -> None:
    async with database(sqlite_url) as sessions, system(name) as outside:
        async with telling(sessions, outside.crm) as desk:
            await desk.hear(lead(name="Анна"), GIVEN)
            (captured,) = await desk.leads()
        outside.stop_before_the_answer()
        async with _gateway(sqlite_url, outside.settings) as process:
            async with asyncio.timeout(PATIENCE):
                await outside.hanging()
            process.send_signal(signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
        async with sessions() as session:
            row = (await session.scalars(select(LeadDelivery))).one()
        assert (row.status, row.record, row.attempts) == ("queued", None, 1)
        async with telling(sessions, outside.crm) as desk:
            await free_the_dead(sessions, worker_name(), LeadDelivery.claimed_by)
            assert await desk.tell() == 1
        assert outside.marks() == [captured.uid]
        # What has no memory of ours hears it again, under the same name.
        assert len(outside.arrivals()) == (1 if name in WITH_MARKS else 2)


@asynccontextmanager
async def _gateway(
    database_url: str, settings: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    given = {
        "TELEGRAM_TOKEN": "",
        "VK_TOKEN": "",
        "DATABASE_URL": database_url,
        "DEALER_FILE": str(ROOT / "dealer.yml"),
        "HTTP_PORT": str(_free_port()),
        "RASA_URL": "http://127.0.0.1:9",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli", "gateway"), cwd=ROOT, env={**os.environ, **given}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
