"""The queue of updates, as the server keeps it for polling and for the webhook.

An update gets its number when it is first handed out, so updates of different chats may be shuffled while
the numbers still grow, as a client that confirms by number needs it.
"""

import asyncio
import random
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

# Kinds that are sent only to a bot that asks for them by name.
ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
MAX_BATCH = 100
FIRST_ID = 100_000_001


@dataclass
class Pending:
    kind: str
    body: Any
    chat: Hashable
    update_id: int = 0
    again: bool = False  # to be handed out once more after it is confirmed

    def wire(self) -> dict[str, Any]:
        return {"update_id": self.update_id, self.kind: self.body}


class Updates:
    def __init__(self, chance: random.Random) -> None:
        self.arrived = asyncio.Event()
        self.shuffled = False
        self.repeat_probability = 0.0
        self.allowed: list[str] = []
        self._chance = chance
        self._next_id = FIRST_ID
        self._waiting: list[Pending] = []
        self._numbered: dict[int, Pending] = {}

    def __len__(self) -> int:
        return len(self._waiting) + len(self._numbered)

    def add(self, kind: str, body: Any, chat: Hashable) -> None:
        if self._wanted(kind):
            self._waiting.append(Pending(kind, body, chat))
            self.arrived.set()

    def pending(self) -> list[Pending]:
        """All that are not confirmed yet, by number."""
        while self._waiting:
            self._number(self._waiting.pop(self._choose()))
        return list(self._numbered.values())

    def batch(self, limit: int) -> list[Pending]:
        return self.pending()[:limit]

    def confirm(self, offset: int) -> None:
        """Forget everything before `offset`; a negative one keeps only so many of the last."""
        pending = self.pending()
        if offset < 0:
            offset = pending[offset].update_id if len(pending) >= -offset else 0
        for update in [update for update in pending if update.update_id < offset]:
            self.delivered(update)

    def delivered(self, update: Pending) -> None:
        if update.again:
            update.again = False
        else:
            self._numbered.pop(update.update_id, None)

    def drop(self) -> None:
        self._waiting.clear()
        self._numbered.clear()

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST

    def _choose(self) -> int:
        """The oldest; when shuffled, the oldest of a random chat."""
        if not self.shuffled:
            return 0
        chat = self._chance.choice([update.chat for update in self._waiting])
        return next(index for index, update in enumerate(self._waiting) if update.chat == chat)

    def _number(self, update: Pending) -> None:
        update.update_id = self._next_id
        update.again = self._chance.random() < self.repeat_probability
        self._next_id += 1
        self._numbered[update.update_id] = update
