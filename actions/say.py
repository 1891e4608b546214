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


def say(text: str, **values: Any) -> Say:
    return Say(text, values)


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
    details: dict[str, Any] = field(default_factory=dict)  # what the lead of that step must tell
    closing: Say | None = None  # the question it ends with, instead of a next step

    def add(self, other: "Answer") -> None:
        """Let `other` follow in the same paragraph."""
        self.says += other.says
        self.choices += other.choices


_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Texts:
    """Responses of the domain. The variant depends on the turn: a repeated turn says the same again."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._responses = responses

    def render(self, what: Say, turn: str) -> str:
        """Raises KeyError for an unknown text or a missing value: tests find it before customers do."""
        variants = self._responses[what.text]
        seed = hashlib.blake2s(f"{turn}:{what.text}".encode(), digest_size=4).digest()
        chosen = variants[int.from_bytes(seed) % len(variants)]["text"].strip()
        return _PLACEHOLDER.sub(lambda match: str(what.values[match.group(1)]), chosen)
