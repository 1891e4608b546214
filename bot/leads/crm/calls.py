"""A signed call counts once: whoever records one and plays it again moves nothing.

What was taken is kept in the database, for as long as its signature is believed, so every gateway knows it.
"""

import datetime as dt

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import utcnow
from bot.leads.crm.webhook import OLDEST
from bot.leads.models import CrmCall
from bot.upsert import insert

# That of a clock which is ahead is believed for twice its time; the rest is for gateways whose clocks differ.
KEPT = dt.timedelta(seconds=3 * OLDEST)


async def is_first(session: AsyncSession, signature: str) -> bool:
    """Take the call, in the transaction of what it does: one that fails may come again."""
    now = utcnow()
    await session.execute(delete(CrmCall).where(CrmCall.forget_at < now))
    taken = (
        insert(session, CrmCall)
        .values(signature=signature, forget_at=now + KEPT)
        .on_conflict_do_nothing()
        .returning(CrmCall.signature)
    )
    return await session.scalar(taken) is not None
