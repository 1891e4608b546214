"""A person corrects what he wrote: the customer's message is changed, or comes right the first time."""

from sqlalchemy import select

from bot.channels.base import File, Outgoing
from bot.conversations import Conversation
from bot.db import Sessions
from bot.errors import DeliveryDelayed, DeliveryError
from bot.outbox import put
from bot.outbox.models import OutboxMessage
from tests.spine import Spine, incoming, spine

PHOTO = File(kind="photo", source="telegram:AgAC")


async def write(gateway: Spine, outgoing: Outgoing, *, chat: str = "anna") -> int:
    """Queue it; the number of its row."""
    async with gateway.sessions.begin() as session:
        conversation = (await session.scalars(select(Conversation).filter_by(chat_id=chat))).one()
        number = len((await session.scalars(select(OutboxMessage))).all())
        row = await put(session, conversation, outgoing, origin=f"desk:{number}")
        await session.flush()
        return row.id


async def test_what_was_delivered_is_changed(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"))
        wrong = await write(gateway, Outgoing(text="900 000 ₽", files=(PHOTO,)))
        await gateway.deliver()
        await write(gateway, Outgoing(text="950 000 ₽", edits=wrong))
        await gateway.deliver()
        assert gateway.channel.edited == [(("1",), Outgoing(text="950 000 ₽", files=(PHOTO,)))]
        assert len(gateway.channel.sent) == 1
        assert [row.status for row in await gateway.rows(OutboxMessage)] == ["sent", "sent"]


async def test_the_messages_are_named_in_the_order_of_sending(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"))
        wrong = await write(gateway, Outgoing(text="\f".join(str(n) for n in range(11))))
        await gateway.deliver()
        await write(gateway, Outgoing(text="Двенадцать", edits=wrong))
        await gateway.deliver()
        [(external_ids, _)] = gateway.channel.edited
        assert external_ids == tuple(str(n) for n in range(1, 12))


async def test_what_never_arrived_comes_corrected_and_whole(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"))
        wrong = await write(gateway, Outgoing(text="900 000 ₽", files=(PHOTO,)))
        gateway.channel.troubles = [DeliveryError("файл больше 20 МБ")]
        await gateway.deliver()
        await write(gateway, Outgoing(text="950 000 ₽", edits=wrong))
        await gateway.deliver()
        assert gateway.channel.edited == []
        assert [sent for _, sent in gateway.channel.sent] == [Outgoing(text="950 000 ₽", files=(PHOTO,))]


async def test_a_correction_waits_until_the_message_itself_is_there(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"))
        wrong = await write(gateway, Outgoing(text="900 000 ₽"))
        await write(gateway, Outgoing(text="950 000 ₽", edits=wrong))
        gateway.channel.troubles = [DeliveryDelayed("429", retry_after=1000)]
        await gateway.deliver()
        assert (gateway.channel.sent, gateway.channel.edited) == ([], [])


async def test_a_correction_is_tried_again_like_any_message(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"))
        wrong = await write(gateway, Outgoing(text="900 000 ₽"))
        await gateway.deliver()
        await write(gateway, Outgoing(text="950 000 ₽", edits=wrong))
        gateway.channel.troubles = [DeliveryDelayed("500", retry_after=0)]
        await gateway.deliver()
        assert [message.text for _, message in gateway.channel.edited] == ["950 000 ₽"]


async def test_a_message_of_another_customer_cannot_be_changed(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("Цена?"), incoming("Здравствуйте", chat="boris"))
        hers = await write(gateway, Outgoing(text="900 000 ₽"))
        await gateway.deliver()
        await write(gateway, Outgoing(text="Исправлено", edits=hers), chat="boris")
        await gateway.deliver()
        assert gateway.channel.edited == []
        assert [(chat, sent.text) for chat, sent in gateway.channel.sent][1:] == [("boris", "Исправлено")]
