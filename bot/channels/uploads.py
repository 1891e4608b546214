"""References of files that an account of a channel has already.

Asked for in the middle of a delivery, whose time may run out: see `bot.outside.to_its_end`.
"""

from collections.abc import Iterable

from sqlalchemy import delete, select

from bot.channels.models import UploadedMedia
from bot.db import Sessions
from bot.outside import to_its_end
from bot.upsert import insert


class Uploads:
    def __init__(self, sessions: Sessions, channel: str, account: str) -> None:
        self._sessions = sessions
        self._key = {"channel": channel, "account": account}

    async def known(self, urls: Iterable[str]) -> dict[str, str]:
        """The references of those `urls` that were uploaded before."""
        return await to_its_end(self._known(urls))

    async def remember(self, refs: dict[str, str]) -> None:
        if refs:
            await to_its_end(self._remember(refs))

    async def forget(self, urls: Iterable[str]) -> None:
        """The channel does not know these references any more."""
        await to_its_end(self._forget(urls))

    async def _known(self, urls: Iterable[str]) -> dict[str, str]:
        query = select(UploadedMedia.url, UploadedMedia.ref).filter_by(**self._key)
        async with self._sessions() as session:
            rows = await session.execute(query.where(UploadedMedia.url.in_(list(urls))))
            return {row.url: row.ref for row in rows}

    async def _remember(self, refs: dict[str, str]) -> None:
        async with self._sessions.begin() as session:
            statement = insert(session, UploadedMedia).values(
                [{**self._key, "url": url, "ref": ref} for url, ref in refs.items()]
            )
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["channel", "account", "url"], set_={"ref": statement.excluded.ref}
                )
            )

    async def _forget(self, urls: Iterable[str]) -> None:
        query = delete(UploadedMedia).filter_by(**self._key)
        async with self._sessions.begin() as session:
            await session.execute(query.where(UploadedMedia.url.in_(list(urls))))
