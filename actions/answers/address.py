"""Address, way and hours, from dealer.yml, with a map link and today's state."""

import datetime as dt
from collections.abc import Sequence

from actions import wording
from actions.answers.common import place_key
from actions.calendar import date_of
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.dealer import Address
from bot.hours import Shift


async def answer(turn: Turn) -> Answer:
    keys = [place_key(turn, turn.car)] if turn.car else list(turn.dealer.addresses)
    aspects = turn.heard.aspects("ask_address")
    date = date_of(str(turn.heard.any_of("day") or "+0"), turn.now.date()) or turn.now.date()
    says: list[Say] = []
    for key in keys:
        address = turn.dealer.addresses[key]
        says.append(_where(address, with_car=turn.car is not None))
        says.append(hours_of(turn, address, date))
        if {"route", "parking"} & set(aspects) and address.how_to_get:
            says.append(say("utter_address_route", route=address.how_to_get.rstrip(".")))
        if "contact" in aspects:
            says.append(say("utter_address_phone", phone=address.phone))
    return Answer(says)


def _where(address: Address, *, with_car: bool) -> Say:
    text = "utter_address_of_car" if with_car else "utter_address"
    return say(text, title=address.title, city=address.city, street=address.street, map=address.map_url)


def hours_of(turn: Turn, address: Address, date: dt.date) -> Say:
    """The hours of the day, and of today whether they are still open."""
    today = turn.now.date()
    shifts = address.schedule.on(date)
    if shifts and (date != today or address.schedule.open_at(turn.now)):
        return say("utter_address_open", day=wording.day(date, today), hours=shifts_of(shifts))
    after = turn.now if date == today else dt.datetime.combine(date, dt.time.max, turn.now.tzinfo)
    opening = address.schedule.next_opening(after)
    if opening is None:
        return say("utter_address_closed_long", day=wording.day(date, today))
    when = wording.moment(wording.day(opening.date(), today), f"в {wording.clock(opening.time())}")
    return say("utter_address_closed_now" if shifts else "utter_address_closed_day",
               day=wording.day(date, today), when=when)  # fmt: skip


def shifts_of(shifts: Sequence[Shift]) -> str:
    """«с 9:00 до 13:00 и с 14:00 до 20:00»."""
    spoken = [f"с {wording.clock(s.opens)} до {wording.clock(s.closes)}" for s in shifts]
    return wording.listing(spoken)
