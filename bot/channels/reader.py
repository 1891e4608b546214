"""One reader per account: with several gateways only one polls, and another follows when it dies."""

import datetime as dt

from sqlalchemy import bindparam, or_, update

from bot.channels.models import ChannelReader
from bot.db import Sessions, UtcDateTime, utcnow
from bot.upsert import insert

# A long poll takes up to 35 seconds. It begins with three quarters of the lease at least, and in a rush
# of short polls the database is not asked at each.
LEASE = dt.timedelta(seconds=60)
RENEWED_AFTER = LEASE / 4

# Made once, as in bot.inbox.claim.
_HOLD = (
    update(ChannelReader)
    .where(
        ChannelReader.channel == bindparam("of_channel"),
        ChannelReader.account == bindparam("of_account"),
        or_(
            ChannelReader.held_by.is_(None),
            ChannelReader.held_by == bindparam("worker"),
            ChannelReader.held_until <= bindparam("now", type_=UtcDateTime),
        ),
    )
    .values(held_by=bindparam("worker"), held_until=bindparam("until", type_=UtcDateTime))
    .returning(ChannelReader.channel)
    .execution_options(synchronize_session=False)
)
_REMEMBER = (
    update(ChannelReader)
    .where(
        ChannelReader.channel == bindparam("of_channel"),
        ChannelReader.account == bindparam("of_account"),
        ChannelReader.held_by == bindparam("worker"),
    )
    .values(position=bindparam("at"))
    .execution_options(synchronize_session=False)
)


class Reader:
    """The right of this process to read the updates of `account`."""

    def __init__(self, sessions: Sessions, channel: str, account: str, worker: str) -> None:
        self._sessions = sessions
        self._key = {"channel": channel, "account": account}
        self._worker = worker
        self._ours = {"of_channel": channel, "of_account": account, "worker": worker}
        self._renew_at: dt.datetime | None = None

    async def hold(self) -> bool:
        """Take or renew the lease; False while another process has it."""
        now = utcnow()
        if self._renew_at is not None and now < self._renew_at:
            return True
        held = await self._take(now) or (await self._appear() and await self._take(now))
        self._renew_at = now + RENEWED_AFTER if held else None
        return held

    async def _take(self, now: dt.datetime) -> bool:
        given = {**self._ours, "now": now, "until": now + LEASE}
        async with self._sessions.begin() as session:
            return await session.scalar(_HOLD, given) is not None

    async def _appear(self) -> bool:
        """Whether the account was not known before."""
        async with self._sessions.begin() as session:
            statement = insert(session, ChannelReader).values(**self._key).on_conflict_do_nothing()
            return await session.scalar(statement.returning(ChannelReader.channel)) is not None

    async def release(self) -> None:
        """Let another process read at once."""
        self._renew_at = None
        async with self._sessions.begin() as session:
            await session.execute(
                update(ChannelReader)
                .filter_by(**self._key, held_by=self._worker)
                .values(held_by=None, held_until=None)
            )

    async def position(self) -> str | None:
        """Up to where the updates are stored; None before the first."""
        async with self._sessions() as session:
            row = await session.get(ChannelReader, tuple(self._key.values()))
        return row.position if row is not None else None

    async def remember(self, position: str) -> None:
        """All updates up to `position` are in the inbox. Without effect for one who lost the lease."""
        async with self._sessions.begin() as session:
            await session.execute(_REMEMBER, {**self._ours, "at": position})
