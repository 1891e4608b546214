"""How to go on while VK, the network or the database is in trouble: wait, and say so once."""

import logging
import random
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.vk.api import TOKEN_REFUSED, VkError, VkRefused
from bot.channels.vk.wire import BadEvent

log = logging.getLogger(__name__)

_TROUBLES = (VkError, BadEvent, SQLAlchemyError, OSError)  # TimeoutError is an OSError


@dataclass
class Patience:
    """Pauses in seconds."""

    first: float = 1.0
    longest: float = 30.0
    for_admin: float = 60.0  # only a person mends what VK refuses
    _failures: int = 0
    _told: str | None = None

    @property
    def in_trouble(self) -> bool:
        return self._told is not None

    def pause(self, error: Exception) -> float:
        """How long to wait before the next try."""
        self._failures += 1
        self._tell(error)
        if isinstance(error, VkRefused) and not error.retry:
            return self.for_admin
        pause: float = min(self.first * 2 ** min(self._failures - 1, 10), self.longest)
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 (not a secret)

    def reward(self) -> None:
        """It went well."""
        if self._told is not None:
            log.warning("vk answers again", extra={"failures": self._failures})
        self._failures, self._told = 0, None

    def _tell(self, error: Exception) -> None:
        reason = _reason(error)
        if reason != self._told:
            # A defect of ours shows where it is.
            defect = None if isinstance(error, _TROUBLES) else error
            log.error("vk events do not come", extra={"reason": reason}, exc_info=defect)
        self._told = reason


def _reason(error: Exception) -> str:
    if isinstance(error, VkRefused) and error.code in TOKEN_REFUSED:
        return "ВКонтакте не принял ключ: проверьте VK_TOKEN и VK_GROUP_ID"
    return str(error) if isinstance(error, VkError) else type(error).__name__
