"""A group as the server keeps it: its topics, its people and what the bot may do in it."""

import asyncio
import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiogram.types as tg
from aiogram.types import Message, User

from tests.emulators.telegram.chat import Chat, Received
from tests.emulators.telegram.errors import Unlucky

# Of a basic group the id is a small negative number; only supergroups have topics.
FIRST_SUPERGROUP = -1_000_000_000_000
# General cannot be named by its number: messages go there without any.
GENERAL = 1


@dataclass(repr=False)
class Topic:
    thread_id: int
    name: str
    icon_color: int
    chat: "GroupChat"
    icon_custom_emoji_id: str | None = None
    creator: int = 0
    closed: bool = False
    deleted: bool = False
    gone: str = "message thread not found"  # what the server says of a deleted topic
    received: list[Received] = field(default_factory=list)  # what the bot sent here, in order
    unread: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    def __repr__(self) -> str:
        state = "deleted" if self.deleted else "closed" if self.closed else "open"
        return f"Topic({self.thread_id}, {self.name!r}, {state}, received={self.received})"

    @property
    def messages(self) -> list[Message]:
        """All that were written here by anyone, and the server's notices, without what was deleted."""
        return [m for m in self.chat.messages.values() if m.is_topic_message and self.holds(m)]

    async def next_message(self, within: float = 10) -> Received:
        """The bot's first that was not returned yet; TimeoutError when none comes within so many seconds."""
        return await asyncio.wait_for(self.unread.get(), within)

    def holds(self, message: Message) -> bool:
        return message.message_thread_id == self.thread_id


@dataclass
class BotMember:
    """The bot in a group: how it stands there and what it may do as an administrator."""

    user: User
    status: str = "administrator"  # member, left, kicked
    can_manage_topics: bool = True
    can_pin_messages: bool = True
    can_delete_messages: bool = True

    @property
    def admin(self) -> bool:
        return self.status == "administrator"

    def may(self, right: str) -> bool:
        return self.admin and bool(getattr(self, right))


@dataclass
class Member:
    user: User
    admin: bool = False
    anonymous: bool = False


@dataclass(repr=False)
class GroupChat(Chat):
    chat_id: int
    title: str
    is_forum: bool
    bot: BotMember
    owner_id: int
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(GENERAL + 1), kw_only=True)
    topics: dict[int, Topic] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # methods that met the limit of the group
    new_topics: asyncio.Queue[Topic] = field(default_factory=asyncio.Queue)

    @property
    def key(self) -> Hashable:
        return (None, self.chat_id)

    @property
    def id(self) -> int:
        return self.chat_id

    @property
    def is_supergroup(self) -> bool:
        return self.chat_id < FIRST_SUPERGROUP

    @property
    def kind(self) -> str:
        return "supergroup" if self.is_supergroup else "group"

    @property
    def has_topics(self) -> bool:
        """A basic group has them only when it is upgraded."""
        return self.is_forum and self.is_supergroup

    def as_telegram(self) -> tg.Chat:
        return tg.Chat(id=self.chat_id, type=self.kind, title=self.title, is_forum=self.has_topics or None)

    def upgraded(self, chat_id: int) -> "GroupChat":
        return GroupChat(chat_id, self.title, self.is_forum, self.bot, self.owner_id, members=self.members)

    def place(self, thread_id: int | None, answered: Message | None) -> dict[str, Any]:
        if thread_id is None:
            thread_id = answered.message_thread_id if answered and answered.is_topic_message else None
        if thread_id is None:
            return self.outside(answered)
        topic = self.open_topic(thread_id)
        if answered and not topic.holds(answered):
            raise Unlucky("message to be replied not found")
        return self.in_topic(topic, answered)

    def outside(self, answered: Message | None) -> dict[str, Any]:
        """In General, or where there are no topics: answers name what they hang on, which is no topic."""
        if answered is None:
            return {}
        thread = answered.message_thread_id or answered.message_id
        return {"reply_to_message": answered, "message_thread_id": thread if self.is_supergroup else None}

    def in_topic(self, topic: Topic, answered: Message | None) -> dict[str, Any]:
        """The server ties what answers nothing in particular to the head of the topic."""
        return {
            "message_thread_id": topic.thread_id,
            "is_topic_message": True,
            "reply_to_message": answered or self.messages.get(topic.thread_id),
        }

    def open_topic(self, thread_id: int) -> Topic:
        """For a message of the bot."""
        topic = self.topics.get(thread_id)
        if topic is None or not self.has_topics:
            raise Unlucky("message thread not found")
        if topic.deleted:
            raise Unlucky(topic.gone)
        if topic.closed and not self.bot.may("can_manage_topics"):
            raise Unlucky("TOPIC_CLOSED")
        return topic

    def receive(self, received: Received) -> None:
        super().receive(received)
        topic = self.topics.get(received.thread_id or GENERAL)
        if topic:
            topic.received.append(received)
            topic.unread.put_nowait(received)

    def begin_topic(self, topic: Topic) -> None:
        self.topics[topic.thread_id] = topic
        self.new_topics.put_nowait(topic)

    def remove_topic(self, topic: Topic, gone: str) -> None:
        """Its messages go with it."""
        for message in topic.messages:
            self.delete(message.message_id)
        topic.deleted, topic.gone = True, gone
