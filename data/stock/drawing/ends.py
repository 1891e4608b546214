"""The car from the front and from behind: what the two views do not share."""

from drawing.canvas import (
    Canvas,
    Paint,
    alpha,
    box,
    darker,
    ellipse,
    flipped,
    lighter,
    mirrored,
    path,
)
from drawing.look import Look
from drawing.shell import MIDDLE, PLASTIC, STANCES, Stance, body, both, mirrors, plate, shine, windscreen


def draw_front(canvas: Canvas, look: Look) -> None:
    stance = STANCES[look.shape]
    shell = body(canvas, look, stance)
    with canvas.clip(shell):
        shine(canvas, look, stance)
        _hood(canvas, look, stance)
        _face(canvas, look, stance)
        _bumper(canvas, look, stance)
    windscreen(canvas, look, stance)
    canvas.line([*shell, shell[0]], alpha(darker(look.paint, 0.65), 150), 1.2)
    mirrors(canvas, look, stance)
    plate(canvas, stance.hood + 88)


def draw_rear(canvas: Canvas, look: Look) -> None:
    stance = STANCES[look.shape]
    shell = body(canvas, look, stance)
    low_trunk = look.shape in ("sedan", "pickup")
    with canvas.clip(shell):
        shine(canvas, look, stance)
        _tailgate(canvas, look, stance)
        _rear_lamps(canvas, look, stance)
        _bumper(canvas, look, stance, rear=True)
    windscreen(canvas, look, stance, rear=True)
    canvas.line([*shell, shell[0]], alpha(darker(look.paint, 0.65), 150), 1.2)
    mirrors(canvas, look, stance)
    if look.shape == "offroad":
        _spare(canvas, look, stance)
        plate(canvas, stance.sill - 44)
        return
    plate(canvas, stance.belt + (96 if low_trunk else 104))
    if not look.electric and look.shape != "van":
        canvas.fill(box(300, stance.sill - 14, 344, stance.sill - 2, 5), ((190, 194, 200), (60, 62, 66)))


def _hood(canvas: Canvas, look: Look, s: Stance) -> None:
    dark, light = alpha(darker(look.paint, 0.6), 150), alpha(lighter(look.paint, 0.6), 120)
    for side in (
        path(f"M{MIDDLE - 130} {s.belt + 12} Q{MIDDLE - 168} {s.hood - 20} {MIDDLE - 150} {s.hood - 2}"),
        path(f"M{MIDDLE - 60} {s.belt + 14} Q{MIDDLE - 76} {s.hood - 24} {MIDDLE - 70} {s.hood - 4}"),
    ):
        for line in (side, flipped(side)):
            canvas.line(line, dark, 2)
            canvas.line([(x + 2, y) for x, y in line], light, 1.6)
    canvas.line(
        path(
            f"M{MIDDLE - s.half + 30} {s.hood - 6} "
            f"Q{MIDDLE} {s.hood - 12} {MIDDLE + s.half - 30} {s.hood - 6}"
        ),
        dark,
        2,
    )


def _face(canvas: Canvas, look: Look, s: Stance) -> None:
    left = MIDDLE - s.half
    y = s.hood
    grille = {
        "wide": mirrored(
            path(f"M{MIDDLE} {y + 6} L{left + 128} {y + 8} L{left + 146} {y + 52} L{MIDDLE} {y + 56}")
        ),
        "hexagon": mirrored(
            path(
                f"M{MIDDLE} {y} L{MIDDLE - 110} {y + 2} L{MIDDLE - 136} {y + 34} L{MIDDLE - 92} {y + 84} "
                f"L{MIDDLE} {y + 86}"
            )
        ),
        "slats": mirrored(
            path(
                f"M{MIDDLE} {y + 2} L{MIDDLE - 128} {y + 4} "
                f"Q{MIDDLE - 138} {y + 40} {MIDDLE - 120} {y + 62} L{MIDDLE} {y + 64}"
            )
        ),
        "closed": mirrored(
            path(f"M{MIDDLE} {y + 10} L{left + 120} {y + 12} L{left + 130} {y + 26} L{MIDDLE} {y + 28}")
        ),
    }[look.grille]
    canvas.fill(grille, ((20, 22, 26), (44, 47, 52)))
    with canvas.clip(grille):
        if look.grille == "slats":
            for x in range(MIDDLE - 130, MIDDLE + 131, 20):
                canvas.line([(x, y), (x, y + 70)], (168, 173, 180), 5)
        elif look.grille != "closed":
            for row in range(y + 10, y + 90, 11):
                canvas.line([(300, row), (660, row)], (96, 101, 108), 2.4)
    canvas.line([*grille, grille[0]], (182, 187, 193) if look.year >= 2012 else (58, 60, 64), 3)
    _headlamps(canvas, look, left, y)


def _headlamps(canvas: Canvas, look: Look, left: float, y: float) -> None:
    if look.lamps == "round":
        for x in (left + 62, 2 * MIDDLE - left - 62):
            canvas.fill(ellipse(x, y + 34, 36), (70, 73, 78))
            canvas.fill(ellipse(x, y + 34, 32), ((252, 253, 254), (160, 170, 182)))
            canvas.line(ellipse(x, y + 34, 18), (120, 130, 142), 2)
        return
    high = 26 if look.lamps == "slim" else 44
    lamp = path(
        f"M{left + 6} {y + 12} Q{left + 40} {y - 6} {left + 114} {y + 10} "
        f"L{left + 124} {y + 10 + high} Q{left + 60} {y + 16 + high} {left + 8} {y + 4 + high}"
    )
    both(canvas, lamp, ((226, 233, 240), (104, 114, 126)))
    for x in (left + 52, left + 92):
        for centre in (x, 2 * MIDDLE - x):
            canvas.fill(ellipse(centre, y + 10 + high / 2, high * 0.36), ((250, 252, 255), (138, 148, 162)))
            canvas.line(ellipse(centre, y + 10 + high / 2, high * 0.36), (58, 64, 72), 1.6)
    light = path(f"M{left + 12} {y + 14} Q{left + 44} {y} {left + 108} {y + 13}")
    for outline in (light, flipped(light)):
        canvas.line(outline, (255, 255, 250), 4)
    for outline in (lamp, flipped(lamp)):
        canvas.line([*outline, outline[0]], (34, 37, 42), 2)


def _bumper(canvas: Canvas, look: Look, s: Stance, rear: bool = False) -> None:
    left = MIDDLE - s.half
    low = s.sill - 44
    if rear:
        canvas.fill(box(left + 20, s.sill - 34, 2 * MIDDLE - left - 20, s.sill + 20, 10), PLASTIC)
        both(canvas, box(left + 34, low - 8, left + 94, low + 4, 4), (150, 22, 30))
        return
    intake = mirrored(
        path(
            f"M{MIDDLE} {low - 4} L{left + 130} {low - 2} L{left + 108} {s.sill - 10} L{MIDDLE} {s.sill - 8}"
        )
    )
    canvas.fill(intake, (24, 26, 30))
    with canvas.clip(intake):
        for row in range(low, s.sill, 9):
            canvas.line([(250, row), (710, row)], (62, 66, 72), 2)
    both(
        canvas,
        path(
            f"M{left + 20} {low - 22} L{left + 84} {low - 14} L{left + 92} {s.sill - 12} "
            f"L{left + 30} {s.sill - 14}"
        ),
        PLASTIC,
    )
    for x in (left + 56, 2 * MIDDLE - left - 56):
        canvas.fill(ellipse(x, low + 8, 13), ((244, 246, 248), (140, 148, 158)))
    if look.tall:
        canvas.fill(box(left + 90, s.sill - 10, 2 * MIDDLE - left - 90, s.sill + 8, 4), (168, 172, 178))


def _tailgate(canvas: Canvas, look: Look, s: Stance) -> None:
    dark, light = alpha(darker(look.paint, 0.65), 170), alpha(lighter(look.paint, 0.5), 110)
    left, bottom = MIDDLE - s.half + 62, s.sill - 48
    gap = path(
        f"M{left + 8} {s.belt + 4} L{left} {s.hood + 10} "
        f"Q{left + 4} {bottom - 6} {left + 24} {bottom} L{MIDDLE} {bottom + 3}"
    )
    for line in (gap, flipped(gap)):
        canvas.line(line, dark, 2)
        canvas.line([(x, y + 2) for x, y in line], light, 1)
    canvas.line(
        path(f"M{left} {s.belt + 70} Q{MIDDLE} {s.belt + 60} {2 * MIDDLE - left} {s.belt + 70}"), dark, 2
    )
    if look.shape == "van":
        canvas.line([(MIDDLE, s.roof + 16), (MIDDLE, bottom)], dark, 3)
    if look.shape != "offroad":
        canvas.fill(box(MIDDLE - 92, s.belt + 66, MIDDLE + 92, s.belt + 78, 4), (176, 181, 188))


def _rear_lamps(canvas: Canvas, look: Look, s: Stance) -> None:
    left, y = MIDDLE - s.half, s.belt + 26
    red: Paint = ((222, 46, 50), (130, 16, 24))
    if look.shape in ("van", "minivan", "offroad", "pickup"):
        lamp = box(left + 14, y, left + 50, y + 110, 8)
    elif look.lamps == "slim":
        canvas.fill(box(left + 90, y + 18, 2 * MIDDLE - left - 90, y + 26, 3), (180, 28, 36))
        lamp = path(
            f"M{left - 4} {y + 14} L{left + 120} {y + 12} L{left + 112} {y + 34} L{left + 44} {y + 40} "
            f"L{left + 30} {y + 62} L{left - 4} {y + 56}"
        )
    else:
        lamp = path(
            f"M{left - 4} {y + 8} Q{left + 60} {y} {left + 112} {y + 10} "
            f"Q{left + 106} {y + 48} {left + 76} {y + 58} L{left - 4} {y + 66}"
        )
    both(canvas, lamp, red)
    inner = [(x + (left + 50 - x) * 0.34, py + (y + 32 - py) * 0.34) for x, py in lamp]
    for outline in (inner, flipped(inner)):
        canvas.line([*outline, outline[0]], (255, 138, 130), 2.6)


def _spare(canvas: Canvas, look: Look, s: Stance) -> None:
    y = s.belt + 60
    canvas.fill(ellipse(MIDDLE + 24, y - 10, 84), (24, 25, 28))
    canvas.fill(ellipse(MIDDLE + 24, y - 10, 76), ((70, 73, 78), (36, 38, 42)))
    canvas.fill(ellipse(MIDDLE + 24, y - 10, 50), (lighter(look.paint, 0.1), darker(look.paint, 0.2)))
