"""The car from its left side, the nose to the left, standing on y = 560."""

from dataclasses import dataclass, replace

from drawing.canvas import Canvas, Outline, alpha, box, darker, ellipse, lighter, mix, path
from drawing.look import Look
from drawing.wheel import draw_wheel

GROUND = 560
PLASTIC = (38, 40, 44)


@dataclass(frozen=True, slots=True)
class Silhouette:
    body: str
    glass: str
    wheels: tuple[float, float]
    radius: float
    pillars: tuple[float, ...]  # x at the belt line; they lean back by `lean` at the roof
    doors: tuple[float, ...]  # x of the gaps, front to rear
    belt: float
    sill: float
    nose: tuple[float, float]  # outer lower corner of the headlamp
    tail: tuple[float, float]  # outer upper corner of the rear lamp
    lean: float = 16


SILHOUETTES = {
    "sedan": Silhouette(
        "M92 520 C84 500 84 474 92 456 C100 432 160 408 306 394 C360 352 410 318 470 308 "
        "C540 299 610 302 662 323 C700 340 736 366 762 387 C800 387 846 390 864 398 "
        "C874 420 880 470 876 500 C874 518 868 526 858 528 L100 530",
        "M336 394 C378 358 424 331 474 323 C540 315 604 318 648 336 C676 350 702 370 720 388",
        (238, 706), 63, (532, 664), (362, 528, 672), 394, 516, (92, 452), (868, 408),
    ),
    "liftback": Silhouette(
        "M92 520 C84 500 84 474 92 456 C100 432 160 408 306 394 C360 352 410 318 470 307 "
        "C550 297 640 299 704 326 C764 352 812 376 862 388 C874 408 880 466 876 500 "
        "C874 518 868 526 858 528 L100 530",
        "M336 394 C378 358 424 330 474 322 C550 313 636 315 690 338 C724 354 750 370 768 384",
        (238, 706), 63, (532, 672), (362, 528, 676), 394, 516, (92, 452), (868, 402),
    ),
    "hatchback": Silhouette(
        "M128 520 C120 500 120 470 128 452 C136 428 196 406 320 392 C372 344 424 308 486 299 "
        "C580 291 680 296 744 314 C774 340 806 384 822 408 C832 430 838 480 834 504 "
        "C832 520 824 528 812 530 L136 530",
        "M350 392 C392 350 438 323 490 315 C570 308 668 312 718 328 C742 350 756 372 764 392",
        (262, 698), 63, (540, 668), (374, 536, 664), 392, 516, (128, 448), (826, 400),
    ),
    "wagon": Silhouette(
        "M92 520 C84 500 84 474 92 456 C100 432 160 408 306 394 C360 350 410 314 470 304 "
        "C560 295 720 297 798 318 C828 345 850 376 862 404 C874 428 880 470 876 500 "
        "C874 518 868 526 858 528 L100 530",
        "M336 394 C378 356 424 328 474 320 C560 311 706 313 772 330 C794 350 806 372 812 392",
        (238, 706), 64, (528, 660), (362, 524, 664), 394, 514, (92, 452), (866, 410),
    ),
    "suv": Silhouette(
        "M96 500 C86 480 86 446 94 424 C100 398 150 380 300 366 C348 316 402 272 460 262 "
        "C560 250 700 254 786 272 C820 300 846 344 858 374 C870 400 876 460 872 490 "
        "C870 506 862 512 852 514 L106 514",
        "M332 364 C374 320 418 288 466 280 C560 270 690 273 750 287 C776 306 794 334 802 362",
        (240, 714), 73, (534, 668), (364, 530, 674), 366, 488, (94, 420), (866, 380),
    ),
    "offroad": Silhouette(
        "M94 498 C88 470 88 440 92 414 C94 396 108 386 140 381 L322 370 C350 330 376 284 402 264 "
        "C420 255 470 252 520 252 L800 254 C828 256 838 270 843 300 L862 380 "
        "C868 410 870 460 868 490 C866 506 858 512 848 512 L104 512",
        "M354 368 C376 330 394 292 414 280 C440 276 480 275 520 275 L792 276 "
        "C806 278 812 288 816 304 L828 366",
        (240, 712), 78, (530, 676), (366, 526, 680), 368, 484, (92, 424), (866, 386), 8,
    ),
    "minivan": Silhouette(
        "M92 516 C84 490 86 462 96 442 C110 410 180 384 270 366 C340 310 410 272 480 264 "
        "C600 254 760 258 830 276 C856 320 872 380 878 420 C884 460 882 500 876 514 "
        "C872 524 864 528 852 528 L104 528",
        "M306 368 C370 316 424 288 484 281 C600 272 744 275 800 290 C820 318 834 344 842 368",
        (220, 734), 65, (500, 668), (332, 496, 668), 368, 514, (94, 440), (872, 384),
    ),
    "van": Silhouette(
        "M96 514 C88 490 90 440 102 418 C120 396 170 386 222 378 C262 320 296 244 338 226 "
        "C358 216 400 210 440 210 L862 212 C876 212 884 222 884 236 L886 500 "
        "C886 516 880 526 868 528 L104 528",
        "M254 378 C286 322 316 266 350 254 L432 250 L432 378",
        (222, 724), 66, (), (262, 440), 378, 512, (98, 424), (884, 400),
    ),
    "pickup": Silhouette(
        "M92 500 C86 470 88 440 96 418 C108 394 170 380 292 368 C332 322 372 278 420 266 "
        "C480 258 560 258 606 266 C626 290 640 336 648 372 L868 372 C878 376 880 400 878 490 "
        "C876 506 868 512 858 514 L104 514",
        "M324 367 C358 324 390 292 428 284 C480 278 550 278 590 284 C604 304 614 336 618 368",
        (236, 728), 75, (486,), (354, 484, 632), 368, 488, (94, 420), (876, 384), 6,
    ),
}  # fmt: skip


def draw_side(canvas: Canvas, look: Look) -> None:
    shape = SILHOUETTES[look.shape]
    if look.short:
        shape = replace(shape, pillars=(592,), doors=(shape.doors[0], 588))
    body = path(shape.body)
    turn = look.scene.random() * 3
    canvas.fill(
        box(shape.wheels[0] - 40, shape.sill - 30, shape.wheels[1] + 40, shape.sill + 26, 8), (14, 15, 17)
    )
    canvas.fill(body, (lighter(look.paint, 0.16), darker(look.paint, 0.30)))
    with canvas.clip(body):
        _light(canvas, look, shape)
        _lamps(canvas, look, shape)
        _gaps(canvas, look, shape)
        _lower(canvas, look, shape)
    _windows(canvas, look, shape)
    _small_parts(canvas, look, shape)
    canvas.line(body, alpha(darker(look.paint, 0.65), 150), 1.2)
    for x in shape.wheels:
        with canvas.clip(body):
            _arch(canvas, look, shape, x)
        draw_wheel(canvas, look, x, GROUND - shape.radius, shape.radius, turn)


def _light(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    """The sky on the shoulder, the floor on the lower doors, an edge along the side."""
    sky, floor = alpha(lighter(look.paint, 0.75), 120), alpha(darker(look.paint, 0.75), 95)
    belt, sill = shape.belt, shape.sill
    canvas.glow(
        path(
            f"M60 {belt + 24} C300 {belt} 660 {belt - 4} 910 {belt + 8} L910 {belt + 22} "
            f"C660 {belt + 12} 300 {belt + 16} 60 {belt + 42}"
        ),
        sky,
        4,
    )
    canvas.glow(box(60, sill - 42, 910, sill + 60), floor, 16)
    edge = path(f"M120 {belt + 54} C330 {belt + 38} 640 {belt + 32} 860 {belt + 34}")
    canvas.line(edge, alpha(darker(look.paint, 0.6), 130), 2.2)
    canvas.line([(x, y + 2.4) for x, y in edge], alpha(lighter(look.paint, 0.6), 120), 1.6)
    crease = path(f"M{shape.wheels[0] + 96} {sill - 22} Q480 {sill - 34} {shape.wheels[1] - 96} {sill - 40}")
    canvas.line(crease, alpha(lighter(look.paint, 0.5), 90), 2)
    roof = path(shape.body)
    canvas.line([(x, y + 3) for x, y in roof if y < shape.belt - 12], alpha(lighter(look.paint, 0.8), 130), 3)


def _lamps(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    (x, y), (tx, ty) = shape.nose, shape.tail
    if look.lamps == "round":
        canvas.fill(ellipse(x + 26, y + 6, 15, 22), ((250, 251, 252), (170, 178, 188)))
    else:
        long, high = (96, 20) if look.lamps == "slim" else (76, 32)
        lamp = path(
            f"M{x - 8} {y + high - 6} "
            f"C{x + 6} {y - 6} {x + 30} {y - high * 0.55} {x + long} {y - high * 0.75} "
            f"C{x + long - 8} {y} {x + 40} {y + high - 8} {x - 8} {y + high}"
        )
        canvas.fill(lamp, ((232, 238, 244), (118, 128, 140)))
        canvas.line(lamp, (40, 44, 50), 1.6)
        canvas.line(
            path(f"M{x + 4} {y + high - 10} Q{x + 30} {y + 2} {x + long - 14} {y - high * 0.4}"),
            (255, 255, 250),
            3.5,
        )
    canvas.fill(
        path(f"M{x - 8} {y + 52} L{x + 34} {y + 48} Q{x + 42} {y + 62} {x + 20} {y + 74} L{x - 8} {y + 74}"),
        PLASTIC,
    )
    tall = 64 if look.shape in ("van", "minivan", "offroad", "pickup") else 40
    wide = 20 if tall == 64 else 62
    lamp = path(
        f"M{tx + 16} {ty - 4} L{tx - wide} {ty + 4} "
        f"Q{tx - wide - 4} {ty + tall * 0.5} {tx - wide + 14} {ty + tall * 0.62} "
        f"L{tx + 16} {ty + tall}"
    )
    canvas.fill(lamp, ((214, 44, 48), (132, 18, 26)))
    canvas.line(path(f"M{tx - wide + 6} {ty + 12} L{tx + 12} {ty + 6}"), (255, 150, 140), 3)
    canvas.line(lamp, (70, 12, 16), 1.4)


def _gaps(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    dark, bright = alpha(darker(look.paint, 0.7), 200), alpha(lighter(look.paint, 0.5), 90)
    for number, x in enumerate(shape.doors):
        last = number == len(shape.doors) - 1 and len(shape.doors) > 2
        bottom = (shape.wheels[1] - shape.radius - 14) if last else x + 2
        gap = path(
            f"M{x} {shape.belt} C{x + 4} {shape.belt + 50} {x + 6} {shape.sill - 60} {bottom} {shape.sill}"
        )
        canvas.line(gap, dark, 1.8)
        canvas.line([(px + 1.8, py) for px, py in gap], bright, 1)
    first, end = shape.doors[0] + 4, shape.wheels[1] - shape.radius - 14
    canvas.line([(first, shape.sill), (end, shape.sill)], dark, 1.8)
    hood = path(
        f"M{shape.nose[0] + 70} {shape.nose[1] - 14} "
        f"C200 {shape.belt + 20} 280 {shape.belt + 12} {first - 20} {shape.belt + 8}"
    )
    canvas.line(hood, alpha(darker(look.paint, 0.6), 150), 1.6)


def _lower(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    top = shape.sill + (0 if look.tall else 6)
    canvas.fill(box(60, top + 4, 920, top + 60), PLASTIC if look.tall else mix(PLASTIC, look.paint, 0.25))
    if look.shape in ("suv", "offroad"):
        canvas.line([(shape.wheels[0] + 90, top + 12), (shape.wheels[1] - 90, top + 12)], (150, 154, 160), 3)


def _arch(canvas: Canvas, look: Look, shape: Silhouette, x: float) -> None:
    y = GROUND - shape.radius
    if look.tall and look.shape != "van":
        canvas.fill(ellipse(x, y, shape.radius + 21), PLASTIC)
    else:
        canvas.line(ellipse(x, y, shape.radius + 11), alpha(lighter(look.paint, 0.45), 130), 2)
    canvas.fill(ellipse(x, y, shape.radius + 8), (12, 13, 15))


def _windows(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    glass = path(shape.glass)
    canvas.fill(glass, ((92, 112, 128), (40, 50, 60)))
    with canvas.clip(glass):
        for x in (452, 600) if len(shape.pillars) > 1 else (452,):
            _seat(canvas, x, shape.belt)
        canvas.line(
            path(f"M400 {shape.belt - 6} Q392 {shape.belt - 28} 408 {shape.belt - 40}"), (24, 28, 34), 5
        )
        for left, wide in ((420, 34), (474, 14), (640, 40)):
            streak = [(left + 60, 200), (left + 60 + wide, 200), (left + wide - 60, 420), (left - 60, 420)]
            canvas.fill(streak, (220, 236, 246, 42))
        for x in shape.pillars:
            top = x + shape.lean - 18 if x == shape.pillars[0] else x + shape.lean
            wide = 11 if x == shape.pillars[0] else 9
            canvas.fill(
                [(x - wide / 2, 420), (x + wide / 2, 420), (top + wide / 2, 230), (top - wide / 2, 230)],
                (22, 25, 29),
            )
    closed = [*glass, glass[0]]
    bright = look.year >= 2015 and not look.steel_wheels
    canvas.line(closed, (26, 28, 32), 4)
    if bright:
        canvas.line([glass[-1], glass[0]], (196, 201, 206), 2.6)


def _seat(canvas: Canvas, x: float, belt: float) -> None:
    back: Outline = path(
        f"M{x} {belt + 6} Q{x + 4} {belt - 34} {x + 16} {belt - 40} L{x + 34} {belt - 38} "
        f"Q{x + 40} {belt - 20} {x + 40} {belt + 6}"
    )
    canvas.fill(back, (20, 24, 30, 210))
    canvas.fill(box(x + 14, belt - 64, x + 36, belt - 44, 7), (20, 24, 30, 210))


def _small_parts(canvas: Canvas, look: Look, shape: Silhouette) -> None:
    for x in shape.doors[1:] or (430,):
        canvas.fill(box(x - 50, shape.belt + 28, x - 14, shape.belt + 36, 4), lighter(look.paint, 0.3))
        canvas.line(
            [(x - 49, shape.belt + 36), (x - 15, shape.belt + 36)], alpha(darker(look.paint, 0.6), 200), 1.5
        )
    mirror_x = shape.doors[0] + 14
    canvas.fill(
        path(
            f"M{mirror_x} {shape.belt - 2} "
            f"C{mirror_x - 4} {shape.belt - 26} {mirror_x + 34} {shape.belt - 28} "
            f"{mirror_x + 36} {shape.belt - 8} L{mirror_x + 30} {shape.belt}"
        ),
        (lighter(look.paint, 0.25), darker(look.paint, 0.25)),
    )
    if look.shape in ("suv", "wagon", "offroad"):
        left, right, y = (470, 770, {"suv": 257, "wagon": 297, "offroad": 247}[look.shape])
        canvas.line([(left, y + 6), (left + 14, y), (right - 14, y + 2), (right, y + 10)], (66, 70, 76), 4)
    if look.shape == "offroad":
        canvas.fill(box(864, 340, 892, 452, 10), ((52, 54, 58), (22, 22, 24)))
        canvas.line([(878, 352), (878, 440)], (84, 88, 94), 3)
    if look.shape == "van":
        for y in (262, 300, 420):
            canvas.line([(470, y), (860, y)], alpha(darker(look.paint, 0.4), 80), 2)
        canvas.line([(660, 226), (660, 500)], alpha(darker(look.paint, 0.6), 120), 2)
    if look.shape == "pickup":
        canvas.line([(650, 371), (870, 371)], PLASTIC, 6)
