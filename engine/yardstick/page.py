"""The report of understanding for the admin: one page without anything from outside."""

import datetime as dt
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence

from engine.yardstick import score
from engine.yardstick.calibration import reliability
from engine.yardstick.gate import MEASURES, Values, Verdict, percent
from engine.yardstick.mistakes import by_intent, confusion, mistakes, sureness
from engine.yardstick.pictures import SILENCE, heat_map, reliability_picture
from engine.yardstick.score import Judged
from engine.yardstick.slots import compare, slots_of

CSS = Path(__file__).with_name("page.css")
SURE = 0.8  # a mistake above it is one the bot would not have asked about
WORST = 15
STYLE_NAMES = {
    "clean": "обычные",
    "slang": "жаргон",
    "typo": "опечатки",
    "translit": "транслит",
    "layout": "не та раскладка",
    "caps": "КАПСОМ",
    "voice_style": "голосом",
    "multi": "несколько вопросов",
    "long": "длинные",
}


@dataclass(frozen=True)
class Findings:
    """All that the page tells: the judged rows by set, the measures, and the gate's verdicts on them."""

    judged: Mapping[str, Sequence[Judged]]
    values: Values
    verdicts: Sequence[Verdict]
    phrase_files: Mapping[str, str]  # intent → where its phrases are
    model: str
    made: dt.datetime

    @property
    def together(self) -> List[Judged]:
        return [item for items in self.judged.values() for item in items]


def page(findings: Findings) -> str:
    everything = findings.together
    wrong = mistakes(everything)
    sections = (
        _headline(findings),
        _thresholds(findings),
        _styles(findings),
        _intents(everything, findings.phrase_files),
        _confusion(everything),
        _reliability(everything),
        _worst(wrong),
        _all_mistakes(wrong, findings.phrase_files),
        _details(everything),
    )
    return (
        '<!doctype html>\n<html lang="ru">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Как бот понимает людей</title>\n<style>\n{CSS.read_text(encoding='utf-8')}</style>\n"
        f"</head>\n<body>\n<main>\n{''.join(sections)}</main>\n</body>\n</html>\n"
    )


def _headline(findings: Findings) -> str:
    missed = [verdict for verdict in findings.verdicts if not verdict.met]
    everything = findings.together
    times = f"{score.milliseconds(everything, 50):.1f} мс".replace(".", ",")
    slow = f"{score.milliseconds(everything, 95):.1f} мс".replace(".", ",")
    verdict = (
        f'<p class="verdict bad">Не взято порогов: {len(missed)}.</p>'
        f"<ul>{''.join(f'<li>{escape(item.miss)}</li>' for item in missed)}</ul>"
        if missed
        else '<p class="verdict good">Все пороги взяты.</p>'
    )
    made = findings.made.strftime("%d.%m.%Y %H:%M")
    return (
        f"<h1>Как бот понимает людей</h1>\n{verdict}"
        f'<p class="quiet">Сообщений: {len(everything)}. Модель {escape(findings.model)}, отчёт {made}. '
        f"Разбор одного сообщения: обычно {times}, 95 из 100 быстрее {slow}.</p>\n"
    )


def _thresholds(findings: Findings) -> str:
    names = list(findings.judged)
    verdicts = {(verdict.measure, verdict.set): verdict for verdict in findings.verdicts}
    rows = [
        [escape(measure.title), *(_verdict(verdicts.get((key, name))) for name in names)]
        for key, measure in MEASURES.items()
    ]
    beyond = {"macro_f1": "Намерения поровну, F1", "order": "Порядок вопросов верен"}
    rows += [
        [title, *(_value(findings.values[name][key]) for name in names)] for key, title in beyond.items()
    ]
    note = (
        "Пороги лежат в <code>tests/nlu/gate.yml</code>, наборы описаны в <code>tests/nlu/README.md</code>."
    )
    return _section("Пороги", _table(["Мера", *names], rows) + f'<p class="quiet">{note}</p>')


def _verdict(verdict: Optional[Verdict]) -> str:
    if verdict is None:
        return _value(None)
    kind, mark = ("good", "✓") if verdict.met else ("bad", "✗ мимо")
    bound = "≤" if MEASURES[verdict.measure].ceiling else "≥"
    return (
        f'<b class="{kind}">{percent(verdict.value)} {mark}</b>'
        f"<small>{bound} {percent(verdict.threshold)}</small>"
    )


def _value(value: Optional[float]) -> str:
    return percent(value) if value is not None else '<span class="quiet">нет</span>'


def _styles(findings: Findings) -> str:
    shares = {name: score.per_style(items) for name, items in findings.judged.items()}
    pooled = score.per_style(findings.together)
    rows = [
        [STYLE_NAMES[style], _bar(share.value), *(_share(shares[name].get(style)) for name in shares)]
        for style, share in pooled.items()
    ]
    return _section("Как пишут", _table(["Стиль", "Поняты целиком", *shares], rows))


def _share(share: Optional[score.Share]) -> str:
    return f"{share.right} из {share.rows}" if share else ""


def _intents(judged: Sequence[Judged], files: Mapping[str, str]) -> str:
    tallies = sorted(score.per_intent(judged).items(), key=lambda pair: pair[1].f1)
    rows = [
        [
            f"<code>{escape(intent)}</code>",
            _bar(tally.f1),
            percent(tally.precision),
            percent(tally.recall),
            f"{tally.support}",
            f"{tally.missed}",
            f"{tally.extra}",
            f"<code>{escape(files.get(intent, ''))}</code>",
        ]
        for intent, tally in tallies
    ]
    head = ["Намерение", "F1", "Точность", "Полнота", "Всего", "Не услышано", "Лишнее", "Фразы"]
    return _section("По намерениям", '<p class="quiet">Сверху слабые.</p>' + _table(head, rows))


def _confusion(judged: Sequence[Judged]) -> str:
    counts = confusion(judged)
    swaps = [(pair, count) for pair, count in counts.most_common() if pair[0] != pair[1]]
    words = "".join(
        f"<li><code>{escape(meant or SILENCE)}</code> → <code>{escape(taken or SILENCE)}</code>: {count}</li>"
        for (meant, taken), count in swaps
    )
    return _section(
        "Что с чем путают",
        '<p class="quiet">По строкам то, что имели в виду, по столбцам то, что понял бот. '
        f"«{SILENCE}» в столбце: вопрос не услышан; в строке: услышан лишний.</p>"
        f'<div class="wide" tabindex="0" role="region" aria-label="Что с чем путают">{heat_map(counts)}</div>'
        f"<details><summary>Словами</summary><ul>{words}</ul></details>",
    )


def _reliability(judged: Sequence[Judged]) -> str:
    bins = reliability(score.guesses(judged))
    rows = [[percent(held.confidence), percent(held.right), f"{held.guesses}"] for held in bins]
    return _section(
        "Уверенность",
        '<p class="quiet">Точка на линии: бот прав так часто, как уверен. Ниже линии он самонадеян, '
        "выше скромничает. По горизонтали уверенность, по вертикали правота, в процентах.</p>"
        f'<div class="pair">{reliability_picture(bins)}{_table(["Уверен", "Прав", "Догадок"], rows)}</div>',
    )


def _worst(wrong: Sequence[Judged]) -> str:
    sure = [item for item in wrong if sureness(item) >= SURE][:WORST]
    note = f"Ошибся с уверенностью от {percent(SURE)}: такое бот не переспросит."
    return _section("Уверенные промахи", f'<p class="quiet">{note}</p>{_messages(sure)}')


def _all_mistakes(wrong: Sequence[Judged], files: Mapping[str, str]) -> str:
    note = (
        "Не копируйте эти сообщения в <code>data/nlu</code>: ими меряют. Напишите похожие по смыслу, "
        "но другими словами, в файл, который назван у группы. Где вопросов несколько, там "
        "<code>data/nlu/together.yml</code>."
    )
    groups = "".join(
        f"<details><summary><code>{escape(intent)}</code> {len(items)} "
        f'<span class="quiet">{escape(files.get(intent, ""))}</span></summary>{_messages(items)}</details>'
        for intent, items in by_intent(wrong)
    )
    return _section("Все промахи", f"<p>{note}</p>{groups}")


def _messages(items: Iterable[Judged]) -> str:
    rows = [
        [escape(item.row.text), _understood(item), _codes(item.gold), escape(item.row.id)] for item in items
    ]
    if not rows:
        return "<p>Таких нет.</p>"
    return _table(["Сообщение", "Понято", "Надо было", "Строка"], rows, "messages")


def _understood(item: Judged) -> str:
    if not item.prediction.intents:
        return "не понял, переспросил"
    return "<br>".join(
        f"<code>{escape(guess.intent)}</code> {percent(guess.confidence)}"
        for guess in item.prediction.intents
    )


def _codes(intents: Iterable[str]) -> str:
    return "<br>".join(f"<code>{escape(intent)}</code>" for intent in intents)


def _details(judged: Iterable[Judged]) -> str:
    rows = [row for item in judged if (row := _detail(item))]
    body = (
        _table(["Сообщение", "Найдено", "Надо было", "Строка"], rows, "messages")
        if rows
        else "<p>Таких нет.</p>"
    )
    return _section(
        "Детали",
        '<p class="quiet">Сообщения, где машина, сумма, срок или дата найдены не так.</p>'
        f"<details><summary>Всего {len(rows)}</summary>{body}</details>",
    )


def _detail(item: Judged) -> Optional[List[str]]:
    if item.row.slots is None or item.prediction.entities is None:
        return None
    found = slots_of(item.prediction.entities, item.row.text)
    counts = compare(item.row.slots, found, item.row.not_extra)
    if not counts.missed and not counts.extra:
        return None
    wanted = {key: [value] for key, value in item.row.slots.items() if not key.startswith("_")}
    heard = {key: [said.value for said in held] for key, held in found.items() if not key.startswith("_")}
    return [escape(item.row.text), _slots(heard), _slots(wanted), escape(item.row.id)]


def _slots(slots: Dict[str, List[Any]]) -> str:
    shown = (f"{key}: {_plain(value)}" for key, values in slots.items() for value in values)
    return "<br>".join(escape(text) for text in shown) or SILENCE


def _plain(value: Any) -> str:
    """One of several models that a word fits is shown by its first."""
    return str(value[0] if isinstance(value, tuple) else value)


def _bar(share: Optional[float]) -> str:
    width = 100 * (share or 0)
    return f'<span class="bar"><i style="width:{width:.0f}%"></i><b>{percent(share or 0)}</b></span>'


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "numbers") -> str:
    """Cells are HTML already; on a phone each cell of messages stands under its column's name."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-name="{escape(name)}">{cell}</td>' for name, cell in zip(head, row, strict=True))
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(head[0])}">'
        f'<table class="{kind}"><thead><tr>{names}</tr></thead><tbody>\n{body}</tbody></table></div>'
    )
