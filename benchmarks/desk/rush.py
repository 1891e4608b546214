"""Many customers of one department are handed over at once, and two people reach for each of them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.desk.books import Book, books
from benchmarks.desk.office import Office
from benchmarks.desk.people import TAKE, Client, card_of, mirrored
from benchmarks.soak.echo import MARK
from bot.desk.telegram.buttons import TAKEN, TAKEN_BY
from tests.emulators.telegram import Topic

DEPARTMENT = "service"
LOOKED_EVERY = 0.5
PATIENCE = 180.0  # seconds


@dataclass
class Race:
    """Two people pressed «Взять» at once: what each was told, and whose the ticket is."""

    told: tuple[str | None, ...]
    names: tuple[str, ...]
    owner: str | None
    claims: int

    @property
    def fair(self) -> bool:
        """One has it and was told so; the other was told who."""
        winners = [name for name, told in zip(self.names, self.told, strict=True) if told == TAKEN]
        losers = [told for told in self.told if told == TAKEN_BY.format(name=self.owner)]
        return winners == [self.owner] and len(losers) == 1 and self.claims == 1


@dataclass
class Rush:
    clients: Sequence[Client]
    topics: Mapping[tuple[str, str], Topic] = field(default_factory=dict)
    refused: int = 0  # calls that met the limit of the group
    races: list[Race] = field(default_factory=list)

    @property
    def lost(self) -> list[str]:
        """Customers without a topic, a card or some of their words, and words that are shown twice."""
        return [fault for client in self.clients for fault in _faults(client, self.topics.get(client.key))]


def _faults(client: Client, topic: Topic | None) -> list[str]:
    if topic is None or card_of(topic) is None:
        return [f"{client.key} has no topic with a card"]
    said = [mark for deed in client.person.deeds for mark in MARK.findall(deed.text)]
    # The bot's answers hold the same marks.
    lines = [line for each in mirrored(topic) for line in each.text.splitlines() if "Клиент:" in line]
    shown = [mark for line in lines for mark in MARK.findall(line)]
    return [] if shown == said else [f"{client.key} said {said}, shown is {shown}"]


async def rush(office: Office, number: int) -> Rush:
    """All call at once and go on writing; then each is reached for."""
    group, clients = office.groups[DEPARTMENT], office.come(number, [DEPARTMENT])
    refused = len(group.refused)
    for client in clients:
        client.calls()
    await _until(lambda: _all_heard(clients, 1))
    for client in clients:
        client.asks()
    outcome = Rush(clients)
    await _all_shown(office, outcome)
    outcome.refused = len(group.refused) - refused
    office.relay.abreast = True
    outcome.races = await _races(office, outcome)
    office.relay.abreast = False
    return outcome


async def _all_shown(office: Office, outcome: Rush) -> None:
    """Or until the patience ends: then `lost` says what is missing."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        outcome.topics = {book.client.key: book.topics[-1] for book in await books(office) if book.topics}
        if not outcome.lost:
            return
        await asyncio.sleep(LOOKED_EVERY)


async def _races(office: Office, outcome: Rush) -> list[Race]:
    rivals = office.colleagues[DEPARTMENT][:2]
    pressed = {}
    for client in outcome.clients:
        card = card_of(outcome.topics[client.key])
        assert card is not None
        pressed[client.key] = [rival.presses(TAKE, card) for rival in rivals]
    answered = office.telegram.account.answered
    await _until(lambda: all(query in answered for queries in pressed.values() for query in queries))
    names = tuple(rival.staff.user.full_name for rival in rivals)
    found = {book.client.key: book for book in await books(office)}
    return [
        Race(tuple(answered[query] for query in queries), names, *_owner(found[key]))
        for key, queries in pressed.items()
    ]


def _owner(book: Book) -> tuple[str | None, int]:
    return book.tickets[-1].claimed_name, sum(event.kind == "claimed" for event in book.events)


def _all_heard(clients: Sequence[Client], answers: int) -> bool:
    return all(len(client.heard) >= answers for client in clients)


async def _until(is_so: Callable[[], bool]) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110 (the emulators keep it, they do not tell)
            await asyncio.sleep(LOOKED_EVERY)
