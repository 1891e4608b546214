"""The measuring sets of tests/nlu: messages with what a careful person says they mean."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import AbstractSet, Any, Dict, FrozenSet, List, Optional, Sequence, Tuple

from engine.yardstick.slots import NAMED_SOMETIMES

HEADER = ["id", "text", "labels", "slots", "style"]
# Sets whose gold names days, towns and features only where the answer needs them.
SPARSE = frozenset(["validation"])
STYLES = ("clean", "slang", "typo", "translit", "layout", "caps", "voice_style", "multi", "long")


class YardstickError(Exception):
    """The yardstick cannot measure: what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Row:
    """One message. `slots` is None in a set that says nothing of them."""

    id: str
    text: str
    labels: Tuple[str, ...]
    style: str
    slots: Optional[Dict[str, Any]] = None
    not_extra: FrozenSet[str] = frozenset()  # slots that the set names only now and then

    @property
    def accepted(self) -> Tuple[Tuple[str, ...], ...]:
        """Every reading that is right: the labels first, then the other answer that counts as well."""
        other = (self.slots or {}).get("_alt")
        return (self.labels, _labels(other)) if other else (self.labels,)

    @property
    def needs_context(self) -> bool:
        """Only what was said before makes it clear, so that it cannot be measured alone."""
        return "_ctx" in (self.slots or {})


def read_sets(folder: Path, intents: AbstractSet[str]) -> Dict[str, List[Row]]:
    """Every set of the folder by its file's name. An unknown intent, style or a bad line is an error."""
    sets = {path.stem: read_rows(path, intents) for path in sorted(folder.glob("*.tsv"))}
    if not sets:
        raise YardstickError(f"{folder}: нет ни одного набора .tsv")
    return sets


def read_rows(path: Path, intents: AbstractSet[str]) -> List[Row]:
    """Rows with a header, or without one: text and labels alone, every row of the style `multi`."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")  # a text may hold rarer line ends
    headed = lines[0].split("\t") == HEADER
    rows: List[Row] = []
    seen: Dict[str, int] = {}
    for number, line in enumerate(lines[headed:], 1 + headed):
        try:
            row = (
                _row(line.split("\t"), path.stem)
                if headed
                else _plain_row(f"{path.stem}-{number}", line.split("\t"))
            )
            _check(row, intents)
            if row.id in seen:
                raise ValueError(f"номер {row.id} уже есть в строке {seen[row.id]}")
        except ValueError as error:
            raise YardstickError(f"{path}, строка {number}: {error}") from error
        seen[row.id] = number
        rows.append(row)
    if not rows:
        raise YardstickError(f"{path}: нет сообщений")
    return rows


def _row(cells: Sequence[str], name_of_set: str) -> Row:
    if len(cells) != len(HEADER):
        raise ValueError(f"нужно {len(HEADER)} столбцов через табуляцию, а здесь {len(cells)}")
    name, text, labels, slots, style = cells
    not_extra = NAMED_SOMETIMES if name_of_set in SPARSE else frozenset()
    return Row(name, text, _labels(labels), style, _slots(slots), not_extra)


def _plain_row(name: str, cells: Sequence[str]) -> Row:
    if len(cells) != 2:
        raise ValueError(f"нужны текст и метки через табуляцию, а столбцов {len(cells)}")
    return Row(name, cells[0], _labels(cells[1]), "multi")


def _labels(joined: str) -> Tuple[str, ...]:
    return tuple(joined.split("+"))


def _slots(text: str) -> Dict[str, Any]:
    try:
        slots = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"столбец slots не JSON: {error.msg}, знак {error.pos}") from error
    if not isinstance(slots, dict):
        raise ValueError("столбец slots должен быть объектом JSON: {…}")
    return slots


def _check(row: Row, intents: AbstractSet[str]) -> None:
    if not row.text.strip():
        raise ValueError("пустое сообщение")
    if row.style not in STYLES:
        raise ValueError(f"нет стиля «{row.style}», есть {', '.join(STYLES)}")
    for labels in row.accepted:
        unknown = [label for label in labels if label not in intents]
        if unknown:
            raise ValueError(f"нет намерения «{unknown[0]}» в domain.yml")
        if len(set(labels)) < len(labels):
            raise ValueError(f"намерение названо дважды: {'+'.join(labels)}")
