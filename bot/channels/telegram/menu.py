"""The commands that Telegram shows beside the text field."""

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BotCommand

from bot.channels.telegram.chats import CHANNEL

MENU = [
    BotCommand(command="start", description="Начать разговор"),
    BotCommand(command="help", description="Что умеет помощник"),
]

log = logging.getLogger(__name__)


async def show_menu(bot: Bot) -> None:
    try:
        await bot.set_my_commands(MENU)
    except TelegramBadRequest as error:
        # The bot works without it.
        log.warning("telegram menu refused", extra={"channel": CHANNEL, "reason": error.message})
