"""Outbox → Telegram."""

import asyncio
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import (
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyMarkupUnion,
    ReplyParameters,
)

from bot.channels.base import Button, Outgoing
from bot.channels.pictures import read_picture
from bot.channels.telegram.attached import send_files
from bot.channels.telegram.chats import CHANNEL, Chat
from bot.channels.telegram.client import telling_delivery
from bot.channels.telegram.correcting import Correcting
from bot.channels.telegram.incoming import ABILITIES
from bot.channels.telegram.keyboards import CONTACT, NO_KEYBOARD, inline
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.parts import parts
from bot.channels.telegram.patience import Patience
from bot.channels.telegram.photos import Photos, Read
from bot.channels.uploads import Uploads
from bot.contract import Card
from bot.db import Sessions
from bot.errors import DeliveryError

# Telegram shows «печатает» for five seconds.
TYPING_SHOWN = 4.5

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramChannel:
    """Telegram has no send key: a part whose answer was lost may arrive twice."""

    name = CHANNEL
    abilities = ABILITIES

    def __init__(
        self, bot: Bot, sessions: Sessions, burst_window: float = 1.0, read: Read = read_picture
    ) -> None:
        self.bot = bot
        self.burst_window = burst_window
        self.patience = Patience()
        self._pace = Pace()
        self._photos = Photos(bot, Uploads(sessions, CHANNEL, str(bot.id)), read)

    @property
    def alive(self) -> bool:
        """Whether updates come in: False from the first trouble until it is over."""
        return not self.patience.in_trouble

    @property
    def account(self) -> str:
        return str(self.bot.id)

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        return parts(message)

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        await self._pace.wait(chat_id, messages=max(1, len(part.pictures), len(part.files)))
        with telling_delivery():
            sent = await self._send(Chat.parse(chat_id), part)
        return [str(message.message_id) for message in sent]

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        """The text is in the first message, see `parts`."""
        if not external_ids:
            raise DeliveryError("исправлять нечего: этого сообщения у клиента нет")
        await self._pace.wait(chat_id, messages=1)
        with telling_delivery():
            first = Correcting(self.bot, Chat.parse(chat_id), int(external_ids[0]), NO_PREVIEW)
            await first.say(message.text, caption=any(part.files for part in self.parts(message)[:1]))

    async def typing(self, chat_id: str) -> None:
        """Until it is cancelled."""
        chat = Chat.parse(chat_id)
        try:
            while True:
                await self.bot.send_chat_action(chat.id, "typing", business_connection_id=chat.connection)
                await asyncio.sleep(TYPING_SHOWN)
        except (TelegramAPIError, ClientDecodeError):
            return

    async def _send(self, chat: Chat, part: Outgoing) -> Sequence[Message]:
        if part.files:
            return await send_files(self.bot, chat, part.files, part.text, _quote(part))
        markup = _under_card(part.cards[0]) if part.cards else None
        urls = [card.picture for card in part.cards if card.picture] or part.pictures
        sent = await self._photos.send(chat, urls, part.text, markup) if urls else []
        if sent or not part.text:
            return sent
        return [await self._say(chat, part, markup or _keyboard(chat, part))]

    async def _say(self, chat: Chat, part: Outgoing, markup: ReplyMarkupUnion | None) -> Message:
        return await self.bot.send_message(
            chat.id,
            part.text,
            business_connection_id=chat.connection,
            link_preview_options=NO_PREVIEW,
            reply_markup=markup,
            reply_parameters=_quote(part),
        )


def _quote(part: Outgoing) -> ReplyParameters | None:
    """What the customer has deleted meanwhile is not quoted."""
    if part.reply_to is None:
        return None
    return ReplyParameters(message_id=int(part.reply_to), allow_sending_without_reply=True)


def _under_card(card: Card) -> InlineKeyboardMarkup:
    return inline([Button(title=card.button, key=card.payload)])


def _keyboard(chat: Chat, part: Outgoing) -> ReplyMarkupUnion | None:
    if part.buttons:
        return inline(part.buttons)
    if chat.connection:
        return None  # Telegram refuses reply keyboards there
    # Taking away a keyboard that is not there does nothing, so nobody has to remember whether it is.
    return CONTACT if part.ask_contact else NO_KEYBOARD
