"""The loop of the queues asks no faster than something can have changed."""

import datetime as dt
import logging

import pytest

from bot import dispatch
from bot.db import utcnow
from bot.dispatch import Dispatcher
from bot.wake import Wake


class CountedWake(Wake):
    waits = 0

    async def wait(self, seconds: float) -> None:
        self.waits += 1
        await super().wait(seconds)


async def test_a_due_job_that_another_process_holds_is_waited_for() -> None:
    wake, claims = CountedWake(), iter([None, None, None, "job"])
    waits_before: list[int] = []

    async def due() -> dt.datetime:
        return utcnow()

    async def claim() -> str | None:
        waits_before.append(wake.waits)
        return next(claims)

    async def work(_job: str) -> None:
        dispatcher.stop()

    dispatcher = Dispatcher[str]("jobs", next_due=due, claim=claim, work=work, wake=wake, width=1)
    await dispatcher.run()
    assert waits_before == [0, 1, 2, 3]


async def test_a_database_that_is_away_is_told_once_and_once_that_it_is_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dispatch, "POLL", 0.001)
    answers = iter(["away", "due", "away", "due", "due"])
    claims = iter(["away", None, "job"])

    async def due() -> dt.datetime:
        if next(answers) == "away":
            raise ConnectionRefusedError
        return utcnow()

    async def claim() -> str | None:
        if (claimed := next(claims)) == "away":
            raise ConnectionResetError
        return claimed

    async def work(_job: str) -> None:
        dispatcher.stop()

    dispatcher = Dispatcher[str]("jobs", next_due=due, claim=claim, work=work, wake=Wake(), width=1)
    await dispatcher.run()
    told = [(record.message, record.levelno, bool(record.exc_info)) for record in caplog.records]
    assert told == [
        ("queue not readable", logging.ERROR, True),
        ("queue readable again", logging.WARNING, False),
    ]
