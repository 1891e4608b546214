"""A visit: day and time in pieces, against hours, holidays and the clock."""

import pytest

from bot.contract import CapturedLead, OpenedTicket
from tests.actions.dialogue import NOON, Dialogue, aspect, entity


def when(day: str | None = None, time: str | None = None) -> list[dict[str, object]]:
    return [entity(name, value) for name, value in (("day", day), ("time", time)) if value]


async def test_day_and_time(solaris: Dialogue) -> None:
    said = await solaris.ask("book_visit", entities=when("wd6", "14:00"))
    assert "Ждём вас сегодня в 14:00." in said
    assert "площадка на Таллинском шоссе" in said
    assert said.asked_for == "test_drive"
    lead = (await solaris.ask("give_phone", entities=[entity("phone", "+79161234567")])).one(CapturedLead)
    assert lead.step == "test_drive"
    assert (lead.details["date"], lead.details["time"]) == ("2026-11-21", "в 14:00")


async def test_day_time_and_number_in_one_message(solaris: Dialogue) -> None:
    phone = entity("phone", "+79161234567", valid=True)
    said = await solaris.ask("book_visit", "give_phone", entities=[*when("+1", "12:00"), phone])
    lead = said.one(CapturedLead)
    assert (lead.step, lead.details["date"]) == ("test_drive", "2026-11-22")
    assert said.asked_for is None


@pytest.mark.parametrize("pieces", [("+1", "12:00"), ("12:00", "+1")])
async def test_in_two_pieces(solaris: Dialogue, pieces: tuple[str, str]) -> None:
    await solaris.ask("book_visit")
    for piece in pieces:
        said = await solaris.ask(
            "nlu_fallback", entities=when(*((piece,) if "+" in piece else (None, piece)))
        )
    assert "Ждём вас завтра в 12:00." in said
    assert said.asked_for == "test_drive"


async def test_the_time_is_asked_for_once(solaris: Dialogue) -> None:
    first = await solaris.ask("book_visit", entities=when("+1"))
    assert first.asked_for is None
    assert first.paragraphs[-1].endswith("?")
    again = await solaris.ask("book_visit", text="просто приеду")
    assert again.asked_for == "test_drive"


async def test_in_an_hour(solaris: Dialogue) -> None:
    assert "Ждём вас сегодня в 13:00." in await solaris.ask("book_visit", entities=when(None, "+60m"))


@pytest.mark.parametrize(
    ("day", "time", "words"),
    [
        ("+1", "23:00", "Мы закрыты завтра в 23:00: в этот день работаем с 10:00 до 18:00."),
        ("01-01", None, "Мы не работаем в пятницу, 1 января."),
        ("+0", "10:30", "Это время уже прошло: сегодня в 10:30."),
        (
            "12-31",
            "16:00",
            "Мы закрыты в четверг, 31 декабря, в 16:00: в этот день работаем с 10:00 до 15:00.",
        ),
    ],
)
async def test_when_nobody_is_there(solaris: Dialogue, day: str, time: str | None, words: str) -> None:
    said = await solaris.ask("book_visit", entities=when(day, time))
    assert words in said
    assert said.paragraphs[-1] == "Какое другое время вам подойдёт?"
    assert said.asked_for is None


async def test_today_after_closing(solaris: Dialogue) -> None:
    solaris.now = NOON.replace(hour=20, minute=30)
    said = await solaris.ask("book_visit", entities=when("+0"))
    assert "Ждём вас" not in said
    welcome = await solaris.ask("book_visit")
    assert "Сейчас закрыто, откроемся завтра в 10:00." in welcome


async def test_a_question_without_a_day(talk: Dialogue) -> None:
    said = await talk.ask("book_visit")
    assert "Приезжайте: " in said
    assert "Часы работы сегодня: с 10:00 до 20:00." in said


@pytest.mark.parametrize(
    ("name", "words"),
    [("documents", "паспорт и водительское"), ("hold", "держим автомобиль 24 часа"),
     ("deposit", "10 000 ₽ по договору")],
)  # fmt: skip
async def test_aspects(solaris: Dialogue, name: str, words: str) -> None:
    assert words in await solaris.ask("book_visit", entities=aspect("book_visit", name))


async def test_cancelling_goes_to_people(solaris: Dialogue) -> None:
    said = await solaris.ask("book_visit", entities=aspect("book_visit", "cancel"))
    assert said.one(OpenedTicket).department == "used_cars"


async def test_a_wrong_time_does_not_break_anything(solaris: Dialogue) -> None:
    for time in ("99:99", "сейчас", ">"):
        assert "Ждём вас завтра" in await solaris.ask("book_visit", entities=when("+1", time))
