"""How fast a bot may write into one group: 20 messages a minute, and no more than a few at once.

Telegram names the first (core.telegram.org/bots/faq) and asks for «about one a second» besides. Reckoned
from the moment of Telegram's answer, so that it never counts more in a minute than we do.
"""

import time
from collections import deque
from collections.abc import Callable

LIMIT = 20
WINDOW = 60.0  # seconds
BURST = 4
BURST_WINDOW = 4.0

# What the talk leaves of a minute for new hand-overs, and what is only convenient leaves for both.
RESERVE = 6
SPARE = 10
# So long ordinary work may hold up what else there is to show.
PATIENCE = 0.5  # seconds

Clock = Callable[[], float]


class Window:
    """So many in any span of `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._sent: deque[float] = deque()

    def add(self, number: int, now: float) -> None:
        self._sent.extend([now] * number)

    def wait(self, number: int, now: float) -> float:
        """Seconds until so many fit; what is more than the window takes fits into an empty one."""
        while self._sent and self._sent[0] <= now - self._seconds:
            self._sent.popleft()
        excess = len(self._sent) + min(number, self.limit) - self.limit
        return self._sent[excess - 1] + self._seconds - now if excess > 0 else 0.0


class GroupPace:
    """Of one group; whoever writes there in this process counts here."""

    def __init__(self, limit: int = LIMIT, window: float = WINDOW, clock: Clock = time.monotonic) -> None:
        self._messages = Window(limit, window)
        self._calls = Window(BURST, BURST_WINDOW * min(1.0, window / WINDOW))
        self._clock = clock
        self._held_until = 0.0

    def sent(self, messages: int) -> None:
        """One call has put so many messages into the group."""
        now = self._clock()
        self._messages.add(messages, now)
        self._calls.add(1, now)

    def hold(self, seconds: float) -> None:
        """Telegram itself asks to wait."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    def fits(self, messages: int) -> bool:
        """Whether so many may be sent in this minute."""
        return self.wait(messages) <= 0

    def leaves(self, reserve: int, messages: int = 1) -> bool:
        """Whether ordinary work may send so many: soon, and with `reserve` left of this minute."""
        return self.fits(messages + reserve) and self.breath() <= PATIENCE

    def wait(self, messages: int) -> float:
        """Seconds until so many messages may be sent."""
        now = self._clock()
        return max(self._messages.wait(messages, now), self._held_until - now, 0.0)

    def breath(self) -> float:
        """Seconds until the next call that is not urgent."""
        return max(self._calls.wait(1, self._clock()), 0.0)
