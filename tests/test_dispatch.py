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


async def test_a_job_that_was_told_of_is_claimed_without_a_look_at_the_queue() -> None:
    wake, asked = Wake(), []

    async def due() -> None:
        asked.append("due")
        wake.tell_due()
        wake.tell_due()

    async def claim() -> str | None:
        asked.append("claim")
        return "job"

    async def work(_job: str) -> None:
        if asked.count("claim") == 2:
            dispatcher.stop()

    dispatcher = Dispatcher[str]("jobs", next_due=due, claim=claim, work=work, wake=wake)
    await dispatcher.run()
    assert asked == ["due", "claim", "claim"]


async def test_a_job_that_was_told_of_and_is_gone_has_the_queue_looked_at() -> None:
    wake, asked = Wake(), []

    async def due() -> None:
        asked.append("due")
        dispatcher.stop()

    async def claim() -> None:
        asked.append("claim")

    async def work(_job: str) -> None:
        raise AssertionError

    dispatcher = Dispatcher[str]("jobs", next_due=due, claim=claim, work=work, wake=wake)
    wake.tell_due()
    await dispatcher.run()
    assert asked == ["claim", "due"]
