"""Anything that can be typed or pasted gets a sane answer from Rasa's own `Agent.parse_message`."""

import asyncio
import random
from typing import Any, Callable, Dict

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.model_training import train_nlu

from engine.tests.conftest import FIXTURES, LEXICON, ROOT

CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"
DICE = random.Random(20)


def word(letters: str, length: int) -> str:
    return "".join(DICE.choices(letters, k=length))


BAD = {
    "100,000 characters of questions": "а сколько стоит солярис 2018 года? " * 2_860,
    "100,000 times one letter": "а" * 100_000,
    "100,000 random letters": word(CYRILLIC, 100_000),
    "100,000 digits": "8" * 100_000,
    "100,000 spaces": " " * 100_000,
    "100,000 question marks": "?" * 100_000,
    "10,000 distinct tokens": " ".join(word(CYRILLIC, 9) for _ in range(10_000)),
    "10,000 distinct Latin tokens": " ".join(word(LATIN, 9) for _ in range(10_000)),
    "a word of 2,000 letters": word(CYRILLIC, 2_000),
    "a Latin word of 2,000 letters": word(LATIN, 2_000),
    "only zero-width characters": "\u200b\u200d\u2060\ufeff" * 500,
    "combining marks": "с\u0300\u0301\u0302о\u0310\u0311л" * 300,
    "Chinese": "这辆车还有吗？多少钱？",
    "Arabic": "هل السيارة متاحة؟ كم السعر؟",
    "Kazakh": "Көлік әлі сатылмады ма? Бағасы қанша?",
    "English": "hello, is this car still available?",
    "numbers only": "1 22 333 4444 55555 666666 7777777 " * 60,
    "1,000 emoji": "😀👍🏽👨‍👩‍👧‍👦🇷🇺" * 250,
    "phones": "+7 900 123-45-67 " * 120,
    "VINs": "XTA210990Y2765432 " * 110,
    "links": "https://www.avito.ru/moskva/avtomobili/hyundai_solaris_2018_1234567890 " * 28,
    "dashes": "-" * 2_000,
    "brackets": "(" * 1_000 + ")" * 1_000,
    "braces": "{" * 2_000,
    "nothing": "",
    "line breaks": "\r\n\n\u2028",
}
# What is unreadable is left out, and the rest is understood as if it had not been there.
SPOILT = {
    "zero-width characters": "со\u200bля\u200bрис\u2060 е\u200dщё\ufeff прода\u00adётся",
    "bidi marks": "\u202eсолярис ещё продаётся\u202c\u2066\u2069",
    "look-alike letters": "сoляpиc eщё пpoдaётcя",
    "a lone surrogate": "солярис ещё продаётся \ud83d",
    "NUL and control characters": "солярис\x00 ещё\x07 продаётся\x1b",
}


@pytest.fixture(scope="module")
def parse(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Dict[str, Any]]:
    folder = tmp_path_factory.mktemp("bad_input")
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    config.pop("importers")
    for component in config["pipeline"]:
        component.update(LEXICON)
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        # Rasa's cache knows a component by its own class: a change in a module it uses would go unseen.
        patch.setenv("RASA_CACHE_DIRECTORY", str(folder / "cache"))
        model = train_nlu(str(folder / "config.yml"), str(FIXTURES / "nlu.yml"), str(folder))
    assert model
    agent = Agent.load(model)
    return lambda text: asyncio.run(agent.parse_message(text))


def check(answer: Dict[str, Any], text: str) -> None:
    assert answer["intent"]["name"]
    assert 0 <= answer["intent"]["confidence"] <= 1
    assert answer["intent"]["name"] in {guess["name"] for guess in answer["intent_ranking"]}
    for entity in answer["entities"]:
        assert 0 <= entity["start"] < entity["end"] <= len(text)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_input_gets_a_sane_answer(parse: Callable[[str], Dict[str, Any]], text: str) -> None:
    check(parse(text), text)


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT.keys())
def test_spoilt_text_is_understood_as_if_it_were_clean(
    parse: Callable[[str], Dict[str, Any]], text: str
) -> None:
    answer = parse(text)
    check(answer, text)
    assert answer["intent"]["name"] == "ask_availability"
    assert [e["value"] for e in answer["entities"] if e["entity"] == "model"] == ["Solaris"]


def test_nothing_is_no_question(parse: Callable[[str], Dict[str, Any]]) -> None:
    assert parse("")["intent"]["name"] == "nlu_fallback"
    assert parse(" \u200b\n")["intent"]["name"] == "nlu_fallback"
