"""An answer goes to its sender without a detour over the queue, where that changes nothing of the order."""

import os
import subprocess
import sys

from sqlalchemy import select

from bot.db import Sessions
from bot.inbox.claim import claim_turn
from bot.leases import free_the_dead, worker_name
from bot.outbox import withdraw
from bot.outbox.claim import claim_parcel
from bot.outbox.models import OutboxMessage
from tests.spine import incoming, says, spine


def _dead_worker() -> str:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return worker_name().replace(f":{os.getpid()}:", f":{ended.pid}:")


async def test_an_answer_is_claimed_as_it_is_put_and_nobody_else_sends_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.sender.has_room = True
        await gateway.receive(incoming("цена?"))
        await gateway.do_turns()
        assert await claim_parcel(sessions, ["fake"], "other") is None
        (parcel,) = gateway.sender.parcels
        await gateway.deliveries.deliver(parcel)
        assert gateway.channel.texts == ["«цена?»"]
        assert [row.status for row in await gateway.rows(OutboxMessage)] == ["sent"]


async def test_buttons_have_their_keys_in_what_is_handed_on(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.sender.has_room = True
        gateway.rasa.answers.append(
            says({"text": "Какая?", "buttons": [{"title": "Эта", "payload": "/this"}]})
        )
        await gateway.receive(incoming("цена?"))
        await gateway.do_turns()
        (parcel,) = gateway.sender.parcels
        assert [button.key for button in parcel.message.buttons] == [f"{parcel.id}.0"]


async def test_an_answer_waits_for_those_before_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("первый"))
        await gateway.do_turns()
        gateway.sender.has_room = True
        await gateway.receive(incoming("второй"))
        await gateway.do_turns()
        assert gateway.sender.parcels == []
        await gateway.deliver()
        assert gateway.channel.texts == ["«первый»", "«второй»"]


async def test_an_answer_does_not_overtake_the_one_under_way(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.sender.has_room = True
        await gateway.receive(incoming("первый"))
        await gateway.do_turns()
        await gateway.receive(incoming("второй"))
        await gateway.do_turns()
        assert [parcel.message.text for parcel in gateway.sender.parcels] == ["«первый»"]
        assert await claim_parcel(sessions, ["fake"], "other") is None


async def test_an_answer_does_not_overtake_one_that_was_withdrawn_under_way(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.sender.has_room = True
        await gateway.receive(incoming("первый"))
        await gateway.do_turns()
        async with sessions.begin() as session:
            await withdraw(session, (await gateway.conversation()).id, "отвечает человек")
        await gateway.receive(incoming("второй"))
        await gateway.do_turns()
        assert [parcel.message.text for parcel in gateway.sender.parcels] == ["«первый»"]


async def test_an_answer_whose_gateway_died_after_the_commit_is_sent_by_the_next(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.sender.has_room = True
        await gateway.receive(incoming("цена?"))
        claim = await claim_turn(sessions, ["fake"], _dead_worker())
        assert claim is not None
        await gateway.turns.handle(claim)
        await gateway.deliver()
        assert gateway.channel.texts == []
        await free_the_dead(sessions, worker_name())
        await gateway.deliver()
        assert gateway.channel.texts == ["«цена?»"]
        async with sessions() as session:
            assert await session.scalar(select(OutboxMessage.attempts)) == 2
