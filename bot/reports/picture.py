"""A funnel as an SVG that follows the reader's light or dark page."""

from collections.abc import Iterable, Mapping
from html import escape

from bot.reports.funnel import Funnel

WIDTH, LEFT, SCALE = 760, 130, 540  # pixels: the page, the names of the levels, the longest bar
BAR, GAP, HEAD = 20, 6, 36

_STYLE = """\
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .value { font-size: 12px }
  rect { fill: #0072b2 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } rect { fill: #56b4e9 } }
</style>"""


def draw(title: str, levels: Mapping[str, str], funnels: Mapping[str, Funnel]) -> str:
    """`levels`: field of a Funnel → its name; `funnels`: name of a group → its counts."""
    rows = {name: _known(levels, funnel) for name, funnel in funnels.items()}
    height = HEAD + sum(HEAD + len(row) * (BAR + GAP) for row in rows.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        _STYLE,
        f'<text class="title" x="10" y="22">{escape(title)}</text>',
    ]
    top = HEAD
    for name, row in rows.items():
        parts += _panel(name, row, top)
        top += HEAD + len(row) * (BAR + GAP)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _known(levels: Mapping[str, str], funnel: Funnel) -> list[tuple[str, int]]:
    counts = ((name, getattr(funnel, level)) for level, name in levels.items())
    return [(name, count) for name, count in counts if count is not None]


def _panel(name: str, row: list[tuple[str, int]], top: int) -> Iterable[str]:
    yield f'<text class="title" x="10" y="{top + 22}">{escape(name)}</text>'
    longest = max(count for _, count in row) or 1
    before = None
    for number, (level, count) in enumerate(row):
        y = top + HEAD - 4 + number * (BAR + GAP)
        width = round(SCALE * count / longest)
        yield f'<text x="10" y="{y + 15}">{escape(level)}</text>'
        yield f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2"/>'
        yield f'<text class="value" x="{LEFT + width + 8}" y="{y + 15}">{_value(count, before)}</text>'
        before = count


def _value(count: int, before: int | None) -> str:
    """«12 (40 %)»: the share of the level above."""
    return f"{count} ({round(100 * count / before)} %)" if before else str(count)
