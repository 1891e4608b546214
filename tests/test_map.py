"""The map of the repository holds: every topic has its places, every folder is in the README."""

import re
import subprocess
from collections import Counter

import pytest
import yaml

from bot.settings import Settings
from scripts.where import ROOT, TOPICS, intent_of, places

DOMAIN = (ROOT / "domain.yml").read_text(encoding="utf-8")
HANDED_OVER = ("service", "other")  # answered by people: their words are in the hand-over texts


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_phrases_a_rule_an_answer_and_its_tests(topic: str) -> None:
    found = places(topic)
    wanted = {"фразы", "правило", "ответ", "тесты", "диалоги"}
    if topic not in HANDED_OVER:
        wanted |= {"тексты"}
    assert not [kind for kind in wanted if not found[kind]]


@pytest.mark.parametrize("topic", TOPICS)
def test_the_phrases_of_a_topic_are_in_its_own_file(topic: str) -> None:
    data = yaml.safe_load((ROOT / "data" / "nlu" / f"{topic}.yml").read_text(encoding="utf-8"))
    assert [block["intent"] for block in data["nlu"]] == [intent_of(topic)]


def test_no_text_is_defined_twice() -> None:
    names = re.findall(r"^  (utter_\w+):", DOMAIN, re.M)
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_every_folder_is_in_the_readme() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    folders = {path.split("/")[0] + "/" for path in tracked if "/" in path and not path.startswith(".")}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(f for f in folders if f"`{f}`" not in readme) == []


def test_env_example_lists_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.M))
    assert listed == {name.upper() for name in Settings.model_fields}
