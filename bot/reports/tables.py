"""How departments and people answer, as tables, CSV and bars."""

import csv
import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.leads.export import harmless
from bot.reports.departments import Answers, Work
from bot.reports.picture import Bar

IN_MESSENGER = "в самом мессенджере"
# Characters of the head of a column of numbers, unless one word is longer.
HEAD = 9

_SPEED: dict[str, Callable[[Answers], float | None]] = {
    "обращения": lambda found: found.tickets,
    "первый ответ, раб. мин": lambda found: found.in_hours.median,
    "9 из 10": lambda found: found.in_hours.slowest,
    "первый ответ, мин": lambda found: found.plain.median,
    "9 из 10 (мин)": lambda found: found.plain.slowest,
}
_CARE: dict[str, Callable[[Answers], float | None]] = {
    "пропущено": lambda found: found.missed,
    "взято": lambda found: found.claimed,
    "эскалации": lambda found: found.escalated,
    "передано": lambda found: found.transferred,
    "оценка": lambda found: found.rating,
    "оценок": lambda found: found.ratings,
}
_DEPARTMENT = _SPEED | _CARE
_PERSON: dict[str, Callable[[Work], float | None]] = {
    "беседы": lambda work: work.chats,
    "первый ответ, раб. мин": lambda work: work.first_answer,
    "контакты": lambda work: work.contacts,
    "на связи, мин": lambda work: work.online / dt.timedelta(minutes=1),
}
_PANELS: dict[str, Callable[[Answers], float | None]] = {
    "Обращения": _DEPARTMENT["обращения"],
    "Первый ответ, медиана, рабочих минут": _DEPARTMENT["первый ответ, раб. мин"],
    "Первый ответ девяти из десяти, рабочих минут": _DEPARTMENT["9 из 10"],
    "Ждали дольше 2 рабочих минут": _DEPARTMENT["пропущено"],
    "Средняя оценка": _DEPARTMENT["оценка"],
}


@dataclass(frozen=True)
class Numbers:
    """Rows of numbers; None is not known."""

    titles: tuple[str, ...]
    rows: Sequence[tuple[str, Sequence[float | None]]]
    legend: str = ""


def department_table(found: Mapping[str, Answers]) -> Numbers:
    return _of_departments(found, _DEPARTMENT)


def department_tables(found: Mapping[str, Answers]) -> tuple[Numbers, Numbers]:
    """The same in two, each of which a terminal of 80 columns holds."""
    speed = "раб. мин — минуты, когда отдел открыт; 9 из 10 — за столько ответили девяти клиентам из десяти"
    care = "пропущено — клиент ждал дольше 2 рабочих минут; эскалации — не ответили вовремя, позвали других"
    return _of_departments(found, _SPEED, speed), _of_departments(found, _CARE, care)


def _of_departments(
    found: Mapping[str, Answers], cells: Mapping[str, Callable[[Answers], float | None]], legend: str = ""
) -> Numbers:
    rows = [(name, [cell(answers) for cell in cells.values()]) for name, answers in found.items()]
    return Numbers(("отдел", *cells), rows, legend)


def person_table(works: Iterable[Work]) -> Numbers:
    rows = [(work.name or IN_MESSENGER, [cell(work) for cell in _PERSON.values()]) for work in works]
    legend = "на связи — сумма перерывов короче 15 минут между действиями"
    return Numbers(("сотрудник", *_PERSON), rows, legend)


def print_tables(*tables: Numbers) -> None:
    """Of a narrow terminal only the names of the rows take several lines."""
    for numbers in tables:
        name, *heads = (fill(title, HEAD, break_long_words=False) for title in numbers.titles)
        columns = [Column(head, justify="right", no_wrap=True) for head in heads]
        table = Table(name, *columns, box=box.SIMPLE_HEAD)
        for row, cells in numbers.rows:
            table.add_row(escape(row), *(spoken(cell) for cell in cells))
        Console().print(table)
        if numbers.legend:
            Console().print(f"{numbers.legend}\n", style="dim", highlight=False)


def print_csv(*tables: Numbers) -> None:
    """One under another, with an empty line between."""
    out = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    for number, numbers in enumerate(tables):
        out.writerows([[]] if number else [])
        out.writerow(numbers.titles)
        out.writerows([harmless(name), *map(_bare, cells)] for name, cells in numbers.rows)


def panels_of(found: Mapping[str, Answers]) -> dict[str, list[Bar]]:
    """A measure each, with a bar for each department of which it is known."""
    return {
        title: [
            Bar(name, value, spoken(value))
            for name, answers in found.items()
            if (value := measure(answers)) is not None
        ]
        for title, measure in _PANELS.items()
    }


def spoken(number: float | None) -> str:
    """«3,5»; what is not known is a dash."""
    return _bare(number) or "—"


def _bare(number: float | None) -> str:
    return f"{number:.1f}".removesuffix(".0").replace(".", ",") if number is not None else ""
