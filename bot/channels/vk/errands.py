"""Small calls to VK that nobody waits for, one by one: a customer's name, the end of a pressed button's wait.

They may fail; the messages have been stored before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.vk.api import Vk, VkError
from bot.channels.vk.incoming import CHANNEL
from bot.channels.vk.wire import Press
from bot.conversations import Conversation, find_conversation
from bot.db import Sessions
from bot.inbox.accept import MAX_NAME
from bot.outside import Outside

MAX_WAITING = 500
MAX_MET = 10_000
PATIENCE = 30.0  # seconds for one call

Errand = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class _User(BaseModel):
    first_name: str = ""
    last_name: str = ""


_USERS = TypeAdapter(list[_User])


class Errands:
    def __init__(self, api: Vk, sessions: Sessions, outside: Outside) -> None:
        self._api = api
        self._sessions = sessions
        self._outside = outside
        self._waiting: asyncio.Queue[Errand | None] = asyncio.Queue()
        self._met: set[str] = set()

    def meet(self, chat_id: str) -> None:
        """Learn the customer's name, once."""
        if chat_id in self._met:
            return
        if len(self._met) >= MAX_MET:
            self._met.clear()
        self._met.add(chat_id)
        self._add(partial(self._learn_name, chat_id))

    def release(self, press: Press) -> None:
        """A callback button waits until its press is answered."""
        self._add(partial(self._answer, press))

    async def run(self) -> None:
        """Until `stop`, and then until the last errand that was asked for before it."""
        while (errand := await self._waiting.get()) is not None:
            try:
                await errand()
            except (VkError, ValidationError, SQLAlchemyError, OSError) as error:
                log.info("vk errand failed", extra={"kind": type(error).__name__})

    def stop(self) -> None:
        self._waiting.put_nowait(None)

    def _add(self, errand: Errand) -> None:
        if self._waiting.qsize() < MAX_WAITING:
            self._waiting.put_nowait(errand)

    async def _learn_name(self, chat_id: str) -> None:
        async with self._sessions() as session:
            conversation = await find_conversation(session, CHANNEL, self._api.account, chat_id)
        if conversation is None or conversation.name is not None:
            return
        async with self._outside.within(PATIENCE):
            users = _USERS.validate_python(await self._api.call("users.get", user_ids=chat_id))
        name = " ".join(filter(None, (users[0].first_name, users[0].last_name))) if users else ""
        if name:
            await self._write_name(conversation.id, name[:MAX_NAME])

    async def _write_name(self, conversation_id: int, name: str) -> None:
        nameless = update(Conversation).where(
            Conversation.id == conversation_id,
            # What the customer said of himself meanwhile comes before the name of his account.
            Conversation.name.is_(None),
        )
        async with self._sessions.begin() as session:
            await session.execute(nameless.values(name=name))

    async def _answer(self, press: Press) -> None:
        async with self._outside.within(PATIENCE):
            await self._api.call("messages.sendMessageEventAnswer", **press.model_dump(exclude={"payload"}))
