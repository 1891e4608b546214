"""A topic's card is pinned; an earlier one is not, and has no buttons.

Done when there is time, as a card is found without a pin too. What waits is forgotten with the process.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from aiogram.exceptions import TelegramBadRequest

from bot.desk.telegram.forum import Forum
from bot.desk.telegram.pace import SPARE, GroupPace

log = logging.getLogger(__name__)


class Pins:
    def __init__(self, forum: Forum, pace: GroupPace) -> None:
        self._forum = forum
        self._pace = pace
        self._waiting: deque[Callable[[], Awaitable[None]]] = deque()

    def pin(self, card: int) -> None:
        self._waiting.append(partial(self._forum.pin, card))

    def retire(self, card: int | None) -> None:
        """Another takes its place: what could be done with it is done with that one. None: there was none."""
        if card is None:
            return
        self._waiting.append(partial(self._forum.show_buttons, card, None))
        self._waiting.append(partial(self._forum.unpin, card))

    async def catch_up(self) -> None:
        while self._waiting and self._pace.leaves(SPARE):
            change = self._waiting.popleft()
            try:
                await change()
            except TelegramBadRequest as error:
                about = {"group": self._forum.chat_id, "reason": error.message}
                log.warning("card not pinned or unpinned", extra=about)
