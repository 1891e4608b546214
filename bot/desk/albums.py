"""An album of several files comes from its desk file by file, and is said as one message."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Conversation, Message
from bot.outbox import unsent
from bot.outbox.models import OutboxMessage

# The history's row was put with that of the outbox; whoever spoke in between is few.
_LATEST = 20


async def join(session: AsyncSession, conversation: Conversation, outbox_id: int, more: Outgoing) -> bool:
    """The queued row says this too. False when it is under way: then it is said by itself.

    The caller holds the conversation.
    """
    if not await unsent(session, outbox_id):
        return False
    row = await session.get_one(OutboxMessage, outbox_id, populate_existing=True)
    message = await _in_history(session, conversation.id, row)
    said = Outgoing.model_validate(row.body)
    together = said.model_copy(
        update={
            "text": "\n".join(filter(None, (said.text, more.text))),
            "files": (*said.files, *more.files),
        }
    )
    row.body = together.model_dump(mode="json")
    if message is not None:
        message.text, message.extras = together.text, row.body
    await session.flush()
    return True


async def _in_history(session: AsyncSession, conversation_id: int, row: OutboxMessage) -> Message | None:
    query = select(Message).filter_by(conversation_id=conversation_id, direction="staff")
    latest = await session.scalars(query.order_by(Message.id.desc()).limit(_LATEST))
    return next((message for message in latest if message.extras == row.body), None)
