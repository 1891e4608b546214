"""One call of a method, and the table of the methods that exist."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.emulators.vk.community import Community, Conversation
from tests.emulators.vk.errors import VkError, invalid
from tests.emulators.vk.longpoll import LongPoll
from tests.emulators.vk.params import Params

CHATS = 2_000_000_000


@dataclass(frozen=True)
class Call:
    community: Community
    longpoll: LongPoll
    url: str  # of the emulator
    params: Params

    def own_group(self) -> int:
        """groups.*: group_id is required and must be the community of the token."""
        group_id = self.params.required_integer("group_id", least=1)
        if group_id != self.community.group_id:
            raise VkError(15, "group_id is not the community of this token")
        return group_id

    def optional_group(self) -> None:
        if self.params.integer("group_id", least=1) not in (None, self.community.group_id):
            raise VkError(15, "group_id is not the community of this token")

    def conversation(self, peer_id: int) -> Conversation:
        if peer_id >= CHATS:
            raise VkError(917)
        if peer_id not in self.community.conversations:
            raise VkError(936)
        return self.community.conversations[peer_id]

    def peer(self) -> int:
        peer_id = self.params.integer("peer_id") or self.params.integer("user_id", least=1)
        if not peer_id:
            raise invalid("you should specify peer_id or user_id param")
        return peer_id


Method = Callable[[Call], Any]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register
