"""What the understanding part found: one table of the price, one for each measuring set, and a chart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from benchmarks.nlu_chart import Panel, chart
from benchmarks.recipes import Training
from benchmarks.report import Line, Picture, Sheet
from engine.yardstick import score
from engine.yardstick.score import Judged, Share

MAX_TRAINING = 60.0  # seconds
MAX_PARSE = 8.0  # milliseconds, p50
EXACT, MICRO, REJECTED, ENTITIES = 0.90, 0.93, 0.92, 0.92
MAX_FALSE, MAX_ECE = 0.03, 0.05

PRICE_NOTE = (
    "Rasa's default is DIET; Rasa's logistic is LogisticRegressionClassifier with CRFEntityExtractor; spaCy "
    "is textcat_multilabel, a bag of words and a convolutional network. Every recipe learns data/nlu from "
    "nothing in a process of its own and is asked every message of all sets, one at a time, in another; "
    "memory is of that process at its end, without a server. Training: the last one, repeated when what "
    "the recipe learns from has changed; in brackets, processor time of all cores. "
    "Rasa's own recipes know one intent a message: one with several teaches them only the intent of its "
    "file, while this assistant and spaCy learn them all. spaCy learns nine tenths of the phrases; by the "
    "rest it stops and chooses from what probability on an intent is said."
)
SET_NOTE = (
    "{messages} messages, none of them in data/nlu; those that only make sense after others are left out. "
    "At equal coverage: every recipe turns away its least sure 3 % of what is within scope. "
    "Entities: Rasa's own recipes find the customer's words, of which only digits are read as a number; "
    "a right one names the value or the words that a person marked."
)


@dataclass(frozen=True)
class Result:
    """Of one contestant; the assistant's comes first."""

    title: str
    training: Training
    memory: float  # MB
    judged: Mapping[str, Sequence[Judged]]  # by set

    @property
    def all(self) -> list[Judged]:
        return list(chain.from_iterable(self.judged.values()))


def sheets(results: Sequence[Result]) -> list[Sheet]:
    return [_price(results), *(_set(name, results) for name in results[0].judged)]


def _price(results: Sequence[Result]) -> Sheet:
    parses = {percent: [score.milliseconds(one.all, percent) for one in results] for percent in (50, 95)}
    seconds = [one.training.seconds for one in results]
    return Sheet(
        title="Understanding",
        columns=_titles(results),
        rows=[
            Line(
                "training from nothing",
                [f"{one.training.seconds:.1f} s ({one.training.processor:.1f} s)" for one in results],
                f"≤ {MAX_TRAINING:.0f} s",
                seconds[0] <= MAX_TRAINING,
            ),
            Line(
                "parse, p50",
                [f"{one:.1f} ms" for one in parses[50]],
                f"≤ {MAX_PARSE:.0f} ms",
                parses[50][0] <= MAX_PARSE,
            ),
            Line("parse, p95", [f"{one:.1f} ms" for one in parses[95]]),
            Line("memory after the parses", [f"{one.memory:.0f} MB" for one in results]),
            Line("model", [f"{one.training.size:.1f} MB" for one in results]),
        ],
        note=PRICE_NOTE,
        picture=Picture("bench-understanding", "Understanding, by recipe", _chart(results)),
    )


def _chart(results: Sequence[Result]) -> str:
    def groups(measure: Callable[[Sequence[Judged]], Share]) -> dict[str, list[float]]:
        return {
            name: [measure(one.judged[name]).value or 0.0 for one in results] for name in results[0].judged
        }

    return chart(
        _titles(results),
        [
            Panel("The message's intents exactly right", EXACT, groups(score.exact)),
            Panel(
                "Out of scope and spam rejected, at equal coverage",
                REJECTED,
                groups(score.rejected_at_equal_coverage),
            ),
        ],
    )


def _set(name: str, results: Sequence[Result]) -> Sheet:
    judged = [one.judged[name] for one in results]
    measured = [score.measures(items) for items in judged]
    equal = [score.rejected_at_equal_coverage(items).value for items in judged]

    def line(title: str, key: str, least: float | None = None, most: float | None = None) -> Line:
        return _line(title, [one[key] for one in measured], least, most)

    return Sheet(
        title=f"Understanding: {name}",
        columns=_titles(results),
        rows=[
            line("exact match of the intents", "exact", least=EXACT),
            *_styles(judged),
            line("micro F1", "micro_f1", least=MICRO),
            line("macro F1", "macro_f1"),
            line("out of scope and spam rejected", "rejected", least=REJECTED),
            line("within scope rejected", "falsely_rejected", most=MAX_FALSE),
            _line("rejected at equal coverage", equal, least=REJECTED),
            line("expected calibration error", "ece", most=MAX_ECE),
            line("entities, F1", "entities_f1", least=ENTITIES),
        ],
        note=SET_NOTE.format(messages=len(judged[0])),
    )


def _styles(judged: Sequence[Sequence[Judged]]) -> list[Line]:
    shares = [score.per_style(items) for items in judged]
    return [
        Line(f"exact, {style} ({share.rows})", [_number(one[style].value) for one in shares])
        for style, share in shares[0].items()
    ]


def _line(
    title: str, values: Sequence[float | None], least: float | None = None, most: float | None = None
) -> Line:
    """The aim, if there is one, is the assistant's."""
    shown, ours = [_number(value) for value in values], values[0]
    if ours is None:
        return Line(title, shown)
    if least is not None:
        return Line(title, shown, f"≥ {least:.2f}", ours >= least)
    if most is not None:
        return Line(title, shown, f"≤ {most:.2f}", ours <= most)
    return Line(title, shown)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _titles(results: Sequence[Result]) -> list[str]:
    return [one.title for one in results]
