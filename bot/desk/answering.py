"""Who of the dealership answers a customer now, for channels that show it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk.models import Ticket


async def who_answers(session: AsyncSession, conversation_id: int) -> str | None:
    """His name; None while the bot answers, or when who took over has none known to us."""
    query = (
        select(Ticket.claimed_name)
        .filter_by(conversation_id=conversation_id, status="claimed")
        .order_by(Ticket.claimed_at.desc())
        .limit(1)
    )
    return await session.scalar(query)
