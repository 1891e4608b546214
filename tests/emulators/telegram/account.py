"""All that the server knows of one bot."""

import asyncio
import itertools
import random
from collections.abc import Hashable

from aiogram.types import BotCommand, User

from tests.emulators.telegram.chat import Chat, Connection, PrivateChat, Received
from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.files import Files
from tests.emulators.telegram.flood import FloodControl, GroupLimit
from tests.emulators.telegram.forum import FIRST_SUPERGROUP, GroupChat
from tests.emulators.telegram.updates import Updates
from tests.emulators.telegram.webhook import Webhook, WebhookDelivery


class Account:
    def __init__(self, token: str, chance: random.Random) -> None:
        self.token = token
        self.me = User(
            id=int(token.partition(":")[0]),
            is_bot=True,
            first_name="Автоответ",
            username="avtootvet_bot",
            can_join_groups=True,
            can_read_all_group_messages=False,
            supports_inline_queries=False,
            can_connect_to_business=True,
        )
        self.clock = Clock()
        self.files = Files()
        self.flood = FloodControl(self.clock)
        self.updates = Updates(chance)
        self.group_limit = GroupLimit(self.clock)
        self.chats: dict[Hashable, PrivateChat] = {}
        self.groups: dict[int, GroupChat] = {}
        self.users: dict[int, User] = {}  # everyone the server knows
        self.migrated: dict[int, int] = {}  # ids of groups that were upgraded → their new ids
        self.connections: dict[str, Connection] = {}
        self.sent: list[tuple[Chat, Received]] = []
        self.callback_queries: set[str] = set()
        self.answered: dict[str, str | None] = {}  # callback query → the text shown
        self.commands: list[BotCommand] = []  # for everybody
        self.scoped_commands: dict[tuple[str, object], list[BotCommand]] = {}  # by scope and its chat
        self.webhook: Webhook | None = None
        self.polls = 0  # the number of the latest getUpdates: an older one that still waits is told to end
        self.polled = asyncio.Event()  # set by the first getUpdates
        self._delivery: WebhookDelivery | None = None
        self.message_ids = itertools.count(1)  # of private chats; every group counts its own
        self._group_ids = itertools.count(FIRST_SUPERGROUP - 1, -1)

    def next_message_id(self) -> int:
        return next(self.message_ids)

    def new_group_id(self) -> int:
        return next(self._group_ids)

    def chat(self, user_id: int, connection_id: str | None = None) -> PrivateChat | None:
        return self.chats.get((connection_id, user_id))

    def any_chat(self, chat_id: int) -> Chat | None:
        """A group or a private chat of the bot itself."""
        return self.groups.get(chat_id) or self.chat(chat_id)

    async def set_webhook(self, webhook: Webhook | None) -> None:
        if self._delivery:
            await self._delivery.stop()
        self.webhook = webhook
        self._delivery = WebhookDelivery(webhook, self.updates, self.clock) if webhook else None
