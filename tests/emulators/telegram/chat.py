"""A private chat as the server keeps it, and what its customer sees of it."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

import aiogram.types as tg
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyMarkupUnion,
    User,
)


@dataclass
class Connection:
    """A business account whose chats the bot may answer."""

    id: str
    owner: User
    made_at: datetime
    enabled: bool = True
    can_reply: bool = True

    def as_telegram(self) -> tg.BusinessConnection:
        return tg.BusinessConnection(
            id=self.id,
            user=self.owner,
            user_chat_id=self.owner.id,
            date=self.made_at,
            is_enabled=self.enabled,
            rights=tg.BusinessBotRights(can_reply=self.can_reply, can_read_messages=True),
        )


@dataclass(repr=False)
class Received:
    """A message of the bot in the customer's eyes; an album is one."""

    messages: list[Message]
    time: datetime
    reply_markup: ReplyMarkupUnion | None = None
    edits: int = 0
    deleted: bool = False

    def __repr__(self) -> str:
        return (
            f"Received({self.message_id}, {self.text!r}, files={len(self.file_ids)}, buttons={self.buttons})"
        )

    @property
    def message_id(self) -> int:
        return self.messages[0].message_id

    @property
    def text(self) -> str:
        return next((m.text or m.caption or "" for m in self.messages if m.text or m.caption), "")

    @property
    def file_ids(self) -> list[str]:
        """The pictures, videos and documents, in order."""
        return [file_id for message in self.messages if (file_id := _file_id(message))]

    @property
    def rows(self) -> list[list[InlineKeyboardButton]] | list[list[KeyboardButton]]:
        if isinstance(self.reply_markup, InlineKeyboardMarkup):
            return self.reply_markup.inline_keyboard
        return self.reply_markup.keyboard if isinstance(self.reply_markup, ReplyKeyboardMarkup) else []

    @property
    def buttons(self) -> list[str]:
        """Titles of the keyboard that came with the message, row by row."""
        return [button.text for row in self.rows for button in row]


@dataclass
class Chat:
    customer: User
    connection: Connection | None = None
    known: bool = False  # the customer has written
    blocked: bool = False
    last_incoming: datetime | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)  # «typing» and the like, in order
    keyboard: ReplyKeyboardMarkup | None = None
    unread: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    @property
    def key(self) -> Hashable:
        return (self.connection.id if self.connection else None, self.customer.id)

    def as_telegram(self) -> tg.Chat:
        user = self.customer
        return tg.Chat(id=user.id, type="private", first_name=user.first_name, username=user.username)

    def receive(self, received: Received) -> None:
        self.messages.update({message.message_id: message for message in received.messages})
        self.received.append(received)
        if isinstance(received.reply_markup, ReplyKeyboardMarkup):
            self.keyboard = received.reply_markup
        elif isinstance(received.reply_markup, ReplyKeyboardRemove):
            self.keyboard = None
        self.unread.put_nowait(received)

    def replace(self, message: Message) -> None:
        self.messages[message.message_id] = message
        received = self.view_of(message.message_id)
        if received:
            received.messages = [self.messages[m.message_id] for m in received.messages]
            received.reply_markup = message.reply_markup
            received.edits += 1

    def delete(self, message_id: int) -> None:
        del self.messages[message_id]
        received = self.view_of(message_id)
        if received:
            received.deleted = not any(m.message_id in self.messages for m in received.messages)

    def view_of(self, message_id: int) -> Received | None:
        """None for the customer's own message."""
        return next(
            (seen for seen in self.received if any(m.message_id == message_id for m in seen.messages)), None
        )


def _file_id(message: Message) -> str | None:
    if message.photo:
        return message.photo[-1].file_id
    file = message.video or message.document
    return file.file_id if file else None
