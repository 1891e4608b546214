"""One reader per account: with several gateways only one polls, and another follows when it dies."""

import datetime as dt

from sqlalchemy import or_, update

from bot.channels.models import ChannelReader
from bot.db import Sessions, utcnow
from bot.upsert import insert

# A long poll takes up to half a minute; the lease is renewed at each.
LEASE = dt.timedelta(seconds=60)


class Reader:
    """The right of this process to read the updates of `account`."""

    def __init__(self, sessions: Sessions, channel: str, account: str, worker: str) -> None:
        self._sessions = sessions
        self._key = {"channel": channel, "account": account}
        self._worker = worker

    async def hold(self) -> bool:
        """Take or renew the lease; False while another process has it."""
        now = utcnow()
        free = or_(
            ChannelReader.held_by.is_(None),
            ChannelReader.held_by == self._worker,
            ChannelReader.held_until <= now,
        )
        async with self._sessions.begin() as session:
            await session.execute(insert(session, ChannelReader).values(**self._key).on_conflict_do_nothing())
            held = await session.scalar(
                update(ChannelReader)
                .filter_by(**self._key)
                .where(free)
                .values(held_by=self._worker, held_until=now + LEASE)
                .returning(ChannelReader.channel)
            )
        return held is not None

    async def release(self) -> None:
        """Let another process read at once."""
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
            await session.execute(
                update(ChannelReader).filter_by(**self._key, held_by=self._worker).values(position=position)
            )
