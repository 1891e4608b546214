"""A lead in Russian, for people and systems that know nothing of our keys."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.leads.crm.text import roubles
from bot.leads.models import Stage
from bot.stock.models import COLOURS, Car

STEPS = {
    "hold_car": "Придержать автомобиль",
    "history_report": "Отчёт об истории",
    "credit_check": "Проверка кредита",
    "trade_in_valuation": "Оценка трейд-ин",
    "manager_price": "Цена от руководителя",
    "inspection_video": "Видео осмотра",
    "extra_photos": "Дополнительные фотографии",
    "test_drive": "Тест-драйв",
    "selection": "Подбор автомобиля",
    "call_back": "Обратный звонок",
}
TOPICS = {
    "availability": "Наличие",
    "vin": "VIN",
    "credit": "Кредит",
    "trade_in": "Трейд-ин",
    "price": "Цена",
    "condition": "Состояние",
    "equipment": "Комплектация",
    "history": "История",
    "photos": "Фотографии",
    "search": "Подбор",
    "visit": "Визит",
    "address": "Адрес и часы",
    "service": "Сервис",
    "complaint": "Жалоба",
}
OTHER_TOPIC = "Другое"
STAGES: dict[Stage, str] = {
    "contact": "контакт",
    "worksheet": "рабочий лист",
    "visit": "визит",
    "deal": "сделка",
    "lost": "отказ",
}
CHANNELS = {"telegram": "Telegram", "vk": "ВКонтакте", "site": "Сайт", "terminal": "Терминал"}
SYSTEMS = {"bitrix24": "Битрикс24", "amocrm": "amoCRM", "mail": "почта", "webhook": "своя система"}

# What the actions put into `CapturedLead.details`. A key that is not here is told under its own name:
# better an odd label than a wish that nobody reads.
_LABELS = {
    "day": "День",
    "wished_time": "Когда звонить",
    "channel": "Где на связи",
    "other_phone": "Второй номер",
    "offer": "Предлагает цену",
    "credit": "Кредит",
    "own_car": "Свой автомобиль",
    "make": "Марка",
    "model": "Модель",
    "year": "Год",
    "mileage_km": "Пробег, км",
    "price": "Цена",
    "down_payment": "Взнос",
    "down_percent": "Взнос, %",
    "months": "Срок, мес.",
    "monthly_payment": "Платёж в месяц",
    "extension": "Добавочный",
    "person": "Имя",
    "email": "Почта",
    "take_out": "Уберите из заметок",
}
_SUMS = ("offer", "price", "down_payment", "monthly_payment")  # in roubles

# They are on the card as a line of its own, which follows the visit when it is moved or called off.
_OF_VISIT = ("date", "time")


def topic_title(topic: str) -> str:
    """Of a topic of dealer.yml, or of the intent of that topic."""
    plain = topic.removeprefix("ask_")
    return TOPICS.get({"search_car": "search", "book_visit": "visit"}.get(plain, plain), OTHER_TOPIC)


def car_title(car: Car) -> str:
    """«Hyundai Solaris, 2019, белый»."""
    colour = COLOURS[car.colour] if car.colour else None
    return ", ".join(filter(None, (f"{car.make} {car.model}", str(car.year) if car.year else None, colour)))


def wishes(details: Mapping[str, Any]) -> dict[str, str]:
    """Label → what he said."""
    said = {key: value for key, value in details.items() if key not in _OF_VISIT}
    told = ((_LABELS.get(key, key), _told(key, value)) for key, value in said.items())
    return {label: value for label, value in told if value}


def _told(key: str, value: Any) -> str:
    return roubles(value) if key in _SUMS and isinstance(value, int) else _spoken(value)


def _spoken(value: Any) -> str:
    match value:
        case None | "" | False:
            return ""
        case True:
            return "да"
        case Mapping():
            return "; ".join(f"{label}: {inner}" for label, inner in wishes(value).items())
        case str():
            return value
        case Iterable():
            return ", ".join(filter(None, map(_spoken, value)))
        case _:
            return str(value)


def summary(step: str, topic: str, car: Car | None, details: Mapping[str, Any]) -> str:
    """One line: what he wants, about which car, what came of the talk."""
    said = "; ".join(f"{label}: {value}" for label, value in wishes(details).items())
    about = f"{STEPS[step]}: {car_title(car)}" if car is not None else STEPS[step]
    return ". ".join(filter(None, (about, f"Вопрос: {topic_title(topic)}", said)))
