"""Writes the sample stock: stock.xml from cars.yml, and the drawn pictures of its cars.

    .venv/bin/python data/stock/make_stock.py                      everything
    .venv/bin/python data/stock/make_stock.py --feed FILE          only the feed, into FILE
    .venv/bin/python data/stock/make_stock.py --pictures SLUG …    only the pictures of these cars

The same table gives the same feed byte by byte and, with one version of Pillow, the same pictures.
"""

import argparse
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from drawing.album import draw_album
from lxml import etree

HERE = Path(__file__).resolve().parent
TABLE, FEED, PICTURES = HERE / "cars.yml", HERE / "stock.xml", HERE / "pictures"
PLACES = {"new": "engelsa", "used": "tallinskoe"}  # keys of dealer.yml
GEARBOXES = {
    "автомат": ("Автоматическая", "AT"),
    "механика": ("Механическая", "MT"),
    "вариатор": ("Автомат вариатор", "CVT"),
    "робот": ("Автомат робот", "AMT"),
}
FUEL_LETTERS = {"дизель": "d", "гибрид": "hyb"}
OWNERS = {
    0: "Не было владельцев",
    1: "Один владелец",
    2: "Два владельца",
    3: "Три владельца",
    4: "Четыре и более",
}
# Written as they stand in the table; tags of auto.ru first, then the facts that its format lacks.
PLAIN = (
    "state", "run", "vin", "body_number", "pts", "price", "with_nds", "warranty_expire", "warranty_type",
    "accident", "paint", "defects", "service_history", "tyres", "clearance", "seats", "taxi", "pledge",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Sample stock: feed and pictures")
    parser.add_argument("--feed", type=Path, help="write only the feed, to this file")
    parser.add_argument("--pictures", nargs="+", metavar="SLUG", help="draw only these cars")
    wanted = parser.parse_args()
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    if not wanted.pictures:
        (wanted.feed or FEED).write_bytes(feed(table))
    if not wanted.feed:
        draw_pictures(table, wanted.pictures)


def draw_pictures(table: dict[str, Any], slugs: list[str] | None) -> None:
    if slugs is None:
        shutil.rmtree(PICTURES, ignore_errors=True)  # what the table no longer has must not stay
    with ProcessPoolExecutor() as pool:
        albums = [
            pool.submit(draw_album, car, section == "new", PICTURES / car["slug"])
            for section, car in cars(table)
            if car["pictures"] and (slugs is None or car["slug"] in slugs)
        ]
        for album in albums:
            album.result()  # raises what went wrong in drawing


def cars(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in ("new", "used"):
        for car in table[section]:
            yield section, car


def feed(table: dict[str, Any]) -> bytes:
    """auto.ru's price list, `data/cars/car`."""
    data = etree.Element("data")
    parent = etree.SubElement(data, "cars")
    for section, car in cars(table):
        element = etree.SubElement(parent, "car")
        for tag, text in tags(section, car, table["option_sets"]):
            etree.SubElement(element, tag).text = text
        if car["pictures"]:
            images = etree.SubElement(element, "images")
            for number in range(1, car["pictures"] + 1):
                etree.SubElement(images, "image").text = f"/stock/{car['slug']}/{number}.jpg"
    return bytes(etree.tostring(data, encoding="utf-8", xml_declaration=True, pretty_print=True))


def tags(section: str, car: dict[str, Any], option_sets: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    make, model, trim, year = car["name"].split(" / ")
    body, colour, *finish = car["look"].split(" / ")
    yield "unique_id", car["slug"]
    yield "section", section
    yield "mark_id", make
    yield "folder_id", model
    yield "complectation_name", trim
    yield "year", year
    yield "body_type", body
    yield "doors_count", str(car.get("doors") or _doors(body))
    yield "color", colour
    if finish:
        yield "metallic", "да" if finish == ["металлик"] else finish[0]
    yield from _engine(car)
    yield "wheel", car.get("wheel", "левый")
    yield "custom", car.get("custom", "Растаможен")
    yield "availability", car.get("availability", "В наличии")
    if section == "new" or "owners" in car:
        yield "owners_number", OWNERS[car.get("owners", 0)]
    for tag in PLAIN:
        if tag in car:
            yield tag, str(car[tag])
    yield "currency", "RUR"
    for kind, roubles in car.get("discounts", {}).items():
        yield f"{kind}_discount", str(roubles)
    if options := [*option_sets.get(car.get("options", ""), []), *car.get("extra", [])]:
        yield "extras", ", ".join(options)
    yield "poi_id", PLACES[section]
    yield "description", car["text"]
    for address in _listings(section, car):
        yield "url", address


def _doors(body: str) -> int:
    return {"Седан": 4, "Пикап двойная кабина": 4, "Фургон": 4}.get(body, 5)


def _engine(car: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "modification" in car:
        yield "modification_id", car["modification"]
        return
    volume, power, fuel, gearbox, drive = car["engine"].split()
    name, code = GEARBOXES[gearbox]
    litres = f"{int(volume) / 1000:.1f}{FUEL_LETTERS.get(fuel, '')}" if volume != "0" else "Electro"
    yield "modification_id", f"{litres} {code} ({power} л.с.)" + (" 4WD" if drive == "полный" else "")
    if volume != "0":
        yield "engine_volume", volume
    yield "engine_power", f"{power} л.с."
    yield "engine_type", fuel.capitalize()
    yield "gearbox", name
    yield "drive", drive.capitalize()


def _listings(section: str, car: dict[str, Any]) -> Iterator[str]:
    """Addresses in the sites' own grammar; the numbers are beyond those that the sites have given out."""
    slug = car["slug"].replace("-", "_")
    first, _, rest = slug.partition("_")
    for site, number in car.get("listings", {}).items():
        match site:
            case "avito":
                yield f"https://www.avito.ru/sankt-peterburg/avtomobili/{slug}_{number}"
            case "autoru":
                yield f"https://auto.ru/cars/{section}/sale/{first}/{rest}/{number}/"
            case "drom":
                yield f"https://spb.drom.ru/{first}/{rest}/{number}.html"
            case "site":
                yield f"https://severnyput.example/cars/{car['slug']}"


if __name__ == "__main__":
    main()
