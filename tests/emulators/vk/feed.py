"""The community's events in order, each with its number; repeats, shuffles and losses on demand."""

import asyncio
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

API_VERSION = "5.199"


@dataclass(frozen=True)
class Update:
    about: int  # peer: the order within it is never changed
    body: dict[str, Any]


class Feed:
    def __init__(self, group_id: int, dice: random.Random) -> None:
        self.repeated_share = 0.0
        self.horizon = 0  # what came before this number cannot be had any more
        self.listeners: list[Callable[[Update], None]] = []
        self._group_id = group_id
        self._dice = dice
        self._log: list[Update | None] = []  # a lost event keeps its number
        self._held: list[Update] | None = None
        self._losing = False
        self._to_repeat: list[Update] = []
        self._news = asyncio.Event()

    @property
    def end(self) -> int:
        return len(self._log)

    def publish(self, kind: str, content: dict[str, Any], about: int) -> dict[str, Any]:
        body = {"type": kind, "event_id": secrets.token_hex(20), "v": API_VERSION}
        update = Update(about, {**body, "object": content, "group_id": self._group_id})
        if self._losing:
            self._log.append(None)
        elif self._held is not None:
            self._held.append(update)
        else:
            self._deliver(update)
        return update.body

    def repeat_last(self, times: int = 1) -> None:
        last = next(update for update in reversed(self._log) if update)
        for _ in range(times):
            self._append(last)

    def since(self, number: int) -> list[Update]:
        return [update for update in self._log[number:] if update]

    async def arrival(self, at_most: float) -> None:
        """Returns with the next event, with `wake`, or after `at_most` seconds."""
        try:
            async with asyncio.timeout(at_most):
                await self._news.wait()
        except TimeoutError:
            return

    def wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def forget(self) -> None:
        """Nothing that happened so far can be had by anyone any more."""
        self.horizon = self.end

    def hold(self) -> None:
        self._held = self._held or []

    def release_shuffled(self) -> None:
        """Events of different customers change places, those of one keep their order."""
        held, self._held = self._held or [], None
        for update in self._interleaved(held):
            self._deliver(update)

    @contextmanager
    def shuffled(self) -> Iterator[None]:
        self.hold()
        try:
            yield
        finally:
            self.release_shuffled()

    def start_losing(self) -> None:
        self._losing = True

    def stop_losing(self) -> None:
        self._losing = False
        self.forget()
        self.wake()

    @contextmanager
    def losing(self) -> Iterator[None]:
        """What happens meanwhile is in the histories only; the long poll then answers failed 1."""
        self.start_losing()
        try:
            yield
        finally:
            self.stop_losing()

    def _interleaved(self, updates: list[Update]) -> Iterator[Update]:
        waiting: dict[int, list[Update]] = {}
        for update in reversed(updates):
            waiting.setdefault(update.about, []).append(update)
        while waiting:
            peer = self._dice.choice(list(waiting))
            yield waiting[peer].pop()
            if not waiting[peer]:
                del waiting[peer]

    def _deliver(self, update: Update) -> None:
        self._append(update)
        late, self._to_repeat = self._to_repeat, []
        for repeated in late:
            self._append(repeated)
        if self._dice.random() < self.repeated_share:
            self._to_repeat.append(update)

    def _append(self, update: Update) -> None:
        self._log.append(update)
        for listener in self.listeners:
            listener(update)
        self.wake()
