"""A generated auto.ru feed of any size: a longer one begins with the cars of a shorter one."""

import random
from pathlib import Path

# What most yards sell; `messages.py` asks about these.
_MODELS = (
    ("Lada (ВАЗ)", "Vesta, I Рестайлинг", "1.6 MT (106 л.с.)", "Седан"),
    ("Lada (ВАЗ)", "Granta, I Рестайлинг", "1.6 MT (90 л.с.)", "Седан"),
    ("Lada (ВАЗ)", "Largus, I", "1.6 MT (106 л.с.)", "Универсал 5 дв."),
    ("Hyundai", "Solaris, II", "1.6 AT (123 л.с.)", "Седан"),
    ("Hyundai", "Creta, II", "2.0 AT (149 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Kia", "Rio, IV", "1.6 AT (123 л.с.)", "Седан"),
    ("Kia", "Sportage, IV", "2.0 AT (150 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Kia", "Ceed, III", "1.6 AT (128 л.с.)", "Хэтчбек 5 дв."),
    ("Skoda", "Octavia, III Рестайлинг", "1.4 AMT (150 л.с.)", "Лифтбек"),
    ("Skoda", "Rapid, I Рестайлинг", "1.6 AT (110 л.с.)", "Лифтбек"),
    ("Volkswagen", "Polo, VI", "1.6 AT (110 л.с.)", "Лифтбек"),
    ("Volkswagen", "Tiguan, II", "2.0 AMT (180 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Toyota", "Camry, VIII (XV70)", "2.5 AT (181 л.с.)", "Седан"),
    ("Toyota", "RAV4, V (XA50)", "2.5hyb CVT (222 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Mazda", "CX-5, II", "2.0 AT (150 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Nissan", "Qashqai, II", "2.0 CVT (144 л.с.)", "Внедорожник 5 дв."),
    ("Renault", "Duster, I Рестайлинг", "2.0 AT (143 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Renault", "Logan, II", "1.6 MT (82 л.с.)", "Седан"),
    ("CHERY", "Tiggo 7 Pro, I", "1.5 CVT (147 л.с.)", "Внедорожник 5 дв."),
    ("CHERY", "Tiggo 4, I", "1.5 CVT (113 л.с.)", "Внедорожник 5 дв."),
    ("Haval", "Jolion, I", "1.5 AMT (143 л.с.)", "Внедорожник 5 дв."),
    ("Geely", "Monjaro, I", "2.0 AT (238 л.с.) 4WD", "Внедорожник 5 дв."),
    ("BMW", "X5, IV (G05)", "3.0d AT (249 л.с.) 4WD", "Внедорожник 5 дв."),
    ("Ford", "Focus, III", "1.6 MT (105 л.с.)", "Хэтчбек 5 дв."),
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
    dice = random.Random(1)
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
