"""The Bots Long Poll server: events since `ts`, and `failed` 1 to 3."""

import asyncio
import secrets
from typing import Any, Literal

from aiohttp import web

from tests.emulators.vk.feed import Feed
from tests.emulators.vk.params import Params

LONGEST_WAIT = 25  # seconds; VK allows more and advises this
KNOWN_EVENTS = (
    "message_new",
    "message_reply",
    "message_edit",
    "message_event",
    "message_allow",
    "message_deny",
    "message_typing_state",
    "message_read",
    "market_order_new",
    "lead_forms_new",
)
Failed = Literal[1, 2, 3]


class LongPoll:
    def __init__(self, feed: Feed) -> None:
        self.settings: dict[str, Any] = {
            "is_enabled": True,
            "api_version": "5.199",
            "events": dict.fromkeys(KNOWN_EVENTS, 1),
        }
        self.waiting = asyncio.Event()  # set while a poll waits for the next event
        self._feed = feed
        self._key = secrets.token_hex(20)
        self._ordered: list[Failed] = []
        self._stopped = False

    def entry(self, address: str) -> dict[str, str]:
        """What groups.getLongPollServer tells."""
        return {"key": self._key, "server": address, "ts": str(self._feed.end)}

    def fail(self, how: Failed, times: int = 1) -> None:
        """1: the events so far are gone; 2: the key is too old; 3: both."""
        if how != 2:
            self._feed.forget()
        if how != 1:
            self._key = secrets.token_hex(20)
        self._ordered += [how] * times
        self._feed.wake()

    def stop(self) -> None:
        self._stopped = True
        self._feed.wake()

    async def check(self, request: web.Request) -> web.Response:
        params = Params(request.query)
        if params.text("act") != "a_check":
            return web.json_response({"error": "act should be a_check"}, status=400)
        asked = params.text("wait")
        wait = min(int(asked), LONGEST_WAIT) if asked.isdecimal() else LONGEST_WAIT
        return web.json_response(await self._answer(params.text("key"), params.text("ts"), wait))

    async def _answer(self, key: str, ts: str, wait: int) -> dict[str, Any]:
        refused = self._refused(key, ts)
        if refused is None and self._nothing_after(int(ts)):
            self.waiting.set()
            await self._feed.arrival(wait)
            self.waiting.clear()
            refused = self._refused(key, ts)
        return refused or {"ts": str(self._feed.end), "updates": self._updates(int(ts))}

    def _refused(self, key: str, ts: str) -> dict[str, Any] | None:
        if self._ordered:
            return self._failed(self._ordered.pop(0))
        if key != self._key:
            return self._failed(2)
        if not ts.isdecimal() or int(ts) > self._feed.end:
            return self._failed(3)
        return self._failed(1) if int(ts) < self._feed.horizon else None

    def _failed(self, how: Failed) -> dict[str, Any]:
        # Here, and only here, VK writes ts as a number.
        return {"failed": 1, "ts": self._feed.horizon} if how == 1 else {"failed": how}

    def _nothing_after(self, ts: int) -> bool:
        return not self._stopped and not self._updates(ts)

    def _updates(self, ts: int) -> list[dict[str, Any]]:
        enabled = self.settings["events"]
        return [body for u in self._feed.since(ts) if enabled.get((body := u.body)["type"], 1)]
