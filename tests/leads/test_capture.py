"""One lead per person, car and step, with its source and a real person who calls."""

import datetime as dt
from typing import Any

import pytest

import bot.leads.visits
from bot.customers.persons import confirm
from bot.db import Sessions
from bot.leads.capture import revise
from bot.leads.models import Lead, LeadStage, Visit
from bot.leads.source import utm
from bot.stock.models import Car
from tests.leads.telling import GIVEN, OTHER, PHONE, Telling, lead, telling
from tests.spine import DEALER


async def test_source_stage_and_summary_are_kept(sessions: Sessions) -> None:
    link = "https://salon.example/solaris?utm_source=avito&utm_campaign=may"
    async with telling(sessions) as desk:
        car = await _car(sessions)
        await desk.hear(lead(car_id=car, details={"offer": 1500000}), listing_ref=link)
        (row,) = await desk.leads()
        assert (row.channel, row.account, row.listing_ref) == ("fake", "main", link)
        assert row.utm == {"source": "avito", "campaign": "may"}
        assert row.stage == "contact"
        assert row.summary == (
            "Обратный звонок: Hyundai Solaris, 2019. Вопрос: Цена. Предлагает цену: 1 500 000 ₽"
        )
        assert [(s.stage, s.by) for s in await desk.gateway.rows(LeadStage)] == [("contact", "bot")]


async def test_the_same_again_updates_and_keeps_what_was_said_before(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(details={"offer": 900000}))
        await desk.hear(lead(name="Анна", details={"wished_time": "утром"}))
        (row,) = await desk.leads()
        assert (row.name, row.revision) == ("Анна", 2)
        assert row.details == {"offer": 900000, "wished_time": "утром"}


async def test_another_step_is_another_lead_of_the_same_person(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead())
        await desk.hear(lead(None, step="test_drive"))
        first, second = await desk.leads()
        assert first.phone == second.phone == PHONE
        assert first.responsible == second.responsible


async def test_a_confirmed_person_is_one_in_all_his_chats_whatever_number_he_types(
    sessions: Sessions,
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), chat="telegram", own_phone=PHONE)
        await desk.hear(chat="vk")
        async with sessions.begin() as session:
            await confirm(session, await desk.gateway.conversation("vk"), PHONE, "staff")
        await desk.hear(lead(OTHER), chat="vk")
        assert [row.phone for row in await desk.leads()] == [OTHER]


async def test_a_corrected_number_moves_all_his_leads_and_the_record_with_them(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), lead(step="test_drive"), GIVEN)
        await desk.tell()
        await desk.hear(lead(OTHER, corrects=True))
        await desk.tell()
        assert {row.phone for row in await desk.leads()} == {OTHER}
        assert len(desk.crm.made) == 2
        assert [card.phone for card in desk.crm.latest] == [OTHER, OTHER]


async def test_who_mistyped_anothers_number_takes_nothing_of_him_along(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(), chat="owner")
        await desk.hear(lead(), chat="stranger")
        await desk.hear(lead(OTHER, corrects=True), chat="stranger")
        owners, strangers = await desk.leads()
        assert (owners.phone, strangers.phone) == (PHONE, OTHER)
        await desk.hear(lead(None, step="test_drive"), chat="owner")
        assert (await desk.leads())[2].phone == PHONE


async def test_a_correction_to_a_number_with_the_same_lead_leaves_one_open(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(OTHER), chat="first")
        await desk.hear(lead(PHONE), chat="second")
        await desk.hear(lead(OTHER, corrects=True), chat="second")
        assert [(row.phone, row.stage) for row in await desk.leads()] == [
            (OTHER, "contact"),
            (PHONE, "lost"),
        ]


async def test_a_number_by_the_messengers_button_moves_the_leads_of_the_mistyped_one(
    sessions: Sessions,
) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(OTHER), lead(OTHER, step="test_drive"))
        await desk.hear(lead(PHONE, corrects=True), own_phone=PHONE)
        assert [row.phone for row in await desk.leads()] == [PHONE, PHONE]


async def test_who_goes_back_to_the_number_he_gave_up_is_called_again(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(OTHER), chat="first")
        for number in (PHONE, OTHER, PHONE):
            await desk.hear(lead(number, corrects=True), chat="second")
        assert [(row.phone, row.stage) for row in await desk.leads()] == [
            (OTHER, "contact"),
            (PHONE, "contact"),
        ]


async def test_the_number_of_another_chat_does_not_undo_a_correction(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(chat="vk", own_phone=PHONE)
        await desk.hear(lead(), chat="telegram", own_phone=PHONE)
        await desk.hear(lead(OTHER, corrects=True), chat="telegram")
        await desk.hear(lead(None), chat="vk")
        assert [row.phone for row in await desk.leads()] == [OTHER]


async def test_customers_are_shared_out_in_turn(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        for number in range(9):
            await desk.hear(lead(f"+7900123000{number}"), chat=f"chat{number}")
        names = [row.responsible for row in await desk.leads()]
        assert all(names.count(name) == 3 for name in set(names))
        assert names[:3] == names[3:6] == names[6:]


async def test_a_department_that_is_no_more_is_answered_for_by_the_default_one(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(department="closed_long_ago"))
        (row,) = await desk.leads()
        assert (row.department, bool(row.responsible)) == ("used_cars", True)


async def test_what_is_known_goes_to_the_actions(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        own_car = {"make": "Kia", "model": "Rio", "year": 2015}
        await desk.hear(lead(details={"own_car": own_car}), _visit("2099-05-02", "15:00"))
        assert await _known(desk) == {
            "phone_known": True,
            "phone_tail": "4567",
            "consent": "none",
            "visit": {"date": "2099-05-02", "time": "15:00", "car_id": None, "address": "engelsa"},
            "own_car": own_car,
        }


async def test_a_visit_is_moved_called_off_and_told_to_the_crm(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(step="test_drive"), GIVEN, _visit("2099-05-02", "15:00"))
        await desk.tell()
        assert desk.crm.latest[0].wishes["Визит"] == "сб 02.05.2099, 15:00, салон на Энгельса"
        await desk.hear(_visit("2099-05-03", "утром"))
        await desk.tell()
        assert desk.crm.latest[0].wishes["Визит"] == "вс 03.05.2099, утром, салон на Энгельса"
        assert len(await desk.gateway.rows(Visit)) == 1
        await desk.hear({"custom": {"effect": "visit_cancelled"}})
        await desk.tell()
        assert desk.crm.latest[0].wishes["Визит"] == "отменён"
        assert (await _known(desk))["visit"] is None


async def test_the_day_that_was_agreed_first_is_not_told_beside_the_present_one(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        first = {"date": "2099-05-02", "time": "в 15:00"}
        await desk.hear(lead(step="test_drive", details=first), GIVEN, _visit("2099-05-02", "15:00"))
        await desk.hear(_visit("2099-05-03", "утром"))
        await desk.tell()
        (card,) = desk.crm.latest
        assert card.wishes == {"Визит": "вс 03.05.2099, утром, салон на Энгельса"}
        assert "15:00" not in card.summary


async def test_a_visit_that_was_booked_in_another_of_his_chats_is_on_the_card(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(chat="vk", own_phone=PHONE)
        await desk.hear(lead(), GIVEN, chat="telegram", own_phone=PHONE)
        await desk.hear(_visit("2099-05-02", "15:00"), chat="vk")
        await desk.tell()
        assert desk.crm.latest[0].wishes["Визит"] == "сб 02.05.2099, 15:00, салон на Энгельса"


async def test_how_he_wants_to_be_called_is_told_in_russian(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(lead(details={"channel": "WhatsApp", "other_phone": OTHER}), GIVEN)
        await desk.tell()
        assert desk.crm.latest[0].wishes == {"Где на связи": "WhatsApp", "Второй номер": OTHER}


async def test_sums_are_grouped_and_have_their_currency(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        credit = {"price": 1500000, "down_payment": 500000, "months": 60, "monthly_payment": 25000}
        await desk.hear(lead(details={"credit": credit}), GIVEN)
        await desk.tell()
        assert desk.crm.latest[0].wishes == {
            "Кредит": "Цена: 1 500 000 ₽; Взнос: 500 000 ₽; Срок, мес.: 60; Платёж в месяц: 25 000 ₽"
        }


async def test_a_visit_of_the_past_is_none(sessions: Sessions) -> None:
    async with telling(sessions) as desk:
        await desk.hear(_visit("2020-05-02", "15:00"))
        assert (await _known(desk))["visit"] is None


@pytest.mark.parametrize(
    ("agreed", "hour", "awaited"),
    [
        ("10:00", 9, True),
        ("10:00", 10, True),
        ("10:00", 18, False),
        ("с 10:00 до 12:00", 11, True),
        ("с 10:00 до 12:00", 18, False),
        ("после 15:00", 18, True),
        ("вечером", 18, True),
        ("утром", 11, True),
        ("утром", 12, False),
        ("в обед", 14, True),
        ("в обед", 15, False),
        ("днём", 17, False),
        ("вечером", 21, False),
    ],
)
async def test_a_visit_of_today_is_awaited_until_its_hour_is_over(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, agreed: str, hour: int, awaited: bool
) -> None:
    now = dt.datetime(2099, 5, 2, hour, 30, tzinfo=DEALER.zone)
    monkeypatch.setattr(bot.leads.visits, "utcnow", lambda: now.astimezone(dt.UTC))
    async with telling(sessions) as desk:
        await desk.hear(_visit("2099-05-02", agreed))
        assert bool((await _known(desk))["visit"]) is awaited


async def test_an_earlier_visit_of_today_does_not_hide_the_next_one(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = dt.datetime(2099, 5, 2, 18, tzinfo=DEALER.zone)
    monkeypatch.setattr(bot.leads.visits, "utcnow", lambda: evening)
    async with telling(sessions) as desk:
        await desk.hear(_visit("2099-05-02", "10:00"))
        await desk.hear(_visit("2099-05-03", "12:00"))
        assert (await _known(desk))["visit"]["date"] == "2099-05-03"


@pytest.mark.parametrize(
    ("link", "marks"),
    [
        (None, {}),
        ("car12", {}),
        ("https://salon.example/?utm_source=vk&utm_medium=cpc&x=1", {"source": "vk", "medium": "cpc"}),
        ("https://salon.example/?UTM_SOURCE=yandex&utm_source=second", {"source": "yandex"}),
        ("https://salon.example/?utm_term=" + "a" * 500, {"term": "a" * 128}),
        ("https://salon.example/?" + "&".join(f"a{n}=1" for n in range(80)) + "&utm_source=x", {}),
        ("https://[broken/?utm_source=x", {}),
    ],
)
def test_marks_of_advertisements_are_read(link: str | None, marks: dict[str, str]) -> None:
    assert utm(link) == marks


async def test_of_two_that_add_to_a_lead_at_one_moment_each_is_news(sessions: Sessions) -> None:
    """A turn and the CRM, in two gateways: with one number for both the second would reach no system."""
    async with telling(sessions) as desk:
        await desk.hear(lead())
        async with sessions() as turn, sessions() as crm:
            his, theirs = await turn.get_one(Lead, 1), await crm.get_one(Lead, 1)
            await crm.commit()
            await revise(turn, his)
            await turn.commit()
            await revise(crm, theirs)
            await crm.commit()
        assert (his.revision, theirs.revision) == (2, 3)


def _visit(date: str, time: str) -> dict[str, Any]:
    return {"custom": {"effect": "visit_booked", "date": date, "time": time, "address": "engelsa"}}


async def _known(desk: Telling) -> dict[str, Any]:
    await desk.hear(text="ещё вопрос")
    metadata = desk.gateway.rasa.asked[-1]["metadata"]
    return {key: metadata[key] for key in ("phone_known", "phone_tail", "consent", "visit", "own_car")}


async def _car(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        car = Car(feed="test", source_id="1", make="Hyundai", model="Solaris", year=2019)
        session.add(car)
        await session.flush()
        return car.id
