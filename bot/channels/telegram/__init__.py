"""Telegram through aiogram. See docs/guides/telegram.md."""

from bot.channels.telegram.connect import add_telegram, open_telegram
from bot.channels.telegram.outgoing import TelegramChannel

__all__ = ["TelegramChannel", "add_telegram", "open_telegram"]
