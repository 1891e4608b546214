"""The words a model knows: learnt from the training phrases, the catalogue and the lexicons."""

import re
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple

import numpy as np
from rapidfuzz.distance import OSA

from engine.nlu.keys import Keys
from engine.nlu.morphology import fold, is_known, lemmas

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
CYRILLIC = re.compile(r"[а-яё-]+")
LATIN = re.compile(r"[a-z-]+")

# A spelling that no dictionary knows becomes a word of its own when several people write it so.
RARE_SPELLING = 3
TYPO_RATIO = 10
SHORTEST_CORRECTED = 3
TWO_TYPOS_FROM = 9


class Vocabulary:
    """Answers whether a word is known, how frequent it is here, and what a misspelt one meant."""

    def __init__(self, frequency: Dict[str, int], latin: Iterable[str]) -> None:
        self._frequency = frequency
        self._latin = frozenset(latin)
        self._correctable = [word for word in frequency if len(word) >= SHORTEST_CORRECTED]
        self._deletions, self._of_deletion = _deletions(self._correctable)
        self.correct = lru_cache(maxsize=20_000)(self._correct)

    @classmethod
    def learn(cls, texts: Iterable[str], names: Iterable[str]) -> "Vocabulary":
        """`texts` are training phrases, which hold typos; `names` are trusted spellings."""
        seen = Counter(word for text in texts for word in WORD.findall(fold(text)))
        trusted = Counter(word for name in names for word in WORD.findall(fold(name)))
        frequency = {
            word: count
            for word, count in seen.items()
            if CYRILLIC.fullmatch(word) and (count >= RARE_SPELLING or is_known(word))
        }
        for word, count in trusted.items():
            if CYRILLIC.fullmatch(word):
                frequency[word] = frequency.get(word, 0) + count
        latin = {word for word in trusted if LATIN.fullmatch(word) and len(word) > 1}
        learnt = cls(frequency, latin)
        typos = {word for word in frequency if word not in trusted and learnt._is_common_typo(word)}
        return cls({word: count for word, count in frequency.items() if word not in typos}, latin)

    def _is_common_typo(self, word: str) -> bool:
        """«ещо»: many write it, ten times more write the word it stands for."""
        if is_known(word):
            return False
        return any(
            OSA.distance(word, c, score_cutoff=1) <= 1
            and self._frequency[c] >= TYPO_RATIO * self._frequency[word]
            for c in self._near(word) - {word}
        )

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> "Vocabulary":
        return cls(data["frequency"], data["latin"])

    def as_dict(self) -> Dict[str, Any]:
        return {"frequency": self._frequency, "latin": sorted(self._latin)}

    def frequency(self, word: str) -> int:
        return self._frequency.get(word, 0)

    def knows(self, word: str) -> bool:
        """`word` is folded Cyrillic."""
        return word in self._frequency or is_known(word)

    def declines(self, word: str) -> bool:
        """Whether it looks like a form of a word known here: «кашкая» is a car, no typo of «какая»."""
        return any(lemma in self._frequency for lemma in lemmas(word))

    def knows_latin(self, word: str) -> bool:
        return word in self._latin

    def _correct(self, word: str) -> Optional[str]:
        """The known word within one typo (two in long words), None when there is none."""
        if len(word) < SHORTEST_CORRECTED:
            return None
        limit = 2 if len(word) >= TWO_TYPOS_FROM else 1
        best: Optional[Tuple[int, int, int, str]] = None
        for candidate in self._near(word):
            distance = OSA.distance(word, candidate, score_cutoff=limit)
            if distance <= limit:
                rank = (distance, int(candidate[0] != word[0]), -self._frequency[candidate], candidate)
                best = min(best, rank) if best else rank
        return best[3] if best else None

    def _near(self, word: str) -> Set[str]:
        """The known words that may be one typo away, and few others."""
        places, _ = self._deletions.find(_without_one(word))
        return {self._correctable[number] for number in self._of_deletion[places]}


def _without_one(word: str) -> List[str]:
    """The word and every form of it that lacks one letter: two words one typo apart share one."""
    return [word] + [word[:i] + word[i + 1 :] for i in range(len(word))]


def _deletions(words: Sequence[str]) -> Tuple[Keys, np.ndarray]:
    """Every form of every word that lacks one letter, and the number of its word."""
    forms = [_without_one(word) for word in words]
    keys, order = Keys.of(chain.from_iterable(forms))
    owners = np.repeat(np.arange(len(words), dtype=np.int32), [len(own) for own in forms])
    return keys, owners[order]
