"""Trouble on demand: what the server or the network does wrong, to which calls and how often."""

import random
from enum import StrEnum

from pydantic import BaseModel, Field

from tests.emulators.telegram.errors import Blocked, Refused, ServerTrouble, TooManyRequests


class Trouble(StrEnum):
    # The call is not carried out:
    TOO_MANY_REQUESTS = "too_many_requests"
    BLOCKED = "blocked"
    SERVER_ERROR = "server_error"
    DROP = "drop"  # the connection is closed
    # The call is carried out:
    DELAY = "delay"
    SILENCE = "silence"  # no answer until the caller gives up
    BAD_JSON = "bad_json"


class Mishap(BaseModel, extra="forbid"):
    trouble: Trouble
    method: str = "*"
    chat_id: int | None = None
    times: int | None = Field(1, ge=1)  # None: until `behave`
    probability: float = Field(1.0, ge=0, le=1)
    retry_after: int = Field(1, ge=1)  # seconds
    status: int = Field(500, ge=500, le=599)
    seconds: float = Field(0.1, ge=0)  # of a delay

    def refusal(self) -> Refused | None:
        match self.trouble:
            case Trouble.TOO_MANY_REQUESTS:
                return TooManyRequests(self.retry_after)
            case Trouble.BLOCKED:
                return Blocked()
            case Trouble.SERVER_ERROR:
                return ServerTrouble(self.status)
        return None

    def meets(self, method: str, chat_id: str | None) -> bool:
        return self.method.lower() in ("*", method.lower()) and (
            self.chat_id is None or str(self.chat_id) == chat_id
        )


class Mishaps:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._ordered: list[Mishap] = []

    def order(self, mishap: Mishap) -> None:
        self._ordered.append(mishap)

    def clear(self) -> None:
        self._ordered.clear()

    def pick(self, method: str, chat_id: str | None) -> Mishap | None:
        for mishap in self._ordered:
            if mishap.meets(method, chat_id) and self._chance.random() < mishap.probability:
                self._count(mishap)
                return mishap
        return None

    def _count(self, mishap: Mishap) -> None:
        if mishap.times is not None:
            mishap.times -= 1
            if not mishap.times:
                self._ordered.remove(mishap)
