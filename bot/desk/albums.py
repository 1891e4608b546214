"""An album of several files comes from its desk file by file, and is said as one message."""

import datetime as dt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.db import utcnow
from bot.outbox import unsent
from bot.outbox.models import OutboxMessage
from bot.outbox.put import put_instead

# Telegram tells of the items one by one, at once; a busy machine takes its time for each.
WINDOW = dt.timedelta(seconds=1)


def wait_for_more(row: OutboxMessage) -> None:
    """In the outbox, where no crash loses what has come."""
    row.next_try_at = utcnow() + WINDOW


async def join(session: AsyncSession, conversation: Conversation, outbox_id: int, more: Outgoing) -> bool:
    """The queued row says this too. False when it is under way: then it is said by itself.

    The caller holds the conversation.
    """
    if not await unsent(session, outbox_id):
        return False
    query = select(OutboxMessage).filter_by(id=outbox_id, conversation_id=conversation.id)
    row = (await session.scalars(query, execution_options={"populate_existing": True})).one()
    said = Outgoing.model_validate(row.body)
    together = said.model_copy(
        update={
            "text": "\n".join(filter(None, (said.text, more.text))),
            "files": (*said.files, *more.files),
        }
    )
    await put_instead(session, row, together)
    wait_for_more(row)
    await session.flush()
    return True
