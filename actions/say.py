"""What an answer consists of, and how texts of domain.yml become a message."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.contract import Effect, NextStep


@dataclass(frozen=True)
class Say:
    """One text of domain.yml with the values of its placeholders."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    heading: bool = False  # only names the car: left out when it is clear which one is meant

    @property
    def names_car(self) -> bool:
        return "car" in self.values or "name" in self.values


def say(text: str, **values: Any) -> Say:
    return Say(text, values)


def heading(text: str, **values: Any) -> Say:
    return Say(text, values, heading=True)


@dataclass(frozen=True)
class Choice:
    """A button: its title and what a press means to Rasa."""

    title: str
    payload: str


@dataclass
class Answer:
    """The answer to one question: sentences of one paragraph, what changes, and what may follow."""

    says: list[Say] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    step: NextStep | None = None  # the next step this answer leads to
    request: Say | None = None  # how the number is asked for, when not as the step always does
    details: dict[str, Any] = field(default_factory=dict)  # what the lead of that step must tell
    closing: Say | None = None  # the question it ends with, instead of a next step
    unknown: tuple[str, ...] = ()  # facts that the row does not say
    topic: str = "other"  # whose department finds them out

    def add(self, other: "Answer") -> None:
        """Let `other` follow in the same paragraph."""
        self.says += other.says
        self.choices += other.choices
        self.unknown, self.topic = (*self.unknown, *other.unknown), other.topic


_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")  # «123 л. с.» at the end of a sentence
_ENDS_WITH_LINK = re.compile(r"https?://\S+$")


class Texts:
    """Responses of the domain. The variant depends on the turn: a repeated turn says the same again."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    def render(self, what: Say, turn: str, *, again: bool = False) -> str:
        """One sentence or more. `again`: the car is clear, so `…_again`, which does not name it, is better.

        Raises KeyError for an unknown text or a missing value: tests find it before customers do.
        """
        name = what.text + "_again" if again and what.text + "_again" in self._responses else what.text
        variants = self._responses[name]
        seed = hashlib.blake2s(f"{turn}:{name}".encode(), digest_size=4).digest()
        chosen = variants[int.from_bytes(seed) % len(variants)]["text"].strip()
        filled = _PLACEHOLDER.sub(lambda match: str(what.values[match.group(1)]), chosen)
        return _begin(_TWO_STOPS.sub(".", filled))


def join(sentences: Sequence[str]) -> str:
    """One paragraph. An address or a list is followed by a new line, so that nothing sticks to it."""
    text = ""
    for sentence in sentences:
        gap = "\n" if "\n" in text or _ENDS_WITH_LINK.search(text) else " "
        text = f"{text}{gap}{sentence}" if text else sentence
    return text


def _begin(text: str) -> str:
    """A sentence starts with a capital; Latin names keep theirs («iCar»)."""
    return text if text[:1].isascii() else text[:1].upper() + text[1:]
