"""A lead for the tests, and the words that must never leave it for a log or an error."""

import datetime as dt
from zoneinfo import ZoneInfo

from bot.leads.crm.base import LeadCard, Line

ZONE = ZoneInfo("Europe/Moscow")
PHONE = "+79001234567"
NAME = "Анна Петрова"
SAID = "муж не знает, звоните после шести"
PERSONAL = (PHONE, "9001234567", NAME, "Анна", SAID)

MOMENT = dt.datetime.now(dt.UTC).replace(microsecond=0)


def line(text: str, minutes: int, author: str = "Клиент") -> Line:
    return Line(author=author, text=text, at=MOMENT + dt.timedelta(minutes=minutes))


def card(**changes: object) -> LeadCard:
    values: dict[str, object] = {
        "uid": "lead-5f1c",
        "phone": PHONE,
        "name": NAME,
        "step": "Тест-драйв",
        "topic": "Запись в салон",
        "stage": "contact",
        "car": "Hyundai Solaris, 2019, белый",
        "car_url": "https://salon.example/cars/12",
        "vin": "Z94CT41DBKR123456",
        "price": 1_250_000,
        "department": "отдел автомобилей с пробегом",
        "responsible": "Алексей Громов",
        "wishes": {"Когда звонить": "после 18"},
        "channel": "Telegram",
        "source": "объявление на Авито",
        "utm": {"source": "yandex", "campaign": "solaris"},
        "summary": "Хочет проехать на Solaris в субботу.",
        "dialogue": (line("Можно проехать?", 0), line("Да, в субботу", 1, "Бот"), line(SAID, 2)),
        "created_at": MOMENT,
    }
    return LeadCard.model_validate(values | changes)
