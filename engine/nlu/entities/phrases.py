"""Phrases of the lexicons (colours, options, aspects, cities …) found by their lemmas."""

from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

from engine.nlu.entities.model import Entity, Word
from engine.nlu.morphology import fold, lemma, lemmas


class Phrase(NamedTuple):
    lemmas: Tuple[str, ...]
    kind: str
    value: str
    extra: Tuple[Tuple[str, Any], ...] = ()


NOTHING = Phrase((), "", "")


class Phrases:
    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: Dict[str, List[Phrase]] = {}
        self._prefixes: List[Phrase] = []
        for phrase in phrases:
            if phrase.lemmas[0].endswith("*"):
                self._prefixes.append(phrase)
            else:
                self._by_first.setdefault(phrase.lemmas[0], []).append(phrase)

    def find(self, words: Sequence[Word], usable: Sequence[bool]) -> List[Entity]:
        """The longest phrase of each kind at each place; one kind never overlaps itself."""
        meanings = [_meanings(word) for word in words]
        found: List[Entity] = []
        ends: Dict[str, int] = {}
        for index in range(len(words)):
            longest: Dict[Tuple[str, Any], Phrase] = {}
            for phrase in self._at(meanings, words, index):
                group = (phrase.kind, phrase.extra)
                allowed = all(usable[index : index + len(phrase.lemmas)]) and index >= ends.get(str(group), 0)
                if allowed and len(phrase.lemmas) > len(longest.get(group, NOTHING).lemmas):
                    longest[group] = phrase
            for group, phrase in longest.items():
                last = index + len(phrase.lemmas)
                ends[str(group)] = last
                start, end = words[index].start, words[last - 1].end
                found.append(Entity(phrase.kind, phrase.value, start, end, extra=dict(phrase.extra)))
        return found

    def _at(self, meanings: Sequence[frozenset], words: Sequence[Word], index: int) -> Iterator[Phrase]:
        for meaning in meanings[index]:
            for phrase in self._by_first.get(meaning, ()):
                rest = phrase.lemmas[1:]
                if index + len(rest) < len(words) and all(
                    x in meanings[index + 1 + offset] for offset, x in enumerate(rest)
                ):
                    yield phrase
        for phrase in self._prefixes:
            if words[index].norm.startswith(phrase.lemmas[0][:-1]):
                yield phrase


def _meanings(word: Word) -> FrozenSet[str]:
    """«ярко-жёлтый» is yellow too."""
    shade, _, colour = word.norm.rpartition("-")
    shaded = lemmas(colour) if shade.endswith("о") and colour.isalpha() else ()
    return frozenset((word.norm, *word.lemmas, *shaded))


def phrase(spelling: str, kind: str, value: str, **extra: Any) -> Phrase:
    words = fold(spelling).replace(",", " ").split()
    return Phrase(tuple(map(_meant, words)), kind, value, tuple(sorted(extra.items())))


def _meant(word: str) -> str:
    """«кредите!» is this form of the word alone, «гни*» a beginning; of the rest any form counts."""
    if word.endswith("!"):
        return word[:-1]
    return word if "*" in word or not word.isalpha() else lemma(word)
