"""Where the car stands: the showroom of new cars, the open yard of used ones."""

import random

from drawing.canvas import HEIGHT, WIDTH, Canvas, Colour, box, ellipse, lighter, mix, path

SKIES: tuple[tuple[Colour, Colour], ...] = (
    ((150, 178, 204), (226, 234, 240)),  # a clear day
    ((168, 176, 186), (222, 224, 227)),  # November
    ((120, 138, 170), (246, 208, 176)),  # evening
    ((146, 168, 180), (236, 226, 208)),  # morning haze
)


def showroom(canvas: Canvas, floor: float, rng: random.Random) -> None:
    accent: Colour = rng.choice(((34, 78, 120), (28, 96, 98), (70, 76, 88)))
    canvas.fill(box(0, 0, WIDTH, floor), ((238, 240, 242), (214, 219, 224)))
    _ceiling(canvas)
    shift = rng.randrange(-60, 60)
    for left in range(-120 + shift, WIDTH + 60, 236):
        canvas.fill(box(left, 128, left + 208, floor - 26), ((196, 216, 230), (232, 239, 243)))
        _street_behind_glass(canvas, left, floor, rng)
        canvas.line([(left + 104, 128), (left + 104, floor - 26)], (182, 188, 194), 3)
        canvas.line([*box(left, 128, left + 208, floor - 26), (left, 128)], (168, 174, 181), 5)
    canvas.fill(box(0, 92, WIDTH, 112), accent)
    canvas.fill(box(0, 112, WIDTH, 116), lighter(accent, 0.35))
    canvas.fill(box(0, floor, WIDTH, HEIGHT), ((206, 211, 216), (164, 171, 178)))
    canvas.line([(0, floor), (WIDTH, floor)], (150, 156, 163), 3)
    for x in range(-900, 1900, 190):
        canvas.line([(480 + (x - 480) * 0.62, floor), (x, HEIGHT)], (188, 194, 200, 120), 1.6)
    for x in (170, 480, 790):
        canvas.glow(ellipse(x, HEIGHT - 40, 90, 16), (255, 255, 255, 90), 14)


def _ceiling(canvas: Canvas) -> None:
    canvas.fill(box(0, 0, WIDTH, 92), ((196, 202, 208), (226, 230, 234)))
    for x in (170, 480, 790):
        lamp = [(x - 66, 34), (x + 66, 34), (x + 84, 52), (x - 84, 52)]
        canvas.glow(lamp, (255, 255, 255, 220), 18)
        canvas.fill(lamp, (255, 255, 252))


def _street_behind_glass(canvas: Canvas, left: float, floor: float, rng: random.Random) -> None:
    with canvas.clip(box(left, 128, left + 208, floor - 26)):
        x = left - rng.randrange(40)
        while x < left + 208:
            wide, high = rng.randrange(46, 92), rng.randrange(70, 190)
            canvas.fill(box(x, floor - 60 - high, x + wide, floor), (202, 215, 225))
            x += wide + rng.randrange(8, 30)
        canvas.fill(box(left, floor - 74, left + 208, floor), (188, 202, 200))
        canvas.fill(
            [(left + 150, 120), (left + 200, 120), (left + 70, floor), (left + 20, floor)],
            (255, 255, 255, 60),
        )


def yard(canvas: Canvas, floor: float, rng: random.Random) -> None:
    top, bottom = rng.choice(SKIES)
    canvas.fill(box(0, 0, WIDTH, floor), (top, bottom))
    for _ in range(rng.randrange(2, 5)):
        _cloud(canvas, rng.randrange(0, WIDTH), rng.randrange(50, 190), rng.randrange(60, 130), bottom)
    _houses(canvas, floor, mix(top, (96, 104, 118), 0.5), bottom, rng)
    _trees(canvas, floor, bottom, rng)
    canvas.fill(box(0, floor - 20, WIDTH, floor), ((120, 126, 118), (98, 103, 100)))
    for x in range(-20 + rng.randrange(40), WIDTH, 58):
        canvas.line([(x, floor - 66), (x, floor - 2)], (112, 120, 128), 4)
    for y in (floor - 62, floor - 40):
        canvas.line([(0, y), (WIDTH, y)], (136, 144, 152), 3)
    canvas.fill(box(0, floor, WIDTH, HEIGHT), ((124, 128, 133), (92, 96, 101)))
    for x in (-420, 60, 900, 1380):
        canvas.fill(
            [
                (480 + (x - 480) * 0.55, floor + 8),
                (480 + (x - 480) * 0.55 + 8, floor + 8),
                (x + 16, HEIGHT),
                (x, HEIGHT),
            ],
            (206, 208, 208, 150),
        )
    if rng.random() < 0.4:
        canvas.glow(ellipse(rng.randrange(120, 840), HEIGHT - 36, 150, 12), (*bottom[:3], 120), 5)  # a puddle


def _cloud(canvas: Canvas, x: float, y: float, wide: float, sky: Colour) -> None:
    for dx, dy, r in ((-0.6, 0.1, 0.42), (0, -0.06, 0.55), (0.55, 0.12, 0.4)):
        canvas.glow(
            ellipse(x + wide * dx, y + wide * dy * 0.6, wide * r, wide * r * 0.42),
            (*lighter(sky, 0.5)[:3], 130),
            9,
        )


def _houses(canvas: Canvas, floor: float, wall: Colour, sky: Colour, rng: random.Random) -> None:
    x: float = -rng.randrange(80)
    while x < WIDTH:
        wide, high = rng.randrange(90, 190), rng.randrange(90, 240)
        tone = mix(wall, sky, rng.uniform(0.45, 0.7))
        canvas.fill(box(x, floor - 30 - high, x + wide, floor), (mix(tone, sky, 0.25), tone))
        for row in range(int(floor - high - 12), int(floor - 80), 22):
            for column in range(int(x) + 12, int(x + wide) - 14, 22):
                lit = rng.random() < 0.14
                canvas.fill(
                    box(column, row, column + 10, row + 12),
                    (250, 226, 168) if lit else mix(tone, (70, 80, 96), 0.22),
                )
        x += wide + rng.randrange(0, 60)


def _trees(canvas: Canvas, floor: float, sky: Colour, rng: random.Random) -> None:
    for _ in range(rng.randrange(4, 8)):
        x, high = rng.randrange(0, WIDTH), rng.randrange(90, 170)
        green = mix(rng.choice(((74, 98, 82), (92, 104, 70), (128, 104, 66))), sky, 0.25)
        canvas.line([(x, floor), (x, floor - high * 0.5)], (92, 80, 72), 6)
        crown = path(
            f"M{x} {floor - high} C{x + 44} {floor - high + 14} {x + 40} {floor - 40} {x} {floor - 36} "
            f"C{x - 40} {floor - 40} {x - 44} {floor - high + 14} {x} {floor - high}"
        )
        canvas.fill(crown, (lighter(green, 0.12), green))
