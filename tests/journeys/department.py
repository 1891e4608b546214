"""What the people of a department see of a customer in their group."""

import asyncio
import re
from collections.abc import Callable

import pytest

from tests.emulators.telegram import Received, Staff, Topic
from tests.journeys.phones import PATIENCE
from tests.journeys.salon import Salon

LOOKED_EVERY = 0.02  # seconds, at what nobody tells of


class CustomerTopic:
    def __init__(self, topic: Topic, card: Received) -> None:
        self.topic = topic
        self.card = card
        self._next = 1  # the first of its messages that is not read yet

    async def shows(self, *patterns: str) -> Received:
        """Each of them in a message of the bot that was not read before; the last one found."""
        found = self.card
        for pattern in patterns:
            await until(lambda p=pattern: self._find(p) is not None, f"«{pattern}»", self._all)
            found = self._read(pattern)
        return found

    async def says_on_card(self, *patterns: str) -> None:
        await until(lambda: all(matches(p, self.card.text) for p in patterns), str(patterns), self._all)

    async def is_closed(self) -> None:
        await until(lambda: self.topic.closed, "закрытой темы", self._all)

    def _find(self, pattern: str) -> int | None:
        received = self.topic.received
        numbers = range(self._next, len(received))
        return next((number for number in numbers if matches(pattern, received[number].text)), None)

    def _read(self, pattern: str) -> Received:
        """What was shown with it may hold the next pattern too."""
        number = self._find(pattern)
        assert number is not None
        self._next = number
        return self.topic.received[number]

    def _all(self) -> str:
        return "\n".join(received.text for received in self.topic.received)


async def topic_of(salon: Salon, department: str, name: str) -> CustomerTopic:
    """As soon as it is there with its card."""
    group = salon.groups[department]

    def found() -> Topic | None:
        return next((topic for topic in group.topics if topic.name == name and topic.received), None)

    await until(lambda: found() is not None, f"темы «{name}»", lambda: str(group.topics))
    topic = found()
    assert topic is not None
    return CustomerTopic(topic, topic.received[0])


async def hears(person: Staff, pattern: str) -> None:
    """Over the chat, for the button that he pressed last."""
    await until(
        lambda: bool(person.answers) and matches(pattern, person.answers[-1] or ""),
        f"«{pattern}»",
        lambda: str(person.answers),
    )


async def until(condition: Callable[[], bool], wanted: str, shown: Callable[[], str]) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(LOOKED_EVERY)
    except TimeoutError:
        pytest.fail(f"нет {wanted}, есть:\n{shown()}")


def matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text.replace("\u00a0", " "), re.IGNORECASE | re.DOTALL) is not None
