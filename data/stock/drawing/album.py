"""The pictures of one car, in the order in which a salesman shows them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from drawing import details, ends, places, shell, side
from drawing.canvas import HEIGHT, WIDTH, Canvas, alpha, ellipse
from drawing.look import Look, look

QUALITIES = (80, 76, 72, 68, 64, 60)
MAX_BYTES = 34_000  # the pictures are committed: all of them stay within 12 MB
_Draw = Callable[[Canvas, Look], None]


def draw_album(car: dict[str, Any], is_new: bool, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, draw in enumerate(_shots(car, is_new), 1):
        (folder / f"{number}.jpg").write_bytes(_jpeg(draw(look(car, is_new))))


def _jpeg(picture: Image.Image) -> bytes:
    """The best quality that fits."""
    data = b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        data = buffer.getvalue()
        if len(data) <= MAX_BYTES:
            break
    return data


def _shots(car: dict[str, Any], is_new: bool) -> list[Callable[[Look], Image.Image]]:
    shots: list[Callable[[Look], Image.Image]] = [_side, _front, _rear, _dashboard]
    if is_new or "run" in car:
        shots.append(_odometer)
    shots += [_wheel, _engine, _leaving]
    return shots[: car["pictures"]]


def _side(it: Look) -> Image.Image:
    return _standing(it, side.draw_side, side.GROUND, 0.62).picture()


def _leaving(it: Look) -> Image.Image:
    """The other side: the first picture turned round, in another place."""
    it.scene.seed(it.scene.random())
    return ImageOps.mirror(_side(it))


def _front(it: Look) -> Image.Image:
    return _standing(it, ends.draw_front, shell.GROUND, 0.46).picture()


def _rear(it: Look) -> Image.Image:
    it.scene.seed(it.scene.random())
    return _standing(it, ends.draw_rear, shell.GROUND, 0.46).picture()


def _dashboard(it: Look) -> Image.Image:
    picture = _close(it, details.draw_dashboard)
    return ImageOps.mirror(picture) if it.right_hand else picture


def _odometer(it: Look) -> Image.Image:
    return _close(it, details.draw_odometer)


def _wheel(it: Look) -> Image.Image:
    return _close(it, details.draw_wheel_view)


def _engine(it: Look) -> Image.Image:
    return _close(it, details.draw_engine_bay)


def _close(it: Look, draw: _Draw) -> Image.Image:
    canvas = Canvas()
    draw(canvas, it)
    return canvas.picture()


def _standing(it: Look, draw: _Draw, ground: float, shadow: float) -> Canvas:
    """The car in its place, with a shadow; the showroom's polished floor mirrors it."""
    scene, car = Canvas(), Canvas()
    (places.showroom if it.is_new else places.yard)(scene, ground - 46, it.scene)
    scene.soften(2.2)
    draw(car, it)
    if it.is_new:
        scene.lay(_reflection(car, ground), 0.22)
    half = WIDTH * shadow * 0.66
    scene.glow(ellipse(WIDTH / 2, ground - 2, half, 13), alpha((10, 12, 18), 190), 8)
    scene.glow(ellipse(WIDTH / 2, ground + 8, half * 1.06, 26), alpha((10, 12, 18), 90), 22)
    scene.lay(car)
    return scene


def _reflection(car: Canvas, ground: float) -> Canvas:
    mirror = Canvas()
    scale = car.image.height / HEIGHT
    mirror.image.paste(ImageOps.flip(car.image), (0, round((2 * ground - HEIGHT) * scale)))
    mirror.soften(2.5)
    return mirror
