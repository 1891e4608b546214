"""The report's pictures as SVG. Colours are the page's; every number is in the picture as text too."""

from html import escape
from typing import List, Mapping, Sequence

from engine.yardstick.calibration import Bin
from engine.yardstick.gate import percent
from engine.yardstick.mistakes import NOTHING, Confusion

CELL = 26  # pixels: a number of three digits fits
NAMES = 128  # pixels for the longest intent's name
SIDE = 300  # of the reliability picture
MARGIN = 40
SILENCE = "ничего"


def heat_map(counts: Mapping[Confusion, int]) -> str:
    """Rows say what was meant, columns what was understood; right ones are on the diagonal."""
    intents = [*sorted({intent for pair in counts for intent in pair} - {NOTHING}), NOTHING]
    most = max((count for (meant, taken), count in counts.items() if meant != taken), default=1)
    side = NAMES + CELL * len(intents)
    marks: List[str] = []
    for place, intent in enumerate(intents):
        middle = NAMES + CELL * place + CELL / 2
        name = escape(intent or SILENCE)
        marks.append(f'<text class="name" x="{NAMES - 6}" y="{middle + 4}" text-anchor="end">{name}</text>')
        marks.append(
            f'<text class="name" transform="translate({middle + 4} {NAMES - 6}) rotate(-90)">{name}</text>'
        )
    for row, meant in enumerate(intents):
        for column, taken in enumerate(intents):
            x, y = NAMES + CELL * column, NAMES + CELL * row
            marks.append(_cell(x, y, meant, taken, counts.get((meant, taken), 0), most))
    return (
        f'<svg class="heat" width="{side}" height="{side}" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="Что с чем путают: те же числа словами под картинкой">{"".join(marks)}</svg>'
    )


def _cell(x: int, y: int, meant: str, taken: str, count: int, most: int) -> str:
    box = f'x="{x}" y="{y}" width="{CELL - 1}" height="{CELL - 1}"'
    if not count:
        return f'<rect class="empty" {box}/>'
    right = meant == taken
    kind, strength = ("right", 0.25) if right else ("wrong", 0.2 + 0.8 * count / most)
    pair = f"{escape(meant or SILENCE)} → {escape(taken or SILENCE)}: {count}"
    number = f'<text x="{x + CELL / 2 - 0.5}" y="{y + CELL / 2 + 4}" text-anchor="middle">{count}</text>'
    return f'<g><title>{pair}</title><rect class="{kind}" {box} fill-opacity="{strength:.2f}"/>{number}</g>'


def reliability_picture(bins: Sequence[Bin]) -> str:
    """A dot per bin, as large as it has guesses; on the line the confidence is honest."""
    most = max((held.guesses for held in bins), default=1)
    marks = [f'<path class="honest" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>']
    for tenth in range(0, 11, 2):
        share = tenth / 10
        marks.append(f'<path class="grid" d="M{_x(share)} {_y(0)}V{_y(1)}M{_x(0)} {_y(share)}H{_x(1)}"/>')
        marks.append(f'<text x="{_x(share)}" y="{_y(0) + 18}" text-anchor="middle">{tenth * 10}</text>')
        marks.append(f'<text x="{_x(0) - 8}" y="{_y(share) + 4}" text-anchor="end">{tenth * 10}</text>')
    for held in bins:
        said = f"уверенность {percent(held.confidence)}, верно {percent(held.right)}, догадок {held.guesses}"
        radius = 4 + 9 * (held.guesses / most) ** 0.5
        marks.append(
            f'<circle cx="{_x(held.confidence):.1f}" cy="{_y(held.right):.1f}" r="{radius:.1f}">'
            f"<title>{said}</title></circle>"
        )
    side = SIDE + MARGIN + 16
    return (
        f'<svg class="honesty" width="{side}" height="{side}" viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="Уверенность и правота: те же числа в таблице рядом">{"".join(marks)}</svg>'
    )


def _x(share: float) -> float:
    return MARGIN + SIDE * share


def _y(share: float) -> float:
    return 16 + SIDE * (1 - share)
