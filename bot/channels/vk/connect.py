"""VK in the gateway: what is opened, and how its events come in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.channels.files import Files
from bot.channels.reader import Reader
from bot.channels.vk.api import Vk
from bot.channels.vk.callback import PATH, Callback
from bot.channels.vk.errands import Errands
from bot.channels.vk.incoming import CHANNEL
from bot.channels.vk.intake import Intake
from bot.channels.vk.longpoll import LongPoll
from bot.channels.vk.missed import Missed
from bot.channels.vk.outgoing import VkChannel
from bot.db import Sessions
from bot.errors import SettingsError
from bot.inbox import Inbox
from bot.outside import Outside
from bot.settings import Settings

WINDOW = 1.0  # seconds that a burst of messages may last


@asynccontextmanager
async def open_vk(settings: Settings, sessions: Sessions, files: Files) -> AsyncIterator[VkChannel | None]:
    """None without a key. VK itself is not asked yet. Raises SettingsError."""
    if not settings.vk_token:
        yield None
        return
    if not settings.vk_group_id:
        raise SettingsError("для ВКонтакте укажите VK_GROUP_ID: номер сообщества, например 123456789.")
    api = Vk(settings.vk_token.get_secret_value(), settings.vk_group_id, settings.vk_api_url)
    window = WINDOW if settings.burst_window is None else settings.burst_window
    try:
        yield VkChannel(api, sessions, files, window)
    finally:
        api.close()


def add_vk(
    app: web.Application,
    channel: VkChannel,
    *,
    settings: Settings,
    sessions: Sessions,
    inbox: Inbox,
    worker: str,
) -> None:
    """Receive events while `app` runs, the way `VK_MODE` says. Raises SettingsError."""
    api, outside = channel.api, Outside()
    errands = Errands(api, sessions, outside)
    intake = Intake(api.account, inbox, channel.burst_window, errands)
    missed = Missed(api, sessions, intake, outside)
    receiver: Callback | LongPoll
    if settings.vk_mode == "callback":
        secret, confirmation = _callback_settings(settings)
        receiver = Callback(
            intake,
            missed,
            outside,
            secret=secret,
            confirmation=confirmation,
            patience=channel.patience,
        )
        app.router.add_post(PATH, receiver.receive)
    else:
        reader = Reader(sessions, CHANNEL, api.account, worker)
        receiver = LongPoll(api, intake, reader, missed, outside, channel.patience)

    async def receive(_app: web.Application) -> AsyncIterator[None]:
        running = [asyncio.create_task(work.run(), name="vk") for work in (errands, receiver)]
        yield
        receiver.stop()
        errands.stop()
        await asyncio.gather(*running)

    app.cleanup_ctx.append(receive)


def _callback_settings(settings: Settings) -> tuple[str, str]:
    secret = settings.vk_secret.get_secret_value() if settings.vk_secret else ""
    if not secret:
        raise SettingsError(
            "для VK_MODE=callback укажите VK_SECRET: тот же секретный ключ, что в настройках сообщества."
        )
    if not settings.vk_confirmation:
        raise SettingsError(
            "для VK_MODE=callback укажите VK_CONFIRMATION: строку, которую сообщество ждёт в ответ."
        )
    return secret, settings.vk_confirmation
