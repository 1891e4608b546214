"""What is known of a customer, his car and the department, for the places in a canned answer."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation
from bot.customers.persons import known
from bot.dealer import Address, Dealer
from bot.desk.names import visible
from bot.hours import DAYS, Shift, Week
from bot.leads.crm.text import roubles
from bot.stock.models import Car

GAP = "___"

_PLACE = re.compile(r"\{([^{}]*)\}")
_DAYS = dict(zip(DAYS, ("пн", "вт", "ср", "чт", "пт", "сб", "вс"), strict=True))
_EMPTY = dict.fromkeys(
    (
        "клиент",
        "сотрудник",
        "отдел",
        "машина",
        "цена",
        "пробег",
        "год",
        "адрес",
        "проезд",
        "часы",
        "телефон",
        "документы для кредита",
        "документы для тест-драйва",
        "документы для трейд-ин",
        "минут на оценку",
    ),
    "",
)
PLACES = tuple(_EMPTY)


def fill(text: str, facts: Mapping[str, str]) -> str:
    """What is not known stays as a visible gap."""
    return _PLACE.sub(lambda place: facts.get(place[1]) or GAP, text)


def unknown_places(text: str) -> Sequence[str]:
    return [place for place in _PLACE.findall(text) if place not in _EMPTY]


async def facts(
    session: AsyncSession,
    conversation: Conversation,
    *,
    car_id: int | None,
    department: str,
    name: str | None,
    dealer: Dealer,
) -> dict[str, str]:
    """Place → words, for all `PLACES`; empty where nothing is known.

    The place of the dealership is where the car stands, else where the department is. `name` is that of
    the person who answers.
    """
    customer = await known(session, conversation)
    car = await session.get(Car, car_id) if car_id is not None else None
    own = dealer.departments[dealer.known_department(department)]
    address = dealer.addresses.get((car and car.place) or "", dealer.addresses[own.address])
    return (
        _EMPTY
        | {"клиент": _first_name(customer.name), "сотрудник": name or "", "отдел": own.title}
        | _of_car(car)
        | _of_place(address)
        | _of_terms(dealer)
    )


def _first_name(name: str | None) -> str:
    """People call themselves «🔥🔥🔥» too."""
    first = (visible(name) or "").split()[:1]
    return first[0] if first and first[0][0].isalpha() else ""


def _of_car(car: Car | None) -> dict[str, str]:
    if car is None:
        return {}
    year = f"{car.year} года" if car.year else ""
    return {
        "машина": " ".join(filter(None, (car.make, car.model, year))),
        "цена": roubles(car.price) if car.price is not None else "",
        "пробег": f"{car.mileage_km:,} км".replace(",", " ") if car.mileage_km is not None else "",
        "год": str(car.year or ""),
    }


def _of_place(address: Address) -> dict[str, str]:
    return {
        "адрес": f"{address.city}, {address.street}",
        "проезд": address.how_to_get,
        "часы": week_in_words(address.hours),
        "телефон": address.phone,
    }


def _of_terms(dealer: Dealer) -> dict[str, str]:
    return {
        "документы для кредита": dealer.credit.documents,
        "документы для тест-драйва": dealer.policies.test_drive_documents,
        "документы для трейд-ин": dealer.trade_in.documents,
        "минут на оценку": str(dealer.trade_in.valuation_minutes),
    }


def week_in_words(week: Week) -> str:
    """«пн–пт 9:00–21:00, сб–вс 10:00–20:00», «ежедневно 9:00–21:00»."""
    return ", ".join(_runs(week))


def _runs(week: Week) -> Iterator[str]:
    for shifts, run in groupby(DAYS, key=week.__getitem__):
        days = list(run)
        if len(days) == len(DAYS):
            name = "ежедневно"
        else:
            name = "–".join(dict.fromkeys((_DAYS[days[0]], _DAYS[days[-1]])))
        yield f"{name} {_spoken(shifts)}"


def _spoken(shifts: Sequence[Shift]) -> str:
    if not shifts:
        return "выходной"
    return " и ".join(f"{_clock(shift.opens)}–{_clock(shift.closes)}" for shift in shifts)


def _clock(time: dt.time) -> str:
    return f"{time.hour}:{time.minute:02}"
