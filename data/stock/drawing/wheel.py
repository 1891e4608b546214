"""One wheel seen from the side, at any size."""

import math

from drawing.canvas import Canvas, Colour, Point, alpha, darker, ellipse, lighter
from drawing.look import Look

RUBBER: Colour = (30, 31, 34)
SILVER: Colour = (196, 201, 207)


def draw_wheel(canvas: Canvas, look: Look, x: float, y: float, radius: float, turn: float) -> None:
    """`turn`: how far the wheel has rolled, radians."""
    canvas.fill(ellipse(x, y, radius), ((58, 60, 64), (18, 18, 20)))
    canvas.fill(ellipse(x, y, radius * 0.965), RUBBER)
    canvas.line(ellipse(x, y, radius * 0.85), (52, 54, 58), radius * 0.012)
    rim = radius * (0.64 if look.steel_wheels else 0.71)
    canvas.fill(ellipse(x, y, rim * 1.03), (88, 92, 98))
    canvas.fill(ellipse(x, y, rim * 0.97), ((20, 21, 24), (40, 42, 46)))
    _brake(canvas, x, y, rim)
    if look.steel_wheels:
        _steel(canvas, x, y, rim, turn)
    else:
        _alloy(canvas, look, x, y, rim, turn)
    canvas.line(ellipse(x, y, rim), (222, 226, 230), rim * 0.05)
    canvas.line(ellipse(x, y, rim * 1.03), (60, 62, 66), rim * 0.02)


def _brake(canvas: Canvas, x: float, y: float, rim: float) -> None:
    canvas.fill(ellipse(x, y, rim * 0.74), ((110, 113, 118), (76, 78, 84)))
    canvas.line(ellipse(x, y, rim * 0.52), (70, 72, 78), rim * 0.02)
    caliper = [
        (x + rim * r * math.cos(a), y + rim * r * math.sin(a)) for r, a in _arc(0.78, 0.45, -0.55, 0.5)
    ]
    canvas.fill(caliper, (58, 60, 66))


def _arc(outer: float, inner: float, start: float, end: float) -> list[Point]:
    angles = [start + (end - start) * i / 12 for i in range(13)]
    return [*((outer, a) for a in angles), *((inner, a) for a in reversed(angles))]


def _alloy(canvas: Canvas, look: Look, x: float, y: float, rim: float, turn: float) -> None:
    half = (0.30 if look.spokes <= 6 else 0.19) * (0.72 if look.split_spokes else 1)
    base = SILVER if not look.is_new or look.spokes % 2 else (150, 155, 162)
    for spoke in range(look.spokes):
        middle = turn + math.tau * spoke / look.spokes
        angles = (middle - half * 0.75, middle + half * 0.75) if look.split_spokes else (middle,)
        for angle in angles:
            width = half * (0.42 if look.split_spokes else 1)
            shine = 0.5 + 0.5 * math.cos(angle + math.pi / 2)  # light comes from above
            blade = _spoke(x, y, rim, middle, angle, width)
            canvas.fill(blade, darker(lighter(base, 0.35 * shine), 0.30 * (1 - shine)))
            canvas.line([blade[0], blade[3]], lighter(base, 0.6), rim * 0.012)
    canvas.fill(ellipse(x, y, rim * 0.25), (lighter(base, 0.2), darker(base, 0.25)))
    _bolts(canvas, x, y, rim * 0.18, rim * 0.028, turn, 5)
    canvas.fill(ellipse(x, y, rim * 0.11), ((64, 68, 76), (34, 36, 42)))


def _spoke(x: float, y: float, rim: float, hub: float, angle: float, half: float) -> list[Point]:
    def at(share: float, turn: float) -> Point:
        return (x + rim * share * math.cos(turn), y + rim * share * math.sin(turn))

    return [at(0.16, hub - 0.45), at(0.97, angle - half), at(0.97, angle + half), at(0.16, hub + 0.45)]


def _steel(canvas: Canvas, x: float, y: float, rim: float, turn: float) -> None:
    """A wheel cover: a disc with openings."""
    canvas.fill(ellipse(x, y, rim * 0.95), ((186, 190, 196), (136, 140, 147)))
    for opening in range(10):
        angle = turn + math.tau * opening / 10
        hole = [
            (x + rim * r * math.cos(a), y + rim * r * math.sin(a))
            for r, a in _arc(0.86, 0.55, angle - 0.17, angle + 0.17)
        ]
        canvas.fill(hole, (46, 48, 53))
        canvas.line(hole[:13], (110, 114, 120), rim * 0.015)
    canvas.line(ellipse(x, y, rim * 0.46), alpha((90, 94, 100), 160), rim * 0.02)
    canvas.fill(ellipse(x, y, rim * 0.27), ((206, 210, 215), (120, 124, 131)))
    canvas.fill(ellipse(x, y, rim * 0.12), (70, 74, 82))


def _bolts(canvas: Canvas, x: float, y: float, far: float, size: float, turn: float, count: int) -> None:
    for bolt in range(count):
        angle = turn + math.tau * (bolt + 0.5) / count
        canvas.fill(ellipse(x + far * math.cos(angle), y + far * math.sin(angle), size), (56, 58, 64))
