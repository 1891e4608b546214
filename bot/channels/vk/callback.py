"""Callback API: VK posts each event to us and repeats it until we answer `ok`.

https://dev.vk.com/api/callback/getting-started
"""

import asyncio
import hmac
import json
import logging
from contextlib import suppress
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.vk.intake import Intake
from bot.channels.vk.missed import Missed
from bot.channels.vk.patience import Patience
from bot.outside import Outside

PATH = "/vk/callback"
COME_AGAIN = {"Retry-After": "30"}  # seconds

log = logging.getLogger(__name__)


class Callback:
    def __init__(
        self,
        intake: Intake,
        missed: Missed,
        outside: Outside,
        *,
        secret: str,
        confirmation: str,
        patience: Patience | None = None,
    ) -> None:
        self._intake = intake
        self._missed = missed
        self._outside = outside
        self._secret = secret
        self._confirmation = confirmation
        self._patience = patience or Patience()
        self._stopping = False

    async def run(self) -> None:
        """Look once for what was written while nobody answered here: VK repeats only for some time."""
        while not self._stopping:
            try:
                await self._missed.accept()
            except Exception as error:
                pause = self._patience.pause(error)
            else:
                self._patience.reward()
                return
            with suppress(TimeoutError):
                async with self._outside.within(pause):
                    await asyncio.Event().wait()

    def stop(self) -> None:
        self._stopping = True
        self._outside.leave()

    async def receive(self, request: web.Request) -> web.Response:
        event = await _read_json(request)
        if not isinstance(event, dict) or str(event.get("group_id")) != self._intake.account:
            return _forbidden("another community")
        if event.get("type") == "confirmation":
            return web.Response(text=self._confirmation)
        if not self._knows_secret(event.get("secret")):
            return _forbidden("wrong secret")
        try:
            await self._intake.take(event)
        except (SQLAlchemyError, OSError) as error:
            log.error("vk event not stored", extra={"kind": type(error).__name__})
            return web.Response(status=503, headers=COME_AGAIN)
        return web.Response(text="ok")

    def _knows_secret(self, given: Any) -> bool:
        known = self._secret.encode()
        return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), known)


def _forbidden(why: str) -> web.Response:
    log.warning("vk callback refused", extra={"reason": why})
    return web.Response(status=403)


async def _read_json(request: web.Request) -> Any:
    body = await request.read()  # bounded by the application's client_max_size
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        log.warning("vk callback without json", extra={"bytes": len(body)})
        raise web.HTTPBadRequest from error
