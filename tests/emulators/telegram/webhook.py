"""Updates sent to the bot's own address, each chat in its order, until a 2xx answers."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.updates import Pending, Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds; the real server waits longer
ANSWER_TIMEOUT = 60  # seconds


@dataclass
class Webhook:
    url: str
    secret: str | None = None
    max_connections: int = 40
    last_error: str | None = None
    last_error_at: datetime | None = None
    attempts: list[int] = field(default_factory=list)  # the status of every answer


class WebhookDelivery:
    """Runs while a webhook is set."""

    def __init__(self, webhook: Webhook, updates: Updates, clock: Clock) -> None:
        self._webhook = webhook
        self._updates = updates
        self._clock = clock
        self._chats: dict[Hashable, asyncio.Task[None]] = {}
        self._connections = asyncio.Semaphore(webhook.max_connections)
        self._run = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        tasks = [self._run, *self._chats.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ANSWER_TIMEOUT)) as session:
            while True:
                self._updates.arrived.clear()
                for chat in dict.fromkeys(update.chat for update in self._updates.pending()):
                    if chat not in self._chats:
                        self._chats[chat] = asyncio.create_task(self._serve(session, chat))
                await self._updates.arrived.wait()

    async def _serve(self, session: aiohttp.ClientSession, chat: Hashable) -> None:
        while update := next((u for u in self._updates.pending() if u.chat == chat), None):
            pause = FIRST_PAUSE
            while not await self._post(session, update):
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            self._updates.delivered(update)
        del self._chats[chat]

    async def _post(self, session: aiohttp.ClientSession, update: Pending) -> bool:
        headers = {SECRET_HEADER: self._webhook.secret} if self._webhook.secret else {}
        try:
            async with (
                self._connections,
                session.post(self._webhook.url, json=update.wire(), headers=headers) as answer,
            ):
                self._webhook.attempts.append(answer.status)
                if answer.ok:
                    return True
                error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as problem:
            error = f"Connection failed: {type(problem).__name__}"
        self._webhook.last_error, self._webhook.last_error_at = error, self._clock.now()
        return False
