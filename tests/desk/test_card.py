"""What people of a department are told of a customer."""

import datetime as dt
from typing import Any

import pytest

from bot.conversations import Conversation
from bot.customers.persons import confirm
from bot.db import Sessions, utcnow
from bot.desk.card import Card, Cards, Fact
from bot.desk.models import TicketEvent
from bot.leads.models import Lead, LeadConversation, Visit
from bot.stock.models import Car, CarListing, Status
from tests.desk.telegram_desk import Visitor, visitor
from tests.spine import DEALER

# A Sunday, 12:00 in Saint Petersburg; used cars are open from 10 to 18 and promise ten minutes.
NOON = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


async def card_of(who: Visitor, *departments: str, public_url: str | None = "https://bot.example/") -> Card:
    async with who.sessions() as session:
        conversation = await session.get_one(Conversation, who.id)
        card = await Cards(DEALER, public_url).of(session, conversation, departments or ("used_cars",))
    assert card is not None
    return card


def fact(card: Card, label: str) -> Fact | None:
    return next((fact for fact in card.facts if fact.label == label), None)


def value(card: Card, label: str) -> str | None:
    found = fact(card, label)
    return found.value if found is not None else None


async def add(sessions: Sessions, *rows: Any) -> None:
    async with sessions.begin() as session:
        session.add_all(rows)


@pytest.fixture
async def ivan(sessions: Sessions) -> Visitor:
    return await visitor(sessions, "Иван", channel="vk", phone="+79160000001")


async def test_it_tells_who_asks_for_what_and_what_he_was_promised(ivan: Visitor) -> None:
    await ivan.is_handed_over(reason="complaint", topic="service", summary="Скрипит.", opened_at=NOON)
    card = await card_of(ivan)
    assert card.title == "Иван"
    assert value(card, "Пишет") == "ВКонтакте"
    assert value(card, "Телефон") == "+79160000001"
    assert value(card, "Почему") == "жалоба (сервис)"
    assert value(card, "Суть") == "Скрипит."
    assert value(card, "Обращение") == "ждёт с 12:00 22.11"
    assert value(card, "Обещали ответить") == "до 12:10 22.11"


async def test_the_promise_counts_the_hours_of_the_department(ivan: Visitor) -> None:
    five_minutes_before_closing = dt.datetime(2026, 11, 22, 14, 55, tzinfo=dt.UTC)
    await ivan.is_handed_over(opened_at=five_minutes_before_closing)
    assert value(await card_of(ivan), "Обещали ответить") == "до 10:05 23.11"


async def test_there_is_no_promise_any_more_once_he_has_an_answer(ivan: Visitor) -> None:
    await ivan.is_handed_over(
        opened_at=NOON,
        status="claimed",
        claimed_at=NOON,
        claimed_name="Алексей Громов",
        first_answer_at=NOON,
    )
    card = await card_of(ivan)
    assert value(card, "Обращение") == "ведёт Алексей Громов с 12:00 22.11"
    assert value(card, "Обещали ответить") is None


async def test_the_car_has_its_price_and_the_dealerships_own_page(sessions: Sessions, ivan: Visitor) -> None:
    car = Car(feed="f", source_id="1", make="Kia", model="Rio", year=2019, price=1_150_000)
    car.listings = [
        CarListing(site="avito", url="https://avito.example/1"),
        CarListing(site="site", url="https://dealer.example/1"),
    ]
    car.status = Status.RESERVED
    await add(sessions, car)
    await ivan.is_handed_over(car_id=car.id)
    card = await card_of(ivan)
    assert card.title == "Иван · Kia Rio 2019"
    assert fact(card, "Автомобиль") == Fact(
        "Автомобиль", "Kia Rio, 2019, забронирован", "https://dealer.example/1"
    )
    assert value(card, "Цена") == "1 150 000 ₽"


async def test_a_car_that_is_advertised_nowhere_has_our_own_page(sessions: Sessions, ivan: Visitor) -> None:
    car = Car(feed="f", source_id="1", make="Kia", model="Rio")
    await add(sessions, car)
    await ivan.is_handed_over(car_id=car.id)
    shown = fact(await card_of(ivan), "Автомобиль")
    assert shown is not None
    assert shown.url == f"https://bot.example/chat?car=car{car.id}"
    shown = fact(await card_of(ivan, public_url=None), "Автомобиль")
    assert shown is not None
    assert shown.url is None


async def test_what_was_collected_is_on_it(sessions: Sessions, ivan: Visitor) -> None:
    lead = Lead(
        conversation_id=ivan.id,
        phone="+79160000001",
        step="test_drive",
        topic="visit",
        department="used_cars",
        channel="vk",
        account="main",
        responsible="Светлана Ким",
        stage="visit",
        summary="Тест-драйв: Kia Rio",
    )
    await add(sessions, lead)
    tomorrow = (utcnow() + dt.timedelta(days=1)).date()
    await add(
        sessions,
        LeadConversation(lead_id=lead.id, conversation_id=ivan.id),
        Visit(conversation_id=ivan.id, date=tomorrow, time="15:00", address="tallinskoe"),
    )
    await ivan.is_handed_over()
    card = await card_of(ivan)
    assert value(card, "Заявка") == "Тест-драйв: Kia Rio (стадия: визит, ответственный: Светлана Ким)"
    assert value(card, "Визит") == f"{tomorrow:%d.%m.%Y}, 15:00, площадка на Таллинском шоссе"
    assert card.lead_id == lead.id


async def test_where_else_he_writes_is_told(sessions: Sessions, ivan: Visitor) -> None:
    other = await visitor(sessions, None, channel="telegram")
    async with sessions.begin() as session:
        for who in (ivan, other):
            await confirm(session, await session.get_one(Conversation, who.id), "+79160000001", "contact")
    await other.is_handed_over()
    card = await card_of(other)
    assert value(card, "Клиент") == "Иван"
    assert value(card, "Писал ещё") == "ВКонтакте"


async def test_who_knows_him_is_named(sessions: Sessions, ivan: Visitor) -> None:
    ticket = await ivan.is_handed_over()
    event = TicketEvent(
        ticket_id=ticket, kind="opened", department="used_cars", details={"knows": "Светлана Ким"}
    )
    await add(sessions, event)
    assert value(await card_of(ivan), "Знает клиента") == "Светлана Ким"


async def test_who_has_blocked_us_is_known_before_anybody_writes_to_him(
    sessions: Sessions, ivan: Visitor
) -> None:
    await ivan.is_handed_over()
    assert value(await card_of(ivan), "Внимание") is None
    async with sessions.begin() as session:
        (await session.get_one(Conversation, ivan.id)).blocked_at = NOON
    card = await card_of(ivan)
    assert card.facts[0] == Fact("Внимание", "клиент заблокировал нас, сообщения до него не доходят")


async def test_who_has_no_name_that_can_be_seen_has_a_number(sessions: Sessions) -> None:
    nobody = await visitor(sessions, "\u200b \u3164", chat="nobody")
    await nobody.is_handed_over()
    card = await card_of(nobody)
    assert card.title == f"Клиент {nobody.id}"
    assert value(card, "Клиент") == f"№ {nobody.id}, имя неизвестно"


async def test_departments_that_were_not_asked_have_no_card(sessions: Sessions, ivan: Visitor) -> None:
    await ivan.is_handed_over("credit")
    async with sessions() as session:
        conversation = await session.get_one(Conversation, ivan.id)
        assert await Cards(DEALER).of(session, conversation, ("used_cars",)) is None


async def test_it_shows_what_waits_and_only_else_what_is_over(ivan: Visitor) -> None:
    first = await ivan.is_handed_over(summary="Первое.")
    await ivan.ticket_becomes(first, status="closed", outcome="returned", closed_at=NOON, rating=4)
    assert value(await card_of(ivan), "Обращение") == "возвращено боту 12:00 22.11, оценка 4 из 5"
    await ivan.is_handed_over(summary="Второе.")
    card = await card_of(ivan)
    assert value(card, "Суть") == "Второе."
    assert card.status == "open"
