"""Colours, gearboxes, bodies, cities … of the lexicon, where the word does not mean something else."""

from typing import Dict, FrozenSet, Iterable, Iterator, List, Sequence, Tuple

from engine.nlu.entities.around import word_set
from engine.nlu.entities.model import Entity, Word, free
from engine.nlu.entities.phrases import Phrase, Phrases
from engine.nlu.morphology import part_of_speech

# «полный вин», «передняя стойка»: these mean a drive only where a drive is spoken of.
_NEEDS_DRIVE = word_set("полный передний задний")
_DRIVE = word_set("привод")
# Lemma → words beside which it is no attribute of a car, and how many words away they may stand.
_ELSEWHERE: Dict[str, Tuple[FrozenSet[str], int]] = {
    "робот": (
        word_set(
            "ты вы переписываться разговаривать общаться говорить писать отвечать бот живой человек "
            "автоответчик оператор железный тупой варежка"
        ),
        3,
    ),
    "автомат": (word_set("кофе оператор точно ответить отвечать"), 3),
    "механика": (word_set("мой свой ваш привезти приехать говорить сказать"), 2),
    "бензин": (word_set("за тратить жечь потратить скинуть доехать"), 2),
    "электричка": (word_set("расписание вокзал станция поезд метро автобус"), 6),
    "газ": (word_set("педаль давить нажать жать нажимать"), 2),
}
_NEW = word_set("новый новая новую новое нового новой")
# «накидай вариков»: choices; «механик»: a man
_NO_GEARBOX = ("варики", "вариков", "вариками", "механик", "механиков", "механикам", "механиком")


class Attributes:
    def __init__(self, phrases: Iterable[Phrase]) -> None:
        known = list(phrases)
        self._bodies = Phrases(phrase for phrase in known if phrase.kind == "body")
        self._others = Phrases(phrase for phrase in known if phrase.kind != "body")

    def find(self, words: List[Word], found: Sequence[Entity], cars: Sequence[Entity]) -> List[Entity]:
        """A body may be part of a model's name («гранта лифтбек»), the others are outside of names."""
        outside = free(words, [entity for entity in found if entity not in cars])
        attributes = self._bodies.find(words, outside) + self._others.find(words, free(words, found))
        new = _new_cars(words, free(words, [*found, *attributes]), cars)
        return [*(entity for entity in attributes if _meant(entity, words)), *new]


def _meant(entity: Entity, words: Sequence[Word]) -> bool:
    first = next(i for i, word in enumerate(words) if word.start >= entity.start)
    if words[first].norm in _NO_GEARBOX:
        return False
    one_word = words[first].end == entity.end
    if entity.kind == "drive" and one_word and words[first].means(_NEEDS_DRIVE):
        return any(word.means(_DRIVE) for word in words[max(0, first - 4) : first + 5])
    elsewhere, reach = _ELSEWHERE.get(words[first].lemmas[0], (frozenset(), 0))
    near = (*words[max(0, first - reach) : first], *words[first + 1 : first + 1 + reach])
    return not any(word.means(elsewhere) for word in near)


def _new_cars(words: Sequence[Word], usable: Sequence[bool], cars: Sequence[Entity]) -> Iterator[Entity]:
    """«новый рио», «гранту новую»; in «рио, новая резина» and «рио новая резина» it is the tyres."""
    starts, ends = {car.start for car in cars}, {car.end for car in cars}
    for index, word in enumerate(words):
        if word.norm not in _NEW or not usable[index]:
            continue
        after = words[index + 1] if index + 1 < len(words) else None
        of_next = after is not None and after.start in starts
        of_last = index > 0 and words[index - 1].end in ends
        if of_next or (of_last and (after is None or part_of_speech(after.norm) != "NOUN")):
            yield Entity("condition", "new", word.start, word.end)
