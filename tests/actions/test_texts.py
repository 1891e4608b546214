"""Texts of domain.yml and the code that says them agree; no reply can fail for a missing text or value."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from actions.handover import Reason
from actions.say import Texts, join, say
from bot.contract import NextStep
from bot.settings import ROOT

CODE = sorted((ROOT / "actions").rglob("*.py"))
# Names that the code puts together from a prefix and one of these.
BUILT = {
    "utter_ask_": get_args(NextStep),
    "utter_known_": get_args(NextStep),
    "utter_lead_": get_args(NextStep),
    "utter_handover_": get_args(Reason),
    "utter_equipment_yes_": ("gearbox", "drive", "fuel", "body"),
    "utter_equipment_no_": ("gearbox", "drive", "fuel", "body"),
}


def strings(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def said_by_code() -> set[str]:
    names = {s for path in CODE for s in strings(path) if re.fullmatch(r"utter_\w+", s)}
    prefixes = {name for name in names if name.endswith("_")}
    assert prefixes == set(BUILT), "a new prefix: say in BUILT what may follow it"
    return (names - prefixes) | {prefix + end for prefix, ends in BUILT.items() for end in ends}


def test_every_text_that_the_code_says_is_in_the_domain(responses: dict[str, Any]) -> None:
    assert said_by_code() - set(responses) == set()


def test_every_text_of_the_domain_is_said_by_the_code(responses: dict[str, Any]) -> None:
    said = said_by_code()
    assert set(responses) - said - {name + "_again" for name in said} == set()


def test_no_text_is_defined_twice() -> None:
    lines = (ROOT / "domain.yml").read_text(encoding="utf-8").splitlines()
    names = [line.strip().rstrip(":") for line in lines if re.fullmatch(r"  utter_\w+:", line)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_placeholders_of_every_variant_are_supplied_by_the_code(responses: dict[str, Any]) -> None:
    """The keywords of the `say(…)` calls; `**values` and `**its(car)` count by what their dicts hold."""
    supplied: dict[str, set[str]] = {}
    for path in CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        keywords = {k.arg for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg}
        keys = {
            k.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Dict)
            for k in n.keys
            if isinstance(k, ast.Constant) and isinstance(k.value, str)
        }
        for name in strings(path):
            if name.startswith("utter_"):
                supplied.setdefault(name, set()).update(keywords | keys | {"car", "name"})
    for path in CODE:  # texts that are handed to `to_department` get its values
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "text" and isinstance(node.value, ast.Constant):
                supplied[node.value.value] |= {"whom", "who", "when"}
    for name in ("utter_missing", "utter_listing_unknown", "utter_vin_not_ours"):  # chosen by focus.py
        supplied[name].add("wanted")
    for name, variants in responses.items():
        base = name.removesuffix("_again")
        source = base if base in supplied else next(p for p in BUILT if base.startswith(p))
        for variant in variants:
            missing = set(re.findall(r"\{(\w+)\}", variant["text"])) - supplied[source]
            assert not missing, f"{name}: nobody supplies {missing}"


@pytest.mark.parametrize("suffix", ["_again"])
def test_a_text_for_a_known_car_does_not_name_it(responses: dict[str, Any], suffix: str) -> None:
    for name, variants in responses.items():
        if name.endswith(suffix):
            assert all("{car}" not in v["text"] and "{name}" not in v["text"] for v in variants), name


def test_texts_are_proofread(responses: dict[str, Any]) -> None:
    for name, variants in responses.items():
        for variant in variants:
            text = variant["text"]
            first = text.lstrip("«")[:1]
            assert first == "{" or first.isupper(), f"{name}: {text}"
            assert text == text.strip() and "  " not in text and " ," not in text, f"{name}: {text}"
            assert re.search(r"[.!?}]$", text), f"{name} does not end a sentence: {text}"
            assert not re.search(r"[а-я,] (?:Вы|Вас|Вам|Ваш)\b", text), f"{name}: «вы» is not capitalised"


def test_the_bot_speaks_of_itself_as_i(responses: dict[str, Any]) -> None:
    """«Передал» is the bot's; «мы работаем» is the dealership. The bot is never «мы передали»."""
    everything = " ".join(v["text"].lower() for variants in responses.values() for v in variants)
    for plural in ("передали", "записали", "рады помочь", "подскажем", "расскажем", "мы бот", "не уверены"):
        assert plural not in everything


class TestRendering:
    def test_a_repeated_turn_says_the_same_again(self) -> None:
        texts = Texts({"utter_x": [{"text": f"Вариант {i}."} for i in range(5)]})
        assert len({texts.render(say("utter_x"), "turn-1") for _ in range(10)}) == 1
        assert len({texts.render(say("utter_x"), f"turn-{i}") for i in range(40)}) == 5

    def test_a_sentence_starts_with_a_capital_and_ends_with_one_stop(self) -> None:
        texts = Texts({"utter_x": [{"text": "{value}."}]})
        assert texts.render(say("utter_x", value="завтра"), "t") == "Завтра."
        assert texts.render(say("utter_x", value="123 л. с."), "t") == "123 л. с."
        assert texts.render(say("utter_x", value="iCar 03"), "t") == "iCar 03."

    def test_values_are_not_read_as_placeholders(self) -> None:
        texts = Texts({"utter_x": [{"text": "{value}"}]})
        assert texts.render(say("utter_x", value="{price} \\1"), "t") == "{price} \\1"

    def test_a_missing_value_is_an_error_and_not_a_hole(self) -> None:
        with pytest.raises(KeyError):
            Texts({"utter_x": [{"text": "{value}"}]}).render(say("utter_x"), "t")

    def test_nothing_sticks_to_a_link(self) -> None:
        assert (
            join(["Карта: https://x.example/a", "Часы работы."]) == "Карта: https://x.example/a\nЧасы работы."
        )
        assert join(["Раз.", "Два."]) == "Раз. Два."
