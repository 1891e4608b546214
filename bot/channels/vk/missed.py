"""Messages that no event told us of: VK keeps events for a while only, chats keep their history.

Looked for whenever reading begins anew, and when VK says that events are lost. What the inbox has already
is recognised by its number in the chat.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select

from bot.channels.vk.api import TOKEN_REFUSED, Vk, VkRefused
from bot.channels.vk.incoming import CHANNEL, from_history, is_customer, message_update_id
from bot.channels.vk.intake import Intake
from bot.channels.vk.wire import BadEvent, Message, read
from bot.db import Sessions, utcnow
from bot.inbox.models import InboxUpdate
from bot.outside import Outside

# VK lets a community answer for so long after the customer's last message.
ANSWERABLE = dt.timedelta(hours=24)

PAGE = 200
CALL_TIMEOUT = 30.0  # seconds, with the wait for the pace of calls


class _Page(BaseModel):
    items: list[Any]


class _Unanswered(BaseModel):
    last_message: Message


log = logging.getLogger(__name__)


class Missed:
    def __init__(self, api: Vk, sessions: Sessions, intake: Intake, outside: Outside) -> None:
        self._api = api
        self._sessions = sessions
        self._intake = intake
        self._outside = outside

    async def accept(self) -> None:
        """Store what is missing. Raises VkError, TimeoutError or the database's errors: then try again."""
        since = utcnow() - ANSWERABLE
        for peer_id in await self._unheard(since):
            for message in await self._tail_if_shown(peer_id, since):
                incoming = from_history(self._api.account, message)
                if incoming is not None:
                    await self._intake.accept(incoming)

    async def _unheard(self, since: dt.datetime) -> list[int]:
        """Who waits for an answer to a message that the inbox does not have."""
        unheard: list[int] = []
        for offset in range(0, 50 * PAGE, PAGE):
            last = await self._unanswered(offset)
            recent = [message for message in last if message.date >= since.timestamp()]
            unheard += await self._unknown(recent)
            if not recent or len(recent) < len(last):
                break
        return unheard

    async def _unanswered(self, offset: int) -> list[Message]:
        """The last messages of a page of chats, the newest first."""
        items = await self._page("messages.getConversations", filter="unanswered", offset=offset)
        return [chat.last_message for chat in _readable(_Unanswered, items)]

    async def _unknown(self, messages: Sequence[Message]) -> list[int]:
        """Peers whose message is not in the inbox."""
        known = await self._known(messages)
        return [m.peer_id for m in messages if is_customer(m.peer_id) and _id(m) not in known]

    async def _known(self, messages: Sequence[Message]) -> set[str]:
        """Which of them the inbox has."""
        query = select(InboxUpdate.update_id).where(
            InboxUpdate.channel == CHANNEL,
            InboxUpdate.account == self._api.account,
            InboxUpdate.update_id.in_([_id(message) for message in messages]),
        )
        async with self._sessions() as session:
            return set(await session.scalars(query))

    async def _tail_if_shown(self, peer_id: int, since: dt.datetime) -> list[Message]:
        """A chat that VK does not show must not keep everybody's messages from being read."""
        try:
            return await self._tail(peer_id, since)
        except VkRefused as error:
            if error.retry or error.code in TOKEN_REFUSED:
                raise
            log.warning("vk does not show a chat", extra={"code": error.code})
            return []

    async def _tail(self, peer_id: int, since: dt.datetime) -> list[Message]:
        """What was written after the last message that the inbox has, oldest first.

        In a chat of which it has none, only what nobody has answered yet.
        """
        items = await self._page("messages.getHistory", peer_id=peer_id)
        messages = [m for m in _readable(Message, items) if m.date >= since.timestamp()]
        known = await self._known(messages)
        if known:
            new = [m for m in takewhile(lambda m: _id(m) not in known, messages) if _not_of_bot(m)]
        else:
            new = list(takewhile(_not_of_bot, messages))
        return new[::-1]

    async def _page(self, method: str, **params: str | int) -> list[Any]:
        async with self._outside.within(CALL_TIMEOUT):
            answer = await self._api.call(method, count=PAGE, **params)
        return read(_Page, answer).items


def _id(message: Message) -> str:
    return message_update_id(message.peer_id, message.conversation_message_id)


def _not_of_bot(message: Message) -> bool:
    return message.from_id > 0 or message.admin_author_id is not None


def _readable[Shape: BaseModel](shape: type[Shape], items: Sequence[Any]) -> list[Shape]:
    found = []
    for item in items:
        try:
            found.append(read(shape, item))
        except BadEvent as error:
            log.warning("vk message not understood", extra={"reason": str(error)})
    return found
