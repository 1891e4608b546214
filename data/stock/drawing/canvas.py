"""A drawing surface in picture units (960 × 720), drawn three times larger and scaled down at the end."""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 960, 720
SCALE = 3

Point = tuple[float, float]
Outline = Sequence[Point]
Colour = tuple[int, int, int] | tuple[int, int, int, int]
Paint = Colour | tuple[Colour, Colour]  # one colour, or a gradient from the top of the shape to its bottom


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of b in a; the transparency stays that of a."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a[:3], b[:3], strict=True))
    return (red, green, blue, a[3]) if len(a) == 4 else (red, green, blue)


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float) -> Colour:
    return mix(colour, (8, 10, 18), share)


def alpha(colour: Colour, opacity: int) -> Colour:
    return (colour[0], colour[1], colour[2], opacity)


@lru_cache(maxsize=256)
def path(commands: str) -> tuple[Point, ...]:
    """Points of an outline in the grammar of SVG paths: absolute M, L, C, Q."""
    points: list[Point] = []
    for letter, tail in re.findall(r"([MLCQ])([^MLCQ]*)", commands):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", tail)]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        step = {"M": 1, "L": 1, "Q": 2, "C": 3}[letter]
        for at in range(0, len(pairs), step):
            points += _curve([*points[-1:], *pairs[at : at + step]]) if step > 1 else [pairs[at]]
    return tuple(points)


def _curve(controls: list[Point], steps: int = 24) -> Iterator[Point]:
    """Bézier of any degree, by de Casteljau; without its first point."""
    for step in range(1, steps + 1):
        t, layer = step / steps, controls
        while len(layer) > 1:
            layer = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(layer)]
        yield layer[0]


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> Outline:
    ry = rx if ry is None else ry
    turns = (math.tau * i / 120 for i in range(120))
    return [(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turns]


def box(left: float, top: float, right: float, bottom: float, radius: float = 0) -> Outline:
    """A rectangle, its corners rounded."""
    if radius <= 0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    corners = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    angles = [(x, y, math.radians(start + 9 * i)) for x, y, start in corners for i in range(11)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for x, y, t in angles]


def mirrored(half: Outline, axis: float = WIDTH / 2) -> list[Point]:
    """A closed outline from its left half, given from top to bottom."""
    return [*half, *((2 * axis - x, y) for x, y in reversed(half))]


def flipped(outline: Outline, axis: float = WIDTH / 2) -> list[Point]:
    return [(2 * axis - x, y) for x, y in outline]


class Canvas:
    def __init__(self, background: Colour = (0, 0, 0, 0)) -> None:
        self.image = Image.new("RGBA", (WIDTH * SCALE, HEIGHT * SCALE), background)
        self._clip: Image.Image | None = None

    def fill(self, outline: Outline, paint: Paint) -> None:
        """A polygon, anti-aliased by the later scaling."""
        scaled = [(x * SCALE, y * SCALE) for x, y in outline]
        if (area := self._area(scaled, 0)) is not None:
            mask = Image.new("L", (area[2] - area[0], area[3] - area[1]))
            ImageDraw.Draw(mask).polygon([(x - area[0], y - area[1]) for x, y in scaled], fill=255)
            self._put(mask, area, paint)

    def line(self, points: Outline, colour: Colour, width: float) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        pixels = max(1, round(width * SCALE))
        if (area := self._area(scaled, pixels)) is not None:
            mask = Image.new("L", (area[2] - area[0], area[3] - area[1]))
            moved = [(x - area[0], y - area[1]) for x, y in scaled]
            draw = ImageDraw.Draw(mask)
            draw.line(moved, fill=255, width=pixels, joint="curve")
            for x, y in (moved[0], moved[-1]):
                draw.ellipse([x - pixels / 2, y - pixels / 2, x + pixels / 2, y + pixels / 2], fill=255)
            self._put(mask, area, colour)

    def glow(self, outline: Outline, colour: Colour, blur: float) -> None:
        """A shape with soft edges: shadows and light."""
        scaled = [(x * SCALE, y * SCALE) for x, y in outline]
        if (area := self._area(scaled, round(blur * SCALE * 2.5))) is None:
            return
        coarse = 6  # blurred small and enlarged: nobody sees the difference, it is thirty times faster
        size = ((area[2] - area[0]) // coarse + 1, (area[3] - area[1]) // coarse + 1)
        small = Image.new("L", size)
        ImageDraw.Draw(small).polygon(
            [((x - area[0]) / coarse, (y - area[1]) / coarse) for x, y in scaled], fill=255
        )
        small = small.filter(ImageFilter.GaussianBlur(blur * SCALE / coarse))
        mask = small.resize((area[2] - area[0], area[3] - area[1]), Image.Resampling.BICUBIC)
        self._put(mask, area, colour)

    def text(self, x: float, y: float, words: str, size: float, colour: Colour) -> None:
        """Latin words, their middle at x, y, in the font that Pillow carries with it."""
        draw = ImageDraw.Draw(self.image)
        draw.text((x * SCALE, y * SCALE), words, colour, ImageFont.load_default(size * SCALE), anchor="mm")

    @contextmanager
    def clip(self, outline: Outline) -> Iterator[None]:
        """Within, only what falls inside the outline (and the outer clips) is drawn."""
        outer = self._clip
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([(x * SCALE, y * SCALE) for x, y in outline], fill=255)
        self._clip = ImageChops.multiply(mask, outer) if outer else mask
        try:
            yield
        finally:
            self._clip = outer

    def lay(self, other: "Canvas", opacity: float = 1) -> None:
        layer = other.image
        if opacity < 1:
            layer = layer.copy()
            layer.putalpha(layer.getchannel("A").point(lambda a: round(a * opacity)))
        self.image.alpha_composite(layer)

    def picture(self) -> Image.Image:
        # Averaging whole blocks leaves no ringing at the edges, which JPEG would pay for.
        return self.image.convert("RGB").reduce(SCALE)

    def soften(self, blur: float) -> None:
        """Out of focus, as behind a photographed car."""
        small = self.image.reduce(SCALE).filter(ImageFilter.GaussianBlur(blur))
        self.image = small.resize(self.image.size, Image.Resampling.BILINEAR)

    def _area(self, points: list[Point], margin: int) -> tuple[int, int, int, int] | None:
        left = max(0, math.floor(min(x for x, _ in points)) - margin)
        top = max(0, math.floor(min(y for _, y in points)) - margin)
        right = min(self.image.width, math.ceil(max(x for x, _ in points)) + margin + 1)
        bottom = min(self.image.height, math.ceil(max(y for _, y in points)) + margin + 1)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _put(self, mask: Image.Image, area: tuple[int, int, int, int], paint: Paint) -> None:
        if self._clip is not None:
            mask = ImageChops.multiply(mask, self._clip.crop(area))
        layer = _painted(paint, mask.size)
        layer.putalpha(ImageChops.multiply(layer.getchannel("A"), mask))
        self.image.alpha_composite(layer, area[:2])


def _painted(paint: Paint, size: tuple[int, int]) -> Image.Image:
    if isinstance(paint[0], tuple):
        top, bottom = paint[0], paint[1]
        assert isinstance(bottom, tuple)
        ramp = Image.linear_gradient("L").resize(size)
        return Image.composite(Image.new("RGBA", size, bottom), Image.new("RGBA", size, top), ramp)
    return Image.new("RGBA", size, paint)  # type: ignore[arg-type]
