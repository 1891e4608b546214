"""A defect of ours in what is done for one ticket: the others do not wait behind it."""

from collections.abc import Collection

import pytest

from bot.db import Sessions
from bot.desk.models import Ticket, TimerKind
from bot.desk.watch import Due
from tests.desk.floor import Floor, at, floor_of, showroom


@pytest.fixture
def floor(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Floor:
    return floor_of(sessions, monkeypatch, showroom())


@pytest.fixture
async def broken(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Ticket:
    """Whatever falls due for it raises."""
    broken = await floor.opens("12:00", "office")
    do = Due.do

    async def fail(due: Due, kinds: Collection[TimerKind]) -> None:
        if due.ticket.id == broken.id:
            due.ticket.summary = "half done"
            await due.session.flush()
            raise KeyError("кнопка")
        await do(due, kinds)

    monkeypatch.setattr(Due, "do", fail)
    return broken


async def test_the_others_are_watched_all_the_same(floor: Floor, broken: Ticket) -> None:
    await floor.opens("12:01")
    assert await floor.look("12:06") == ["Иван ждёт ответа 5 минут."]
    assert (await floor.ticket()).summary == broken.summary, "nothing of it is kept"


async def test_it_is_in_the_log_once_with_the_number_of_the_ticket(
    floor: Floor, broken: Ticket, caplog: pytest.LogCaptureFixture
) -> None:
    for clock in ("12:03", "12:13", "12:23"):
        await floor.look(clock)
    (told,) = (record for record in caplog.records if record.levelname == "ERROR")
    assert (told.message, vars(told)["ticket"]) == ("ticket not watched", broken.id)
    assert told.exc_info is not None


async def test_it_is_tried_again_later_and_not_for_ever(floor: Floor, broken: Ticket) -> None:
    await floor.look("12:03")
    assert await floor.watch.next_due() == at("12:06"), "the call of the manager"
    await floor.look("12:06")
    assert await floor.watch.next_due() == at("12:13")
    for minute in range(13, 60):
        await floor.look(f"12:{minute}")
    for minute in range(60):
        await floor.look(f"13:{minute:02}")
    assert await floor.undone() == ["resolve"]


async def test_when_the_defect_is_mended_the_watch_goes_on(floor: Floor) -> None:
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(Due, "do", _fail)
        await floor.opens("12:00")
        assert await floor.look("12:03") == []
    assert await floor.look("12:13") == ["Марина, Иван ждёт ответа 13 минут. Помогите, пожалуйста."]


async def _fail(_due: Due, _kinds: Collection[TimerKind]) -> None:
    raise KeyError
