"""Russian for facts: money, plurals, dates, names of cars and of their properties."""

import datetime as dt
from collections.abc import Iterable

from bot.stock.models import COLOURS, Body, Car, Drive, Fuel, Gearbox, State, Title, Wheel

NBSP = "\u00a0"

BODIES = {
    Body.SEDAN: "седан",
    Body.HATCHBACK: "хэтчбек",
    Body.LIFTBACK: "лифтбек",
    Body.WAGON: "универсал",
    Body.SUV: "внедорожник",
    Body.COUPE: "купе",
    Body.CABRIOLET: "кабриолет",
    Body.MINIVAN: "минивэн",
    Body.VAN: "фургон",
    Body.PICKUP: "пикап",
    Body.LIMOUSINE: "лимузин",
}
FUELS = {
    Fuel.PETROL: "бензин",
    Fuel.DIESEL: "дизель",
    Fuel.HYBRID: "гибрид",
    Fuel.ELECTRIC: "электро",
    Fuel.GAS: "бензин с газом",
}
GEARBOXES = {
    Gearbox.AUTOMATIC: "автомат",
    Gearbox.MANUAL: "механика",
    Gearbox.VARIATOR: "вариатор",
    Gearbox.ROBOT: "робот",
}
DRIVES = {Drive.FRONT: "передний", Drive.REAR: "задний", Drive.FULL: "полный"}
WHEELS = {Wheel.LEFT: "левый", Wheel.RIGHT: "правый"}
TITLES = {Title.ORIGINAL: "оригинал", Title.DUPLICATE: "дубликат", Title.ELECTRONIC: "электронный"}
STATES = {
    State.EXCELLENT: "отличное",
    State.GOOD: "хорошее",
    State.FAIR: "среднее",
    State.NEEDS_REPAIR: "требует ремонта",
}
WEEKDAYS = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


def plural(number: int, one: str, few: str, many: str) -> str:
    """`1 владелец, 2 владельца, 5 владельцев`, number included."""
    return f"{thousands(number)}{NBSP}{plural_form(number, one, few, many)}"


def plural_form(number: int, one: str, few: str, many: str) -> str:
    tens, units = abs(number) % 100, abs(number) % 10
    if 11 <= tens <= 14 or units == 0 or units >= 5:
        return many
    return one if units == 1 else few


def thousands(number: int) -> str:
    return f"{number:,}".replace(",", NBSP)


def money(roubles: int) -> str:
    return f"{thousands(roubles)}{NBSP}₽"


def kilometres(km: int) -> str:
    return f"{thousands(km)}{NBSP}км"


def litres(cc: int) -> str:
    """Engine volume as people say it: «1,6 л»."""
    return f"{round(cc / 100) / 10:.1f}".replace(".", ",") + f"{NBSP}л"


def percent(value: float) -> str:
    return f"{value:g}".replace(".", ",") + NBSP + "%"


def term(months: int) -> str:
    """«5 лет», «18 месяцев»."""
    if months % 12 == 0:
        return plural(months // 12, "год", "года", "лет")
    return plural(months, "месяц", "месяца", "месяцев")


def owners(number: int) -> str:
    return (
        f"4{NBSP}владельца или больше"
        if number >= 4
        else plural(number, "владелец", "владельца", "владельцев")
    )


def car_name(car: Car) -> str:
    """«Hyundai Solaris»."""
    return f"{car.make} {car.model}"


def car_title(car: Car) -> str:
    """«Hyundai Solaris 2019 года»."""
    return f"{car_name(car)} {car.year}{NBSP}года" if car.year else car_name(car)


def car_line(car: Car) -> str:
    """What tells this car from its twins: colour, engine, gearbox, mileage, price."""
    parts: list[str] = []
    if car.colour:
        parts.append(COLOURS[car.colour])
    if car.engine_cc and car.fuel is not Fuel.ELECTRIC:
        parts.append(litres(car.engine_cc))
    if car.gearbox:
        parts.append(GEARBOXES[car.gearbox])
    if car.is_new:
        parts.append("новый")
    elif car.mileage_km is not None:
        parts.append(kilometres(car.mileage_km))
    if car.price:
        parts.append(money(car.price))
    return ", ".join(parts)


def listing(items: Iterable[str], last: str = "и") -> str:
    """«а, б и в»."""
    known = list(items)
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} {last} {known[-1]}"


def day(date: dt.date, today: dt.date) -> str:
    """«сегодня», «завтра», «в субботу, 28 ноября»."""
    ahead = (date - today).days
    if ahead in (0, 1, 2):
        return ("сегодня", "завтра", "послезавтра")[ahead]
    preposition = "во" if date.weekday() == 1 else "в"
    return f"{preposition} {WEEKDAYS[date.weekday()]}, {date.day}{NBSP}{MONTHS[date.month - 1]}"


def moment(day_words: str, time_words: str) -> str:
    """«завтра в 9:00», but «в субботу, 28 ноября, в 9:00»."""
    if not time_words:
        return day_words
    return f"{day_words}, {time_words}" if "," in day_words else f"{day_words} {time_words}"


def clock(moment: dt.time) -> str:
    return f"{moment.hour}:{moment.minute:02d}"


def lower_first(text: str) -> str:
    """Inside a sentence: «Крашена дверь» → «крашена дверь», «ГРМ заменён» stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
