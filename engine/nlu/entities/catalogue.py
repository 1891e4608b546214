"""Makes and models in running text: Latin or Cyrillic, declined, colloquial, glued or cut in pieces."""

import re
from functools import lru_cache
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from engine.nlu.entities.model import Entity, Word
from engine.nlu.morphology import fold, is_known, lemmas
from engine.nlu.normalise import TO_LATIN_SHAPES

LONGEST_NAME = 5  # words: «мицубиси паджеро спорт», «тигго 7 про макс»
_ENDING = re.compile(r"(?:ами|ями|ого|ому|ов|ев|ей|ом|ем|ой|ою|ах|ях|ам|ям|ую|ая|а|я|у|ю|ы|и|е|о|ь|й)$")
_JOINTS = re.compile(r"[\s\-_.]+")
# Ordinary words that are also names: a car only beside its make.
_ORDINARY = frozenset(
    [
        "фокус",
        "акцент",
        "партнер",
        "пилот",
        "мастер",
        "танк",
        "город",
        "легенда",
        "метро",
        "мир",
        "проект",
        "джип",
        "опция",
        "концепт",
        "восторг",
        "баланс",
        "премьер",
        "авангард",
        "победа",
        "волга",
        "эталон",
        "прогресс",
        "центр",
        "атлас",
        "экспресс",
        "универсал",
        "соболь",
        "купе",
    ]
)


_PREPOSITIONS = frozenset("авикосуя")


class Name(NamedTuple):
    make: str
    model: Optional[str]  # None: the name of the make itself


class Catalogue:
    def __init__(self, makes: Sequence[Dict[str, Any]]) -> None:
        self._names: Dict[str, Set[Name]] = {}
        self._stems: Dict[str, Set[Name]] = {}
        for make in makes:
            self._add(make["make"], Name(make["make"], None))
            for name in make.get("names") or ():
                self._add(str(name), Name(make["make"], None))
            for model in make["models"]:
                for name in (model["model"], *(model.get("names") or ())):
                    self._add(str(name), Name(make["make"], str(model["model"])))

    def _add(self, spelling: str, name: Name) -> None:
        key = _key(spelling)
        self._names.setdefault(key, set()).add(name)
        if key.isalpha() and len(key) > 3:  # declined forms
            self._stems.setdefault(_stem(key), set()).add(name)

    def find(self, words: Sequence[Word], usable: Sequence[bool]) -> List[Entity]:
        """The longest names from left to right; a model beside its make is that make's."""
        hits = self._hits(words, usable)
        found: List[Entity] = []
        for position, (first, last, names) in enumerate(hits):
            beside = self._makes_beside(hits, position)
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
        last = min(len(words), first + LONGEST_NAME)
        if words[first].norm in "-.,?!":  # «700-900»: no model «900»
            return None
        if fold(words[first].text) in _PREPOSITIONS and not self._after_make(words, first):
            last = first + 1  # «часов в 7» is no Alpina B7, «ауди а 4» is an A4
        for end in range(last, first, -1):
            if all(usable[first:end]) and words[end - 1].norm not in "-.,?!":
                names = self._named(words[first:end])
                if names:
                    return first, end, names
        return None

    def _after_make(self, words: Sequence[Word], first: int) -> bool:
        return first > 0 and any(name.model is None for name in self._named(words[first - 1 : first]))

    def _named(self, words: Sequence[Word]) -> Set[Name]:
        for form in ([w.norm for w in words], [fold(w.text) for w in words]):
            exact = self._names.get(_key("".join(form)))
            if exact:
                return exact
        last = words[-1].norm
        if not last.isalpha() or len(last) < 4:
            return set()
        start = "".join(word.norm for word in words[:-1])
        if is_known(last):
            keys = [_key(start + x) for x in lemmas(last)]
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
    models = sorted(name for name in names if name.model is not None)
    makes = sorted(name for name in names if name.model is None)
    own = [name for name in models if name.make in beside]
    if own:
        return Entity("model", own[0].model, start, end, extra={"make": own[0].make})
    if makes and not models:
        return Entity("make", makes[0].make, start, end)
    if word in _ORDINARY or _needs_make(word):
        return None
    extra: Dict[str, Any] = {"make": models[0].make}
    # «солярис» is Hyundai's model before it is the make that followed it.
    others = [*models[1:], *makes]
    if others:
        extra["others"] = [[name.make, name.model] for name in others]
    return Entity("model", models[0].model, start, end, extra=extra)


def _needs_make(word: str) -> bool:
    """A number is a model only when it can be no year or price: «2107» stands alone, «3» does not."""
    if len(word) < 2:
        return True
    if re.fullmatch(r"\d[.,]\d", word):  # litres or millions, no «12»
        return True
    return word.isdigit() and not re.fullmatch(r"21(?:0[1-9]|1[0-5]|099|2[0139]|7[0-2]|9[0-4])9?", word)


@lru_cache(maxsize=50_000)
def _key(spelling: str) -> str:
    glued = _JOINTS.sub("", fold(spelling))
    return glued.translate(TO_LATIN_SHAPES) if any(c.isdigit() for c in glued) else glued


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) > 2 else word
