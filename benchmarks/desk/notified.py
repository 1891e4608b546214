"""How soon a department sees that somebody was handed over to it, at Telegram's own limits."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.desk.office import Office
from benchmarks.desk.people import Client, is_card
from benchmarks.desk.verdict import books

LOOKED_EVERY = 0.5
PATIENCE = 120.0  # seconds
AIM = 2.0  # seconds


@dataclass(frozen=True)
class Notified:
    """Seconds from the ticket to its card in the group; who has no card is not among them."""

    handed_over: int
    seconds: Sequence[float]

    @property
    def p50(self) -> float:
        return median(self.seconds)

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20)[-1]

    @property
    def in_time(self) -> float:
        """Share of all that were handed over."""
        return sum(each <= AIM for each in self.seconds) / self.handed_over


async def notified(office: Office, number: int, pause: float, dice: random.Random) -> Notified:
    """Customers of all departments call at random moments, every `pause` seconds on the average."""
    clients = office.come(number)
    for client in clients:
        client.calls()
        await asyncio.sleep(dice.expovariate(1 / pause))
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    while len(seconds := await _seconds(office, clients)) < number and clock() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(LOOKED_EVERY)
    return Notified(number, seconds)


async def _seconds(office: Office, clients: Sequence[Client]) -> list[float]:
    seconds = []
    for book in await books(office):
        cards = [each.time for topic in book.topics for each in topic.received if is_card(each)]
        if book.client in clients and cards:
            seconds.append((min(cards) - book.tickets[0].opened_at).total_seconds())
    return seconds
