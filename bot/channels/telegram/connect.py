"""Telegram in the gateway: what is opened, and how its updates come in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.channels.reader import Reader
from bot.channels.telegram.chats import CHANNEL
from bot.channels.telegram.client import make_bot
from bot.channels.telegram.intake import Groups, Intake
from bot.channels.telegram.outgoing import TelegramChannel
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.webhook import PATH, Webhook
from bot.db import Sessions
from bot.errors import SettingsError
from bot.inbox import Inbox
from bot.settings import Settings

WINDOW = 1.0  # seconds that a burst of messages may last


@asynccontextmanager
async def open_telegram(settings: Settings, sessions: Sessions) -> AsyncIterator[TelegramChannel | None]:
    """None without a token. Telegram itself is not asked yet. Raises SettingsError."""
    if not settings.telegram_token:
        yield None
        return
    bot = make_bot(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    window = WINDOW if settings.burst_window is None else settings.burst_window
    try:
        yield TelegramChannel(bot, sessions, window)
    finally:
        await bot.session.close()


def add_telegram(
    app: web.Application,
    channel: TelegramChannel,
    *,
    settings: Settings,
    sessions: Sessions,
    inbox: Inbox,
    worker: str,
    groups: Groups | None = None,
) -> None:
    """Receive updates while `app` runs, the way `TELEGRAM_MODE` says. Raises SettingsError.

    What happens in groups is told to `groups`.
    """
    intake = Intake(channel.bot, inbox, channel.burst_window, groups)
    if settings.telegram_mode == "webhook":
        webhook = _webhook(channel, intake, settings)
        app.router.add_post(PATH, webhook.receive)
        run = webhook.run
    else:
        reader = Reader(sessions, CHANNEL, channel.account, worker)
        run = Poller(channel.bot, intake, reader, channel.patience).run

    async def receive(_app: web.Application) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(run(stop), name="telegram")
        yield
        stop.set()
        await running
        await intake.close()

    app.cleanup_ctx.append(receive)


def _webhook(channel: TelegramChannel, intake: Intake, settings: Settings) -> Webhook:
    secret = settings.telegram_secret.get_secret_value() if settings.telegram_secret else ""
    if not settings.public_url:
        raise SettingsError(
            "для TELEGRAM_MODE=webhook укажите PUBLIC_URL: по какому адресу шлюз виден снаружи."
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise SettingsError(
            "для TELEGRAM_MODE=webhook укажите TELEGRAM_SECRET: от 1 до 256 латинских букв, цифр, «_» и «-»."
        )
    return Webhook(
        channel.bot, intake, public_url=settings.public_url, secret=secret, patience=channel.patience
    )
