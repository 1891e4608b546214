"""One turn of a conversation at a time, in order, and what a dead gateway held is free again."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import update

from bot.conversations import Conversation
from bot.db import Sessions, utcnow
from bot.inbox.claim import FLOOD_PAUSE, LeaseLost, claim_turn, finish_turn, next_due, postpone_turn
from bot.inbox.models import InboxUpdate
from tests.spine import Spine, incoming, spine


async def test_messages_of_a_burst_are_one_turn(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("солярис"), incoming("белый"), incoming("ещё есть?"))
        claim = await claim_turn(sessions, ["fake"], "a")
        assert claim is not None
        assert [u.text for u in claim.updates] == ["солярис", "белый", "ещё есть?"]


async def test_a_claimed_conversation_is_nobody_elses(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("раз"))
        claims = await asyncio.gather(*(claim_turn(sessions, ["fake"], str(n)) for n in range(6)))
        assert len([claim for claim in claims if claim]) == 1
        await gateway.receive(incoming("два"))
        assert await claim_turn(sessions, ["fake"], "b") is None


async def test_two_conversations_are_two_turns(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("раз", chat="anna"), incoming("два", chat="boris"))
        claims = [await claim_turn(sessions, ["fake"], "a") for _ in range(3)]
        assert [c.updates[0].chat_id for c in claims if c] == ["anna", "boris"]


async def test_a_message_during_the_turn_is_the_next_turn(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("раз"))
        claim = await claim_turn(sessions, ["fake"], "a")
        assert claim is not None
        await gateway.receive(incoming("два"))
        async with sessions.begin() as session:
            await finish_turn(session, claim)
        after = await claim_turn(sessions, ["fake"], "a")
        assert after is not None
        assert [u.text for u in after.updates] == ["два"]


async def test_an_ended_lease_frees_the_same_turn(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("раз"))
        dead = await claim_turn(sessions, ["fake"], "dead")
        assert dead is not None
        await gateway.receive(incoming("два"))
        await _end_lease(gateway)
        alive = await claim_turn(sessions, ["fake"], "alive")
        assert alive is not None
        assert (alive.turn_id, alive.updates, alive.attempt) == (dead.turn_id, dead.updates, 2)
        with pytest.raises(LeaseLost):
            async with sessions.begin() as session:
                await finish_turn(session, dead)


async def test_a_postponed_turn_waits_and_later_messages_wait_behind_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("раз"))
        claim = await claim_turn(sessions, ["fake"], "a")
        assert claim is not None
        await postpone_turn(sessions, claim, 3600)
        await gateway.receive(incoming("два"))
        assert await claim_turn(sessions, ["fake"], "a") is None
        due = await next_due(sessions, ["fake"])
        assert due is not None
        assert due > utcnow() + dt.timedelta(minutes=50)


async def test_a_turn_is_bounded_in_characters(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("я" * 3000), incoming("ю" * 3000), incoming("э"))
        sizes = []
        while claim := await claim_turn(sqlite_sessions, ["fake"], "a"):
            sizes.append(len(claim.updates))
            async with sqlite_sessions.begin() as session:
                await finish_turn(session, claim)
        assert sizes == [1, 2]


async def test_a_flood_is_one_turn_and_the_next_waits(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(*(incoming(str(n)) for n in range(40)))
        claim = await claim_turn(sessions, ["fake"], "a")
        assert claim is not None and claim.flood
        assert len(claim.updates) == 40
        await gateway.receive(*(incoming(str(n)) for n in range(3)))
        async with sessions.begin() as session:
            await finish_turn(session, claim)
        await gateway.receive(incoming("ещё"))
        assert await claim_turn(sessions, ["fake"], "a") is None
        due = await next_due(sessions, ["fake"])
        assert due is not None and due - utcnow() > FLOOD_PAUSE / 2


async def test_a_flood_of_different_buttons_is_one_turn_too(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        presses = (incoming("Да", kind="button", button=f"1.{n % 2}") for n in range(20))
        await gateway.receive(*presses)
        assert await gateway.do_turns() == 1
        assert gateway.rasa.messages == ["\n".join(["Да"] * 20)]


async def test_one_message_longer_than_a_turn_is_still_taken(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("я" * 100_000))
        assert await claim_turn(sqlite_sessions, ["fake"], "a") is not None


async def test_a_pressed_button_is_a_turn_of_its_own(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(
            incoming("текст"),
            incoming("Да", kind="button", button="1.0"),
            incoming("Да", kind="button", button="1.0"),
            incoming("Нет", kind="button", button="1.1"),
            incoming("ещё текст"),
        )
        turns = []
        while claim := await claim_turn(sqlite_sessions, ["fake"], "a"):
            turns.append([u.text for u in claim.updates])
            async with sqlite_sessions.begin() as session:
                await finish_turn(session, claim)
        assert turns == [["текст"], ["Да", "Да"], ["Нет"], ["ещё текст"]]


async def test_other_channels_are_left_to_their_gateways(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("раз"))
        assert await next_due(sqlite_sessions, ["terminal"]) is None
        assert await claim_turn(sqlite_sessions, ["terminal"], "a") is None


async def _end_lease(gateway: Spine) -> None:
    async with gateway.sessions.begin() as session:
        past = utcnow() - dt.timedelta(seconds=1)
        await session.execute(update(Conversation).values(claimed_until=past, next_turn_at=past))


async def test_an_update_of_another_version_holds_up_nobody(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        async with sqlite_sessions.begin() as session:
            await session.execute(update(InboxUpdate).values(body={"text": "цена?", "mood": "good"}))
        await gateway.receive(incoming("есть?", chat="boris"))
        assert await gateway.do_turns() == 2
        assert sorted(gateway.rasa.messages) == ["есть?", "цена?"]
        await gateway.deliver()
        assert [chat for chat, _ in gateway.channel.sent] == ["anna", "boris"]
