"""The car's shell as seen from the front and from behind, standing on y = 600."""

from dataclasses import dataclass

from drawing.canvas import (
    Canvas,
    Outline,
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

GROUND = 600
MIDDLE = 480
PLASTIC = (36, 38, 42)
FRAME_WORDS = "severnyput.example"


@dataclass(frozen=True, slots=True)
class Stance:
    half: int  # half of the width at the wheels
    roof_half: int
    roof: int
    belt: int  # where the windscreen meets the bonnet
    hood: int  # the bonnet's front edge
    sill: int  # the lower edge of the bumper


STANCES = {
    "sedan": Stance(268, 168, 254, 362, 430, 560),
    "liftback": Stance(268, 166, 254, 362, 430, 560),
    "hatchback": Stance(256, 172, 244, 356, 428, 560),
    "wagon": Stance(268, 176, 246, 360, 430, 560),
    "suv": Stance(272, 186, 204, 326, 394, 546),
    "offroad": Stance(274, 212, 184, 314, 376, 536),
    "minivan": Stance(268, 196, 204, 340, 424, 556),
    "van": Stance(272, 222, 130, 330, 420, 556),
    "pickup": Stance(276, 186, 206, 326, 390, 540),
}


def body(canvas: Canvas, look: Look, s: Stance) -> Outline:
    for left in (MIDDLE - s.half + 12, MIDDLE + s.half - 74):
        canvas.fill(box(left, s.sill - 60, left + 62, GROUND, 12), ((44, 46, 50), (18, 18, 20)))
        for groove in (16, 31, 46):
            canvas.line([(left + groove, s.sill), (left + groove, GROUND - 5)], (8, 8, 9), 3)
    canvas.fill(box(MIDDLE - s.half + 60, s.sill - 30, MIDDLE + s.half - 60, s.sill + 14, 6), (13, 14, 16))
    x, roof_x = MIDDLE - s.half, MIDDLE - s.roof_half
    half = path(
        f"M{MIDDLE} {s.roof} "
        f"C{MIDDLE - 80} {s.roof} {roof_x + 30} {s.roof + 2} {roof_x + 8} {s.roof + 16} "
        f"C{roof_x - 18} {s.roof + 44} {x + 44} {s.belt - 30} {x + 30} {s.belt + 6} "
        f"C{x + 6} {s.belt + 24} {x - 2} {s.hood} {x} {s.hood + 30} "
        f"C{x - 4} {s.sill - 60} {x} {s.sill - 20} {x + 16} {s.sill} L{MIDDLE} {s.sill + 3}"
    )
    outline = mirrored(half)
    canvas.fill(outline, (lighter(look.paint, 0.18), darker(look.paint, 0.32)))
    return outline


def both(canvas: Canvas, outline: Outline, paint: Paint) -> None:
    canvas.fill(outline, paint)
    canvas.fill(flipped(outline), paint)


def shine(canvas: Canvas, look: Look, s: Stance) -> None:
    light, shade = alpha(lighter(look.paint, 0.75), 110), alpha(darker(look.paint, 0.75), 110)
    canvas.glow(box(MIDDLE - 200, s.belt + 6, MIDDLE + 200, s.belt + 26, 8), light, 12)
    flank = box(MIDDLE - s.half - 30, s.hood - 10, MIDDLE - s.half + 16, s.sill)
    canvas.glow(flank, shade, 14)
    canvas.glow(flipped(flank), shade, 14)
    canvas.glow(box(200, s.sill - 36, 760, s.sill + 20), shade, 14)
    canvas.line(
        path(
            f"M{MIDDLE - s.roof_half + 14} {s.roof + 12} "
            f"Q{MIDDLE} {s.roof - 6} {MIDDLE + s.roof_half - 14} {s.roof + 12}"
        ),
        alpha(lighter(look.paint, 0.8), 150),
        3,
    )


def windscreen(canvas: Canvas, look: Look, s: Stance, rear: bool = False) -> None:
    bottom = s.belt - (6 if not rear else 2)
    left, top = MIDDLE - s.roof_half, s.roof + 18
    foot = MIDDLE - s.half + 54 if not rear else MIDDLE - s.half + 70
    glass = mirrored(
        path(
            f"M{MIDDLE} {top - 3} Q{left + 60} {top - 2} {left + 14} {top + 8} L{foot} {bottom - 8} "
            f"Q{MIDDLE - 100} {bottom + 8} {MIDDLE} {bottom + 9}"
        )
    )
    canvas.fill(glass, ((104, 124, 140), (38, 48, 58)))
    with canvas.clip(glass):
        for x in (MIDDLE - 88, MIDDLE + 88):
            canvas.fill(box(x - 44, bottom - 58, x + 44, bottom + 30, 16), (20, 25, 31, 190))
            canvas.fill(box(x - 22, bottom - 86, x + 22, bottom - 62, 10), (20, 25, 31, 190))
        if not rear:
            wheel_x = MIDDLE + (-88 if look.right_hand else 88)
            canvas.line(ellipse(wheel_x, bottom + 6, 46, 40), (14, 17, 21), 7)
            canvas.fill(box(MIDDLE - 22, top + 2, MIDDLE + 22, top + 16, 5), (16, 19, 23))
        for x, wide in ((330, 60), (420, 22), (650, 44)):
            canvas.fill(
                [
                    (x + 80, top - 20),
                    (x + 80 + wide, top - 20),
                    (x + wide - 40, bottom + 20),
                    (x - 40, bottom + 20),
                ],
                (226, 240, 248, 40),
            )
        if rear:
            for y in range(top + 22, bottom - 6, 14):
                canvas.line([(foot + 20, y), (2 * MIDDLE - foot - 20, y)], (170, 120, 90, 60), 1)
    canvas.line([*glass, glass[0]], (22, 24, 28), 4)
    if not rear:
        for x in (MIDDLE - 150, MIDDLE + 10):
            canvas.line([(x, bottom + 6), (x + 116, bottom - 10)], (12, 13, 15), 4)
    elif look.shape not in ("sedan", "liftback", "pickup", "van"):
        canvas.line([(MIDDLE, bottom + 2), (MIDDLE + 92, bottom - 12)], (12, 13, 15), 5)


def mirrors(canvas: Canvas, look: Look, s: Stance) -> None:
    x = MIDDLE - s.half - 26
    ear = path(
        f"M{x + 70} {s.belt - 14} L{x + 44} {s.belt - 26} Q{x + 6} {s.belt - 40} {x} {s.belt - 18} "
        f"Q{x + 2} {s.belt + 4} {x + 42} {s.belt + 2} L{x + 66} {s.belt - 4}"
    )
    both(canvas, ear, (lighter(look.paint, 0.2), darker(look.paint, 0.3)))
    for outline in (ear, flipped(ear)):
        canvas.line([*outline, outline[0]], alpha(darker(look.paint, 0.65), 160), 1.2)


def plate(canvas: Canvas, y: float) -> None:
    """The dealership's frame; the plate itself is taken off."""
    canvas.fill(box(MIDDLE - 84, y - 22, MIDDLE + 84, y + 24, 5), (28, 30, 34))
    canvas.fill(box(MIDDLE - 79, y - 18, MIDDLE + 79, y + 10, 3), ((250, 250, 250), (226, 229, 233)))
    canvas.text(MIDDLE, y + 16, FRAME_WORDS, 11, (214, 220, 226))
