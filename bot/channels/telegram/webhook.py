"""Webhook: Telegram posts each update to us, and repeats it until we say that it is stored."""

import asyncio
import hmac
import json
import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.incoming import UPDATES
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.patience import Patience, rest, unless_stopped

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name)
COME_AGAIN = {"Retry-After": "5"}  # seconds

log = logging.getLogger(__name__)


class Webhook:
    def __init__(
        self, bot: Bot, intake: Intake, *, public_url: str, secret: str, patience: Patience | None = None
    ) -> None:
        self._bot = bot
        self._intake = intake
        self._url = public_url.rstrip("/") + PATH
        self._secret = secret
        self._patience = patience or Patience()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell Telegram our address, until it took it or `stop`."""
        while not stop.is_set():
            try:
                await unless_stopped(stop, asyncio.create_task(self._register()))
            except (TelegramAPIError, ClientDecodeError) as error:
                await rest(stop, self._patience.pause(error))
            else:
                self._patience.reward()
                return

    async def receive(self, request: web.Request) -> web.Response:
        if not self._is_telegram(request):
            log.warning("forged webhook", extra={"channel": CHANNEL})
            raise web.HTTPForbidden
        raw = await _read_json(request)
        try:
            await self._intake.take(raw)
        except (SQLAlchemyError, OSError) as error:
            log.error("update not stored", extra={"channel": CHANNEL, "kind": type(error).__name__})
            raise web.HTTPServiceUnavailable(headers=COME_AGAIN) from error
        return web.Response()

    async def _register(self) -> None:
        await self._bot.set_webhook(self._url, secret_token=self._secret, allowed_updates=list(UPDATES))
        await self._intake.show_menu()

    def _is_telegram(self, request: web.Request) -> bool:
        given = request.headers.get(SECRET_HEADER, "")
        # aiohttp keeps bytes that are no text as lone surrogates.
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode())


async def _read_json(request: web.Request) -> Any:
    body = await request.read()  # bounded by the application's client_max_size
    try:
        return json.loads(body)
    except ValueError as error:
        log.warning("webhook without JSON", extra={"channel": CHANNEL, "bytes": len(body)})
        raise web.HTTPBadRequest from error
