"""The soak from the customers' side alone: each mark that was written is said back once, in order."""

from collections import Counter

from benchmarks.soak.crowd import Deed, Person
from benchmarks.soak.echo import MARK


def echoed(person: Person) -> list[str]:
    return [mark for seen in person.seen for mark in MARK.findall(seen.text)]


def unechoed(person: Person) -> set[str]:
    """Marks that were written, were not corrected afterwards, and never came back."""
    return {mark for deed in person.deeds for mark in MARK.findall(deed.text)} - set(echoed(person))


def strangers(person: Person) -> set[str]:
    """Marks that came to one who never wrote them."""
    return set(echoed(person)) - {mark for deed in person.deeds for mark in _marks(deed)}


def repeats(person: Person) -> int:
    """How many marks the customer got again."""
    return sum(number - 1 for number in Counter(echoed(person)).values())


def in_order(person: Person) -> bool:
    """By the first time that each came: what is sent again comes late.

    Corrections are left out: who asks VK for missed messages hears of an edit after them.
    """
    places = {
        mark: n for n, deed in enumerate(person.deeds) if deed.kind != "edit" for mark in _marks(deed)[-1:]
    }
    first = [places[mark] for mark in dict.fromkeys(echoed(person)) if mark in places]
    return first == sorted(first)


def _marks(deed: Deed) -> list[str]:
    """All that stood in it, the first last."""
    return [mark for text in deed.texts for mark in MARK.findall(text)]
