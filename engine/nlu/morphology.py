"""Russian morphology by pymorphy3, cached: a message costs microseconds once its words were seen."""

from functools import lru_cache
from typing import Any, Optional, Tuple

import pymorphy3

CACHED_WORDS = 20_000
CACHED_PARSES = 1_000  # they are large; what is asked of them has caches of its own


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


def fold(word: str) -> str:
    """Lower case with «ё» as «е»: half of the customers never type «ё»."""
    return word.lower().replace("ё", "е")


@lru_cache(maxsize=CACHED_WORDS)
def is_known(word: str) -> bool:
    return bool(analyser().word_is_known(word))


@lru_cache(maxsize=CACHED_PARSES)
def _parses(word: str) -> Tuple[Any, ...]:
    return tuple(analyser().parse(word))


@lru_cache(maxsize=CACHED_WORDS)
def lemmas(word: str) -> Tuple[str, ...]:
    """Every normal form of the word, the likeliest first, folded."""
    return tuple(dict.fromkeys(fold(parse.normal_form) for parse in _parses(word))) or (word,)


def lemma(word: str) -> str:
    return lemmas(word)[0]


@lru_cache(maxsize=CACHED_WORDS)
def grammemes(word: str) -> Tuple[Tuple[str, str], ...]:
    """(normal form, tag) of every reading: tags hold Name, Patr, Geox and the like."""
    return tuple((parse.normal_form, str(parse.tag)) for parse in _parses(word))


def part_of_speech(word: str) -> Optional[str]:
    """As pymorphy names it («NOUN»), of the likeliest reading; None of what is no word."""
    readings = grammemes(word) if word.isalpha() else ()
    return readings[0][1].replace(" ", ",").split(",")[0] if readings else None
