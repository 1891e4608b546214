"""A chat that tells number after number fills neither the CRM nor the desk; who wants much is heard."""

from typing import get_args

import pytest
from sqlalchemy import update

import bot.leads.bounds
from bot.contract import NextStep
from bot.conversations import Message
from bot.db import Sessions
from bot.desk.models import Ticket
from bot.leads.bounds import OPEN_LEADS, TOO_MUCH
from bot.leads.models import Lead
from bot.stock.models import Car
from bot.turn.texts import TOO_MANY_CONTACTS
from tests.leads.telling import GIVEN, PHONE, Clock, Telling, lead, telling

STEPS = get_args(NextStep)


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Moves the days by which numbers and leads are counted."""
    clock = Clock()
    monkeypatch.setattr(bot.leads.bounds, "utcnow", clock)
    return clock


async def test_five_numbers_are_taken_and_the_next_goes_to_a_person(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _tell_numbers(desk, range(5))
        assert TOO_MANY_CONTACTS not in desk.gateway.channel.texts[-1]
        assert await desk.gateway.rows(Ticket) == []
        await _tell_numbers(desk, range(5, 6))
        assert desk.gateway.channel.texts[-1].endswith(TOO_MANY_CONTACTS)
        (ticket,) = await desk.gateway.rows(Ticket)
        assert TOO_MUCH in ticket.summary
        assert await _numbers(desk) == [_number(4)]


async def test_a_hundred_numbers_make_no_more_leads_and_one_ticket(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _tell_numbers(desk, range(100), corrects=False)
        assert len(await desk.leads()) == 5
        (ticket,) = await desk.gateway.rows(Ticket)
        assert ticket.summary.count(TOO_MUCH) == 1


async def test_what_is_not_taken_stays_in_the_dialogue(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _tell_numbers(desk, range(6))
        said = [row.text for row in await desk.gateway.rows(Message) if row.direction == "in"]
        assert said[-1] == _number(5)


async def test_numbers_of_others_beside_his_own_count_too(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        for number in range(5):
            await desk.hear(lead(None, details={"other_phone": _number(number)}))
        (row,) = await desk.leads()
        assert row.details["other_phone"] == _number(3)


async def test_the_next_day_he_is_heard_again(sessions: Sessions, days: Clock) -> None:
    async with telling(sessions) as desk:
        await _tell_numbers(desk, range(6))
        days.move(hours=25)
        await _tell_numbers(desk, range(6, 7))
        assert await _numbers(desk) == [_number(6)]
        assert TOO_MANY_CONTACTS not in desk.gateway.channel.texts[-1]


async def test_the_same_number_again_and_facts_about_it_are_always_welcome(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN)
        for hour in range(12):
            await desk.hear(lead(details={"wished_time": f"после {hour}"}))
            await desk.hear(lead(None, name="Анна"))
        (row,) = await desk.leads()
        assert (row.name, row.details) == ("Анна", {"wished_time": "после 11"})


async def test_another_chat_has_its_own_bound(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await _tell_numbers(desk, range(6))
        await desk.hear(lead(PHONE), GIVEN, chat="boris")
        assert PHONE in await _numbers(desk)


class TestWishes:
    async def test_ten_are_taken_and_the_next_goes_to_a_person(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _wish_ten(desk)
            assert await desk.gateway.rows(Ticket) == []
            await _wish_one_more(desk)
            assert len(await desk.leads()) == OPEN_LEADS
            assert desk.gateway.channel.texts[-1].endswith(TOO_MANY_CONTACTS)
            assert len(await desk.gateway.rows(Ticket)) == 1

    async def test_a_fact_about_one_of_the_ten_is_welcome(self, sessions: Sessions) -> None:
        async with telling(sessions) as desk:
            await _wish_ten(desk)
            await desk.hear(lead(None, step=STEPS[0], name="Анна"))
            assert (await desk.leads())[0].name == "Анна"
            assert await desk.gateway.rows(Ticket) == []

    @pytest.mark.parametrize("change", [{"stage": "deal"}, {"stage": "lost"}, {"phone": None}])
    async def test_what_is_over_makes_room(self, sessions: Sessions, change: dict[str, str | None]) -> None:
        async with telling(sessions) as desk:
            await _wish_ten(desk)
            async with sessions.begin() as session:
                await session.execute(update(Lead).where(Lead.id == 1).values(change))
            await _wish_one_more(desk)
            assert len(await desk.leads()) == OPEN_LEADS + 1

    async def test_who_comes_back_after_a_month_is_heard(self, sessions: Sessions, days: Clock) -> None:
        """Where nobody moves the stages his old wishes are open for ever."""
        async with telling(sessions) as desk:
            await _wish_ten(desk)
            days.move(days=31)
            await _wish_one_more(desk)
            assert len(await desk.leads()) == OPEN_LEADS + 1


def _number(index: int) -> str:
    return f"+7900555{index:04}"


async def _tell_numbers(desk: Telling, numbers: range, *, corrects: bool = True) -> None:
    for index in numbers:
        await desk.hear(lead(_number(index), corrects=corrects), text=_number(index))


async def _numbers(desk: Telling) -> list[str | None]:
    return [row.phone for row in await desk.leads()]


async def _wish_ten(desk: Telling) -> None:
    for step in STEPS:
        await desk.hear(lead(step=step))
    assert len(await desk.leads()) == OPEN_LEADS


async def _wish_one_more(desk: Telling) -> None:
    async with desk.gateway.sessions.begin() as session:
        car = Car(feed="test", source_id="1", make="Hyundai", model="Solaris", year=2019)
        session.add(car)
        await session.flush()
        number = car.id
    await desk.hear(lead(car_id=number))
