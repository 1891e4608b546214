"""References of files that an account of a channel has already."""

from collections.abc import Iterable

from sqlalchemy import delete, select

from bot.channels.models import UploadedMedia
from bot.db import Sessions
from bot.upsert import insert


class Uploads:
    def __init__(self, sessions: Sessions, channel: str, account: str) -> None:
        self._sessions = sessions
        self._key = {"channel": channel, "account": account}

    async def known(self, urls: Iterable[str]) -> dict[str, str]:
        """The references of those `urls` that were uploaded before."""
        query = select(UploadedMedia.url, UploadedMedia.ref).filter_by(**self._key)
        async with self._sessions() as session:
            rows = await session.execute(query.where(UploadedMedia.url.in_(list(urls))))
            return {row.url: row.ref for row in rows}

    async def remember(self, refs: dict[str, str]) -> None:
        if not refs:
            return
        async with self._sessions.begin() as session:
            statement = insert(session, UploadedMedia).values(
                [{**self._key, "url": url, "ref": ref} for url, ref in refs.items()]
            )
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["channel", "account", "url"], set_={"ref": statement.excluded.ref}
                )
            )

    async def forget(self, urls: Iterable[str]) -> None:
        """The channel does not know these references any more."""
        query = delete(UploadedMedia).filter_by(**self._key)
        async with self._sessions.begin() as session:
            await session.execute(query.where(UploadedMedia.url.in_(list(urls))))
