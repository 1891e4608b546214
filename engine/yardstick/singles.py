"""The single-intent rows as Rasa's test data: Rasa's own evaluation knows one intent a message."""

from pathlib import Path
from typing import Dict, Iterable, List

import yaml

from engine.yardstick.rows import Row


def write_singles(rows: Iterable[Row], path: Path) -> int:
    """How many were written. Entities are left unannotated: the gate measures them."""
    texts: Dict[str, List[str]] = {}
    for row in rows:
        if len(row.labels) == 1 and not row.needs_context:
            texts.setdefault(row.labels[0], []).append(row.text)
    nlu = [
        {"intent": intent, "examples": [{"text": text} for text in held]} for intent, held in texts.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")
    return sum(map(len, texts.values()))
