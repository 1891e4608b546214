"""An event of VK → inbox. Long poll, callbacks and the search for missed messages share it."""

import logging
from typing import Any

from sqlalchemy.exc import DBAPIError

from bot.channels.base import Incoming
from bot.channels.vk.errands import Errands
from bot.channels.vk.incoming import to_incoming
from bot.channels.vk.wire import BadEvent, Event, Press, read
from bot.db import utcnow
from bot.inbox import Inbox, refused_for_good

log = logging.getLogger(__name__)


class Intake:
    def __init__(self, account: str, inbox: Inbox, burst_window: float, errands: Errands) -> None:
        self.account = account
        self._inbox = inbox
        self._burst_window = burst_window
        self._errands = errands

    async def take(self, raw: Any) -> None:
        """Store an event; VK may forget it once this returned.

        What cannot be read, now or ever, is logged and passed over. Raises the database's errors while
        it is away.
        """
        try:
            event = read(Event, raw)
            incoming = to_incoming(self.account, event, utcnow())
        except (BadEvent, ValueError) as error:
            # The text of any other error would quote the message.
            reason = str(error) if isinstance(error, BadEvent) else type(error).__name__
            log.warning("vk event not understood", extra={"type": _type(raw), "reason": reason})
            return
        if incoming is not None:
            await self.accept(incoming)
        if event.type == "message_event":
            self._errands.release(read(Press, event.object))

    async def accept(self, incoming: Incoming) -> None:
        try:
            await self._inbox.accept(incoming, self._burst_window)
        except DBAPIError as error:
            if not refused_for_good(error):
                raise
            # The database will never take it; it must not hold up everybody's messages.
            log.error("vk event refused by the database", extra={"update_id": incoming.update_id[:64]})
            return
        self._errands.meet(incoming.chat_id)


def _type(raw: Any) -> str:
    return str(raw.get("type"))[:64] if isinstance(raw, dict) else type(raw).__name__
