"""A person takes the conversation at the very moment at which the bot's message is being sent."""

from sqlalchemy import update

from bot.channels.base import Outgoing
from bot.db import Sessions, utcnow
from bot.errors import DeliveryDelayed
from bot.outbox import put, withdraw
from bot.outbox.claim import Parcel, claim_parcel
from bot.outbox.models import OutboxMessage
from tests.spine import Spine, incoming, spine


async def _under_way(gateway: Spine) -> Parcel:
    """The bot's words are being sent when a person takes the conversation and says his."""
    await gateway.receive(incoming("здравствуйте"))
    conversation = await gateway.conversation()
    async with gateway.sessions.begin() as session:
        await put(session, conversation, Outgoing(text="от бота"), origin="turn:1")
    parcel = await claim_parcel(gateway.sessions, ["fake"], "worker")
    assert parcel is not None
    async with gateway.sessions.begin() as session:
        await withdraw(session, conversation.id, "взял сотрудник")
        await put(session, conversation, Outgoing(text="от него"), origin="desk:1:1", direction="staff")
    return parcel


async def _status(gateway: Spine) -> list[str]:
    return [row.status for row in await gateway.rows(OutboxMessage)]


async def test_it_arrives_and_is_known_to_have(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        parcel = await _under_way(gateway)
        await gateway.deliveries.deliver(parcel)
        await gateway.deliver()
        assert gateway.channel.texts == ["от бота", "от него"]
        assert await _status(gateway) == ["sent", "sent"]


async def test_the_persons_words_do_not_overtake_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _under_way(gateway)
        assert await claim_parcel(sessions, ["fake"], "another") is None


async def test_it_is_not_tried_again_into_the_talk(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        parcel = await _under_way(gateway)
        gateway.channel.troubles = [DeliveryDelayed("канал не ответил вовремя", retry_after=0)]
        await gateway.deliveries.deliver(parcel)
        await gateway.deliver()
        assert gateway.channel.texts == ["от него"]
        assert await _status(gateway) == ["failed", "sent"]


async def test_it_is_not_sent_again_after_its_gateway_died(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await _under_way(gateway)
        async with sessions.begin() as session:
            await session.execute(update(OutboxMessage).values(claimed_until=utcnow()))
        await gateway.deliver()
        assert gateway.channel.texts == ["от него"]
