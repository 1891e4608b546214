"""What makes other recipes' answers comparable with ours."""

import pytest

from benchmarks.nlu_threshold import best_threshold
from benchmarks.nlu_words import read_as_value
from engine.yardstick.slots import compare, slots_of


def test_the_threshold_makes_most_messages_exactly_right() -> None:
    scored = [{"ask_vin": 0.40, "ask_price": 0.25}, {"ask_vin": 0.35, "ask_price": 0.32}]
    assert 0.25 < best_threshold(scored, [["ask_vin"], ["ask_price", "ask_vin"]]) <= 0.32


def test_of_equal_thresholds_the_nearest_to_a_half_is_taken() -> None:
    assert best_threshold([{"ask_vin": 0.9, "ask_price": 0.1}], [["ask_vin"]]) == 0.5


def _learnt(kind: str, text: str, word: str) -> dict[str, object]:
    start = text.index(word)
    return {
        "entity": kind,
        "value": word,
        "start": start,
        "end": start + len(word),
        "extractor": "DIETClassifier",
    }


@pytest.mark.parametrize(("word", "value"), [("2019", 2019), ("1 200 000", 1_200_000), ("лям", "лям")])
def test_only_digits_are_a_number(word: str, value: object) -> None:
    assert read_as_value(_learnt("amount", f"за {word}", word))["value"] == value


def test_digits_that_are_no_number_stay_as_said() -> None:
    assert read_as_value(_learnt("vin_tail", "вин 123456", "123456"))["value"] == "123456"


def test_values_of_the_assistant_stay() -> None:
    ours = {"entity": "year", "value": 2019, "extractor": "CarEntityExtractor"}
    assert read_as_value(ours) == ours


def test_learnt_entities_can_be_compared_with_the_gold() -> None:
    text = "рио 2019, взнос 300, тел 89991234567"
    said = [("model", "рио"), ("year", "2019"), ("down_payment", "300"), ("phone", "89991234567")]
    found = slots_of([read_as_value(_learnt(kind, text, word)) for kind, word in said], text)
    gold = {"model": "Rio", "year": 2019, "down_payment": 300, "phone": "+79991234567"}
    assert tuple(compare(gold, found)) == (2, 2, 2)  # the name and the form of the phone were not learnt
