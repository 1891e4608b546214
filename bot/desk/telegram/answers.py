"""What people of a group get back for what they do, sent after the commit and lost in a crash.

What they did is done by then and shown on the card; an answer that is lost is asked for again.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.methods import AnswerCallbackQuery, SetMessageReaction, TelegramMethod
from aiogram.types import InlineKeyboardMarkup, ReactionTypeEmoji

from bot.channels.telegram.client import REQUEST_TIMEOUT, describe
from bot.desk.telegram.forum import Forum
from bot.desk.telegram.pace import GroupPace
from bot.outside import Outside

OKAY = ReactionTypeEmoji(emoji="👌")
TOAST_LIMIT = 200  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Toast:
    """Shown over the chat to who pressed; without words the button only stops to wait."""

    query_id: str
    words: str = ""


@dataclass(frozen=True)
class Nod:
    """The command under this number was carried out."""

    message_id: int


@dataclass(frozen=True)
class Buttons:
    """Other ones under the same words."""

    message_id: int
    markup: InlineKeyboardMarkup | None


@dataclass(frozen=True)
class Post:
    thread: int | None
    html: str
    markup: InlineKeyboardMarkup | None = None


@dataclass(frozen=True)
class Rewrite:
    message_id: int
    html: str
    markup: InlineKeyboardMarkup | None = None


Answer = Toast | Nod | Buttons | Post | Rewrite


class Answers:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._outside = Outside()
        self._stop = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def give(self, chat_id: int, pace: GroupPace, answers: Sequence[Answer]) -> None:
        """Soon, in their order."""
        if answers:
            forum = Forum(self._bot, chat_id, pace, self._outside, self._stop)
            task = asyncio.create_task(self._give(forum, answers), name="desk answers")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """What is not sent yet is not sent any more."""
        self._stop.set()
        self._outside.leave()
        await asyncio.gather(*self._running)

    async def _give(self, forum: Forum, answers: Sequence[Answer]) -> None:
        for answer in answers:
            try:
                await self._send(forum, answer)
            except (TelegramAPIError, ClientDecodeError) as error:
                self._tell(forum, answer, describe(error))
            except TimeoutError:
                self._tell(forum, answer, "Telegram не ответил вовремя")

    async def _send(self, forum: Forum, answer: Answer) -> None:
        match answer:
            case Toast(query_id, words):
                text = words[:TOAST_LIMIT] or None
                await self._call(AnswerCallbackQuery(callback_query_id=query_id, text=text))
            case Nod(message_id):
                nod = SetMessageReaction(chat_id=forum.chat_id, message_id=message_id, reaction=[OKAY])
                await self._call(nod)
            case Buttons(message_id, markup):
                await forum.show_buttons(message_id, markup)
            case Post(thread, html, markup):
                await forum.say(html, thread, markup=markup)
            case Rewrite(message_id, html, markup):
                await forum.edit(message_id, html, markup)

    async def _call(self, call: TelegramMethod[bool]) -> None:
        async with self._outside.within(REQUEST_TIMEOUT):
            await self._bot(call)

    def _tell(self, forum: Forum, answer: Answer, reason: str) -> None:
        about = {"chat": forum.chat_id, "kind": type(answer).__name__, "reason": reason}
        log.warning("desk answer not given", extra=about)
