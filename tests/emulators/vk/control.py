"""/control/: what tests do with the objects, for scripts of other processes.

A POST has a JSON object with the arguments of the method it stands for; the answer is {"done": result}, or
status 400 and {"mistake": …}. `GET /control/sent?after=N` skips what the script has seen already.
"""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.emulators.vk.callback import NotConfirmed
from tests.emulators.vk.customer import Customer
from tests.emulators.vk.emulator import VkEmulator
from tests.emulators.vk.feed import Feed

Deed = Callable[[web.Request, dict[str, Any]], Awaitable[Any]]
CUSTOMER_DEEDS = frozenset(
    {"says", "starts", "replies", "edits", "presses", "allows", "denies"}
    | {f"sends_{what}" for what in ("photo", "voice", "sticker", "doc", "geo", "market")}
)
FEED_DEEDS = frozenset({"repeat_last", "hold", "release_shuffled", "start_losing", "stop_losing", "forget"})


class Control:
    def __init__(self, emulator: VkEmulator) -> None:
        self._vk = emulator

    def add_routes(self) -> None:
        deeds: dict[str, Deed] = {
            "customers": self._join,
            "customers/{user_id}/{deed}": self._act,
            "managers/{admin_id}/replies": self._reply,
            "feed/{deed}": self._feed,
            "publish": self._publish,
            "fail": self._fail,
            "misbehave": self._misbehave,
            "well": self._behave_well,
            "clock": self._advance,
            "settings": self._set,
            "callback": self._callback,
        }
        for path, deed in deeds.items():
            self._vk.app.router.add_post(f"/control/{path}", _json(deed))
        looks: dict[str, Deed] = {
            "customers/{user_id}/received": self._received,
            "sent": self._sent,
            "violations": self._violations,
            "state": self._state,
        }
        for path, look in looks.items():
            self._vk.app.router.add_get(f"/control/{path}", _json(look))

    async def _join(self, request: web.Request, given: dict[str, Any]) -> Any:
        return {"user_id": self._vk.customer(**given).user_id}

    async def _act(self, request: web.Request, given: dict[str, Any]) -> Any:
        """A method of Customer by name; a message that `edits` or `replies` means is given by its id."""
        deed = request.match_info["deed"]
        if deed not in CUSTOMER_DEEDS:
            raise LookupError(f"customers cannot {deed}")
        for name in ("message", "to"):
            if name in given:
                [given[name]] = self._vk.community.messages_by_id([given[name]])
        return getattr(self._customer(request), deed)(**given)

    async def _reply(self, request: web.Request, given: dict[str, Any]) -> Any:
        manager = self._vk.manager(int(request.match_info["admin_id"]))
        return manager.replies(self._vk.community.customers[given["user_id"]], given["text"])

    async def _feed(self, request: web.Request, given: dict[str, Any]) -> Any:
        deed = request.match_info["deed"]
        if deed not in FEED_DEEDS:
            raise LookupError(f"the feed cannot {deed}")
        return getattr(Feed, deed)(self._vk.feed, **given)

    async def _publish(self, request: web.Request, given: dict[str, Any]) -> Any:
        return self._vk.feed.publish(given["kind"], given["content"], given["about"])

    async def _fail(self, request: web.Request, given: dict[str, Any]) -> Any:
        self._vk.longpoll.fail(**given)

    async def _misbehave(self, request: web.Request, given: dict[str, Any]) -> Any:
        self._vk.misbehave(**given)

    async def _behave_well(self, request: web.Request, given: dict[str, Any]) -> Any:
        self._vk.faults.clear()
        self._vk.feed.repeated_share = 0.0

    async def _advance(self, request: web.Request, given: dict[str, Any]) -> Any:
        self._vk.clock.advance(**given)

    async def _set(self, request: web.Request, given: dict[str, Any]) -> Any:
        self._vk.api.rate_limit = given.get("rate_limit", self._vk.api.rate_limit)
        self._vk.feed.repeated_share = given.get("repeated_share", self._vk.feed.repeated_share)

    async def _callback(self, request: web.Request, given: dict[str, Any]) -> Any:
        await self._vk.callback(**given)

    async def _received(self, request: web.Request, given: dict[str, Any]) -> Any:
        return self._customer(request).received[_after(request) :]

    async def _sent(self, request: web.Request, given: dict[str, Any]) -> Any:
        return self._vk.sent[_after(request) :]

    async def _violations(self, request: web.Request, given: dict[str, Any]) -> Any:
        return [dataclasses.asdict(violation) for violation in self._vk.violations]

    async def _state(self, request: web.Request, given: dict[str, Any]) -> Any:
        return {
            "events": self._vk.feed.end,
            "sent": len(self._vk.sent),
            "customers": list(self._vk.community.customers),
            "polled": self._vk.longpoll.waiting.is_set(),
        }

    def _customer(self, request: web.Request) -> Customer:
        return self._vk.community.customers[int(request.match_info["user_id"])]


def _after(request: web.Request) -> int:
    """How many the script has seen already."""
    return int(request.query.get("after", "0"))


def _json(deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            given = await request.json() if request.can_read_body else {}
            return web.json_response({"done": await deed(request, given)})
        except (LookupError, TypeError, ValueError, NotConfirmed) as mistake:
            return web.json_response({"mistake": f"{type(mistake).__name__}: {mistake}"}, status=400)

    return handle
