"""Small calls to VK that nobody waits for: customers' names, the end of a pressed button's wait.

They may fail; the messages have been stored before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import batched

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.vk.api import Vk, VkError
from bot.channels.vk.incoming import CHANNEL
from bot.channels.vk.wire import Press
from bot.conversations import Conversation
from bot.db import Sessions
from bot.inbox.accept import MAX_NAME
from bot.outside import Outside

MAX_PRESSES = 500  # that wait at one time
MAX_MET = 10_000
MAX_USERS = 100  # names asked for in one call
PATIENCE = 30.0  # seconds for one call

Errand = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class _User(BaseModel):
    id: int
    first_name: str = ""
    last_name: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()[:MAX_NAME]


_USERS = TypeAdapter(list[_User])


class Errands:
    def __init__(self, api: Vk, sessions: Sessions, outside: Outside) -> None:
        self._api = api
        self._sessions = sessions
        self._outside = outside
        self._waiting: asyncio.Queue[Errand | None] = asyncio.Queue()
        self._strangers: list[str] = []
        self._met: set[str] = set()

    def meet(self, chat_id: str) -> None:
        """Learn the customer's name, once VK has told it."""
        if chat_id in self._met:
            return
        if len(self._met) >= MAX_MET:
            self._met.clear()
        self._met.add(chat_id)
        self._strangers.append(chat_id)
        if len(self._strangers) == 1:
            self._waiting.put_nowait(self._learn_names)

    def release(self, press: Press) -> None:
        """A callback button waits until its press is answered."""
        if self._waiting.qsize() < MAX_PRESSES:
            self._waiting.put_nowait(partial(self._answer, press))

    async def run(self) -> None:
        """Until `stop`, and then until the last errand that was asked for before it."""
        while (errand := await self._waiting.get()) is not None:
            try:
                await errand()
            except (VkError, ValidationError, SQLAlchemyError, OSError) as error:
                log.info("vk errand failed", extra={"kind": type(error).__name__})

    def stop(self) -> None:
        self._waiting.put_nowait(None)

    async def _learn_names(self) -> None:
        """Of all who have come by now, in few calls: the calls are for the answers."""
        strangers, self._strangers = self._strangers, []
        unasked = set(strangers)
        try:
            for some in batched(strangers, MAX_USERS):
                await self._learn_names_of(some)
                unasked.difference_update(some)
        finally:
            # After a failure they are asked for at their next message.
            self._met -= unasked

    async def _learn_names_of(self, strangers: Sequence[str]) -> None:
        nameless = await self._nameless(strangers)
        if not nameless:
            return
        async with self._outside.within(PATIENCE):
            users = await self._api.call("users.get", user_ids=",".join(nameless))
        for user in _USERS.validate_python(users):
            if user.name:
                await self._write_name(user)

    async def _nameless(self, chat_ids: Sequence[str]) -> list[str]:
        query = select(Conversation.chat_id).filter_by(channel=CHANNEL, account=self._api.account, name=None)
        async with self._sessions() as session:
            return list(await session.scalars(query.where(Conversation.chat_id.in_(chat_ids))))

    async def _write_name(self, user: _User) -> None:
        # What the customer said of himself meanwhile comes before the name of his account.
        nameless = update(Conversation).filter_by(
            channel=CHANNEL, account=self._api.account, chat_id=str(user.id), name=None
        )
        async with self._sessions.begin() as session:
            await session.execute(nameless.values(name=user.name))

    async def _answer(self, press: Press) -> None:
        async with self._outside.within(PATIENCE):
            await self._api.call("messages.sendMessageEventAnswer", **press.model_dump(exclude={"payload"}))
