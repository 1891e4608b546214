"""`make where Q=credit`: every place of one topic, so that it is found in a minute."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
INTENT_OF = {"search": "search_car", "visit": "book_visit"}
# A question has all of these, by the same name; the rest of `places` may be empty.
TOPICS = (
    "availability",
    "vin",
    "credit",
    "trade_in",
    "price",
    "condition",
    "equipment",
    "history",
    "photos",
    "search",
    "visit",
    "address",
    "service",
    "other",
)


def intent_of(topic: str) -> str:
    return INTENT_OF.get(topic, f"ask_{topic}")


def texts_of(topic: str) -> list[str]:
    """`domain.yml:120 utter_credit_estimate`, every text of the topic with its line."""
    lines = (ROOT / "domain.yml").read_text(encoding="utf-8").splitlines()
    names = ((number, re.match(r"  (utter_\w+):", line)) for number, line in enumerate(lines, 1))
    return [f"domain.yml:{number} {m[1]}" for number, m in names if m and f"_{topic}" in m[1]]


def places(topic: str) -> dict[str, list[str]]:
    """What the topic consists of, as paths relative to the root (texts with their lines)."""
    return {
        "фразы": _existing(f"data/nlu/{topic}.yml"),
        "правило": _existing(f"data/stories/{topic}.yml"),
        "ответ": _existing(f"actions/answers/{topic}.py"),
        "тексты": texts_of(topic),
        "слова вопроса": _lexicon(topic),
        "тесты": _tests(topic),
        "диалоги": _existing(f"tests/dialogues/{topic}.yml"),
    }


def _existing(path: str) -> list[str]:
    return [path] if (ROOT / path).exists() else []


def _tests(topic: str) -> list[str]:
    """The answer's own tests and those that say its intent in their own words."""
    files = sorted((ROOT / "tests" / "actions").rglob("test_*.py"))
    intent = intent_of(topic)
    return [str(f.relative_to(ROOT)) for f in files if f'"{intent}"' in f.read_text(encoding="utf-8")]


def _lexicon(topic: str) -> list[str]:
    path = ROOT / "data" / "lexicon" / "aspects.yml"
    aspects = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return ["data/lexicon/aspects.yml"] if intent_of(topic) in aspects else []


def main() -> None:
    topic = sys.argv[1].removeprefix("ask_") if len(sys.argv) > 1 else ""
    if topic not in TOPICS:
        raise SystemExit(f"Тема не найдена. Есть такие: {', '.join(TOPICS)}. Пример: make where Q=credit")
    for kind, found in places(topic).items():
        for place in found or ["—"]:
            sys.stdout.write(f"{kind:14} {place}\n")


if __name__ == "__main__":
    main()
