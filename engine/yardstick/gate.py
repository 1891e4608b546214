"""The gate: every measure of every set against its threshold in tests/nlu/gate.yml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

import yaml

from engine.yardstick.rows import YardstickError


class Measure(NamedTuple):
    title: str
    advice: str  # what to do when the threshold is missed
    ceiling: bool = False  # the threshold is the most it may be, not the least


MEASURES: Dict[str, Measure] = {
    "exact": Measure(
        "Поняты целиком",
        "посмотрите в отчёте «Все промахи» и допишите похожие (не те же) фразы в data/nlu",
    ),
    "micro_f1": Measure(
        "Намерения, F1",
        "посмотрите в отчёте «По намерениям», у каких полоса короче, и допишите им фраз",
    ),
    "rejected": Measure(
        "Чужое и спам узнаны",
        "допишите разных фраз не по теме в data/nlu/out_of_scope.yml и spam.yml",
    ),
    "falsely_rejected": Measure(
        "Своё принято за чужое",
        "посмотрите такие промахи в отчёте и допишите похожие фразы в файл верного намерения",
        ceiling=True,
    ),
    "translit_gap": Measure(
        "Транслит хуже обычного на",
        "что-то испортило разбор транслита: engine/nlu/translit.py и normalise.py",
        ceiling=True,
    ),
    "layout_gap": Measure(
        "Не та раскладка хуже обычного на",
        "что-то испортило разбор раскладки: engine/nlu/normalise.py",
        ceiling=True,
    ),
    "ece": Measure(
        "Ошибка уверенности",
        "посмотрите в отчёте «Уверенность» и проверьте, нет ли в data/nlu похожих фраз у разных намерений",
        ceiling=True,
    ),
    "entities_f1": Measure(
        "Машины, суммы, даты, F1",
        "посмотрите в отчёте «Детали» и дополните data/catalogue.yml или data/lexicon",
    ),
}


@dataclass(frozen=True)
class Verdict:
    set: str
    measure: str
    value: float
    threshold: float

    @property
    def met(self) -> bool:
        if MEASURES[self.measure].ceiling:
            return self.value <= self.threshold
        return self.value >= self.threshold

    @property
    def miss(self) -> str:
        """What is missed and what to do about it."""
        measure = MEASURES[self.measure]
        bound = "не больше" if measure.ceiling else "не меньше"
        return (
            f"{self.set}, {self.measure} ({measure.title.lower()}): {percent(self.value)}, "
            f"а нужно {bound} {percent(self.threshold)}. Что делать: {measure.advice}."
        )


Thresholds = Mapping[str, Mapping[str, float]]
Values = Mapping[str, Mapping[str, Optional[float]]]  # set → measure → value, None: cannot be measured there


def read_thresholds(path: Path) -> Thresholds:
    """Measure → set → share from 0 to 1."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise YardstickError(f"{path}: не читается как YAML: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(sets, dict) for sets in found.values()):
        raise YardstickError(f"{path}: нужны строки «мера:» и под каждой «набор: порог»")
    for measure, sets in found.items():
        for name, threshold in sets.items():
            if not _is_share(threshold):
                raise YardstickError(
                    f"{path}: {measure}, {name}: порог {threshold!r}, а нужно число от 0 до 1"
                )
    return found


def _is_share(threshold: Any) -> bool:
    return isinstance(threshold, (int, float)) and not isinstance(threshold, bool) and 0 <= threshold <= 1


def verdicts(thresholds: Thresholds, values: Values) -> List[Verdict]:
    """In the order of `MEASURES`. A threshold too few or too many is an error, never a silent pass."""
    needed = {(m, name) for name, held in values.items() for m in MEASURES if held[m] is not None}
    given = {(measure, name) for measure, sets in thresholds.items() for name in sets}
    if needed - given:
        raise YardstickError(f"gate.yml: нет порога {_named(min(needed - given))}")
    if given - needed:
        raise YardstickError(
            f"gate.yml: порог {_named(min(given - needed))} лишний: мерить нечего, проверьте имена"
        )
    return [
        Verdict(name, measure, value, thresholds[measure][name])
        for measure in MEASURES
        for name, held in values.items()
        if (value := held[measure]) is not None
    ]


def _named(key: Any) -> str:
    measure, name = key
    return f"«{measure}» для набора «{name}»"


def percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".", ",").replace("-", "−")
