"""Groups of departments: who writes there, which they are, how fast Telegram lets us write."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.db import Sessions, utcnow
from bot.desk.models import DeskGroup
from bot.desk.telegram.groups import Lease, move, register
from bot.desk.telegram.pace import GroupPace
from bot.leases import free_the_dead, worker_name

GROUP, MOVED = -100, -1000000000200


async def test_a_group_has_the_number_of_dealer_yml_and_keeps_its_row_when_it_moves(
    sessions: Sessions,
) -> None:
    assert await register(sessions, GROUP) == GROUP
    assert await register(sessions, GROUP) == GROUP
    async with sessions.begin() as session:
        await move(session, GROUP, MOVED)
    assert await register(sessions, MOVED) == GROUP
    async with sessions() as session:
        rows = (await session.scalars(select(DeskGroup))).all()
    assert [(row.configured_id, row.chat_id) for row in rows] == [(GROUP, MOVED)]


async def test_one_gateway_at_a_time_writes_into_a_group(sessions: Sessions) -> None:
    await register(sessions, GROUP)
    one, other = Lease(sessions, GROUP, "one"), Lease(sessions, GROUP, "other")
    assert await one.hold()
    assert not await other.hold()
    await one.release()
    assert await other.hold()
    assert not await one.hold()


async def test_a_lease_that_has_ended_is_anybodys(sessions: Sessions) -> None:
    await register(sessions, GROUP)
    assert await Lease(sessions, GROUP, "one").hold()
    async with sessions.begin() as session:
        await session.execute(update(DeskGroup).values(held_until=utcnow() - dt.timedelta(seconds=1)))
    assert await Lease(sessions, GROUP, "other").hold()


async def test_what_a_killed_gateway_of_this_machine_held_is_free_at_once(sessions: Sessions) -> None:
    await register(sessions, GROUP)
    dead, living = worker_name(), worker_name()  # of one process, so one of them is gone
    assert await Lease(sessions, GROUP, dead).hold()
    await free_the_dead(sessions, living, DeskGroup.held_by)
    assert await Lease(sessions, GROUP, living).hold()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.integers(1, 10), st.floats(0, 30)), min_size=5, max_size=40))
def test_no_minute_has_more_than_twenty_messages(wishes: list[tuple[int, float]]) -> None:
    clock = Clock()
    pace = GroupPace(clock=clock)
    sent: list[float] = []
    for messages, pause in wishes:
        clock.now += pause
        clock.now += pace.wait(messages)
        pace.sent(messages)
        sent += [clock.now] * messages
    # Half-open, as the server counts; a hair less for the sums of floats.
    assert all(sum(at <= other < at + 59.999 for other in sent) <= 20 for at in sent)


def test_an_album_of_more_than_fits_waits_for_an_empty_minute() -> None:
    clock = Clock()
    pace = GroupPace(clock=clock)
    pace.sent(1)
    assert not pace.fits(30)
    clock.now += 60
    assert pace.fits(30)


def test_what_is_reserved_for_hand_overs_is_not_used_by_the_talk() -> None:
    pace = GroupPace(clock=Clock())
    pace.sent(17)
    assert pace.fits(3)
    assert pace.leaves(2)
    assert not pace.leaves(3)


def test_ordinary_work_does_not_hold_up_hand_overs_with_its_pauses() -> None:
    clock = Clock()
    pace = GroupPace(clock=clock)
    for _ in range(4):
        pace.sent(1)
    assert pace.fits(1)
    assert not pace.leaves(0)
    clock.now += 4
    assert pace.leaves(0)


def test_when_telegram_asks_to_wait_nothing_fits_until_then() -> None:
    clock = Clock()
    pace = GroupPace(clock=clock)
    pace.hold(7)
    assert not pace.fits(1)
    assert pace.wait(1) == 7
    clock.now += 7
    assert pace.fits(1)


def test_calls_in_a_row_take_a_breath() -> None:
    clock = Clock()
    pace = GroupPace(clock=clock)
    for _ in range(4):
        assert pace.breath() == 0
        pace.sent(1)
    assert pace.breath() > 0
