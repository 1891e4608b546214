"""Close views: the dashboard, the instruments with the mileage, a wheel, the engine bay."""

import math

from drawing.canvas import (
    HEIGHT,
    WIDTH,
    Canvas,
    Colour,
    alpha,
    box,
    darker,
    ellipse,
    flipped,
    lighter,
    mirrored,
    mix,
    path,
)
from drawing.look import Look
from drawing.places import yard
from drawing.wheel import draw_wheel

AMBER: Colour = (255, 168, 70)
PLASTIC: Colour = (38, 40, 44)
ICE: Colour = (206, 232, 255)


def draw_dashboard(canvas: Canvas, look: Look) -> None:
    """Drawn for a left-hand car and turned round as a whole for a right-hand one (no words in it)."""
    yard(canvas, 300, look.scene)
    canvas.soften(3)
    canvas.fill(box(0, 0, WIDTH, 300), (255, 255, 255, 40))
    _frame(canvas, look)
    _panel(canvas, look)
    _middle(canvas, look)
    _console(canvas, look)
    _steering_wheel(canvas, look)


def _frame(canvas: Canvas, look: Look) -> None:
    roof = lighter(look.cabin, 0.55) if look.cabin[0] > 100 else (176, 176, 176)
    canvas.fill(path("M0 0 L960 0 L960 40 Q480 6 0 40"), ((150, 152, 156), roof))
    for side in (path("M0 20 L46 34 L0 330"), path("M960 20 L914 34 L960 330")):
        canvas.fill(side, darker(roof, 0.25))
    canvas.fill(box(418, 18, 566, 62, 18), (30, 32, 36))
    canvas.fill(box(426, 24, 558, 56, 13), ((156, 176, 192), (210, 220, 226)))


def _panel(canvas: Canvas, look: Look) -> None:
    dark: Colour = (38, 40, 45)
    canvas.glow(box(0, 286, 960, 330), (0, 0, 0, 120), 12)
    canvas.fill(
        path(
            "M0 300 C120 270 200 236 330 252 C430 284 560 284 660 282 C780 280 880 288 960 304 "
            "L960 720 L0 720"
        ),
        (lighter(dark, 0.12), darker(dark, 0.3)),
    )
    canvas.fill(
        path(
            "M0 386 C200 360 420 366 560 372 C720 376 860 370 960 384 L960 452 "
            "C820 440 660 446 560 448 C400 452 160 440 0 456"
        ),
        (lighter(look.cabin, 0.10), darker(look.cabin, 0.15)),
    )
    canvas.line(path("M0 386 C200 360 420 366 560 372 C720 376 860 370 960 384"), (176, 180, 186), 2.5)
    canvas.fill(
        path("M0 456 C160 440 400 452 560 448 C660 446 820 440 960 452 L960 720 L0 720"),
        (darker(dark, 0.05), darker(dark, 0.5)),
    )
    for left in (26, 836):
        _vent(canvas, left, 334, 96, 40)
    canvas.line(path("M640 480 L920 486 Q930 560 900 600 L660 600 Q640 560 640 480"), (16, 17, 19), 2)
    hood = path("M136 330 C150 246 210 222 280 224 C350 226 396 250 406 330")
    canvas.fill(hood, ((52, 54, 60), (24, 25, 28)))
    with canvas.clip(path("M152 332 C164 262 214 240 280 241 C344 242 382 262 391 332")):
        canvas.fill(box(140, 236, 404, 340), (12, 14, 18))
        for x in (218, 328):
            canvas.line(ellipse(x, 304, 44), (120, 168, 214) if look.year > 2019 else (200, 204, 208), 3)
            canvas.line([(x, 304), (x - 24, 282)], (236, 84, 60), 3)
        canvas.fill(box(262, 270, 284, 306, 3), (60, 110, 150))


def _vent(canvas: Canvas, x: float, y: float, wide: float, high: float) -> None:
    canvas.fill(box(x, y, x + wide, y + high, 9), (16, 17, 19))
    for row in range(1, 4):
        canvas.line([(x + 6, y + high * row / 4), (x + wide - 6, y + high * row / 4)], (86, 90, 96), 2.4)
    canvas.line([*box(x, y, x + wide, y + high, 9), (x + wide - 9, y)], (150, 154, 160), 1.8)


def _middle(canvas: Canvas, look: Look) -> None:
    if look.year >= 2018 and not look.steel_wheels:
        wide = 150 if look.is_new else 112
        screen = (540 - wide, 268, 540 + wide, 268 + (150 if look.is_new else 124))
        canvas.fill(box(*screen, 12), (14, 15, 18))
        left, top, right, bottom = screen[0] + 8, screen[1] + 8, screen[2] - 8, screen[3] - 8
        canvas.fill(box(left, top, right, bottom, 7), ((34, 66, 98), (18, 30, 48)))
        with canvas.clip(box(left, top, right, bottom, 7)):
            for x in range(int(left) + 10, int(right), 34):
                canvas.line([(x, top), (x - 30, bottom)], (62, 100, 134), 2)
            canvas.line(
                path(f"M{left} {bottom - 20} Q520 {top + 60} {right - 30} {top + 10}"), (92, 196, 255), 5
            )
            canvas.fill(ellipse(538, (top + bottom) / 2 + 6, 7), (255, 255, 255))
            for row in range(4):
                canvas.fill(
                    box(left + 6, top + 8 + row * 26, left + 26, top + 26 + row * 26, 5), (220, 230, 240, 200)
                )
    else:
        canvas.fill(box(448, 300, 632, 372, 8), (20, 21, 24))
        canvas.fill(box(482, 310, 598, 338, 3), (46, 84, 66))
        for bar, high in enumerate((8, 14, 10, 18, 12, 6, 15, 9)):
            canvas.fill(box(500 + bar * 10, 333 - high, 506 + bar * 10, 333), (160, 230, 180))
        for x in (463, 617):
            canvas.fill(ellipse(x, 326, 12), ((120, 124, 130), (60, 62, 66)))
        for number in range(6):
            canvas.fill(box(482 + number * 20, 348, 498 + number * 20, 360, 2), (70, 73, 78))
    for x in (436, 552):
        _vent(canvas, x, 430, 92, 34)
    for x in (470, 540, 610):
        canvas.fill(ellipse(x, 506, 23), ((128, 132, 138), (52, 54, 58)))
        canvas.fill(ellipse(x, 506, 16), (30, 32, 36))
        canvas.line([(x, 494), (x, 502)], (255, 120, 90), 3)


def _console(canvas: Canvas, look: Look) -> None:
    canvas.fill(path("M446 540 L634 540 L680 720 L400 720"), ((50, 52, 57), (26, 27, 30)))
    for side in (
        path("M40 720 C60 640 150 612 250 616 C330 620 370 650 384 720"),
        path("M700 720 C716 650 760 620 830 616 C910 614 950 640 960 668 L960 720"),
    ):
        canvas.fill(side, (lighter(look.cabin, 0.14), darker(look.cabin, 0.25)))
        canvas.line([(x, y + 14) for x, y in side], alpha(lighter(look.cabin, 0.45), 150), 2)
    if look.manual:
        canvas.line([(542, 640), (536, 580)], (150, 154, 160), 9)
        canvas.fill(path("M496 668 L518 612 L560 612 L586 668"), (28, 28, 31))
        canvas.fill(ellipse(535, 572, 21, 23), ((104, 108, 114), (28, 29, 32)))
        canvas.line([(526, 566), (526, 580), (544, 580)], (220, 222, 226), 1.6)
    else:
        canvas.fill(box(500, 570, 580, 690, 14), (18, 19, 22))
        canvas.fill(box(522, 572, 558, 648, 15), ((122, 126, 132), (34, 36, 40)))
        for row, letter in enumerate("PRND"):
            canvas.fill(ellipse(592, 588 + row * 20, 3), (255, 120, 80) if letter == "P" else (150, 154, 160))


def _steering_wheel(canvas: Canvas, look: Look) -> None:
    x, y = 272, 440
    for radius, width, colour in ((150, 30, (24, 25, 28)), (156, 4, (92, 96, 102)), (141, 3, (60, 63, 68))):
        canvas.line(ellipse(x, y, radius, radius * 0.98), colour, width)
    spoke = path(
        f"M{x - 146} {y - 8} Q{x - 90} {y - 26} {x - 50} {y - 20} L{x - 50} {y + 26} "
        f"Q{x - 100} {y + 22} {x - 142} {y + 30}"
    )
    canvas.fill(spoke, (44, 46, 51))
    canvas.fill(flipped(spoke, x), (44, 46, 51))
    canvas.fill(
        path(f"M{x - 26} {y + 40} L{x + 26} {y + 40} L{x + 36} {y + 148} L{x - 36} {y + 148}"), (40, 42, 46)
    )
    hub = path(
        f"M{x - 62} {y - 36} Q{x} {y - 56} {x + 62} {y - 36} Q{x + 70} {y + 30} {x + 34} {y + 56} "
        f"L{x - 34} {y + 56} Q{x - 70} {y + 30} {x - 62} {y - 36}"
    )
    canvas.fill(hub, ((62, 65, 71), (34, 36, 40)))
    canvas.line(hub, (20, 21, 24), 2)
    canvas.fill(ellipse(x, y + 2, 18), ((190, 195, 201), (120, 124, 130)))
    if not look.steel_wheels:
        for side in (-1, 1):
            for dy in (-4, 12):
                canvas.fill(
                    box(x + side * 92 - 14, y + dy - 5, x + side * 92 + 14, y + dy + 5, 4), (134, 138, 144)
                )


def draw_odometer(canvas: Canvas, look: Look) -> None:
    modern = look.year >= 2021 or look.electric
    canvas.fill(box(0, 0, WIDTH, HEIGHT), ((34, 36, 41), (16, 17, 20)))
    canvas.glow(ellipse(480, 330, 420, 250), (70, 84, 104, 120), 60)
    canvas.fill(box(40, 110, 920, 590, 120), (10, 11, 14))
    canvas.line([*box(40, 110, 920, 590, 120), (800, 110)], (92, 97, 104), 4)
    colour = ICE if modern or look.scene.random() < 0.5 else AMBER
    _gauge(canvas, 265, 345, 180, 8, colour, 0)
    _gauge(canvas, 695, 345, 180, 11, colour, 20)
    canvas.fill(box(352, 420, 608, 570, 16), (18, 24, 32))
    canvas.line([*box(352, 420, 608, 570, 16), (592, 420)], mix(colour, (0, 0, 0), 0.55), 2.5)
    canvas.text(480, 452, "ODO", 22, mix(colour, (0, 0, 0), 0.35))
    assert look.mileage is not None
    canvas.text(480, 496, f"{look.mileage:,} km".replace(",", " "), 40, colour)
    charge = look.scene.randrange(3, 8)
    for bar in range(8):
        tone = colour if bar < charge else (46, 52, 60)
        canvas.fill(box(410 + bar * 18, 536, 422 + bar * 18, 550, 2), tone)
    for x, lamp in ((420, (90, 210, 120)), (480, (120, 180, 255)), (540, (255, 90, 80))):
        canvas.fill(ellipse(x, 190, 9), mix(lamp, (20, 22, 26), 0.25))
    canvas.fill([(150, 110), (330, 110), (210, 590), (60, 590)], (255, 255, 255, 9))


def _gauge(canvas: Canvas, x: float, y: float, radius: float, marks: int, colour: Colour, step: int) -> None:
    canvas.fill(ellipse(x, y, radius + 12), ((76, 80, 87), (30, 32, 36)))
    canvas.fill(ellipse(x, y, radius), ((24, 27, 33), (8, 9, 11)))
    start, sweep = math.radians(140), math.radians(260)
    for tick in range((marks - 1) * 4 + 1):
        angle = start + sweep * tick / ((marks - 1) * 4)
        big = tick % 4 == 0
        near = radius * (0.82 if big else 0.88)
        ends = [(x + r * math.cos(angle), y + r * math.sin(angle)) for r in (near, radius * 0.94)]
        canvas.line(ends, colour if big else mix(colour, (0, 0, 0), 0.5), 4 if big else 2)
        if big:
            words = str(tick // 4 * step) if step else str(tick // 4)
            canvas.text(
                x + radius * 0.68 * math.cos(angle),
                y + radius * 0.68 * math.sin(angle),
                words,
                22,
                (226, 230, 234),
            )
    canvas.text(x, y - 40, "km/h" if step else "x1000 rpm", 16, (150, 156, 164))
    tip = (x + radius * 0.8 * math.cos(start), y + radius * 0.8 * math.sin(start))
    canvas.line([(x, y), tip], (236, 70, 50), 6)
    canvas.fill(ellipse(x, y, 24), ((70, 74, 80), (26, 28, 32)))


def draw_wheel_view(canvas: Canvas, look: Look) -> None:
    asphalt = (164, 170, 177) if look.is_new else (104, 108, 113)
    canvas.fill(box(0, 0, WIDTH, HEIGHT), (lighter(look.paint, 0.14), darker(look.paint, 0.32)))
    canvas.glow(
        path("M-20 92 C300 60 660 60 980 96 L980 128 C660 96 300 96 -20 130"),
        alpha(lighter(look.paint, 0.75), 120),
        10,
    )
    canvas.line(path("M812 0 C806 180 830 400 812 640"), alpha(darker(look.paint, 0.7), 200), 4)
    canvas.fill(box(0, 590, WIDTH, HEIGHT), PLASTIC)
    canvas.fill(box(0, 648, WIDTH, HEIGHT), (asphalt, darker(asphalt, 0.25)))
    canvas.glow(ellipse(460, 668, 440, 22), (0, 0, 0, 170), 14)
    if look.tall:
        canvas.fill(ellipse(460, 384, 356), PLASTIC)
    canvas.fill(ellipse(460, 384, 322), (10, 11, 13))
    canvas.line(ellipse(460, 384, 324), alpha(lighter(look.paint, 0.4), 130), 3)
    canvas.fill(box(0, 668, WIDTH, HEIGHT), (asphalt, darker(asphalt, 0.25)))
    canvas.glow(ellipse(460, 676, 300, 14), (0, 0, 0, 150), 8)
    draw_wheel(canvas, look, 460, 384, 292, look.scene.random() * 3)


def draw_engine_bay(canvas: Canvas, look: Look) -> None:
    canvas.fill(box(0, 0, WIDTH, HEIGHT), (lighter(look.paint, 0.1), darker(look.paint, 0.2)))
    bay = mirrored(path("M480 70 L150 86 Q92 92 90 150 L62 560 Q66 620 140 626 L480 636"))
    canvas.line([*bay, bay[0]], darker(look.paint, 0.45), 22)
    canvas.fill(bay, ((54, 57, 62), (22, 23, 26)))
    for x in (190, 770):
        canvas.fill(ellipse(x, 190, 66), ((104, 108, 114), (52, 54, 58)))
        canvas.fill(ellipse(x, 190, 26), (34, 36, 40))
        for angle in (0.5, 2.6, 4.7):
            canvas.fill(ellipse(x + 46 * math.cos(angle), 190 + 46 * math.sin(angle), 7), (176, 180, 186))
    _cover(canvas, look)
    canvas.fill(box(690, 330, 850, 470, 8), ((70, 73, 79), (36, 38, 42)))  # battery
    for x, pole in ((722, (190, 40, 44)), (818, (30, 32, 36))):
        canvas.fill(box(x - 16, 316, x + 16, 350, 6), pole)
    canvas.line(path("M722 320 C700 260 640 270 620 300"), (176, 36, 40), 7)
    canvas.fill(box(110, 330, 214, 420, 16), ((236, 238, 236), (188, 194, 196)))  # coolant
    canvas.fill(box(112, 384, 212, 418, 12), (226, 120, 150, 200))
    canvas.fill(ellipse(162, 336, 24, 16), (30, 32, 36))
    canvas.fill(box(118, 490, 200, 570, 14), ((226, 232, 240), (180, 190, 200)))  # washer
    canvas.fill(ellipse(159, 496, 22, 14), (40, 104, 186))
    for start, colour in (
        ("M214 380 C270 400 270 470 300 490", (26, 27, 30)),
        ("M250 220 C300 240 300 190 360 196", (26, 27, 30)),
    ):
        canvas.line(path(start), colour, 18)
        canvas.line(path(start), (66, 69, 74), 4)
    canvas.fill(box(250, 566, 710, 610, 14), ((62, 65, 70), (30, 32, 35)))
    canvas.line([(60, 652), (900, 652)], (28, 30, 33), 10)
    canvas.line(path("M120 640 L70 330 L96 60"), (150, 154, 160), 6)  # the bonnet's stay


def _cover(canvas: Canvas, look: Look) -> None:
    accent = (
        (60, 140, 220)
        if look.electric
        else look.scene.choice(((196, 44, 44), (150, 154, 160), (52, 104, 168)))
    )
    canvas.glow(box(300, 240, 650, 540, 30), (0, 0, 0, 160), 14)
    canvas.fill(box(296, 226, 654, 530, 34), ((84, 88, 95), (34, 36, 40)))
    canvas.line([*box(296, 226, 654, 530, 34), (620, 226)], (120, 124, 131), 2)
    for x in range(346, 640, 52):
        canvas.fill(box(x, 256, x + 26, 424, 12), ((48, 50, 55), (64, 67, 73)))
    canvas.fill(box(330, 446, 620, 488, 10), accent)
    canvas.text(475, 467, "ELECTRIC" if look.electric else "16 VALVE", 24, (244, 246, 248))
    if not look.electric:
        canvas.fill(ellipse(604, 236, 26), (24, 25, 28))
        canvas.fill(box(590, 230, 618, 242, 4), (226, 190, 60))
