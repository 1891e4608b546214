"""Towns beyond the lexicon's list: a place name of the dictionary after «в», «из», «до» …"""

from typing import Iterator, List, Optional, Sequence

from engine.nlu.entities.around import word_set
from engine.nlu.entities.model import Entity, Word
from engine.nlu.morphology import grammemes, is_known

_BEFORE = word_set("в во из до под город г от")
# The dictionary's place names that are no town: countries, regions, rivers, continents.
_NO_TOWN = word_set(
    "россия рф китай корея япония германия америка сша европа азия африка грузия армения казахстан беларусь "
    "белоруссия украина узбекистан киргизия таджикистан абхазия азербайджан молдавия турция франция италия "
    "англия польша финляндия чехия испания швеция литва латвия эстония индия иран эмираты дубай кавказ "
    "дагестан чечня татарстан башкирия башкортостан ингушетия осетия адыгея калмыкия карелия коми якутия "
    "бурятия тува хакасия алтай мордовия чувашия удмуртия сибирь урал поволжье кубань крым волга дон ока "
    "обь лена енисей амур байкал подмосковье приморье сахалин камчатка госуслуги мир растаможка"
)


def places(words: List[Word], usable: Sequence[bool]) -> List[Entity]:
    return list(_found(words, usable))


def _found(words: List[Word], usable: Sequence[bool]) -> Iterator[Entity]:
    for index in range(1, len(words)):
        if usable[index] and words[index - 1].norm in _BEFORE:
            town = _town(words[index])
            if town:
                yield Entity("city", town, words[index].start, words[index].end)


def _town(word: Word) -> Optional[str]:
    if len(word.norm) < 4 or not word.norm.isalpha() or not is_known(word.norm):
        return None
    readings = grammemes(word.norm)
    if not all("Geox" in tag for _, tag in readings):  # «нижний», «орёл» are words too
        return None
    name = readings[0][0]
    return None if name in _NO_TOWN else name.capitalize()
