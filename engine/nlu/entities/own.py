"""Which car is the customer's own: «меняю мою приору 2012 года на вашу весту»."""

from dataclasses import replace
from typing import List, Sequence

from engine.nlu.entities.model import Entity, Word

KINDS = ("make", "model", "year", "mileage")
_OWN = frozenset(
    [
        "мой",
        "свой",
        "сдать",
        "сдавать",
        "сдам",
        "обмен",
        "обменять",
        "меняю",
        "менять",
        "поменять",
        "трейд",
        "трейд-ин",
        "трейдин",
        "трейдина",
        "tradein",
        "trade-in",
        "зачет",
        "отдать",
        "выкупить",
        "выкупать",
        "выкуп",
        "выкупаете",
        "оценить",
        "оценка",
        "имеется",
        "моя",
        "свою",
        "принимаете",
        "возьмете",
        "оцените",
    ]
)
_YOUR = frozenset(["ваш", "этот", "тот", "новый", "взять", "купить", "забрать", "хотеть", "интересовать"])
_ENDS = frozenset((".", "?", "!", "\n", ";"))


def with_roles(entities: List[Entity], words: Sequence[Word]) -> List[Entity]:
    own = _own_words(words)
    return [
        replace(entity, role="own")
        if entity.kind in KINDS and entity.role is None and _within(entity, words, own)
        else entity
        for entity in entities
    ]


def _own_words(words: Sequence[Word]) -> List[bool]:
    own: List[bool] = []
    state = exchanged = False
    for index, word in enumerate(words):
        if word.means(_OWN):
            state, exchanged = True, True
        elif word.norm == "меня" and index and words[index - 1].norm == "у":
            state = True
        elif word.norm in _ENDS:
            state = state and word.norm == "." and exchanged and index + 1 < len(words)
        elif word.means(_YOUR) or (word.norm == "на" and exchanged and _names_the_wanted(words, index)):
            state = False
        own.append(state)
    return own


def _names_the_wanted(words: Sequence[Word], index: int) -> bool:
    """«меняю приору на весту», but not «на ходу», «на механике»."""
    following = words[index + 1].norm if index + 1 < len(words) else ""
    return following not in (
        "ходу",
        "механике",
        "автомате",
        "ручке",
        "вариаторе",
        "обмен",
        "учете",
        "трейд-ин",
    )


def _within(entity: Entity, words: Sequence[Word], own: Sequence[bool]) -> bool:
    return any(
        mine for word, mine in zip(words, own, strict=False) if entity.start <= word.start < entity.end
    )
