"""One contestant, trained before, asked in a fresh process; runs in the engine's environment.

engine/.venv/bin/python -m benchmarks.nlu_measure rasa|spacy MODEL MESSAGES OUT

MESSAGES is JSON: set → [[id, text], …]. OUT gets the predictions of every set and the memory of the
process in MB.
"""

import importlib
import json
import resource
import sys
from pathlib import Path

from engine.yardstick import predictions
from engine.yardstick.rows import Row

WARM_UP = 20  # messages: what is loaded at first use is not the price of a message


def main(kind: str, model: Path, messages: Path, out: Path) -> None:
    # By name: spaCy's contestant must not hold Rasa in memory.
    ask = importlib.import_module(f"benchmarks.nlu_{kind}").load(model)
    sets = {
        name: [Row(number, text, (), "") for number, text in said]
        for name, said in json.loads(messages.read_text(encoding="utf-8")).items()
    }
    ask([row for rows in sets.values() for row in rows][:WARM_UP])
    for name, rows in sets.items():
        predictions.save(ask(rows), out / f"{name}.json")
    (out / "memory").write_text(f"{_resident():.1f}", encoding="utf-8")


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
