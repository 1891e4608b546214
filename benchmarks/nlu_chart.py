"""Bars of several recipes on several sets, as an SVG that follows the reader's light or dark page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 760
LEFT = 110  # pixels for the names of the sets
SCALE = 560  # pixels of 1.0
BAR, GAP, HEAD, LEGEND = 15, 12, 34, 40

# Told apart by colour-blind people too (Okabe and Ito).
_STYLE = """\
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .value { font-size: 11px }
  .aim { stroke: #1f2328; stroke-dasharray: 3 3 }
  .b0 { fill: #0072b2 } .b1 { fill: #e69f00 } .b2 { fill: #009e73 } .b3 { fill: #cc79a7 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .aim { stroke: #e6edf3 } .b0 { fill: #56b4e9 }
  }
</style>"""


@dataclass(frozen=True)
class Panel:
    title: str
    aim: float
    groups: Mapping[str, Sequence[float]]  # by set, one share for each recipe

    @property
    def height(self) -> int:
        return HEAD + sum(len(bars) * BAR + GAP for bars in self.groups.values())


def chart(names: Sequence[str], panels: Sequence[Panel]) -> str:
    height = LEGEND + sum(panel.height for panel in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape('; '.join(panel.title for panel in panels))}</title>",
        _STYLE,
        *_legend(names),
    ]
    top = LEGEND
    for panel in panels:
        parts += _panel(panel, top)
        top += panel.height
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(names: Sequence[str]) -> Iterable[str]:
    step = (WIDTH - 20) // len(names)
    for number, name in enumerate(names):
        x = 10 + number * step
        yield f'<rect class="b{number}" x="{x}" y="10" width="12" height="12" rx="2"/>'
        yield f'<text x="{x + 18}" y="21">{escape(name)}</text>'


def _panel(panel: Panel, top: int) -> Iterable[str]:
    yield f'<text class="title" x="10" y="{top + 20}">{escape(panel.title)}</text>'
    aim, bottom = LEFT + panel.aim * SCALE, top + panel.height - GAP
    yield f'<line class="aim" x1="{aim:.1f}" x2="{aim:.1f}" y1="{top + 26}" y2="{bottom}"/>'
    yield f'<text class="value" x="{aim:.1f}" y="{top + 20}" text-anchor="middle">{panel.aim:.2f}</text>'
    y = top + HEAD
    for name, values in panel.groups.items():
        yield f'<text x="10" y="{y + len(values) * BAR / 2 + 4:.1f}">{escape(name)}</text>'
        for number, value in enumerate(values):
            yield _bar(number, value, y)
            y += BAR
        y += GAP


def _bar(number: int, value: float, y: int) -> str:
    long = value * SCALE
    return (
        f'<rect class="b{number}" x="{LEFT}" y="{y}" width="{long:.1f}" height="{BAR - 2}" rx="2"/>'
        f'<text class="value" x="{LEFT + long + 6:.1f}" y="{y + 10}">{value:.3f}</text>'
    )
