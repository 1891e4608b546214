"""Flood control like the real one: messages a second for the whole bot and for each chat.

Telegram names the rates (core.telegram.org/bots/faq) and tolerates short bursts without saying how short.
"""

import math
from collections import defaultdict, deque
from collections.abc import Hashable
from dataclasses import dataclass

from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.errors import TooManyRequests

BOT_RATE, BOT_BURST = 30.0, 30
CHAT_RATE, CHAT_BURST = 1.0, 4
GROUP_MESSAGES, GROUP_WINDOW = 20, 60.0  # seconds


@dataclass
class Bucket:
    rate: float  # messages a second
    size: float
    left: float
    at: float  # seconds

    def refill(self, now: float) -> None:
        self.left = min(self.size, self.left + (now - self.at) * self.rate)
        self.at = now

    def wait(self, messages: int) -> float:
        """Seconds until so many messages fit; an album larger than the bucket fits into a full one."""
        return max(0.0, (min(messages, self.size) - self.left) / self.rate)


class FloodControl:
    def __init__(self, clock: Clock) -> None:
        self.on = False
        self._clock = clock
        self._bot = Bucket(BOT_RATE, BOT_BURST, BOT_BURST, self._now())
        self._chats: dict[Hashable, Bucket] = {}

    def admit(self, chat: Hashable, messages: int) -> None:
        if not self.on:
            return
        buckets = (self._bot, self._chats.setdefault(chat, self._full()))
        for bucket in buckets:
            bucket.refill(self._now())
        wait = max(bucket.wait(messages) for bucket in buckets)
        if wait > 0:
            raise TooManyRequests(math.ceil(wait))
        for bucket in buckets:
            bucket.left -= messages

    def _full(self) -> Bucket:
        return Bucket(CHAT_RATE, CHAT_BURST, CHAT_BURST, self._now())

    def _now(self) -> float:
        return self._clock.now().timestamp()


class GroupLimit:
    """So many messages of the bot in any span of the window, in each group."""

    def __init__(self, clock: Clock) -> None:
        self.messages, self.window = GROUP_MESSAGES, GROUP_WINDOW
        self._clock = clock
        self._sent: defaultdict[int, deque[float]] = defaultdict(deque)

    def admit(self, group: int, messages: int) -> None:
        now = self._clock.now().timestamp()
        sent = self._sent[group]
        while sent and sent[0] <= now - self.window:
            sent.popleft()
        if excess := max(0, len(sent) + messages - self.messages):
            raise TooManyRequests(math.ceil(sent[excess - 1] + self.window - now))
        sent.extend([now] * messages)
