"""The Callback API: every event is posted until it is answered with `ok`."""

import asyncio
import itertools
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from tests.emulators.vk.feed import Feed, Update

PATIENCE = ClientTimeout(total=10)
LONGEST_WAIT = 3 * 3600  # seconds: what a server may ask for
ASKS_LATER = frozenset({410, 429, 503})


class NotConfirmed(Exception):
    """The server did not answer with the confirmation string."""


@dataclass(frozen=True)
class Attempt:
    event_id: str
    retry: int
    status: int | None  # None: no answer
    answer: str
    wait: float | None  # seconds until the next try; None: there is none


class CallbackServer:
    """One address that the community's events are posted to, in the order of each customer."""

    def __init__(self, feed: Feed, group_id: int, url: str, secret: str, back_off: float) -> None:
        self.attempts: list[Attempt] = []
        self.removed = False
        self._feed = feed
        self._group_id = group_id
        self._url = url
        self._secret = secret
        self._back_off = back_off
        self._http = ClientSession(timeout=PATIENCE)
        self._queues: dict[int, asyncio.Queue[Update]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    async def confirm(self, confirmation: str) -> None:
        status, answer, _ = await self._post({"type": "confirmation", "group_id": self._group_id}, 0)
        if (status, answer) != (200, confirmation):
            raise NotConfirmed(f"{status}: {answer[:50]!r}")

    def start(self) -> None:
        self._feed.listeners.append(self._enqueue)

    async def drained(self) -> None:
        """Returns when every event so far was answered with `ok`."""
        for queue in list(self._queues.values()):
            await queue.join()

    async def stop(self) -> None:
        if self._enqueue in self._feed.listeners:
            self._feed.listeners.remove(self._enqueue)
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._http.close()

    def _enqueue(self, update: Update) -> None:
        if update.about not in self._queues:
            queue = self._queues[update.about] = asyncio.Queue()
            self._workers.add(asyncio.create_task(self._work(queue)))
        self._queues[update.about].put_nowait(update)

    async def _work(self, queue: asyncio.Queue[Update]) -> None:
        while True:
            update = await queue.get()
            await self._deliver(update.body)
            queue.task_done()

    async def _deliver(self, body: dict[str, Any]) -> None:
        for retry in itertools.count():
            if self.removed:
                return
            status, answer, later = await self._post({**body, "secret": self._secret}, retry)
            wait = self._wait(status, answer, later, retry)
            self.attempts.append(Attempt(body["event_id"], retry, status, answer, wait))
            self.removed = self.removed or answer == "remove"
            if wait is None:
                return
            await asyncio.sleep(wait)

    def _wait(self, status: int | None, answer: str, later: str, retry: int) -> float | None:
        if answer == "remove" or (status == 200 and answer == "ok"):
            return None
        if status in ASKS_LATER and later.isdecimal() and int(later) < LONGEST_WAIT:
            return float(later)
        return self._back_off * 2.0 ** min(retry, 6)

    async def _post(self, body: dict[str, Any], retry: int) -> tuple[int | None, str, str]:
        headers = {"Content-Type": "application/json"}
        if retry:
            headers["X-Retry-Counter"] = str(retry)
        try:
            async with self._http.post(self._url, data=json.dumps(body), headers=headers) as response:
                later = response.headers.get("Retry-After", "")
                return response.status, await response.text(), later
        except (ClientError, TimeoutError):
            return None, "", ""
