"""All that the server knows of one bot."""

import asyncio
import itertools
import random
from collections.abc import Hashable

from aiogram.types import BotCommand, User

from tests.emulators.telegram.chat import Chat, Connection, Received
from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.files import Files
from tests.emulators.telegram.flood import FloodControl
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
            can_connect_to_business=True,
        )
        self.clock = Clock()
        self.files = Files()
        self.flood = FloodControl(self.clock)
        self.updates = Updates(chance)
        self.chats: dict[Hashable, Chat] = {}
        self.connections: dict[str, Connection] = {}
        self.sent: list[tuple[Chat, Received]] = []
        self.callback_queries: set[str] = set()
        self.answered: dict[str, str | None] = {}  # callback query → the text shown
        self.commands: list[BotCommand] = []
        self.webhook: Webhook | None = None
        self.polls = 0  # the number of the latest getUpdates: an older one that still waits is told to end
        self.polled = asyncio.Event()  # set by the first getUpdates
        self._delivery: WebhookDelivery | None = None
        self._message_ids = itertools.count(1)

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def chat(self, user_id: int, connection_id: str | None = None) -> Chat | None:
        return self.chats.get((connection_id, user_id))

    async def set_webhook(self, webhook: Webhook | None) -> None:
        if self._delivery:
            await self._delivery.stop()
        self.webhook = webhook
        self._delivery = WebhookDelivery(webhook, self.updates, self.clock) if webhook else None
