"""What a channel has already is found again, whatever becomes of the delivery that asked for it."""

import asyncio

import pytest
from sqlalchemy import event

from bot.channels.models import UploadedMedia
from bot.channels.uploads import Uploads
from bot.db import Sessions
from bot.outside import Outside


async def test_a_reference_is_kept_although_the_time_of_the_delivery_ran_out(
    sqlite_sessions: Sessions,
) -> None:
    uploads, outside = Uploads(sqlite_sessions, "vk", "777"), Outside()
    async with sqlite_sessions.begin() as session:
        session.add(UploadedMedia(channel="vk", account="777", url="/stock/1.jpg", ref="photo1"))
        await session.flush()  # from now on every other writer waits
        asked = _next_query(sqlite_sessions)

        async def deliver() -> None:
            async with outside.within(60):
                await uploads.remember({"/stock/2.jpg": "photo2"})

        delivery = asyncio.create_task(deliver())
        await asked.wait()
        outside.leave()
    with pytest.raises(TimeoutError):
        await delivery
    assert await uploads.known(["/stock/2.jpg"]) == {"/stock/2.jpg": "photo2"}


def _next_query(sessions: Sessions) -> asyncio.Event:
    asked = asyncio.Event()
    engine = sessions.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", lambda *_query: asked.set(), once=True)
    return asked
