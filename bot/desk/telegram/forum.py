"""A group with topics at the Bot API: the calls that the desk needs, at the pace that Telegram allows."""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    CloseForumTopic,
    CopyMessage,
    CreateForumTopic,
    DeleteForumTopic,
    EditMessageReplyMarkup,
    EditMessageText,
    PinChatMessage,
    ReopenForumTopic,
    SendDocument,
    SendLocation,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
    TelegramMethod,
    UnpinChatMessage,
)
from aiogram.types import (
    InlineKeyboardMarkup,
    InputFileUnion,
    LinkPreviewOptions,
    MediaUnion,
    Message,
    ReplyParameters,
)

from bot.channels.telegram.client import REQUEST_TIMEOUT, describe
from bot.channels.telegram.patience import rest
from bot.desk.telegram.pace import GroupPace
from bot.outside import Outside

HTML = "HTML"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

# What Telegram asks to wait longer is waited for with the lease given up in between.
LONGEST_WAIT = 40.0  # seconds

File = str | InputFileUnion


class Forum:
    """`chat_id` changes when the group moves. A call that was cut short may have been carried out."""

    def __init__(
        self, bot: Bot, chat_id: int, pace: GroupPace, outside: Outside, stop: asyncio.Event
    ) -> None:
        self.chat_id = chat_id
        self._bot = bot
        self._pace = pace
        self._outside = outside
        self._stop = stop

    async def open_topic(self, name: str, *, urgent: bool = False) -> int:
        """Its number."""
        made = await self._call(CreateForumTopic(chat_id=self.chat_id, name=name), urgent=urgent)
        return made.message_thread_id

    async def close_topic(self, thread: int) -> None:
        await self._unless_done(CloseForumTopic(chat_id=self.chat_id, message_thread_id=thread))

    async def reopen_topic(self, thread: int, *, urgent: bool = False) -> None:
        await self._unless_done(
            ReopenForumTopic(chat_id=self.chat_id, message_thread_id=thread), urgent=urgent
        )

    async def delete_topic(self, thread: int) -> None:
        await self._call(DeleteForumTopic(chat_id=self.chat_id, message_thread_id=thread), messages=0)

    async def say(
        self,
        html: str,
        thread: int | None,
        *,
        loud: bool = False,
        urgent: bool = False,
        markup: InlineKeyboardMarkup | None = None,
        answers: int | None = None,
    ) -> int:
        """Its number. `answers` is that of another message, which people may have deleted."""
        sent = await self._call(
            SendMessage(
                chat_id=self.chat_id,
                text=html,
                message_thread_id=thread,
                parse_mode=HTML,
                link_preview_options=NO_PREVIEW,
                disable_notification=not loud,
                reply_markup=markup,
                reply_parameters=_answering(answers),
            ),
            urgent=urgent,
        )
        return sent.message_id

    async def edit(self, message_id: int, html: str, markup: InlineKeyboardMarkup | None) -> None:
        await self._unless_done(
            EditMessageText(
                chat_id=self.chat_id,
                message_id=message_id,
                text=html,
                parse_mode=HTML,
                link_preview_options=NO_PREVIEW,
                reply_markup=markup,
            )
        )

    async def show_buttons(self, message_id: int, markup: InlineKeyboardMarkup | None) -> None:
        """Other ones under the same words."""
        await self._unless_done(
            EditMessageReplyMarkup(chat_id=self.chat_id, message_id=message_id, reply_markup=markup)
        )

    async def pin(self, message_id: int) -> None:
        await self._call(
            PinChatMessage(chat_id=self.chat_id, message_id=message_id, disable_notification=True)
        )

    async def unpin(self, message_id: int) -> None:
        await self._call(UnpinChatMessage(chat_id=self.chat_id, message_id=message_id))

    async def album(self, thread: int, media: Sequence[MediaUnion]) -> list[int]:
        call = SendMediaGroup(
            chat_id=self.chat_id, message_thread_id=thread, media=list(media), disable_notification=True
        )
        return [sent.message_id for sent in await self._call(call, messages=len(media))]

    async def place(self, thread: int, latitude: float, longitude: float) -> int:
        call = SendLocation(
            chat_id=self.chat_id,
            message_thread_id=thread,
            latitude=latitude,
            longitude=longitude,
            disable_notification=True,
        )
        return (await self._call(call)).message_id

    async def copy(self, thread: int, from_chat: int, message_id: int) -> int:
        call = CopyMessage(
            chat_id=self.chat_id,
            message_thread_id=thread,
            from_chat_id=from_chat,
            message_id=message_id,
            disable_notification=True,
        )
        return (await self._call(call)).message_id

    async def file(self, thread: int, kind: str, file: File) -> int:
        """`kind` is one of bot.channels.base.FileKind."""
        return (await self._call(self._file_call(kind, file, thread))).message_id

    def _file_call(self, kind: str, file: File, thread: int) -> TelegramMethod[Message]:
        where: dict[str, Any] = {
            "chat_id": self.chat_id,
            "message_thread_id": thread,
            "disable_notification": True,
        }
        match kind:
            case "photo":
                return SendPhoto(photo=file, **where)
            case "video":
                return SendVideo(video=file, **where)
            case "voice":
                return SendVoice(voice=file, **where)
            case "video_note":
                return SendVideoNote(video_note=file, **where)
            case "sticker":
                return SendSticker(sticker=file, **where)
            case _:
                return SendDocument(document=file, **where)

    async def _unless_done(self, call: TelegramMethod[Any], *, urgent: bool = False) -> None:
        try:
            await self._call(call, urgent=urgent)
        except TelegramBadRequest as error:
            if not is_done_already(error):
                raise

    async def _call[Result](
        self, call: TelegramMethod[Result], messages: int = 1, *, urgent: bool = False
    ) -> Result:
        """Raises TelegramAPIError, ClientDecodeError or TimeoutError.

        What is `urgent` does not keep the pause between calls, only the limit of a minute.
        """
        while True:
            if not urgent and (breath := self._pace.breath()):
                await rest(self._stop, breath)
            try:
                async with self._outside.within(REQUEST_TIMEOUT):
                    return await self._bot(call)
            except TelegramRetryAfter as error:
                self._pace.hold(error.retry_after)
                if error.retry_after > LONGEST_WAIT or self._stop.is_set():
                    raise
                # Here and not in the next round: what this one has shown already is not shown again.
                await rest(self._stop, error.retry_after)
            finally:
                self._pace.sent(messages)


def _answering(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)


def is_done_already(error: TelegramBadRequest) -> bool:
    """Somebody closed the topic by hand; the card reads like this already."""
    return "not modified" in error.message or "TOPIC_NOT_MODIFIED" in error.message


def is_topic_lost(error: TelegramBadRequest) -> bool:
    return any(words in error.message for words in ("thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID"))


def is_message_lost(error: TelegramBadRequest) -> bool:
    return any(
        words in error.message
        for words in ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
    )


def trouble_of_group(error: TelegramAPIError | ClientDecodeError) -> str | None:
    """In words for the admin what is wrong with the group; None when it is something else."""
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return "Telegram не принял токен: проверьте TELEGRAM_TOKEN"
    if isinstance(error, TelegramForbiddenError):
        return f"бота нет в группе, добавьте его администратором ({error.message})"
    told = describe(error)
    return next((reason for words, reason in _TROUBLES.items() if words in told), None)


_NO_RIGHTS = "у бота нет прав: сделайте его администратором с правом управлять темами"
_TROUBLES = {
    "chat not found": "такой группы нет или бота в ней нет: проверьте номер в dealer.yml и добавьте бота",
    "not a forum": "в группе выключены темы: включите их в настройках группы",
    "not enough rights to send": "боту нельзя писать в группе: сделайте его администратором",
    "have no rights to send": "боту нельзя писать в группе: сделайте его администратором",
    "CHAT_WRITE_FORBIDDEN": "боту нельзя писать в группе: сделайте его администратором",
    "not enough rights": _NO_RIGHTS,
    "CHAT_ADMIN_REQUIRED": _NO_RIGHTS,
    "TOPIC_CLOSED": _NO_RIGHTS,
}
