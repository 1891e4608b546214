"""Whether the desk's own words, which the customer did not ask for, may be sent to him now."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation, Message
from bot.leads.reminders import window_of


async def may_write(session: AsyncSession, conversation: Conversation, now: dt.datetime) -> bool:
    """Not when he forbade it, nor after the messenger's window has closed.

    On the site, which has no window, he sees it when he looks.
    """
    if conversation.blocked_at is not None:
        return False
    window = window_of(conversation)
    if not window:
        return True
    his = Message.conversation_id == conversation.id, Message.direction == "in"
    last = await session.scalar(select(func.max(Message.at)).where(*his))
    return last is not None and now - last < window
