"""Makes and models in running text: Latin or Cyrillic, declined, colloquial, glued or cut in pieces."""

import re
from bisect import bisect_left
from functools import lru_cache
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from engine.nlu.entities.around import word_set
from engine.nlu.entities.model import Entity, Word
from engine.nlu.entities.number_words import UNITS
from engine.nlu.morphology import fold, is_known
from engine.nlu.normalise import TO_LATIN_SHAPES, TO_RUSSIAN_KEYS
from engine.nlu.translit import spellings

LONGEST_NAME = 5  # words: «мицубиси паджеро спорт», «тигго 7 про макс»
_ENDING = re.compile(
    r"(?:их[аиуе]|ихой|ами|ями|ого|ому|ов|ев|ей|ом|ем|ой|ою|ах|ях|ам|ям|ую|ая|а|я|у|ю|ы|и|е|о|ь|й)$"
)
_JOINTS = re.compile(r"[\s\-_.]+")
# Ordinary words that are also names: a car only beside its make.
_ORDINARY = word_set(
    "фокус акцент партнер пилот мастер танк город легенда метро мир проект джип опция концепт восторг баланс "
    "премьер авангард победа волга эталон прогресс центр атлас экспресс универсал соболь купе "
    "кредос "  # «кредос одобрят?» is a credit
    "мультик мультике целиком рамы рама раму "
    "лады "  # «лады, договорились»
    "транзиты транзитов "  # plates for the way home
    "айсин аисин джатко диф дифа ампер ресо навик бэу десяток десятков десятками "
    "винду винды винде демо квиз таргет капчу "
    "сенкс сенк драсти сорян не-а ноуп yep bb"  # courtesies, and nearly Sens, Justy, Note and bB
)
_SHORTENED = word_set("г.в. г.в т.е. т.е")  # never a car, not even before a year
# Of these a car is meant where they are somebody's or change hands: «мой фокус», «фокус» in another talk.
_OWNED = word_set("фокус акцент пилот атлас волга танк")
_OWNING = word_set("мой наш свой менять обменять сдать сдавать взять принять")
# One letter of Cyrillic is a word of its own more often than a part of a name.
_LETTERS = frozenset("авикосуя")
# Parts of names that people write in either script: «CS35 Плюс».
_PARTS = {"плюс": "plus", "про": "pro", "макс": "max", "кросс": "cross", "спорт": "sport", "лайн": "line"}
_VERB_ENDS = frozenset(("те", "ет", "ит", "шь", "но"))
SHORT = 3  # letters: a word so short is no name by way of a corrected typo («гта» is no «гла»)


class Name(NamedTuple):
    make: str
    model: Optional[str]  # None: the name of the make itself


class Catalogue:
    def __init__(self, makes: Sequence[Dict[str, Any]]) -> None:
        self._names: Dict[str, Set[Name]] = {}
        self._stems: Dict[str, Set[Name]] = {}
        self._parts: Set[str] = set()  # names of several words, with spaces between them
        for make in makes:
            self._add(make["make"], Name(make["make"], None))
            for name in make.get("names") or ():
                self._add(str(name), Name(make["make"], None))
            for model in make["models"]:
                for name in (model["model"], *(model.get("names") or ())):
                    self._add(str(name), Name(make["make"], str(model["model"])))
        self._in_order = sorted({*self._names, *self._stems})

    def _add(self, spelling: str, name: Name) -> None:
        key = _key(spelling)
        self._names.setdefault(key, set()).add(name)
        self._parts.add(_JOINTS.sub(" ", fold(spelling)))
        if key.isalpha() and len(key) > 3:  # declined forms
            self._stems.setdefault(_stem(key), set()).add(name)

    def find(self, words: Sequence[Word], usable: Sequence[bool]) -> List[Entity]:
        """The longest names from left to right; a model beside its make is that make's."""
        hits = self._hits(words, usable)
        found: List[Entity] = []
        for position, (first, last, names) in enumerate(hits):
            beside = self._makes_beside(hits, position)
            if not beside and _tells_generation(words, hits, position):
                continue
            entity = _entity(words, first, last, names, beside)
            if entity:
                found.append(entity)
        return found

    def _hits(self, words: Sequence[Word], usable: Sequence[bool]) -> List[Tuple[int, int, Set[Name]]]:
        hits: List[Tuple[int, int, Set[Name]]] = []
        index = 0
        while index < len(words):
            hit = self._longest(words, usable, index)
            if hit:
                hits.append(hit)
                index = hit[1]
            else:
                index += 1
        return hits

    def _longest(
        self, words: Sequence[Word], usable: Sequence[bool], first: int
    ) -> Optional[Tuple[int, int, Set[Name]]]:
        if words[first].norm in "-.,?!" or fold(words[first].text) in _SHORTENED:  # «700-900»: no model «900»
            return None
        after_make = first > 0 and self._is_make(words[first - 1])
        last = min(len(words), first + LONGEST_NAME)
        if (_is_letter(words[first]) and not after_make) or _is_particle(words, first):
            last = first + 1  # «часов в 7» is no Alpina B7, «ауди а 4» is an A4
        if last > first + 1 and not self._begins_name(words[first]):
            last = first + 1  # most words: nothing that follows makes a name of them
        for end in range(last, first, -1):
            if all(usable[first:end]) and words[end - 1].norm not in "-.,?!" and not _goes_on(words, end):
                names = self._named(words[first:end], after_make)
                if names and end > first + 1 and self._is_make(words[first]):
                    rest = self._longest(words, usable, first + 1)
                    if rest and rest[1] >= end:  # «чери тигго 8 про» is not «чери тигго»
                        return first, first + 1, self._named(words[first : first + 1])
                if names:
                    return first, end, names
        return None

    def _begins_name(self, word: Word) -> bool:
        starts = {
            _JOINTS.sub("", form) for form in (word.norm, fold(word.text), str(UNITS.get(word.norm, "")))
        }
        starts |= {start.translate(TO_LATIN_SHAPES) for start in starts}
        places = [(start, bisect_left(self._in_order, start)) for start in starts if start]
        return any(key.startswith(start) for start, at in places for key in self._in_order[at : at + 1])

    def _is_make(self, word: Word) -> bool:
        return any(name.model is None for name in self._named([word]))

    def _named(self, words: Sequence[Word], after_make: bool = False) -> Set[Name]:
        if len(words) == 1 and _is_short_typo(words[0]):
            return set()
        if len(words) > 1 and all(word.norm.isdigit() for word in words):  # «2 190 000» is no 2190
            return set()
        for form in _forms(words, after_make):
            exact = self._names.get(_key("".join(form)))
            if exact and (not _has_lone_letter(words) or " ".join(form) in self._parts or after_make):
                return exact
        if len(words) > 1 and _is_letter(words[-1]):
            return set()
        return self._declined(words)

    def _declined(self, words: Sequence[Word]) -> Set[Name]:
        last = words[-1].norm.replace("-", "")
        if not last.isalpha() or len(last) < 4:
            return set()
        start = "".join(word.norm for word in words[:-1])
        if is_known(words[-1].norm):
            keys = [_key(start + x) for x in words[-1].lemmas]
            keys += [f"{key}а" for key in keys if last.startswith(key)]  # «приору» is no prior's
            return next((self._names[key] for key in keys if key in self._names), set())
        key = _key(start + last)
        stems = (_stem(key), key[:-1])  # «кашкая» is «кашкай», not «кашк»
        return next((self._stems[stem] for stem in stems if len(stem) > 2 and stem in self._stems), set())

    @staticmethod
    def _makes_beside(hits: List[Tuple[int, int, Set[Name]]], position: int) -> Set[str]:
        """Makes named right before or after: «мазда 3», «шестёрка бмв»."""
        first, last, _ = hits[position]
        makes: Set[str] = set()
        for other_first, other_last, names in hits:
            if 0 <= first - other_last <= 1 or 0 <= other_first - last <= 0:
                makes |= {name.make for name in names if name.model is None}
        return makes


def _entity(
    words: Sequence[Word], first: int, last: int, names: Set[Name], beside: Set[str]
) -> Optional[Entity]:
    start, end = words[first].start, words[last - 1].end
    word = "".join(w.norm for w in words[first:last])
    typed = "".join(fold(w.text) for w in words[first:last])
    models = sorted(name for name in names if name.model is not None)
    makes = sorted(name for name in names if name.model is None)
    own = [name for name in models if name.make in beside]
    if own:
        return Entity("model", own[0].model, start, end, extra={"make": own[0].make})
    if "солярка" in words[first].lemmas and _is_fuel(words, first):
        return None
    meant = {word, typed, *(words[first].lemmas if last == first + 1 else ())}
    is_car = _before_year(words, last) or (_OWNED & meant and _is_owned(words, first))
    if (_ORDINARY & meant and not is_car) or _needs_make(word):
        return None
    if makes and not models:
        return Entity("make", makes[0].make, start, end)
    extra: Dict[str, Any] = {"make": models[0].make}
    # «солярис» is Hyundai's model before it is the make that followed it.
    others = [*models[1:], *makes]
    if others:
        extra["others"] = [[name.make, name.model] for name in others]
    return Entity("model", models[0].model, start, end, extra=extra)


def _tells_generation(
    words: Sequence[Word], hits: Sequence[Tuple[int, int, Set[Name]]], position: int
) -> bool:
    """«октавия а7»: a body's code after a model is no Audi."""
    first, last, _ = hits[position]
    after_model = position > 0 and hits[position - 1][1] == first
    return after_model and last - first == 1 and bool(re.fullmatch(r"[a-zа-я]\d", words[first].norm))


def _forms(words: Sequence[Word], after_make: bool) -> Iterator[List[str]]:
    """The readings of a name, the likeliest first."""
    norms = [word.norm for word in words]
    yield norms
    yield [fold(word.text) for word in words]
    if len(words) > 1:
        yield [str(UNITS.get(norm) or norm) for norm in norms]  # «сх пять»
        yield [norms[0], *(_PARTS.get(norm, norm) for norm in norms[1:])]
    elif after_make and re.fullmatch(r"[a-z]{1,2}\d", norms[0]):
        yield [norms[0].translate(TO_RUSSIAN_KEYS)]  # «felb re7»: the wrong layout


def _goes_on(words: Sequence[Word], end: int) -> bool:
    """«H4M» is cut into two words, yet no H4."""
    if end < len(words) and words[end].norm == "лет":  # «на пятёрку лет»
        return True
    glued = end < len(words) and words[end].start == words[end - 1].end
    return glued and words[end].text[:1].isalpha()


def _is_letter(word: Word) -> bool:
    return word.norm in _LETTERS and fold(word.text) not in ("x", "c", "e", "k")


def _has_lone_letter(words: Sequence[Word]) -> bool:
    return len(words) > 1 and (_is_letter(words[-1]) or _is_letter(words[0]))


def _is_particle(words: Sequence[Word], first: int) -> bool:
    """«выкупаете ли авто» names no Li Auto."""
    return words[first].norm == "ли" and first > 0 and words[first - 1].norm[-2:] in _VERB_ENDS


def _is_short_typo(word: Word) -> bool:
    typed = fold(word.text)
    if len(word.norm) > SHORT or typed == word.norm or not typed.isalpha():
        return False
    return not typed.isascii() or word.norm not in spellings(typed)


def _is_fuel(words: Sequence[Word], first: int) -> bool:
    """«на солярке», «солярка или бензин»: diesel, where «солярка» alone is a Solaris."""
    near = words[max(0, first - 3) : first + 4]
    return words[first].norm == "солярке" or any(word.means(_FUELS) for word in near)


_FUELS = frozenset(("бензин", "мотор", "двигатель", "движок", "газ", "заправлять", "заливать"))


def _before_year(words: Sequence[Word], last: int) -> bool:
    """«акцент 2008» is a car."""
    return last < len(words) and bool(re.fullmatch(r"(?:19|20)\d\d", words[last].norm))


def _is_owned(words: Sequence[Word], first: int) -> bool:
    return first > 0 and words[first - 1].means(_OWNING)


def _needs_make(word: str) -> bool:
    """A number is a model only when it can be no year or price: «2107» stands alone, «3» does not."""
    if len(word) < 2:
        return True
    if re.fullmatch(r"\d{1,2}[.,]\d{1,2}", word):  # litres or millions, no «12» and no «124»
        return True
    return word.isdigit() and not re.fullmatch(r"21(?:0[1-9]|1[0-5]|099|2[0139]|7[0-2]|9[0-4])9?", word)


@lru_cache(maxsize=50_000)
def _key(spelling: str) -> str:
    glued = _JOINTS.sub("", fold(spelling))
    return glued.translate(TO_LATIN_SHAPES) if any(c.isdigit() for c in glued) else glued


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 2 else word
