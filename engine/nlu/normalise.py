"""From what was typed to what was meant: layout, transliteration, look-alikes, stretched letters, typos.

Characters are replaced one for one up to `undo_layout`, so offsets survive; words change their length
only afterwards, in `meant_word`.
"""

import re
import unicodedata
from typing import Iterator, List, NamedTuple, Optional, Tuple

from engine.nlu.morphology import fold
from engine.nlu.translit import spellings
from engine.nlu.vocabulary import Vocabulary

# Enough for a long letter; a pasted novel must not hold the server up.
LONGEST_TEXT = 2_000
# «avto» is part of a Latin name too: a word as frequent as this is meant in Russian.
COMMON = 5

_ENGLISH_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?~&"
_RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбю.ёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,Ё?"
TO_RUSSIAN_KEYS = str.maketrans(_ENGLISH_KEYS, _RUSSIAN_KEYS)
TO_ENGLISH_KEYS = str.maketrans(_RUSSIAN_KEYS[:66], _ENGLISH_KEYS[:66])

TO_CYRILLIC_SHAPES = str.maketrans("abcehkmnoptuxy3", "авсенкмпортиху3")
TO_LATIN_SHAPES = str.maketrans("авсенкмортухАВСЕНКМОРТУХ", "abcehkmoptyxABCEHKMOPTYX")

# Function words by which an English message is told from a transliterated one.
ENGLISH = frozenset(
    [
        "the",
        "is",
        "are",
        "you",
        "your",
        "this",
        "that",
        "what",
        "how",
        "can",
        "with",
        "of",
        "it",
        "my",
        "have",
        "i",
        "am",
        "do",
        "does",
        "for",
        "and",
        "will",
        "want",
        "buy",
        "any",
        "still",
        "available",
        "please",
        "hello",
        "where",
        "when",
        "much",
        "car",
        "price",
        "sale",
        "be",
        "we",
        "not",
    ]
)

_CHUNK = re.compile(r"\S+")
_LATIN_LETTER = re.compile(r"[A-Za-z]")
_CYRILLIC_LETTER = re.compile(r"[А-Яа-яЁё]")
_TRAILING = re.compile(r"[?!.,;:)&/]+$")
_STRETCHED = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")
_ADDRESS = re.compile(r"://|www\.|@|\.(?:ru|com|рф|su|net)\b", re.IGNORECASE)


class Cleaned(NamedTuple):
    text: str
    offsets: Tuple[int, ...]  # of every character, and of the end, in the original text


def clean(text: str) -> Cleaned:
    """Drop what has no width or turns the writing direction, make digits and spaces plain, cut novels."""
    characters: List[str] = []
    offsets: List[int] = []
    end = 0
    for position, character in enumerate(text[: 2 * LONGEST_TEXT]):
        plain = _plain(character)
        if plain:
            characters.append(plain)
            offsets.append(position)
            end = position + 1
        if len(characters) == LONGEST_TEXT:
            break
    return Cleaned("".join(characters), (*offsets, end))


def _plain(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() or character in "\n\t" else " "
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Mn", "Cs", "Co"):
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return "\n" if category != "Zs" else " "
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if len(compatible) == 1 else character


def undo_layout(text: str, vocabulary: Vocabulary) -> str:
    """«vfibyf tot ghjlftncz» → «машина еще продается»; a text of the same length."""
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    typed_in_english = _wrong_layout(text, vocabulary)
    characters = list(text)
    for start, end in chunks:
        meant = _meant_chunk(text[start:end], vocabulary, typed_in_english)
        if meant is not None:
            characters[start:end] = meant
    return "".join(characters)


def _wrong_layout(text: str, vocabulary: Vocabulary) -> bool:
    """Whether the message as a whole was typed with the English layout on."""
    switched = other = 0
    for chunk in text.split():
        if not _LATIN_LETTER.search(chunk) or _CYRILLIC_LETTER.search(chunk) or _ADDRESS.search(chunk):
            continue
        bare = _TRAILING.sub("", chunk).lower()
        if vocabulary.knows_latin(bare) or bare in ENGLISH:
            other += 1
        elif _decoded(chunk, vocabulary) is not None:
            switched += 1
        elif len(bare) > 1:
            other += 1
    return switched > 0 and switched >= other


def _meant_chunk(chunk: str, vocabulary: Vocabulary, typed_in_english: bool) -> Optional[str]:
    if _CYRILLIC_LETTER.search(chunk):
        return _latin_name(chunk, vocabulary)
    if not _LATIN_LETTER.search(chunk):
        return chunk.replace("&", "?") if typed_in_english and chunk == "&" else None
    bare = _TRAILING.sub("", chunk).lower()
    if vocabulary.knows_latin(bare) or _ADDRESS.search(chunk) or re.search(r"\d", chunk):
        return None
    decoded = _decoded(chunk, vocabulary)
    if decoded is not None and (typed_in_english or len(bare) > 3):
        return decoded
    if typed_in_english:
        return chunk.translate(TO_RUSSIAN_KEYS)
    return None


def _decoded(chunk: str, vocabulary: Vocabulary) -> Optional[str]:
    """The chunk in the Russian layout when that makes a known word, its end read as keys or as marks."""
    whole = chunk.translate(TO_RUSSIAN_KEYS)
    if chunk[-1] not in "?!" and _known_bare(whole, vocabulary):
        return whole
    marks = _TRAILING.search(chunk)
    if marks and marks.start():
        word = chunk[: marks.start()].translate(TO_RUSSIAN_KEYS)
        if _known_bare(word, vocabulary):
            return word + marks.group().replace("&", "?")
    return None


def _known_bare(word: str, vocabulary: Vocabulary) -> bool:
    bare = fold(word).strip(".,?!")
    if len(bare) < 3:
        return vocabulary.frequency(bare) > 1
    return vocabulary.knows(bare)


def _latin_name(chunk: str, vocabulary: Vocabulary) -> Optional[str]:
    """«ифзш», a Latin name typed with the Russian layout on: only names of the catalogue."""
    word = fold(chunk)
    if len(word) < 3 or vocabulary.knows(word.strip(".,?!")):
        return None
    decoded = chunk.translate(TO_ENGLISH_KEYS)
    return decoded if vocabulary.knows_latin(decoded.lower()) else None


def is_transliterated(words: List[str]) -> bool:
    """Whether Latin words of the message should be read as Russian; English stays English."""
    latin = [w.lower() for w in words if _LATIN_LETTER.search(w) and not _CYRILLIC_LETTER.search(w)]
    english = sum(word in ENGLISH for word in latin)
    return bool(latin) and not (english >= 2 or (english and english * 3 >= len(latin)))


def meant_word(word: str, vocabulary: Vocabulary, transliterated: bool) -> str:
    """The folded word that was meant; unknown words come back as they are."""
    folded = fold(word)
    if "@" in folded or any(c.isdigit() for c in folded) or not any(c.isalpha() for c in folded):
        return folded
    if _LATIN_LETTER.search(folded):
        folded = _from_latin(folded, vocabulary, transliterated)
    if _LATIN_LETTER.search(folded) or vocabulary.knows(folded) or vocabulary.declines(folded):
        return folded
    for candidate in _unstretched(folded):
        if vocabulary.knows(candidate):
            return candidate
    return vocabulary.correct(folded) or folded


def _from_latin(word: str, vocabulary: Vocabulary, transliterated: bool) -> str:
    if _CYRILLIC_LETTER.search(word):
        return _one_script(word, vocabulary)
    if not transliterated:
        return word
    best = max(spellings(word), key=lambda s: (vocabulary.frequency(s), vocabulary.knows(s)), default=None)
    if best is None or (vocabulary.knows_latin(word) and vocabulary.frequency(best) < COMMON):
        return word
    if vocabulary.knows(best):
        return best
    return vocabulary.correct(best) or best


def _one_script(word: str, vocabulary: Vocabulary) -> str:
    latin = word.translate(TO_LATIN_SHAPES)
    if vocabulary.knows_latin(latin):
        return latin
    return word.translate(TO_CYRILLIC_SHAPES)


def _unstretched(word: str) -> Iterator[str]:
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1", word)
        yield _STRETCHED.sub(r"\1", word)
    if _DOUBLED.search(word):
        yield _DOUBLED.sub(r"\1", word)
