"""An update as it came over the wire → inbox. Polling and webhook share it."""

import asyncio
import logging
from typing import Any, Protocol

from aiogram import Bot
from aiogram.enums import ChatType
from aiogram.types import BusinessConnection, Update
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.incoming import read_update
from bot.channels.telegram.menu import show_menu
from bot.db import utcnow
from bot.inbox import Inbox, refused_for_good

log = logging.getLogger(__name__)


class Groups(Protocol):
    """Whoever works in groups: customers write in private."""

    async def take(self, update: Update, chat_id: int) -> None:
        """Store what follows from it; raises the database's errors while it is away."""
        ...

    async def show_menu(self) -> None: ...

    async def close(self) -> None: ...


class Intake:
    def __init__(self, bot: Bot, inbox: Inbox, burst_window: float, groups: Groups | None = None) -> None:
        self._bot = bot
        self._inbox = inbox
        self._burst_window = burst_window
        self._groups = groups
        self._answers: set[asyncio.Task[bool]] = set()

    async def take(self, raw: Any) -> None:
        """Store an update; Telegram may forget it once this returned.

        What cannot be read, now or ever, is logged and passed over. Raises the database's errors while
        it is away.
        """
        update = _parse(raw)
        if update is None:
            return
        if update.business_connection:
            _log_connection(update.business_connection)
        group = _group_of(update)
        await self._store(update, group)
        if update.callback_query and group is None:
            self._stop_spinning(update.callback_query.id)

    async def show_menu(self) -> None:
        await show_menu(self._bot)
        if self._groups is not None:
            await self._groups.show_menu()

    async def close(self) -> None:
        if self._groups is not None:
            await self._groups.close()
        for answer in self._answers:
            answer.cancel()
        await asyncio.gather(*self._answers, return_exceptions=True)

    async def _store(self, update: Update, group: int | None) -> None:
        try:
            if group is None:
                await self._accept(update)
            elif self._groups is not None:
                await self._groups.take(update, group)
        except DBAPIError as error:
            if not refused_for_good(error):
                raise
            # The database will never take it; it must not hold up everybody's messages.
            log.error("update refused by the database", extra=_about(update.update_id))

    async def _accept(self, update: Update) -> None:
        incoming = read_update(update, str(self._bot.id), utcnow())
        if incoming is None:
            log.debug("update passed over", extra=_about(update.update_id))
            return
        await self._inbox.accept(incoming, self._burst_window)

    def _stop_spinning(self, query_id: str) -> None:
        """The pressed button waits for it; the customer's answer does not."""
        answer = asyncio.create_task(self._bot.answer_callback_query(query_id))
        self._answers.add(answer)
        answer.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Task[bool]) -> None:
        self._answers.discard(answer)
        if not answer.cancelled() and (error := answer.exception()):
            log.info("press not acknowledged", extra={"channel": CHANNEL, "kind": type(error).__name__})


def _parse(raw: Any) -> Update | None:
    try:
        return Update.model_validate(raw)
    except ValidationError:
        # Not the error itself: it quotes the message.
        update_id = raw.get("update_id") if isinstance(raw, dict) else None
        log.warning("update not understood", extra={**_about(update_id), "kind": _kind(raw)})
        return None


def _group_of(update: Update) -> int | None:
    """The group in which it happened; None for a private chat."""
    pressed = update.callback_query.message if update.callback_query else None
    place = update.message or update.edited_message or pressed or update.my_chat_member
    in_group = place is not None and place.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
    return place.chat.id if place is not None and in_group else None


def _kind(raw: Any) -> str | None:
    keys = (str(key)[:64] for key in raw if key != "update_id") if isinstance(raw, dict) else ()
    return next(iter(keys), None)


def _log_connection(connection: BusinessConnection) -> None:
    may_reply = connection.is_enabled and bool(connection.rights and connection.rights.can_reply)
    log.warning(
        "business account connected" if may_reply else "business account does not let the bot reply",
        extra={"channel": CHANNEL, "connection": connection.id},
    )


def _about(update_id: object) -> dict[str, object]:
    return {"channel": CHANNEL, "update_id": str(update_id)[:64]}
