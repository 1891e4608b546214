"""A visit: day and time in pieces, against hours, holidays and the clock; moved, called off, recalled."""

import datetime as dt
from typing import Any

import pytest

from bot.contract import CapturedLead, OpenedTicket, ShowPictures, Visit, VisitBooked, VisitCancelled
from tests.actions.dialogue import NOON, Dialogue, aspect, entity, model
from tests.actions.stock import IDS

SUNDAY = dt.date(2026, 11, 22)


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


async def test_before_one_of_the_shown_cars_is_chosen_he_is_awaited_where_they_stand(talk: Dialogue) -> None:
    await talk.ask("ask_availability", entities=[model("Volkswagen", "Polo")])
    said = await talk.ask("book_visit", entities=when("+1", "12:00"))
    assert "площадка на Таллинском шоссе" in said
    assert said.one(VisitBooked).car_id is None
    lead = (await talk.ask("give_phone", entities=[entity("phone", "+79161234567")])).one(CapturedLead)
    assert lead.department == "used_cars"


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
        said = await solaris.ask("book_visit", entities=when("+1", time))
        assert "ждём вас завтра" in said.text.lower()


async def test_it_is_booked_for_the_place_where_the_car_stands(solaris: Dialogue) -> None:
    said = await solaris.ask("book_visit", entities=when("+1", "14:00"))
    assert said.one(VisitBooked) == VisitBooked(
        date=SUNDAY, time="14:00", car_id=IDS["solaris_white"], address="tallinskoe"
    )


async def test_it_is_booked_when_the_day_alone_is_enough(solaris: Dialogue) -> None:
    assert not (await solaris.ask("book_visit", entities=when("+1"))).all(VisitBooked)
    assert (await solaris.ask("book_visit", text="просто приеду")).one(VisitBooked).time is None


@pytest.mark.parametrize(
    ("time", "agreed"),
    [("evening", "вечером"), (">18:00", "после 18:00"), ("10:00-12:00", "с 10:00 до 12:00")],
)
async def test_a_part_of_the_day_is_kept_as_agreed(solaris: Dialogue, time: str, agreed: str) -> None:
    visit = (await solaris.ask("book_visit", entities=when("wd3", time))).one(VisitBooked)
    assert visit.time == agreed
    moved = (await solaris.ask("book_visit", entities=when("wd4"))).one(VisitBooked)
    assert (moved.date, moved.time) == (dt.date(2026, 11, 26), agreed), "the hour stays when the day moves"


@pytest.fixture
def booked(solaris: Dialogue) -> Dialogue:
    """He comes for the white Solaris tomorrow at two."""
    solaris.meta["visit"] = Visit(date=SUNDAY, time="14:00", car_id=IDS["solaris_white"])
    return solaris


class TestBooked:
    async def test_the_hour_of_a_call_beside_the_number_is_not_of_the_visit(self, booked: Dialogue) -> None:
        """«звоните после шести» moved the visit to the evening."""
        phone = entity("phone", "+79217770202", valid=True)
        text = "8 921 777-02-02, звоните после шести"
        said = await booked.ask(
            "give_phone", "book_visit", text=text, entities=[phone, entity("time", ">18:00")]
        )
        assert not said.all(VisitBooked)
        assert said.one(CapturedLead).details["wished_time"] == "после 18:00"

    async def test_it_is_where_it_was_agreed_whatever_car_is_asked_of(self, booked: Dialogue) -> None:
        booked.meta["visit"] = Visit(date=SUNDAY, time="14:00", address="engelsa")
        assert "Энгельса" in await booked.ask("book_visit", text="можно заодно глянуть?")

    async def test_the_day_moves_and_the_hour_stays(self, booked: Dialogue) -> None:
        said = await booked.ask("book_visit", text="давайте лучше в среду", entities=when("wd3"))
        assert "ждём вас в среду, 25 ноября, в 14:00" in said.text.lower()
        assert said.one(VisitBooked).date == dt.date(2026, 11, 25)

    async def test_the_hour_moves_and_the_day_stays(self, booked: Dialogue) -> None:
        said = await booked.ask(
            "book_visit",
            text="перенесите на 15",
            entities=[*when(None, "15:00"), *aspect("book_visit", "reschedule")],
        )
        assert (said.one(VisitBooked).date, said.one(VisitBooked).time) == (SUNDAY, "15:00")
        assert not said.all(OpenedTicket)

    async def test_to_an_hour_when_nobody_is_there(self, booked: Dialogue) -> None:
        said = await booked.ask("book_visit", entities=when(None, "23:00"))
        assert "Мы закрыты завтра в 23:00" in said
        assert not said.all(VisitBooked)

    async def test_it_stays_for_the_car_it_was_booked_for(self, booked: Dialogue) -> None:
        booked.meta["focus_car_id"] = IDS["camry"]
        said = await booked.ask("book_visit", entities=when("wd3"))
        assert said.one(VisitBooked).car_id == IDS["solaris_white"]

    async def test_a_move_without_a_time_asks_for_one(self, booked: Dialogue) -> None:
        said = await booked.ask("book_visit", text="перенесите", entities=aspect("book_visit", "reschedule"))
        assert said.paragraphs == ["Какое другое время вам подойдёт?"]
        assert (await booked.ask("nlu_fallback", text="в 16", entities=when(None, "16:00"))).one(VisitBooked)

    @pytest.mark.parametrize(
        ("intent", "text"),
        [("book_visit", "не приеду"), ("deny", "планы поменялись, не получится"),
         ("deny", "я передумал ехать"), ("book_visit", "отмените запись"),
         ("nlu_fallback", "завтра не смогу")],
    )  # fmt: skip
    async def test_it_is_called_off(self, booked: Dialogue, intent: str, text: str) -> None:
        days = when("+1") if "завтра" in text else []
        said = await booked.ask(intent, text=text, entities=days)
        assert said.one(VisitCancelled)
        assert "визит отменил: завтра в 14:00 вас не ждём" in said

    @pytest.mark.parametrize("intent", ["deny", "book_visit", "ask_photos", "request_human", "nlu_fallback"])
    async def test_it_is_called_off_whatever_intent_is_guessed(self, booked: Dialogue, intent: str) -> None:
        said = await booked.ask(intent, text="снимите меня с записи")
        assert said.one(VisitCancelled)
        assert not said.all(ShowPictures)
        assert len(said.paragraphs) == 1 or intent == "request_human"

    async def test_what_is_asked_beside_it_is_answered(self, booked: Dialogue) -> None:
        said = await booked.ask("deny", "ask_credit", text="не приеду, а в кредит можно?")
        assert said.one(VisitCancelled)
        assert "кредит" in said.text.lower()

    async def test_a_number_beside_it_is_kept(self, booked: Dialogue) -> None:
        phone = entity("phone", "+79213332211", valid=True)
        said = await booked.ask(
            "give_phone", text="завтра не приеду, мой номер 89213332211", entities=[phone]
        )
        assert said.one(VisitCancelled)
        assert said.one(CapturedLead).phone == "+79213332211"

    @pytest.mark.parametrize(
        ("text", "entities"),
        [
            ("не приеду раньше 5", aspect("book_visit", "cancel")),
            ("запись не отменяйте", aspect("book_visit", "cancel")),
            ("снимите машину с продажи", []),
        ],
    )
    async def test_who_comes_all_the_same_is_expected(
        self, booked: Dialogue, text: str, entities: list[dict[str, Any]]
    ) -> None:
        said = await booked.ask("book_visit", text=text, entities=entities)
        assert not said.all(VisitCancelled)
        assert "Ждём вас завтра в 14:00" in said

    async def test_the_agreed_hour_refused_is_no_new_one(self, booked: Dialogue) -> None:
        said = await booked.ask("deny", text="в 14 не смогу", entities=when(None, "14:00"))
        assert said.one(VisitCancelled)
        assert not said.all(VisitBooked)

    @pytest.mark.parametrize(
        ("intent", "text"),
        [("ask_history", "отчёт я так и не получил"), ("complain", "не смог до вас дозвониться"),
         ("thank", "отменная машина, спасибо")],
    )  # fmt: skip
    async def test_what_only_sounds_like_it_does_not_call_it_off(
        self, booked: Dialogue, intent: str, text: str
    ) -> None:
        assert not (await booked.ask(intent, text=text)).all(VisitCancelled)

    async def test_one_day_refused_and_another_offered(self, booked: Dialogue) -> None:
        said = await booked.ask(
            "book_visit", text="завтра не смогу, давайте в среду", entities=[*when("+1"), *when("wd3")]
        )
        assert said.one(VisitBooked).date == dt.date(2026, 11, 25)
        assert not said.all(VisitCancelled)

    @pytest.mark.parametrize(
        ("intent", "text"),
        [("book_visit", "на когда я записан?"), ("ask_history", "во сколько я записан?"),
         ("nlu_fallback", "напомните, когда визит"), ("book_visit", "хочу приехать")],
    )  # fmt: skip
    async def test_it_is_recalled_and_not_asked_for_again(
        self, booked: Dialogue, intent: str, text: str
    ) -> None:
        said = await booked.ask(intent, text=text)
        assert "Ждём вас завтра в 14:00. Адрес — площадка на Таллинском шоссе" in said
        assert "?" not in said.text

    async def test_who_is_late_is_told_to_people(self, booked: Dialogue) -> None:
        said = await booked.ask("book_visit", text="опаздываю", entities=aspect("book_visit", "reschedule"))
        assert said.one(OpenedTicket)

    async def test_an_answer_to_something_else_does_not_move_it(self, booked: Dialogue) -> None:
        said = await booked.ask("ask_address", text="а завтра до скольки работаете?", entities=when("+1"))
        assert not said.all(VisitBooked)


async def test_who_is_not_booked_is_told_so(solaris: Dialogue) -> None:
    said = await solaris.ask("book_visit", text="на когда я записан?")
    assert "Вы пока не записаны" in said
    assert said.paragraphs[-1].endswith("?")


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("деньги за бронь вернете?", ("hold",)),
        ("если не приеду, деньги за бронь вернёте?", ("hold", "cancel")),
    ],
)
async def test_the_money_of_a_deposit_is_told_of_and_not_the_hold_without_it(
    solaris: Dialogue, text: str, aspects: tuple[str, ...]
) -> None:
    solaris.meta["visit"] = Visit(date=SUNDAY, time="15:00")
    said = await solaris.ask("book_visit", text=text, entities=aspect("book_visit", *aspects))
    assert said.paragraphs[0] == solaris.dealer.policies.deposit
    assert not said.all(VisitCancelled)
