"""How soon a department sees that somebody was handed over to it, at Telegram's own limits."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.desk.books import books
from benchmarks.desk.office import Office
from benchmarks.desk.people import Client, is_card

LOOKED_EVERY = 0.5
PATIENCE = 120.0  # seconds
AIM = 2.0  # seconds


@dataclass(frozen=True)
class Notified:
    """Seconds from the ticket to the first sign of it in the group, and to the card; not who has no card.

    More than Telegram lets us show at once are told of together first: that they wait, why, and what for.
    """

    handed_over: int
    seconds: Sequence[float]
    to_cards: Sequence[float]

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
    while len(seen := await _seen(office, clients)) < number and clock() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(LOOKED_EVERY)
    return Notified(number, [first for first, _ in seen], [card for _, card in seen])


async def _seen(office: Office, clients: Sequence[Client]) -> list[tuple[float, float]]:
    seen = []
    for book in await books(office):
        cards = [each.time for topic in book.topics for each in topic.received if is_card(each)]
        if book.client in clients and cards:
            opened_at, card = book.tickets[0].opened_at, min(cards)
            alerts = [each.time for each in office.groups[book.client.department].general]
            first = min(time for time in (card, *alerts) if time >= opened_at)
            seen.append(((first - opened_at).total_seconds(), (card - opened_at).total_seconds()))
    return seen
