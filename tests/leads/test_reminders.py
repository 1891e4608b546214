"""Who booked a visit is reminded of it once, kindly and in time; where the bot may not write, people call."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

import bot.leads.reminders
import bot.leads.visits
from bot.conversations import Conversation, Message
from bot.db import Sessions
from bot.desk.models import Ticket
from bot.leads.desk import LeadDesk
from bot.leads.models import Visit
from bot.leads.reminders import Reminders, window_of
from bot.leads.visits import remind_at
from bot.outbox.models import OutboxMessage
from bot.wake import Wake
from tests.leads.telling import GIVEN, Telling, lead, telling
from tests.spine import DEALER

FRIDAY = dt.date(2099, 5, 1)
SATURDAY = FRIDAY + dt.timedelta(days=1)


def at(clock: str, day: dt.date = FRIDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), DEALER.zone)


class Now:
    """The clock of visits and reminders, which stands still until it is set."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment.astimezone(dt.UTC)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    now = Now(at("12:00"))
    for module in (bot.leads.visits, bot.leads.reminders):
        monkeypatch.setattr(module, "utcnow", now)
    return now


@pytest.mark.parametrize(
    ("booked", "visit", "reminded"),
    [
        (at("12:00"), (SATURDAY, "15:00"), at("18:00")),
        (at("12:00"), (SATURDAY, "утром"), at("18:00")),
        (at("12:00"), (SATURDAY, None), at("18:00")),
        (at("12:00"), (SATURDAY + dt.timedelta(days=7), "15:00"), at("18:00", SATURDAY + dt.timedelta(6))),
        # The same day: two hours before, unless he has only just said it.
        (at("12:00"), (FRIDAY, "15:00"), at("13:00")),
        (at("12:01"), (FRIDAY, "15:00"), None),
        (at("12:00"), (FRIDAY, "с 16:00 до 18:00"), at("14:00")),
        (at("12:00"), (FRIDAY, "после 18:00"), at("16:00")),
        # That evening is over: the next day, but not before people get up.
        (at("19:00"), (SATURDAY, "15:00"), at("13:00", SATURDAY)),
        (at("19:00"), (SATURDAY, "10:00"), None),
        (at("17:30"), (SATURDAY, "15:00"), at("13:00", SATURDAY)),
    ],
)
def test_the_moment(booked: dt.datetime, visit: tuple[dt.date, str | None], reminded: dt.datetime) -> None:
    date, time = visit
    row = Visit(date=date, time=time, address="engelsa")
    assert remind_at(row, booked, DEALER) == reminded


async def test_the_reminder_tells_when_and_where(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        assert await _remind(desk) == []
        now.moment = at("18:00")
        (text,) = await _remind(desk)
        place = DEALER.addresses["engelsa"]
        assert text == (
            f"Напоминаю: ждём вас завтра, 2{NBSP}мая, в 15:00. Адрес — {place.city}, {place.street}. "
            "Если планы поменялись, напишите — подберём другое время."
        )


async def test_it_comes_once_whoever_looks(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        now.moment = at("18:00")
        await asyncio.gather(*(_reminders(desk).remind() for _ in range(4)))
        assert len(await _remind(desk)) == 1
        assert await _remind(desk) == []
        assert await _reminders(desk).next_due() is None


async def test_a_visit_that_was_moved_is_reminded_of_anew(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        now.moment = at("18:00")
        await _remind(desk)
        await desk.hear(_visit(SATURDAY + dt.timedelta(days=1), "15:00"))
        now.moment = at("18:00", SATURDAY)
        assert "завтра, 3" in (await _remind(desk))[0]


async def test_one_that_was_called_off_is_not(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        await desk.hear({"custom": {"effect": "visit_cancelled"}})
        now.moment = at("18:00")
        assert await _remind(desk) == []


async def test_who_took_his_consent_back_is_not(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN, _visit(SATURDAY, "15:00"))
        await desk.hear({"custom": {"effect": "consent_withdrawn"}})
        now.moment = at("18:00")
        assert await _remind(desk) == []


@pytest.mark.parametrize(
    "change",
    [
        {"effect": "visit_cancelled"},
        {"effect": "visit_booked", "date": "2099-05-03", "time": "15:00", "address": "engelsa"},
        {"effect": "consent_withdrawn"},
    ],
    ids=lambda change: str(change["effect"]),
)
async def test_a_reminder_that_waits_to_be_sent_is_taken_back_when_it_is_no_longer_true(
    sessions: Sessions, now: Now, change: dict[str, Any]
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), GIVEN, _visit(SATURDAY, "15:00"))
        now.moment = at("18:00")
        assert await _reminders(desk).remind() is not None
        await desk.hear({"custom": change})
        await desk.gateway.deliver()
        assert [text for text in desk.gateway.channel.texts if "Напоминаю" in text] == []
        assert [row.status for row in await _queued_as(desk, "visit:")] == ["failed"]


async def test_the_reminder_of_another_persons_visit_is_not_taken_back(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        for chat in ("anna", "boris"):
            await desk.hear(_visit(SATURDAY, "15:00"), chat=chat)
        now.moment = at("18:00")
        assert [await _reminders(desk).remind() for _ in range(2)] == [1, 2]
        await desk.hear({"custom": {"effect": "visit_cancelled"}}, chat="anna")
        await desk.gateway.deliver()
        reminded = [chat for chat, message in desk.gateway.channel.sent if "Напоминаю" in message.text]
        assert reminded == ["boris"]


@pytest.mark.parametrize(
    ("clock", "day", "number"), [("20:30", FRIDAY, 1), ("22:00", FRIDAY, 0), ("15:30", SATURDAY, 0)]
)
async def test_a_gateway_that_was_away_is_late_but_not_at_night_or_after_the_visit(
    sessions: Sessions, now: Now, clock: str, day: dt.date, number: int
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        now.moment = at(clock, day)
        assert len(await _remind(desk)) == number


async def test_what_the_night_holds_back_is_said_in_the_morning(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"))
        for clock, day in (("22:00", FRIDAY), ("03:00", SATURDAY)):
            now.moment = at(clock, day)
            assert await _remind(desk) == []
        now.moment = at("09:00", SATURDAY)
        assert "сегодня, 2" in (await _remind(desk))[0]


async def test_while_a_person_has_the_conversation_it_waits(sessions: Sessions, now: Now) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit(SATURDAY, "15:00"), TICKET)
        await _tickets_are(sessions, "claimed")
        now.moment = at("18:00")
        assert await _remind(desk) == []
        await _tickets_are(sessions, "closed")
        now.moment = at("18:30")
        assert len(await _remind(desk)) == 1


class TestADefectWithOneVisit:
    @pytest.fixture(autouse=True)
    def _annas_raises(self, monkeypatch: pytest.MonkeyPatch) -> None:
        words = bot.leads.reminders.reminder

        def fail(visit: Visit, *given: Any) -> str:
            if visit.id == 1:
                raise KeyError("адрес")
            return words(visit, *given)

        monkeypatch.setattr(bot.leads.reminders, "reminder", fail)

    async def test_others_are_reminded_all_the_same(
        self, sessions: Sessions, now: Now, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with telling(sessions) as desk:
            for chat in ("anna", "boris"):
                await desk.hear(_visit(SATURDAY, "15:00"), chat=chat)
            now.moment = at("18:00")
            assert len(await _remind(desk)) == 1
            now.moment = at("18:10")
            assert await _remind(desk) == []
        (told,) = (record for record in caplog.records if record.levelname == "ERROR")
        assert (told.message, vars(told)["visit"]) == ("visit not reminded of", 1)

    async def test_it_is_tried_again_later_and_not_for_ever(self, sessions: Sessions, now: Now) -> None:
        async with telling(sessions) as desk:
            await desk.hear(_visit(SATURDAY, "15:00"))
            for minute in (0, 10, 20, 30, 40):
                now.moment = at(f"18:{minute:02}")
                assert await _reminders(desk).next_due() == now.moment
                assert await _remind(desk) == []
            assert await _reminders(desk).next_due() is None

    async def test_a_visit_that_was_moved_is_tried_anew(self, sessions: Sessions, now: Now) -> None:
        async with telling(sessions) as desk:
            await desk.hear(_visit(SATURDAY, "15:00"))
            now.moment = at("18:00")
            await _remind(desk)
            await desk.hear(_visit(SATURDAY, "16:00"))
            assert [visit.failures for visit in await desk.gateway.rows(Visit)] == [0]


class TestOfVisitsFromBeforeThereWereReminders:
    """They are planned when the gateway starts."""

    async def test_it_comes_in_time_however_often_the_gateway_starts(
        self, sessions: Sessions, now: Now
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(_visit(SATURDAY, "15:00"))
            await _forget_the_moment(sessions)
            for _ in range(2):
                await LeadDesk(DEALER).adopt(sessions, ["fake"])
            now.moment = at("18:00")
            assert len(await _remind(desk)) == 1
            await LeadDesk(DEALER).adopt(sessions, ["fake"])
            assert await _remind(desk) == []

    @pytest.mark.parametrize(
        "then", [{"effect": "visit_cancelled"}, {"effect": "consent_withdrawn"}, {"effect": "forget_me"}]
    )
    async def test_who_is_not_to_be_reminded_stays_in_peace(
        self, sessions: Sessions, now: Now, then: dict[str, Any]
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(lead(), GIVEN, _visit(SATURDAY, "15:00"))
            await _forget_the_moment(sessions)
            await desk.hear({"custom": then})
            await LeadDesk(DEALER).adopt(sessions, ["fake"])
            assert await _reminders(desk).next_due() is None

    @pytest.mark.parametrize(
        ("date", "channels"),
        [
            (FRIDAY - dt.timedelta(days=1), ["fake"]),
            (FRIDAY, ["fake"]),  # in an hour: he knows
            (SATURDAY, ["site"]),  # another gateway's, or the terminal's
        ],
    )
    async def test_what_is_past_or_near_or_anothers_is_left_alone(
        self, sessions: Sessions, now: Now, date: dt.date, channels: list[str]
    ) -> None:
        async with telling(sessions) as desk:
            await desk.hear(_visit(date, "13:00"))
            await _forget_the_moment(sessions)
            await LeadDesk(DEALER).adopt(sessions, channels)
            assert await _reminders(desk).next_due() is None


class TestWhereTheBotMayNotWriteFirst:
    @pytest.fixture(autouse=True)
    def _as_in_vk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(bot.leads.reminders.WINDOWS, "fake", dt.timedelta(hours=24))

    async def test_within_the_window_it_writes(self, sessions: Sessions, now: Now) -> None:
        async with telling(sessions) as desk:
            await _booked(desk, wrote=at("18:01") - dt.timedelta(days=1))
            now.moment = at("18:00")
            assert len(await _remind(desk)) == 1

    async def test_after_it_the_manager_is_asked_to_call(self, sessions: Sessions, now: Now) -> None:
        async with telling(sessions) as desk:
            await _booked(desk, wrote=at("18:00") - dt.timedelta(days=1))
            await desk.tell()
            assert "Напомнить о визите" not in desk.crm.latest[0].wishes
            now.moment = at("18:00")
            assert await _remind(desk) == []
            await desk.tell()
            assert "позвоните клиенту" in desk.crm.latest[0].wishes["Напомнить о визите"]

    async def test_nor_to_somebody_who_blocked_it(self, sessions: Sessions, now: Now) -> None:
        async with telling(sessions) as desk:
            await _booked(desk, wrote=at("17:00"))
            async with sessions.begin() as session:
                await session.execute(update(Conversation).values(blocked_at=at("17:30")))
            now.moment = at("18:00")
            assert await _remind(desk) == []
            assert [visit.reminder for visit in await desk.gateway.rows(Visit)] == ["call"]


@pytest.mark.parametrize(
    ("channel", "chat_id", "window"),
    [
        ("telegram", "501", None),
        ("telegram", "bconnection:501", dt.timedelta(hours=24)),
        ("vk", "77", dt.timedelta(hours=24)),
        ("site", "a1b2", dt.timedelta(0)),
    ],
)
def test_how_long_after_his_message_the_bot_may_write(
    channel: str, chat_id: str, window: dt.timedelta | None
) -> None:
    assert window_of(Conversation(channel=channel, account="7", chat_id=chat_id)) == window


NBSP = "\u00a0"
TICKET = {
    "custom": {
        "effect": "ticket",
        "department": "used_cars",
        "reason": "asked",
        "topic": "other",
        "summary": "Просит менеджера",
    }
}


def _visit(date: dt.date, time: str) -> dict[str, Any]:
    effect = {"effect": "visit_booked", "date": date.isoformat(), "time": time, "address": "engelsa"}
    return {"custom": effect}


def _reminders(desk: Telling) -> Reminders:
    return Reminders(desk.gateway.sessions, DEALER, ["fake"], Wake())


async def _remind(desk: Telling) -> Sequence[str]:
    """Everything that is due now; what the customers got of it and of what waited."""
    before = len(desk.gateway.channel.sent)
    while await _reminders(desk).remind() is not None:
        pass
    await desk.gateway.deliver()
    return desk.gateway.channel.texts[before:]


async def _queued_as(desk: Telling, origin: str) -> Sequence[OutboxMessage]:
    return [row for row in await desk.gateway.rows(OutboxMessage) if row.origin.startswith(origin)]


async def _booked(desk: Telling, wrote: dt.datetime) -> None:
    """He has a lead and a visit tomorrow, and wrote last at this moment."""
    await desk.hear(lead(), GIVEN, _visit(SATURDAY, "15:00"))
    async with desk.gateway.sessions.begin() as session:
        await session.execute(update(Message).values(at=wrote))


async def _forget_the_moment(sessions: Sessions) -> None:
    """As a visit is stored by a release without reminders."""
    async with sessions.begin() as session:
        await session.execute(update(Visit).values(remind_at=None))


async def _tickets_are(sessions: Sessions, status: str) -> None:
    async with sessions.begin() as session:
        await session.execute(update(Ticket).values(status=status))
