"""The loop of the queues asks no faster than something can have changed."""

import datetime as dt

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
