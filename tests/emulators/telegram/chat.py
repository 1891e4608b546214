"""A chat as the server keeps it, and what people see of the bot in it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiogram.types as tg
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyMarkupUnion,
    User,
)

from tests.emulators.telegram.errors import Unlucky


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
    """A message of the bot in people's eyes; an album is one."""

    messages: list[Message]
    time: datetime
    reply_markup: ReplyMarkupUnion | None = None
    edits: int = 0
    deleted: bool = False
    pinned: bool = False

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
    def entities(self) -> list[MessageEntity]:
        return next((found for m in self.messages if (found := m.entities or m.caption_entities)), [])

    @property
    def thread_id(self) -> int | None:
        """None in a private chat and in General."""
        return self.messages[0].message_thread_id if self.messages[0].is_topic_message else None

    @property
    def reply_to(self) -> Message | None:
        """What the bot answers; the head of a topic, to which the server ties all its messages, is none."""
        answered = self.messages[0].reply_to_message
        return None if answered and answered.forum_topic_created else answered

    @property
    def file_ids(self) -> list[str]:
        """The files, in order."""
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


@dataclass(kw_only=True)
class Chat(ABC):
    ids: Iterator[int]  # of its messages
    messages: dict[int, Message] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)  # «typing» and the like, in order
    pinned: list[int] = field(default_factory=list)  # in the order of pinning
    reactions: dict[int, list[str]] = field(default_factory=dict)  # of the bot: message → emoji
    unread: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """By which updates of one chat keep their order."""

    @property
    @abstractmethod
    def id(self) -> int: ...

    @abstractmethod
    def as_telegram(self) -> tg.Chat: ...

    @abstractmethod
    def place(self, thread_id: int | None, answered: Message | None) -> dict[str, Any]:
        """Where a message of the bot goes, by the fields of Message."""

    def signature(self, me: User) -> dict[str, Any]:
        """Who the bot is here, by the fields of Message."""
        return {"from_user": me}

    def receive(self, received: Received) -> None:
        self.messages.update({message.message_id: message for message in received.messages})
        self.received.append(received)
        self.unread.put_nowait(received)

    def replace(self, message: Message) -> None:
        self.messages[message.message_id] = message
        received = self.view_of(message.message_id)
        if received:
            received.messages = [self.messages[m.message_id] for m in received.messages]
            received.reply_markup = message.reply_markup
            received.edits += 1

    def delete(self, message_id: int) -> None:
        self.unpin(message_id)
        del self.messages[message_id]
        received = self.view_of(message_id)
        if received:
            received.deleted = not any(m.message_id in self.messages for m in received.messages)

    def pin(self, message_id: int) -> None:
        self.pinned.append(message_id)
        self._show_pinned(message_id, True)

    def unpin(self, message_id: int) -> None:
        if message_id in self.pinned:
            self.pinned.remove(message_id)
        self._show_pinned(message_id, False)

    def _show_pinned(self, message_id: int, pinned: bool) -> None:
        if received := self.view_of(message_id):
            received.pinned = pinned

    def view_of(self, message_id: int) -> Received | None:
        """None for what people wrote themselves."""
        return next(
            (seen for seen in self.received if any(m.message_id == message_id for m in seen.messages)), None
        )


@dataclass
class PrivateChat(Chat):
    customer: User
    connection: Connection | None = None
    known: bool = False  # the customer has written
    blocked: bool = False
    last_incoming: datetime | None = None
    keyboard: ReplyKeyboardMarkup | None = None

    @property
    def key(self) -> Hashable:
        return (self.connection.id if self.connection else None, self.customer.id)

    @property
    def id(self) -> int:
        return self.customer.id

    def as_telegram(self) -> tg.Chat:
        user = self.customer
        return tg.Chat(id=user.id, type="private", first_name=user.first_name, username=user.username)

    def place(self, thread_id: int | None, answered: Message | None) -> dict[str, Any]:
        if thread_id is not None:
            raise Unlucky("message thread not found")
        return {"reply_to_message": answered} if answered else {}

    def signature(self, me: User) -> dict[str, Any]:
        if self.connection is None:
            return super().signature(me)
        return {
            "from_user": self.connection.owner,
            "sender_business_bot": me,
            "business_connection_id": self.connection.id,
        }

    def receive(self, received: Received) -> None:
        super().receive(received)
        if isinstance(received.reply_markup, ReplyKeyboardMarkup):
            self.keyboard = received.reply_markup
        elif isinstance(received.reply_markup, ReplyKeyboardRemove):
            self.keyboard = None


def _file_id(message: Message) -> str | None:
    if message.photo:
        return message.photo[-1].file_id
    file = message.video or message.document or message.voice or message.video_note or message.sticker
    return file.file_id if file else None
