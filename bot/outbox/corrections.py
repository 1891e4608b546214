"""A row that replaces the text of an earlier one: what the customer has of it, and what it says now."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.channels.base import Outgoing
from bot.db import Sessions
from bot.outbox.claim import Parcel, message_of
from bot.outbox.models import DeliveredMessage, OutboxMessage


@dataclass(frozen=True)
class Correction:
    message: Outgoing  # the whole of it, with the new text
    delivered: bool  # else it is news to the customer
    external_ids: Sequence[str]  # what it became in the channel, in the order of sending


async def read_correction(sessions: Sessions, parcel: Parcel) -> Correction:
    """Of a parcel that `edits`. The earlier row has ended: the rows of a conversation go out in order."""
    query = select(OutboxMessage).filter_by(id=parcel.message.edits, conversation_id=parcel.conversation_id)
    ids = select(DeliveredMessage.external_id).filter_by(
        outbox_id=parcel.message.edits, conversation_id=parcel.conversation_id
    )
    async with sessions() as session:
        earlier = await session.scalar(query)
        external_ids = sorted(await session.scalars(ids), key=_in_order)
    if earlier is None:
        return Correction(parcel.message, delivered=False, external_ids=())
    message = message_of(earlier).model_copy(update={"text": parcel.message.text})
    return Correction(message, earlier.status == "sent" or bool(external_ids), external_ids)


def _in_order(external_id: str) -> tuple[int, str]:
    """Messengers number the messages of a chat upwards."""
    return len(external_id), external_id
