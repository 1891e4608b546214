"""Strings looked up by their hashes, and a memory that forgets."""

from engine.nlu.keys import Keys
from engine.nlu.remembered import Remembered


def places(keys, strings):
    found, counts = keys.find(strings)
    return found.tolist(), counts.tolist()


def test_every_string_is_found_at_all_its_places():
    words = ["торг", "вин", "торг", "обмен"]
    keys, order = Keys.of(words)
    found, counts = places(keys, ["торг", "нет такого", "обмен"])
    assert counts == [2, 0, 1]
    assert [words[order[place]] for place in found] == ["торг", "торг", "обмен"]


def test_nothing_is_found_among_nothing():
    keys, _ = Keys.of([])
    assert places(keys, ["торг"]) == ([], [0])
    assert places(keys, []) == ([], [])


def test_only_new_keys_are_computed_all_at_once():
    asked = []

    def double(numbers):
        asked.append(list(numbers))
        return [2 * number for number in numbers]

    doubled = Remembered(double, most=10)
    assert doubled([1, 2, 1]) == [2, 4, 2]
    assert doubled([2, 3]) == [4, 6]
    assert asked == [[1, 2], [3]]


def test_the_oldest_is_forgotten_and_more_than_fits_is_still_answered():
    asked = []
    same = Remembered(lambda keys: asked.append(list(keys)) or keys, most=2)
    assert same([1, 2, 3]) == [1, 2, 3]
    same([2, 3])
    same([1])
    assert asked == [[1, 2, 3], [1]]
