"""«то» that only stresses: «сколько она стоит то» asks of no maintenance."""

from typing import List, Sequence

from engine.nlu.entities.around import word_set
from engine.nlu.entities.model import Word

_STRESSED = ("он", "она", "оно", "они", "вы", "ты")
_SERVICED = word_set("делать сделать пройти проходить проводить провести надо нужно на за через после")
_ENDS = word_set(". ? !") | {"\n"}


def meant(words: Sequence[Word], usable: Sequence[bool]) -> List[bool]:
    """The usable words without such particles."""
    return [use and not _only_stresses(words, index) for index, use in enumerate(usable)]


def _only_stresses(words: Sequence[Word], index: int) -> bool:
    """The last word of a question that has a subject of its own; «ТО» in capitals is written on purpose."""
    if words[index].norm != "то" or words[index].text == "ТО":
        return False
    if index + 1 < len(words) and words[index + 1].norm not in _ENDS:
        return False
    before = words[:index]
    return any(word.norm in _STRESSED for word in before) and not any(w.means(_SERVICED) for w in before)
