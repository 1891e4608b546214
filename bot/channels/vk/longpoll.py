"""Bots Long Poll: VK is asked for the next events only after the last ones are in the inbox.

The loop of vk_api ends at the first network error and knows neither a stored position nor lost events.
https://dev.vk.com/api/bots-long-poll/getting-started
"""

import asyncio
import logging
from contextlib import suppress
from typing import Annotated, Any

import aiohttp
from pydantic import BaseModel, BeforeValidator
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.reader import Reader
from bot.channels.vk.api import API_VERSION, TOKEN_REFUSED, Vk, VkRefused, VkSilent
from bot.channels.vk.intake import Intake
from bot.channels.vk.missed import CALL_TIMEOUT, Missed
from bot.channels.vk.patience import Patience
from bot.channels.vk.wire import read
from bot.outside import Outside

EVENTS = ("message_new", "message_reply", "message_edit", "message_event", "message_allow", "message_deny")

WAIT = 25  # seconds that VK holds the question
CHECK_TIMEOUT = WAIT + 10.0
# How soon another gateway follows one that died, once its lease has ended.
STANDBY = 5.0

log = logging.getLogger(__name__)

# Both forms come: a string as a rule, a number with `failed`.
_Position = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class _Server(BaseModel):
    server: str
    key: str
    ts: _Position


class _Answer(BaseModel):
    ts: _Position | None = None
    updates: list[Any] = []
    failed: int | None = None


class LongPoll:
    def __init__(
        self,
        api: Vk,
        intake: Intake,
        reader: Reader,
        missed: Missed,
        outside: Outside,
        patience: Patience | None = None,
    ) -> None:
        self._api = api
        self._intake = intake
        self._reader = reader
        self._missed = missed
        self._outside = outside
        self._patience = patience or Patience()
        self._stopping = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._started = False
        self._server: _Server | None = None
        self._ts: str | None = None  # up to where events are stored
        self._gap = True  # some may be lost
        self._stumbled = False

    async def run(self) -> None:
        """Until `stop`. What is not stored by then, VK tells again."""
        async with aiohttp.ClientSession() as http:
            while not self._stopping:
                await self._rest(await self._step_or_pause(http))
        with suppress(SQLAlchemyError, OSError):  # the lease ends by itself
            await self._reader.release()

    def stop(self) -> None:
        self._stopping = True
        self._outside.leave()

    async def _step_or_pause(self, http: aiohttp.ClientSession) -> float:
        try:
            return await self._step(http)
        except Exception as error:
            if self._stopping:
                return 0.0
            # Whatever it was, customers go on writing: only waiting and asking again gets it to us.
            self._server = None
            return self._patience.pause(error)

    async def _step(self, http: aiohttp.ClientSession) -> float:
        """One question to VK; seconds until the next."""
        if not await self._reader.hold():
            self._begin_anew()
            return STANDBY
        if not self._started:
            await self._start()
        if self._server is None:
            await self._connect()
        if self._gap:
            await self._fill_gap()
        answer = await self._check(http)
        if answer.failed is not None:
            return self._recover(answer)
        await self._store(answer)
        return 0.0

    async def _start(self) -> None:
        await self._enable()
        self._ts = await self._reader.position()
        # VK still has the events after a known position, and tells them in their order; if it has lost
        # some, it says so.
        self._gap = self._ts is None
        self._started = True

    async def _enable(self) -> None:
        """Have VK send the events that are read here; a key without this right leaves it to the admin."""
        events = dict.fromkeys(EVENTS, 1)
        try:
            await self._call("groups.setLongPollSettings", enabled=1, api_version=API_VERSION, **events)
        except VkRefused as error:
            if error.retry or error.code in TOKEN_REFUSED:
                raise
            advice = "ключ без права управлять сообществом: включите события по docs/guides/vk.md"
            log.warning("vk events not switched on", extra={"reason": str(error), "advice": advice})

    async def _connect(self) -> None:
        self._server = read(_Server, await self._call("groups.getLongPollServer"))
        self._ts = self._ts or self._server.ts

    async def _fill_gap(self) -> None:
        # After `_connect`: what comes meanwhile is behind the new position.
        await self._missed.accept()
        if self._ts is not None:
            await self._reader.remember(self._ts)
        self._gap = False

    async def _check(self, http: aiohttp.ClientSession) -> _Answer:
        if self._server is None or self._ts is None:
            raise VkSilent("нет адреса событий")
        question = {"act": "a_check", "key": self._server.key, "ts": self._ts, "wait": str(WAIT)}
        try:
            async with (
                self._outside.within(CHECK_TIMEOUT),
                http.get(self._server.server, params=question) as response,
            ):
                response.raise_for_status()
                return read(_Answer, await response.json(content_type=None))
        except (aiohttp.ClientError, ValueError) as error:
            # The text of the error would hold the key.
            raise VkSilent(f"опрос событий: {type(error).__name__}") from error

    async def _store(self, answer: _Answer) -> None:
        for raw in answer.updates:
            await self._intake.take(raw)
        if answer.ts is not None and answer.ts != self._ts:
            await self._reader.remember(answer.ts)
            self._ts = answer.ts
        self._stumbled = False
        self._patience.reward()

    def _recover(self, answer: _Answer) -> float:
        """What VK tells with `failed`; at once the first time, then after a pause."""
        match answer.failed:
            case 1 if answer.ts is not None:  # events are lost
                self._ts, self._gap = answer.ts, True
            case 2:  # the key is too old
                self._server = None
            case 1 | 3:  # both
                self._server, self._ts, self._gap = None, None, True
            case unknown:
                raise VkSilent(f"опрос событий: failed {unknown}")
        if not self._stumbled:
            self._stumbled = True
            return 0.0
        return self._patience.pause(VkSilent(f"опрос событий: failed {answer.failed}"))

    async def _call(self, method: str, **params: str | int) -> Any:
        async with self._outside.within(CALL_TIMEOUT):
            return await self._api.call(method, group_id=self._api.group_id, **params)

    async def _rest(self, seconds: float) -> None:
        if seconds and not self._stopping:
            with suppress(TimeoutError):
                async with self._outside.within(seconds):
                    await asyncio.Event().wait()
