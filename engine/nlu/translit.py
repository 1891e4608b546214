"""Russian written in Latin letters: the possible Cyrillic spellings of a word, the likeliest first."""

from typing import Dict, List, Tuple

# Longer combinations are tried first. People mix several systems, so most letters are ambiguous.
LETTERS: Dict[str, Tuple[str, ...]] = {
    "shch": ("щ",),
    "sch": ("щ", "сч"),
    "sh": ("ш", "щ"),
    "ch": ("ч",),
    "zh": ("ж",),
    "kh": ("х",),
    "ts": ("ц", "тс"),
    "ya": ("я",),
    "ja": ("я",),
    "ia": ("ия", "я"),
    "yu": ("ю",),
    "ju": ("ю",),
    "iu": ("ю", "иу"),
    "yo": ("е", "йо"),
    "jo": ("е",),
    "ye": ("е", "ые"),
    "je": ("е",),
    "iy": ("ий",),
    "ij": ("ий",),
    "yy": ("ый",),
    "yj": ("ый",),
    "a": ("а",),
    "b": ("б",),
    "c": ("ц", "с", "к"),
    "d": ("д",),
    "e": ("е", "э"),
    "f": ("ф",),
    "g": ("г",),
    "h": ("х",),
    "i": ("и", "й"),
    "j": ("ж", "й"),
    "k": ("к",),
    "l": ("л",),
    "m": ("м",),
    "n": ("н",),
    "o": ("о",),
    "p": ("п",),
    "q": ("к",),
    "r": ("р",),
    "s": ("с",),
    "t": ("т",),
    "u": ("у", "ю"),
    "v": ("в",),
    "w": ("в", "ш"),
    "x": ("х", "кс"),
    "y": ("ы", "й", "и"),
    "z": ("з",),
    "'": ("ь",),
}
LONGEST_WORD = 24
MOST_SPELLINGS = 48
# The soft sign is what transliteration leaves out.
_SOFTENED = "лнтсдзр"


def spellings(word: str) -> List[str]:
    if len(word) > LONGEST_WORD:
        return []
    found = [""]
    position = 0
    while position < len(word):
        letters, step = _next(word, position)
        found = [start + letter for start in found for letter in letters][:MOST_SPELLINGS]
        position += step
    return found + [soft for spelling in found[:16] for soft in _softened(spelling)]


def _next(word: str, position: int) -> Tuple[Tuple[str, ...], int]:
    for length in (4, 3, 2, 1):
        letters = LETTERS.get(word[position : position + length])
        if letters:
            return letters, length
    return (word[position],), 1


def _softened(spelling: str) -> List[str]:
    return [
        f"{spelling[: i + 1]}ь{spelling[i + 1 :]}"
        for i, letter in enumerate(spelling)
        if letter in _SOFTENED and spelling[i + 1 : i + 2] not in tuple("аеиоуыэюяь")
    ]
