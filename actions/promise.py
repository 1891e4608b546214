"""When a department answers, in plain words, by its hours."""

import datetime as dt

from actions import wording
from actions.turn import Turn


def answer_time(turn: Turn, department: str) -> str:
    """«в течение 10 минут», «сегодня после 14:00», «завтра после 9:00»."""
    schedule = turn.dealer.schedule_of(department)
    minutes = turn.dealer.departments[department].answer_minutes
    closing = schedule.closes_at(turn.now)
    if closing is not None and closing - turn.now >= dt.timedelta(minutes=minutes):
        return f"в течение {minutes} {wording.plural_form(minutes, 'минуты', 'минут', 'минут')}"
    later = turn.now if closing is None else closing
    opening = schedule.next_opening(later)
    if opening is None:
        return "в ближайший рабочий день"
    return wording.moment(
        wording.day(opening.date(), turn.now.date()), f"после {wording.clock(opening.time())}"
    )
