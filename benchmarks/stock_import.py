"""Import of a generated auto.ru feed: seconds and peak memory of the first and of the repeated import.

.venv/bin/python benchmarks/stock_import.py [CARS]
"""

import asyncio
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from bot.db import Base, Sessions, database
from bot.stock.importing import import_feed

_MODELS = (
    ("Lada (ВАЗ)", "Vesta, I Рестайлинг", "1.6 MT (106 л.с.)", "Седан"),
    ("Hyundai", "Creta, II", "2.0 AT (149 л.с.) 4WD", "Внедорожник 5 дв."),
    ("CHERY", "Tiggo 7 Pro, I", "1.5 CVT (147 л.с.)", "Внедорожник 5 дв."),
    ("Toyota", "RAV4, V (XA50)", "2.5hyb CVT (222 л.с.) 4WD", "Внедорожник 5 дв."),
)
_EXTRAS = (
    "Климат-контроль 2-зонный",
    "Подогрев передних сидений",
    "Подогрев руля",
    "Камера заднего вида",
    "Круиз-контроль",
    "Бесключевой доступ",
    "Электропривод крышки багажника",
    "Apple CarPlay",
    "Парктроник задний",
    "Фаркоп",
)
_COLOURS = ("Белый", "ТЕМНО-СИНИЙ", "Серебристый", "Cерый", "Черный", "Красный")
_VIN = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_DESCRIPTION = "Автомобиль в отличном состоянии, обслуживался у официального дилера. " * 15


def write_feed(path: Path, cars: int) -> None:
    dice = random.Random(1)  # the same feed every time
    with path.open("w", encoding="utf-8") as file:
        file.write("<?xml version='1.0' encoding='UTF-8'?>\n<data><cars>\n")
        for number in range(cars):
            file.write(_car(dice, number))
        file.write("</cars></data>\n")


def _car(dice: random.Random, number: int) -> str:
    make, model, modification, body = dice.choice(_MODELS)
    vin = "".join(dice.choice(_VIN) for _ in range(10)) + f"{number:07d}"
    images = "".join(
        f"<image>https://img.example.ru/{vin}/{i}.jpg</image>" for i in range(dice.randint(0, 14))
    )
    return f"""<car><mark_id>{make}</mark_id><folder_id>{model}</folder_id>
<modification_id>{modification}</modification_id><body_type>{body}</body_type><wheel>левый</wheel>
<complectation_name>Comfort</complectation_name><color>{dice.choice(_COLOURS)}</color><metallic>да</metallic>
<availability>в наличии</availability><custom>растаможен</custom>
<state>Отличное</state><pts>Оригинал</pts>
<owners_number>Два владельца</owners_number><run>{dice.randint(5_000, 200_000)}</run>
<year>{dice.randint(2008, 2024)}</year><price>{dice.randint(300_000, 5_000_000)}</price>
<currency>RUR</currency><credit_discount>50000</credit_discount><max_discount>100000</max_discount><vin>{vin}</vin>
<unique_id>{number}</unique_id><extras>{", ".join(dice.sample(_EXTRAS, dice.randint(2, 10)))}</extras>
<description>{_DESCRIPTION}</description><images>{images}</images></car>
"""


async def _import(sessions: Sessions, feed: Path, label: str) -> None:
    start, worked = time.perf_counter(), time.process_time()
    report = await import_feed(sessions, str(feed))
    seconds, cpu = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{label}: {seconds:.1f} s ({cpu:.1f} s of processor), peak memory {peak:.0f} MB; "
        f"seen {report.seen}, added {report.added}, "
        f"changed {report.changed}, unchanged {report.unchanged}, skipped {len(report.skipped)}"
    )


async def main(cars: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "autoru.xml"
        write_feed(feed, cars)
        print(f"{cars} cars, {feed.stat().st_size / 1e6:.0f} MB of XML")
        async with database(f"sqlite:///{folder}/stock.db") as sessions:
            async with sessions.begin() as session:
                await (await session.connection()).run_sync(Base.metadata.create_all)
            await _import(sessions, feed, "first import")
            await _import(sessions, feed, "the same again")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
