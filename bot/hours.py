"""Opening hours: split shifts, breaks, holidays, in the dealership's own time zone."""

import datetime as dt
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 31  # nobody plans further, and a dealership closed for a month is closed


class Shift(NamedTuple):
    """From opening to closing, both in local time; a shift never crosses midnight."""

    opens: dt.time
    closes: dt.time


def parse_shifts(value: Any) -> tuple[Shift, ...]:
    """`"09:00-13:00, 14:00-20:00"` or `closed`."""
    if value is None or (isinstance(value, str) and value.strip() in ("closed", "выходной", "")):
        return ()
    if not isinstance(value, str):
        raise ValueError("нужна строка вида «09:00-20:00» или «выходной»")
    shifts: list[Shift] = []
    for part in value.split(","):
        opens, _, closes = part.strip().partition("-")
        try:
            shift = Shift(dt.time.fromisoformat(opens.strip()), dt.time.fromisoformat(closes.strip()))
        except ValueError as error:
            raise ValueError(f"часы «{part.strip()}» не понятны, нужно «09:00-20:00»") from error
        if shift.opens >= shift.closes:
            raise ValueError(f"часы «{part.strip()}»: закрытие должно быть позже открытия")
        if shifts and shift.opens < shifts[-1].closes:
            raise ValueError(f"часы «{value}»: смены пересекаются")
        shifts.append(shift)
    return tuple(shifts)


def _spread_days(value: Any) -> Any:
    """`mon-fri: …` means each of these days."""
    if not isinstance(value, dict):
        raise ValueError("нужны дни недели, например «mon-fri: 09:00-20:00»")
    week: dict[str, Any] = {}
    for key, shifts in value.items():
        first, _, last = str(key).partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"день «{key}» не понятен, нужны {', '.join(DAYS)} или «mon-fri»")
        for day in DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]:
            week[day] = parse_shifts(shifts)
    return {day: week.get(day, ()) for day in DAYS}


Week = Annotated[dict[str, tuple[Shift, ...]], BeforeValidator(_spread_days)]
Holidays = Annotated[
    dict[dt.date, tuple[Shift, ...]],
    BeforeValidator(lambda days: {day: parse_shifts(hours) for day, hours in (days or {}).items()}),
]


class Hours(BaseModel):
    """A week of shifts and the dates that differ from it."""

    model_config = ConfigDict(frozen=True)

    week: dict[str, tuple[Shift, ...]]
    holidays: dict[dt.date, tuple[Shift, ...]]

    def on(self, day: dt.date) -> tuple[Shift, ...]:
        if day in self.holidays:
            return self.holidays[day]
        return self.week[DAYS[day.weekday()]]

    def open_at(self, local: dt.datetime) -> bool:
        return any(s.opens <= local.time() < s.closes for s in self.on(local.date()))

    def closes_at(self, local: dt.datetime) -> dt.datetime | None:
        """When the current shift ends; None when closed now."""
        for shift in self.on(local.date()):
            if shift.opens <= local.time() < shift.closes:
                return dt.datetime.combine(local.date(), shift.closes, local.tzinfo)
        return None

    def next_opening(self, local: dt.datetime) -> dt.datetime | None:
        """The next moment when somebody comes; None when open now or closed for a month."""
        if self.open_at(local):
            return None
        for ahead in range(HORIZON_DAYS):
            day = local.date() + dt.timedelta(days=ahead)
            for shift in self.on(day):
                opening = dt.datetime.combine(day, shift.opens, local.tzinfo)
                if opening > local:
                    return opening
        return None
