"""What a ticket says, so that a person can answer without asking again."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import OpenedTicket
from bot.conversations import Direction, Message
from bot.desk.models import Ticket
from bot.desk.texts import BEFORE_IT, BOT_ANSWERED

LIMIT = 2000  # characters; the card of a ticket is one message of the desk
QUOTED = 160  # the desk shows the talk itself as well
# Why a person is wanted is said by what came before. Later the desk shows the dialogue itself.
_OF_WHAT_CAME_BEFORE = ("asked", "complaint", "unknown_fact")


async def extended(session: AsyncSession, ticket: Ticket, wanted: OpenedTicket) -> str:
    """The summary with what is asked for now as its last lines; what is the same again moves there."""
    now = wanted.summary.splitlines()
    told = [line for line in ticket.summary.splitlines() if line not in now] + now
    if not ticket.summary and wanted.reason in _OF_WHAT_CAME_BEFORE:
        told += await _before(session, ticket.conversation_id)
    return fitting("\n".join(told))


def fitting(summary: str) -> str:
    """Its newest lines that fit in."""
    lines = summary.strip().splitlines()
    while len(lines) > 1 and len("\n".join(lines)) > LIMIT:
        del lines[0]
    return "\n".join(lines)[:LIMIT]


async def _before(session: AsyncSession, conversation_id: int) -> list[str]:
    """The bot's last answer, and what it was an answer to."""
    answer = await _last(session, conversation_id, "out")
    if answer is None:
        return []
    question = await _last(session, conversation_id, "in", before=answer.id)
    asked = [BEFORE_IT.format(question=_quoted(question.text))] if question is not None else []
    # Without what was asked besides: for the number, say.
    return [*asked, BOT_ANSWERED.format(answer=_quoted(answer.text.partition("\n\n")[0]))]


async def _last(
    session: AsyncSession, conversation_id: int, direction: Direction, before: int | None = None
) -> Message | None:
    said = Message.conversation_id == conversation_id, Message.direction == direction, Message.text != ""
    query = select(Message).where(*said).order_by(Message.id.desc()).limit(1)
    return await session.scalar(query if before is None else query.where(Message.id < before))


def _quoted(text: str) -> str:
    """In one line; the sentence that it stands in has a full stop of its own."""
    line = " ".join(text.split()).removesuffix(".")
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"
