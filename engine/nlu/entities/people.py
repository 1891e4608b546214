"""The customer's name, where he gives it."""

import re
from typing import Iterator, List, Optional, Sequence

from engine.nlu.entities.model import Entity, Word
from engine.nlu.morphology import grammemes, is_known

_INTRODUCTIONS = frozenset(("зовут", "звать", "имя", "это", "я", "спросить", "спросите", "спросит", "меня"))
# Words that are names and more often something else here.
_NOT_NAMES = frozenset(
    [
        "лада",
        "вера",
        "надежда",
        "любовь",
        "роза",
        "марка",
        "слава",
        "мир",
        "рим",
        "май",
        "рая",
        "лев",
        "гранта",
        "веста",
        "рита",
        "лиза",
        "алиса",
    ]
)
_STRONG = frozenset(("зовут", "звать", "имя", "спросить", "спросите"))


_SHORT = 6  # words and marks of «Анна, можно после 18»


def people(words: List[Word], usable: Sequence[bool], with_phone: bool, with_time: bool) -> List[Entity]:
    """A given name after an introduction; beside a phone or an hour, or all alone, a name needs none."""
    signed = with_time and 1 < len(words) <= _SHORT and words[1].norm == ","
    return list(_found(words, usable, with_phone, signed))


def _found(words: List[Word], usable: Sequence[bool], with_phone: bool, signed: bool) -> Iterator[Entity]:
    index = 0
    while index < len(words):
        introduced = _introduced(words, index)
        # Of a word that it does not know the dictionary guesses a name too easily: «канеш», «лол».
        alone = len(words) <= 2 and is_known(words[index].text.lower())
        name = _name(words[index], "Name", introduced == "зовут") if usable[index] else None
        if name is None or not (introduced or with_phone or alone or (signed and index == 0)):
            index += 1
            continue
        last, parts = index + 1, [name]
        while last < len(words) and last < index + 3 and usable[last]:
            further = _name(words[last], "Patr", True) or _name(words[last], "Surn", False)
            if not further or further in parts:
                break
            parts.append(further)
            last += 1
        yield Entity("person", " ".join(parts), words[index].start, words[last - 1].end)
        index = last


def _introduced(words: List[Word], index: int) -> str:
    """The introducing word, a strong one as «зовут»; empty when there is none."""
    near = [word.norm for word in words[max(0, index - 2) : index]]
    if _STRONG & set(near):
        return "зовут"
    return near[-1] if near and near[-1] in _INTRODUCTIONS | {",", "-"} and _INTRODUCTIONS & set(near) else ""


def _name(word: Word, grammeme: str, even_doubtful: bool) -> Optional[str]:
    text = re.sub(r"[^а-яё-]", "", word.text.lower()) or re.sub(r"[^а-я-]", "", word.norm)
    if len(text) < 3 or (text in _NOT_NAMES and not even_doubtful):
        return None
    readings = grammemes(text)
    for position, (normal, tag) in enumerate(readings):
        if grammeme in tag and (position == 0 or even_doubtful or "Name" in readings[0][1]):
            return "-".join(part.capitalize() for part in _agreeing(text, normal, tag).split("-"))
    return None


def _agreeing(text: str, normal: str, tag: str) -> str:
    """A feminine patronymic or surname stays feminine: its normal form is the man's."""
    return text if "nomn" in tag else normal
