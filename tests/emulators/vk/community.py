"""What VK keeps of one community: who writes to it, every message, and the time."""

import itertools
import random
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.emulators.vk.docs import Docs
from tests.emulators.vk.feed import Feed
from tests.emulators.vk.photos import Photos

if TYPE_CHECKING:
    from tests.emulators.vk.customer import Customer

Message = dict[str, Any]


class Clock:
    """The emulator's time, in seconds since 1970; it can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def advance(self, **by: float) -> None:
        self._ahead += timedelta(**by)

    def now(self) -> float:
        return time.time() + self._ahead.total_seconds()


@dataclass
class Conversation:
    peer_id: int
    messages: list[Message] = field(default_factory=list)
    read_up_to: int = 0  # message id
    answered: bool = True
    allowed: bool = False
    last_contact: float = 0.0  # when the customer last wrote, or allowed messages
    sent_keys: dict[int, tuple[float, Message]] = field(default_factory=dict)  # random_id: when, what

    @property
    def unread(self) -> int:
        return sum(1 for message in self.messages if not message["out"] and message["id"] > self.read_up_to)


class Community:
    def __init__(self, token: str, group_id: int, dice: random.Random) -> None:
        self.token = token
        self.group_id = group_id
        self.clock = Clock()
        self.dice = dice
        self.feed = Feed(group_id, dice)
        self.photos = Photos(group_id)
        self.docs = Docs(group_id)
        self.customers: dict[int, Customer] = {}
        self.conversations: dict[int, Conversation] = {}
        self.market: dict[int, dict[str, Any]] = {}  # product cards by id
        self.sent: list[Message] = []  # by the community through the API, in order
        self.bot_features = True  # off: keyboards are refused with 912
        self.confirmation = secrets.token_hex(4)
        self._message_ids = itertools.count(1)

    def join(self, customer: "Customer") -> None:
        self.customers[customer.user_id] = customer
        self.conversations[customer.user_id] = Conversation(customer.user_id)

    def write(self, peer_id: int, from_id: int, text: str, **more: Any) -> Message:
        """A new message of the conversation, as VK describes it."""
        conversation = self.conversations[peer_id]
        message = {
            "id": next(self._message_ids),
            "conversation_message_id": len(conversation.messages) + 1,
            "date": int(self.clock.now()),
            "peer_id": peer_id,
            "from_id": from_id,
            "out": int(from_id == -self.group_id),
            "version": 10_000,
            "text": text,
            "attachments": [],
            "fwd_messages": [],
            "important": False,
            "is_hidden": False,
            "random_id": 0,
        } | more
        conversation.messages.append(message)
        return message

    def hear(self, peer_id: int, text: str, **more: Any) -> Message:
        conversation = self.conversations[peer_id]
        conversation.allowed = True
        conversation.answered = False
        conversation.last_contact = self.clock.now()
        return self.write(peer_id, peer_id, text, **more)

    def answer(self, peer_id: int, text: str, **more: Any) -> Message:
        self.conversations[peer_id].answered = True
        message = self.write(peer_id, -self.group_id, text, **more)
        self.feed.publish("message_reply", dict(message), peer_id)
        return message

    def messages_by_id(self, ids: Iterable[int]) -> list[Message]:
        wanted = set(ids)
        everything = (m for conversation in self.conversations.values() for m in conversation.messages)
        return [message for message in everything if message["id"] in wanted]
