"""An update is stored once, and its turn waits for the rest of the burst."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.conversations import Conversation, Message
from bot.db import Sessions, database, utcnow
from bot.desk.attention import lock
from bot.inbox import Inbox, refused_for_good
from bot.inbox.models import InboxUpdate
from bot.metrics import Metrics
from bot.wake import Wake
from tests.spine import Spine, incoming, nobody, spine


async def test_a_repeated_update_is_one_message(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        update = incoming("Здравствуйте")
        assert await gateway.inbox.accept(update, 0.0)
        assert not await gateway.inbox.accept(update, 0.0)
        assert [row.text for row in await gateway.rows(Message)] == ["Здравствуйте"]


async def test_a_repeated_update_does_not_start_a_turn_again(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        update = incoming("Здравствуйте")
        await gateway.talk(update)
        await gateway.receive(update)
        assert await gateway.do_turns() == 0


async def test_the_same_update_at_the_same_time_is_one_message(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        update = incoming("Здравствуйте")
        stored = await asyncio.gather(*(gateway.inbox.accept(update, 0.0) for _ in range(8)))
        assert sum(stored) == 1
        assert len(await gateway.rows(InboxUpdate)) == 1


async def test_what_waits_for_somebody_else_came_after_what_he_did(sessions: Sessions) -> None:
    """Else it is of the time of a person who has closed his ticket, and nobody answers it."""
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Здравствуйте"))
        [conversation] = await gateway.rows(Conversation)
        asked = asyncio.Event()
        engine = sessions.kw["bind"].sync_engine
        async with sessions.begin() as session:
            await lock(session, conversation.id)
            event.listen(engine, "before_cursor_execute", lambda *_query: asked.set(), once=True)
            coming = asyncio.create_task(gateway.inbox.accept(incoming("Вы ещё тут?"), 0.0))
            await asked.wait()
            closed_at = utcnow()
        await coming
        assert (await gateway.rows(Message))[-1].at > closed_at


async def test_the_same_id_in_two_accounts_is_two_updates(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        first = incoming("а")
        assert await gateway.inbox.accept(first, 0.0)
        assert await gateway.inbox.accept(first.model_copy(update={"account": "other"}), 0.0)


async def test_the_turn_waits_for_a_pause_in_the_burst(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("солярис"), window=20)
        first = await _next_turn(gateway)
        await gateway.receive(incoming("белый"), window=20)
        assert await _next_turn(gateway) > first


async def test_a_burst_without_a_pause_is_answered_after_three_windows(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        started = dt.datetime.now(dt.UTC)
        await gateway.receive(*(incoming(str(n)) for n in range(5)), window=1)
        await gateway.receive(incoming("и ещё"), window=3600)
        assert await _next_turn(gateway) <= started + dt.timedelta(hours=2)
        await gateway.receive(incoming("последнее"), window=0.001)
        assert await _next_turn(gateway) <= dt.datetime.now(dt.UTC)


async def test_accepting_wakes_the_turns_of_this_process(sqlite_sessions: Sessions) -> None:
    wake = Wake()
    await Inbox(sqlite_sessions, wake, nobody, Metrics()).accept(incoming("привет"), 0.0)
    async with asyncio.timeout(5):
        await wake.wait(3600)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "я" * 100_000, "<b>&amp;</b>", "🚗" * 1000])
async def test_any_text_can_be_stored(sessions: Sessions, text: str) -> None:
    async with spine(sessions) as gateway:
        assert await gateway.inbox.accept(incoming(text, name="н\0" * 500, listing_ref="x" * 900), 0.0)
        conversation = await gateway.conversation()
        assert len(conversation.name or "") <= 128


async def _next_turn(gateway: Spine) -> dt.datetime:
    planned = (await gateway.conversation()).next_turn_at
    assert planned is not None
    return planned


async def test_what_the_database_will_never_take_is_known_from_one_that_is_away(postgres_url: str) -> None:
    async with database(postgres_url) as sessions, spine(sessions) as gateway:
        with pytest.raises(DBAPIError) as refused:
            await gateway.receive(incoming(chat="a" * 200))
        assert refused_for_good(refused.value)
    assert not refused_for_good(OperationalError("INSERT", {}, Exception("connection refused")))
