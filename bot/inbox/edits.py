"""A customer corrects what he wrote: before the answer it is as if he had written it so; afterwards it is
answered when it says something else.
"""

import re

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Incoming
from bot.conversations import Message
from bot.inbox.models import InboxUpdate

# Below this likeness of two texts (0 to 100) the second is more than a mended typo.
SAME_WORDS = 80


async def corrected(session: AsyncSession, conversation_id: int, edit: Incoming) -> Message | None:
    """The message that `edit` corrects; None when it is not in the history."""
    query = select(Message).where(
        Message.conversation_id == conversation_id,
        Message.external_id == edit.message_id,
        Message.direction == "in",
    )
    return (await session.scalars(query.limit(1))).one_or_none() if edit.message_id else None


async def correct(session: AsyncSession, message: Message, edit: Incoming) -> bool:
    """Bring the history up to date. Returns whether the edit wants an answer of its own."""
    before = message.text
    if before == edit.text:
        return False  # a preview of a link was added, a picture replaced
    message.text, message.changed = edit.text, True
    message.extras = {**message.extras, "before": [*message.extras.get("before", ()), before]}
    original = await session.get(InboxUpdate, message.inbox_id) if message.inbox_id is not None else None
    if original is not None and original.done_at is None and original.turn_id is None:
        original.body = {**original.body, "text": edit.text}
        return False
    return says_something_else(before, edit.text)


def says_something_else(before: str, after: str) -> bool:
    """A number changed, or more than a typo did."""
    if re.findall(r"\d+", before) != re.findall(r"\d+", after):
        return True
    return fuzz.ratio(before.casefold(), after.casefold()) < SAME_WORDS
