"""What messages say after people have corrected them.

A correction is a message of the history too. The page shows it as what it corrects, in its place.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.conversations import Message


async def apply_corrections(
    session: AsyncSession, conversation_id: int, rows: Sequence[Message]
) -> list[tuple[Message, str]]:
    """`rows` and what they say now, oldest first: corrections give way to what they correct, also older."""
    if not any(_corrects(row) for row in rows):
        return [(row, row.text) for row in rows]
    pairs = await _pairs(session, conversation_id)
    said = {original.id: correction.text for original, correction in pairs}
    corrections = {correction.id for _, correction in pairs}
    new = {row.id: row for row in rows}
    new |= {original.id: original for original, correction in pairs if correction.id in new}
    return [(new[n], said.get(n, new[n].text)) for n in sorted(new) if n not in corrections]


async def _pairs(session: AsyncSession, conversation_id: int) -> list[tuple[Message, Message]]:
    """(corrected, correction), oldest correction first."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.outbox_id.is_not(None))
    messages = (await session.scalars(query.order_by(Message.id))).all()
    of_row = {message.outbox_id: message for message in messages}
    return [(of_row[row], message) for message in messages if (row := _corrects(message)) in of_row]


def _corrects(message: Message) -> int | None:
    """The row of the outbox that it corrects."""
    return None if message.direction == "in" else outgoing(message).edits


def outgoing(message: Message) -> Outgoing:
    """What was said to the customer; what else is noted beside it is not for him."""
    known = {name: value for name, value in message.extras.items() if name in Outgoing.model_fields}
    return Outgoing.model_validate(known or {"text": message.text})
