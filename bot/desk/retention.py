"""What the desk keeps for a while only: updates that may come again, and notices that people have seen.

Once an hour, by one gateway: whoever writes `tidied_at` of a group does it, in small transactions beside the
work of the desk.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select, tuple_, update

from bot.db import Sessions, utcnow
from bot.desk.models import DeskGroup, DeskNotice, DeskUpdate

EVERY = dt.timedelta(hours=1)
# Telegram repeats for 24 hours what was not acknowledged (core.telegram.org/bots/api#getting-updates).
UPDATES = dt.timedelta(days=2)
NOTICES = dt.timedelta(days=30)
BATCH = 500  # rows that one transaction deletes


async def tidy(sessions: Sessions) -> None:
    """Delete what is too old, of the groups whose hour has come."""
    now = utcnow()
    ours = (
        update(DeskGroup)
        .where(DeskGroup.tidied_at <= now - EVERY)
        .values(tidied_at=now)
        .returning(DeskGroup.configured_id)
    )
    async with sessions.begin() as session:
        groups = (await session.scalars(ours)).all()
    if groups:
        await _in_batches(sessions, _repeated_no_more(now))
        await _in_batches(sessions, _seen_long_ago(groups, now))


def _repeated_no_more(now: dt.datetime) -> Delete:
    key = tuple_(DeskUpdate.account, DeskUpdate.update_id)
    old = select(DeskUpdate.account, DeskUpdate.update_id).where(DeskUpdate.at < now - UPDATES)
    return delete(DeskUpdate).where(key.in_(old.limit(BATCH)))


def _seen_long_ago(groups: Collection[int], now: dt.datetime) -> Delete:
    old = select(DeskNotice.id).where(DeskNotice.group_id.in_(groups), DeskNotice.shown_at < now - NOTICES)
    return delete(DeskNotice).where(DeskNotice.id.in_(old.order_by(DeskNotice.id).limit(BATCH)))


async def _in_batches(sessions: Sessions, old: Delete) -> None:
    """Until none is left; others write in between."""
    while True:
        async with sessions.begin() as session:
            deleted = await session.execute(old, execution_options={"synchronize_session": False})
        if cast("CursorResult[Any]", deleted).rowcount < BATCH:
            return
