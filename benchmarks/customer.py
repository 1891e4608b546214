"""A customer of the bench: what the gateway would send to Rasa for him, timed."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from benchmarks.servers import Broke
from bot.contract import EFFECT, AskedPhone, Effect, FocusCar, Metadata, RefusedPhone
from bot.db import utcnow

TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Said:
    seconds: float
    answered: bool  # whether any text came back


@dataclass
class Customer:
    """Keeps of the replies' effects what the gateway would: the car, the topics asked for, the refusals."""

    http: aiohttp.ClientSession
    url: str
    sender: str
    turns: int = 0
    car_id: int | None = None
    asked: list[str] = field(default_factory=list)
    refusals: int = 0

    async def say(self, text: str) -> Said:
        body = {"sender": self.sender, "message": text, "metadata": self._metadata()}
        start = time.perf_counter()
        async with self.http.post(
            f"{self.url}/webhooks/rest/webhook", json=body, timeout=TIMEOUT
        ) as response:
            content = await response.read()
        seconds = time.perf_counter() - start
        if response.status != 200:
            raise Broke(f"{self.url} answered {response.status} to {text!r}")
        replies = json.loads(content)
        self.turns += 1
        self._remember([EFFECT.validate_python(r["custom"]) for r in replies if "custom" in r])
        return Said(seconds, any(reply.get("text") for reply in replies))

    def _metadata(self) -> dict[str, object]:
        return Metadata(
            turn=f"{self.sender}-{self.turns}",
            channel="site",
            now=utcnow(),
            focus_car_id=self.car_id,
            first_message=self.turns == 0,
            asked_topics=tuple(self.asked),
            phone_refusals=self.refusals,
        ).model_dump(mode="json")

    def _remember(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case FocusCar():
                    self.car_id = effect.car_id
                case AskedPhone():
                    self.asked.append(effect.step)
                case RefusedPhone():
                    self.refusals += 1
                case _:
                    pass  # leads, tickets and pictures change nothing for the next turn here
