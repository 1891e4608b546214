"""What people of the departments say to a customer: kept in his history, sent like all that is said.

`origin` names the message of the desk that it was («desk:<group>:<message>»): the same one twice is said
once.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import utcnow
from bot.desk.attention import lock
from bot.desk.models import Ticket
from bot.desk.staff import Staff
from bot.desk.tickets import staff_said
from bot.outbox import put, unsent
from bot.outbox.models import OutboxMessage
from bot.outbox.put import STAFF, put_instead


async def say(
    session: AsyncSession,
    conversation: Conversation,
    ticket: Ticket,
    staff: Staff,
    outgoing: Outgoing,
    origin: str,
) -> OutboxMessage:
    """Queue it, and note who has answered."""
    await lock(session, conversation.id)
    said = await _said(session, conversation.id, origin)
    if said is not None:
        return said
    row = await put(session, conversation, outgoing, origin=origin, direction="staff")
    await session.flush()
    await staff_said(session, ticket, staff, utcnow(), outbox_id=row.id)
    return row


async def correct(
    session: AsyncSession, conversation: Conversation, outbox_id: int, text: str, origin: str
) -> OutboxMessage | None:
    """What was said, with this text: changed before it is sent, else corrected where the customer has it.

    Returns None when it was not said in this conversation.
    """
    await lock(session, conversation.id)
    row = await session.scalar(select(OutboxMessage).filter_by(id=outbox_id, conversation_id=conversation.id))
    if row is None:
        return None
    said = await _said(session, conversation.id, origin)
    if said is not None:
        return said
    if await _latest_words(session, row) == text:
        return row  # Telegram tells of changes that have nothing to do with the words, too
    if await unsent(session, outbox_id):
        await _reword(session, row, text)
        return row
    correction = Outgoing(text=text, edits=outbox_id)
    row = await put(session, conversation, correction, origin=origin, direction="staff")
    await session.flush()
    return row


async def _said(session: AsyncSession, conversation_id: int, origin: str) -> OutboxMessage | None:
    query = select(OutboxMessage).filter_by(conversation_id=conversation_id, origin=origin)
    return await session.scalar(query)


async def _latest_words(session: AsyncSession, row: OutboxMessage) -> str:
    """With the corrections that were made before."""
    later = select(OutboxMessage.body).where(
        OutboxMessage.conversation_id == row.conversation_id,
        OutboxMessage.id > row.id,
        OutboxMessage.origin.startswith(STAFF),
    )
    bodies = await session.scalars(later.order_by(OutboxMessage.id.desc()))
    words: str = next((body for body in bodies if body.get("edits") == row.id), row.body)["text"]
    return words


async def _reword(session: AsyncSession, row: OutboxMessage, text: str) -> None:
    """Who has read the old words in the history is told of the new ones."""
    said = Outgoing.model_validate(row.body)
    message = await put_instead(session, row, said.model_copy(update={"text": text}))
    message.extras = {**message.extras, "before": [*message.extras.get("before", ()), said.text]}
    message.changed = True
    await session.flush()
