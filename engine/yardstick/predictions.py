"""What a model understood of each row, kept as JSON so that any recipe can be scored by the same code."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence

FALLBACK = "nlu_fallback"


class Guess(NamedTuple):
    intent: str
    confidence: float


@dataclass(frozen=True)
class Prediction:
    """`intents` as said, in their order, none when nothing was sure; `ranking` without `nlu_fallback`.

    `entities` are Rasa's, None for a model that finds none; `milliseconds` is the parse, wall time.
    """

    id: str
    intents: Sequence[Guess]
    ranking: Sequence[Guess]
    entities: Optional[Sequence[Mapping[str, Any]]]
    milliseconds: float

    @property
    def said(self) -> List[str]:
        return [guess.intent for guess in self.intents]


def from_rasa(name: str, parsed: Mapping[str, Any], milliseconds: float) -> Prediction:
    """Of Rasa's answer. A recipe without `intents` says its one intent."""
    said = parsed["intents"] if "intents" in parsed else [parsed["intent"]]
    return Prediction(
        id=name,
        intents=_guesses(said),
        ranking=_guesses(parsed.get("intent_ranking", ())),
        entities=list(parsed.get("entities", ())),
        milliseconds=milliseconds,
    )


def _guesses(named: Iterable[Mapping[str, Any]]) -> List[Guess]:
    return [
        Guess(guess["name"], float(guess["confidence"]))
        for guess in named
        if guess["name"] not in (None, FALLBACK)
    ]


def save(predictions: Iterable[Prediction], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [asdict(prediction) for prediction in predictions]
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")


def load(path: Path) -> List[Prediction]:
    return [_prediction(kept) for kept in json.loads(path.read_text(encoding="utf-8"))]


def _prediction(kept: Dict[str, Any]) -> Prediction:
    guesses = {key: [Guess(*pair) for pair in kept[key]] for key in ("intents", "ranking")}
    return Prediction(**{**kept, **guesses})
