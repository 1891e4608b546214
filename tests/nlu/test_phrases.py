"""The phrases of data/nlu are many, different, and none of them is in a measuring set.

Failures name places, not texts: the measuring sets are for programs to read.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
import yaml
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from bot.settings import ROOT
from tests.nlu.phrases import Phrase, Row, car_names, phrases, plain, question, rows, skeleton

FEWEST = 6_000  # distinct skeletons in all
FEWEST_OF_INTENT = 120
ALIKE = 93  # of 100: between intents
LEAKED = 95  # of 100: between training and measuring
LONG_ENOUGH = 15  # letters: in shorter texts one other letter is another question
ONE_OF_EVERY_TALK = 2  # words: «да», «спасибо большое» are in every dialogue, and so in every set


@pytest.fixture(scope="module")
def said() -> list[Phrase]:
    return phrases()


@pytest.fixture(scope="module")
def measured() -> list[Row]:
    return rows()


def test_no_phrase_is_there_twice(said: list[Phrase]) -> None:
    places = defaultdict(list)
    for phrase in said:
        places[plain(phrase.text)].append(phrase.place)
    assert [twins for twins in places.values() if len(twins) > 1] == []


def test_no_phrase_of_another_intent_is_almost_the_same(said: list[Phrase]) -> None:
    told = [(one.place, other.place) for one, other in almost_the_same(said)]
    assert told == []


def test_phrases_are_many_and_not_stamped_out(said: list[Phrase]) -> None:
    cars = car_names()
    of_intent = defaultdict(set)
    for phrase in said:
        of_intent[phrase.intent].add(skeleton(phrase.written, cars))
    assert len(set().union(*of_intent.values())) >= FEWEST
    assert {intent: len(own) for intent, own in of_intent.items() if len(own) < FEWEST_OF_INTENT} == {}


def test_no_phrase_is_from_a_measuring_set(said: list[Phrase], measured: list[Row]) -> None:
    told = [(phrase.place, row.place) for phrase, row in leaked(said, measured)]
    assert told == []


def test_every_label_of_a_measuring_set_is_an_intent_of_the_domain(measured: list[Row]) -> None:
    intents = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    assert [row.place for row in measured if not set(row.labels) <= intents] == []


@pytest.mark.parametrize(
    ("price", "vin"),
    [
        ("сколько просите за солярис", "Сколько просите за камри?"),
        ("сколько просите за [солярис](model)", "сколько просите за хендай крету"),
        ("за 900 000 отдадите", 'за [850 тысяч]{"entity": "amount"} отдадите'),
        ("пришлите пожалуйста номер", "номер пришлите, пожалуйсто"),
    ],
)
def test_what_differs_in_a_car_a_number_or_a_letter_is_almost_the_same(price: str, vin: str) -> None:
    assert list(almost_the_same([invented(price, "ask_price"), invented(vin, "ask_vin")]))
    assert not list(almost_the_same([invented(price, "ask_price"), invented(vin, "ask_price")]))


@pytest.mark.parametrize(
    ("price", "vin"),
    [
        ("+1", "89261234567"),
        ("солярис", "камри"),
        ("[битая](aspect) или нет", "[в залоге](aspect) или нет"),
        ("скиньте цену", "скиньте вин"),
    ],
)
def test_what_differs_in_meaning_is_not_almost_the_same(price: str, vin: str) -> None:
    assert not list(almost_the_same([invented(price, "ask_price"), invented(vin, "ask_vin")]))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("а торг-то есть", "А торг то есть??", True),
        ("а за [солярис](model) торг ещё есть", "а за солярис торг еще есть", True),
        ("подскажите пожалуйста торг возможен", "подскажите пожалуйста, торг возможен ли", True),
        ("спасибо большое", "Спасибо большое!", False),
        ("а торг уместен", "а торг будет", False),
    ],
)
def test_what_stands_in_a_measuring_set_is_found(phrase: str, text: str, found: bool) -> None:
    assert bool(leaked([invented(phrase, "ask_price")], [Row("set.tsv:2", text, ("ask_price",))])) is found


def invented(written: str, intent: str) -> Phrase:
    return Phrase(f"{intent}.yml:5", intent, frozenset([intent]), written)


def leaked(said: Sequence[Phrase], measured: Sequence[Row]) -> list[tuple[Phrase, Row]]:
    by_text = {plain(phrase.text): phrase for phrase in said}
    texts = [plain(row.text) for row in measured]
    same = [
        (by_text[text], row)
        for text, row in zip(texts, measured, strict=True)
        if text in by_text and len(text.split()) > ONE_OF_EVERY_TALK
    ]
    near = [
        (said[i], measured[j])
        for i, j in pairs_alike([plain(p.text) for p in said], texts, LEAKED)
        if len(texts[j].split()) > ONE_OF_EVERY_TALK and (said[i], measured[j]) not in same
    ]
    return same + near


def almost_the_same(said: Sequence[Phrase]) -> Iterator[tuple[Phrase, Phrase]]:
    """Pairs with other intents: near in letters, or the same but for a car or a number."""
    texts = [plain(phrase.text) for phrase in said]
    near = {(i, j) for i, j in pairs_alike(texts, texts, ALIKE) if i < j}
    cars = car_names()
    asked = defaultdict(list)
    for place, phrase in enumerate(said):
        asked[question(phrase.written, cars)].append(place)
    same = {pair for words, places in asked.items() if words for pair in combinations(places, 2)}
    for i, j in sorted(near | same):
        if said[i].intents != said[j].intents:
            yield said[i], said[j]


def pairs_alike(left: Sequence[str], right: Sequence[str], line: int) -> Iterator[tuple[int, int]]:
    """Places of long enough texts that are alike whatever the order of their words."""
    sorted_words = [" ".join(sorted(text.split())) for text in right]
    by_length = sorted(
        (place for place, text in enumerate(right) if len(text) >= LONG_ENOUGH),
        key=lambda place: len(right[place]),
    )
    lengths = [len(right[place]) for place in by_length]
    words = [sorted_words[place] for place in by_length]
    for i, text in enumerate(left):
        if len(text) < LONG_ENOUGH:
            continue
        # Texts whose lengths differ more than this cannot be alike, and most pairs differ more.
        longest = len(text) * (100 + (100 - line)) / line
        shortest = len(text) * line / (100 + (100 - line))
        start, end = bisect_left(lengths, shortest), bisect_right(lengths, longest)
        query = " ".join(sorted(text.split()))
        for _, _, place in extract(query, words[start:end], scorer=ratio, score_cutoff=line, limit=None):
            yield i, by_length[start + place]
