"""What the entity modules speak in."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Dict, Iterable, List, Optional, Tuple

from engine.nlu.morphology import lemmas


@dataclass(frozen=True)
class Word:
    text: str  # as shown, in the layout that was meant
    norm: str  # folded, misspellings corrected
    start: int  # in the original message
    end: int

    @cached_property
    def lemmas(self) -> Tuple[str, ...]:
        return lemmas(self.norm) if self.norm.isalpha() or "-" in self.norm else (self.norm,)

    def means(self, meanings: Iterable[str]) -> bool:
        return self.norm in meanings or any(lemma in meanings for lemma in self.lemmas)


@dataclass(frozen=True)
class Entity:
    kind: str
    value: Any
    start: int
    end: int
    role: Optional[str] = None
    extra: Dict[str, Any] = field(default_factory=dict)

    def overlaps(self, other: "Entity") -> bool:
        return self.start < other.end and other.start < self.end

    def as_dict(self) -> Dict[str, Any]:
        entity = {
            "entity": self.kind,
            "value": self.value,
            "start": self.start,
            "end": self.end,
            **self.extra,
        }
        return {**entity, "role": self.role} if self.role else entity


def free(words: List[Word], taken: Iterable[Entity]) -> List[bool]:
    """Which words no entity of `taken` covers."""
    spans = [(entity.start, entity.end) for entity in taken]
    return [not any(start < word.end and word.start < end for start, end in spans) for word in words]
