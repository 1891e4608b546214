"""What the pictures of one car have in common: silhouette, colours, rims, lamps. Equal models look alike."""

import random
from dataclasses import dataclass
from typing import Any

from drawing.canvas import Colour

COLOURS: dict[str, Colour] = {
    "Бежевый": (205, 188, 158),
    "Белый": (238, 240, 242),
    "Голубой": (126, 174, 205),
    "Желтый": (240, 190, 40),
    "Зеленый": (66, 104, 84),
    "Золотой": (196, 160, 88),
    "Коричневый": (104, 76, 62),
    "Красный": (186, 36, 42),
    "Оранжевый": (226, 110, 38),
    "Пурпурный": (130, 42, 88),
    "Розовый": (224, 140, 160),
    "Серебряный": (190, 196, 202),
    "Серебристый": (190, 196, 202),
    "Серый": (112, 120, 128),
    "Синий": (38, 74, 138),
    "Фиолетовый": (94, 70, 138),
    "Черный": (42, 44, 50),
}
SHAPES = {
    "Седан": "sedan",
    "Лифтбек": "liftback",
    "Хэтчбек": "hatchback",
    "Универсал": "wagon",
    "Фургон": "van",
    "Пикап двойная кабина": "pickup",
}
CABINS: tuple[Colour, ...] = ((46, 48, 54), (70, 70, 74), (150, 128, 104), (92, 66, 54))


@dataclass(frozen=True, slots=True)
class Look:
    shape: str
    short: bool  # one door a side
    paint: Colour
    is_new: bool
    year: int
    spokes: int
    split_spokes: bool
    steel_wheels: bool
    lamps: str  # slim, round, square
    grille: str  # wide, hexagon, slats, closed
    cabin: Colour
    right_hand: bool
    manual: bool
    electric: bool
    mileage: int | None
    scene: random.Random  # differs between cars of one model: place, light, angle of the wheels

    @property
    def tall(self) -> bool:
        return self.shape in ("suv", "offroad", "pickup", "van")


def look(car: dict[str, Any], is_new: bool) -> Look:
    make, model, _trim, year = car["name"].split(" / ")
    body, colour, *_finish = car["look"].split(" / ")
    design = random.Random(f"{make} {model.split(',')[0]}")  # noqa: S311 drawing, not secrets
    scene = random.Random(car["slug"])  # noqa: S311
    shape = car.get("shape") or SHAPES.get(body, "suv")
    engine = car.get("engine", "")
    mileage = car.get("run")
    old = int(year) < 2016
    return Look(
        shape=shape,
        short=car.get("doors") == 3,
        paint=COLOURS[colour],
        is_new=is_new,
        year=int(year),
        spokes=design.choice((5, 6, 7, 9, 10)),
        split_spokes=design.random() < 0.5,
        steel_wheels=shape == "van" or car.get("options") in (None, "basic"),
        lamps="round"
        if "Niva" in model
        else design.choice(("square", "square", "slim") if old else ("slim", "slim", "square")),
        grille="closed" if "электро" in engine else design.choice(("wide", "hexagon", "slats")),
        cabin=CABINS[2]
        if "бежевый" in car["text"].lower()
        else scene.choice((CABINS[0], CABINS[0], CABINS[1], CABINS[3])),
        right_hand=car.get("wheel") == "правый",
        manual="механика" in engine or "MT" in car.get("modification", ""),
        electric="электро" in engine,
        mileage=mileage if mileage is not None else (3 if is_new else None),
        scene=scene,
    )
