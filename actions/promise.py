"""When a department answers, in plain words, by its hours."""

import datetime as dt

from actions import wording
from actions.turn import Turn
from bot.hours import Hours

SOMETIME = "в ближайший рабочий день"  # nobody comes within a month
WEEK = dt.timedelta(days=7)


def answer_time(turn: Turn, department: str) -> str:
    """«в течение 10 минут», «сегодня после 14:00», «завтра после 9:00», «3 января после 10:00»."""
    if in_time(turn, department):
        minutes = turn.dealer.departments[department].answer_minutes
        return f"в течение {minutes} {wording.plural_form(minutes, 'минуты', 'минут', 'минут')}"
    return _at_opening(turn, department, "после")


def call_time(turn: Turn, department: str) -> str:
    """«завтра с 9:00»: when it calls back if not now."""
    return _at_opening(turn, department, "с")


def in_time(turn: Turn, department: str) -> bool:
    """Whether it is open for as long as it may take to answer: at 20:57 nobody promises ten minutes."""
    closing = _closing(turn.dealer.schedule_of(department), turn.now)
    answered = turn.now + dt.timedelta(minutes=turn.dealer.departments[department].answer_minutes)
    return closing is not None and answered <= closing


def _at_opening(turn: Turn, department: str, preposition: str) -> str:
    schedule = turn.dealer.schedule_of(department)
    opening = schedule.next_opening(_closing(schedule, turn.now) or turn.now)
    if opening is None:
        return SOMETIME
    return f"{_day(opening.date(), turn.now.date())} {preposition} {wording.clock(opening.time())}"


def _closing(schedule: Hours, now: dt.datetime) -> dt.datetime | None:
    """When the last shift that follows without a break ends; None when closed now."""
    closing = schedule.closes_at(now)
    while closing is not None and (later := schedule.closes_at(closing)) is not None:
        closing = later
    return closing


def _day(date: dt.date, today: dt.date) -> str:
    """«завтра», «в понедельник»; «3 января» when that is of another month or a week away."""
    soon = date - today < WEEK and date.month == today.month
    if (date - today).days > 2 and not soon:
        return f"{date.day}{wording.NBSP}{wording.MONTHS[date.month - 1]}"
    return wording.day(date, today).partition(",")[0]
