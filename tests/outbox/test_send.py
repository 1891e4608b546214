"""The outbox: in order, until it arrives, and never silent about what does not."""

import asyncio
import datetime as dt
from collections.abc import Sequence

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import Sessions, utcnow
from bot.errors import DeliveryDelayed, DeliveryError, Unreachable
from bot.outbox import put
from bot.outbox.claim import claim_parcel, next_due
from bot.outbox.models import DeliveredMessage, OutboxMessage
from bot.outbox.put import send_key
from bot.outbox.send import MAX_ATTEMPTS, back_off
from tests.spine import Spine, incoming, spine


async def test_messages_of_a_conversation_go_out_in_order(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз", "два", "три")
        await gateway.deliver()
        assert gateway.channel.texts == ["раз", "два", "три"]
        rows = await gateway.rows(OutboxMessage)
        assert [(r.status, r.parts_sent, r.sent_at is not None) for r in rows] == [
            ("sent", 1, True),
            ("sent", 1, True),
            ("sent", 1, True),
        ]


async def test_only_one_gateway_sends_and_only_the_first_in_line(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз", "два")
        parcels = await asyncio.gather(*(claim_parcel(sessions, ["fake"], str(n)) for n in range(6)))
        assert [p.message.text for p in parcels if p] == ["раз"]


async def test_a_delayed_message_holds_back_the_later_ones(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз", "два")
        gateway.channel.troubles = [DeliveryDelayed("429", retry_after=1000)]
        await gateway.deliver()
        assert gateway.channel.texts == []
        due = await next_due(sessions, ["fake"])
        assert due is not None
        assert dt.timedelta(seconds=990) < due - utcnow() <= dt.timedelta(seconds=1000)
        await _make_due(gateway)
        await gateway.deliver()
        assert gateway.channel.texts == ["раз", "два"]


async def test_every_try_has_the_same_send_key(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз")
        gateway.channel.troubles = [DeliveryDelayed("500"), DeliveryDelayed("500")]
        for _ in range(3):
            await gateway.deliver()
            await _make_due(gateway)
        assert len(gateway.channel.send_keys) == 3
        assert len(set(gateway.channel.send_keys)) == 1


async def test_a_message_that_can_never_arrive_does_not_block_the_next(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз", "два")
        gateway.channel.troubles = [DeliveryError("бот заблокирован")]
        await gateway.deliver()
        assert gateway.channel.texts == ["два"]
        failed = (await gateway.rows(OutboxMessage))[0]
        assert (failed.status, failed.error) == ("failed", "бот заблокирован")


async def test_tries_are_bounded(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз")
        gateway.channel.troubles = [DeliveryDelayed("500") for _ in range(MAX_ATTEMPTS + 5)]
        for _ in range(MAX_ATTEMPTS + 2):
            await gateway.deliver()
            await _make_due(gateway)
        assert len(gateway.channel.send_keys) == MAX_ATTEMPTS
        assert (await gateway.rows(OutboxMessage))[0].status == "failed"


async def test_a_defect_of_the_channel_is_tried_again(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз")
        gateway.channel.troubles = [KeyError("photo")]
        await gateway.deliver()
        await _make_due(gateway)
        await gateway.deliver()
        assert gateway.channel.texts == ["раз"]


async def test_what_a_dead_gateway_was_sending_is_sent_again(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз")
        assert await claim_parcel(sqlite_sessions, ["fake"], "dead")
        await gateway.deliver()
        assert gateway.channel.texts == []
        async with sqlite_sessions.begin() as session:
            past = utcnow() - dt.timedelta(seconds=1)
            await session.execute(update(OutboxMessage).values(claimed_until=past))
        await gateway.deliver()
        assert gateway.channel.texts == ["раз"]


async def test_the_same_origin_cannot_be_put_twice(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз")
        with pytest.raises(IntegrityError):
            await _put(gateway, "раз")


@pytest.mark.parametrize("origin", ["", "a", "turn:1", "я" * 200])
def test_send_keys_fit_the_channels(origin: str) -> None:
    assert 0 < send_key(origin) < 2**31
    assert send_key(origin) == send_key(origin)


def test_back_off_grows_and_is_bounded() -> None:
    assert back_off(1) < back_off(3) < back_off(5)
    assert back_off(MAX_ATTEMPTS) <= 360


async def _put(gateway: Spine, *texts: str) -> None:
    async with gateway.sessions() as session:
        known = await session.get(Conversation, 1)
    if known is None:
        await gateway.receive(incoming("вопрос"))
    async with gateway.sessions.begin() as session:
        conversation = await session.get_one(Conversation, 1)
        for text in texts:
            await put(session, conversation, Outgoing(text=text), origin=text)


async def _make_due(gateway: Spine) -> None:
    async with gateway.sessions.begin() as session:
        await session.execute(update(OutboxMessage).values(next_try_at=utcnow()))


async def test_a_part_that_arrived_is_not_sent_again(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз\fдва\fтри")
        send = gateway.channel.send
        gateway.channel.troubles = []

        async def second_fails(chat_id: str, part: Outgoing, key: int) -> Sequence[str]:
            if part.text == "два" and not gateway.channel.troubles and "три" not in gateway.channel.texts:
                gateway.channel.send = send  # type: ignore[method-assign]
                raise DeliveryDelayed("429", retry_after=1000)
            return await send(chat_id, part, key)

        gateway.channel.send = second_fails  # type: ignore[method-assign]
        await gateway.deliver()
        assert gateway.channel.texts == ["раз"]
        await _make_due(gateway)
        await gateway.deliver()
        assert gateway.channel.texts == ["раз", "два", "три"]
        assert len(set(gateway.channel.send_keys)) == 3
        assert {d.external_id for d in await gateway.rows(DeliveredMessage)} == {"1", "2", "3"}


async def test_who_blocked_the_bot_is_known_as_such_until_he_writes(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз")
        gateway.channel.troubles = [Unreachable("bot was blocked by the user")]
        await gateway.deliver()
        assert (await gateway.conversation()).blocked_at is not None
        await _put(gateway, "два")
        await gateway.deliver()
        assert len(gateway.channel.send_keys) == 1
        await gateway.receive(incoming("я передумал"))
        assert (await gateway.conversation()).blocked_at is None


async def test_who_allows_messages_while_one_is_given_up_stays_reachable(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming(kind="blocked"))
        await _put(gateway, "раз")
        parcel = await claim_parcel(sessions, ["fake"], "worker")
        assert parcel is not None
        await gateway.receive(incoming(kind="unblocked"))
        await gateway.deliveries.deliver(parcel)
        assert [row.status for row in await gateway.rows(OutboxMessage)] == ["failed"]
        assert (await gateway.conversation()).blocked_at is None


async def test_blocking_and_allowing_ask_for_no_answer(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        assert await gateway.talk(incoming(kind="blocked")) == []
        assert (await gateway.conversation()).blocked_at is not None
        assert await gateway.talk(incoming(kind="unblocked")) == []
        assert (await gateway.conversation()).blocked_at is None
        assert gateway.rasa.messages == []


async def test_a_message_that_becomes_nothing_in_its_channel_does_not_block_the_next(
    sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts(message: Outgoing) -> Sequence[Outgoing]:
        return [message] if message.text else []

    async with spine(sqlite_sessions) as gateway:
        monkeypatch.setattr(gateway.channel, "parts", parts)
        await _put(gateway, "", "два")
        await gateway.deliver()
        assert gateway.channel.texts == ["два"]
        assert [row.status for row in await gateway.rows(OutboxMessage)] == ["failed", "sent"]


async def test_a_message_of_another_version_holds_up_nobody(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await _put(gateway, "раз", "два")
        async with sqlite_sessions.begin() as session:
            body = {"text": "раз", "mood": "good"}
            await session.execute(update(OutboxMessage).where(OutboxMessage.id == 1).values(body=body))
        await gateway.deliver()
        assert gateway.channel.texts == ["раз", "два"]


async def test_what_a_dead_gateway_was_sending_is_withdrawn_too(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _put(gateway, "раз")
        assert await claim_parcel(sessions, ["fake"], "dead") is not None
        async with sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(claimed_until=utcnow()))
        await gateway.receive(incoming("Здравствуйте, это Пётр", kind="staff"))
        await gateway.deliver()
        assert gateway.channel.texts == []
