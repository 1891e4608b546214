"""Bars as an SVG that follows the reader's light or dark page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.reports.funnel import Funnel

# Pixels: the page, what is left of it for the words beside a bar, a letter of a bar's name at its widest.
WIDTH, RIGHT, LETTER = 760, 90, 8
BAR, GAP, HEAD = 20, 6, 36

_STYLE = """\
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .value { font-size: 12px }
  rect { fill: #0072b2 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect { fill: #56b4e9 } }
</style>"""


@dataclass(frozen=True)
class Bar:
    """`words` stand beside it and tell its value."""

    name: str
    value: float
    words: str


def draw(title: str, panels: Mapping[str, Sequence[Bar]]) -> str:
    """`panels`: what is above them → the bars, which are as long as the panel's longest allows."""
    height = HEAD + sum(HEAD + len(bars) * (BAR + GAP) for bars in panels.values())
    left = 20 + LETTER * max((len(bar.name) for bars in panels.values() for bar in bars), default=0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        _STYLE,
        f'<text class="title" x="10" y="22">{escape(title)}</text>',
    ]
    top = HEAD
    for name, bars in panels.items():
        parts += _panel(name, bars, top, left)
        top += HEAD + len(bars) * (BAR + GAP)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(name: str, bars: Sequence[Bar], top: int, left: int) -> Iterable[str]:
    yield f'<text class="title" x="10" y="{top + 22}">{escape(name)}</text>'
    longest = max((bar.value for bar in bars), default=0) or 1
    for number, bar in enumerate(bars):
        y = top + HEAD - 4 + number * (BAR + GAP)
        width = round((WIDTH - RIGHT - left) * bar.value / longest)
        yield f'<text x="10" y="{y + 15}">{escape(bar.name)}</text>'
        yield f'<rect x="{left}" y="{y}" width="{width}" height="{BAR}" rx="2"/>'
        yield f'<text class="value" x="{left + width + 8}" y="{y + 15}">{escape(bar.words)}</text>'


def levels_of(funnel: Funnel, names: Mapping[str, str]) -> list[Bar]:
    """`names`: field of a Funnel → its name. What is not known is left out."""
    counts = [(name, getattr(funnel, level)) for level, name in names.items()]
    known = [(name, count) for name, count in counts if count is not None]
    above = [None, *(count for _, count in known)]
    return [
        Bar(name, count, _share(count, before)) for (name, count), before in zip(known, above, strict=False)
    ]


def _share(count: int, before: int | None) -> str:
    """«12 (40 %)»: the share of the level above."""
    return f"{count} ({round(100 * count / before)} %)" if before else str(count)
