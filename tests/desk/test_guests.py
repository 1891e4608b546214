"""Departments without a group of their own: their customers are shown in another's, in one rule."""

import pytest
from sqlalchemy import select

from bot.channels.telegram.client import make_bot
from bot.conversations import Conversation
from bot.db import Sessions
from bot.dealer import Desk
from bot.desk.card import Cards
from bot.desk.models import DeskNotice, Ticket
from bot.desk.notices import notice
from bot.desk.telegram.check import check
from bot.people import Person
from tests.desk.staffroom import office
from tests.desk.telegram_desk import PATIENCE, TOKEN, dealer_with, desk_of, eventually, until, visitor
from tests.emulators.telegram import TelegramEmulator

NEW, USED, CREDIT = -1, -2, -3


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ({"credit": CREDIT, "used_cars": USED}, CREDIT),  # its own
        ({"new_cars": NEW, "used_cars": USED}, USED),  # the default department's
        ({"service": -5, "trade_in": -4}, -4),  # the first in dealer.yml
        ({}, None),
    ],
)
def test_where_customers_of_the_credit_department_are_shown(
    groups: dict[str, int], shown: int | None
) -> None:
    assert dealer_with(groups).desk_of("credit") == (Desk(telegram=shown) if shown is not None else None)


def test_a_department_that_dealer_yml_has_no_more_is_the_default_one() -> None:
    assert dealer_with({"used_cars": USED}).desk_of("gone") == Desk(telegram=USED)


def test_a_group_has_its_own_departments_first_and_then_its_guests() -> None:
    dealer = dealer_with({"used_cars": USED, "trade_in": USED, "service": -5})
    assert dealer.departments_by_group() == {
        USED: ("used_cars", "trade_in", "new_cars", "credit"),
        -5: ("service",),
    }
    assert dealer_with({}).departments_by_group() == {}


async def test_a_hand_over_to_it_has_a_topic_there_and_the_card_names_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    await (await visitor(sessions)).is_handed_over("credit")
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        card = await (await group.next_topic(PATIENCE)).next_message(PATIENCE)
    assert "Отдел: кредитный отдел" in card.text


async def test_where_one_department_is_shown_its_name_is_not_said(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    everybody = telegram.group()
    groups = dict.fromkeys(("new_cars", "credit", "trade_in", "service"), everybody.id)
    group = telegram.group()
    await (await visitor(sqlite_sessions)).is_handed_over("used_cars")
    async with desk_of(telegram, sqlite_sessions, groups | {"used_cars": group.id}):
        card = await (await group.next_topic(PATIENCE)).next_message(PATIENCE)
    assert "Отдел:" not in card.text


async def test_given_on_within_the_group_he_keeps_his_topic_and_its_people_hear_of_it(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group = telegram.group()
    ivan = await visitor(sessions)
    ticket_id = await ivan.is_handed_over("used_cars")
    async with desk_of(telegram, sessions, {"used_cars": group.id}) as desk:
        topic = await group.next_topic(PATIENCE)
        card = await topic.next_message(PATIENCE)
        async with office(telegram, sessions, {"used_cars": group.id}) as opened:
            alexey = group.member("Алексей Громов")
            await opened.takes()
            alexey.presses("Передать", card)
            await opened.takes()
            alexey.presses("Кредитный отдел", card)
            await opened.takes()
        desk.wake.notify()
        line = await topic.next_message(PATIENCE)
        await until(sessions, select(Ticket.department), lambda key: key == "credit")
        await eventually(lambda: "Отдел: кредитный отдел" in card.text)
    assert line.text == "Алексей Громов передаёт обращение кредитному отделу."
    assert len(group.topics) == 1
    assert not topic.closed
    async with sessions() as session:
        (told,) = await session.scalars(select(DeskNotice))
        assert told.loud
        assert (await session.get_one(Ticket, ticket_id)).status == "open"


async def test_what_its_people_are_told_stands_there_too(sessions: Sessions) -> None:
    dealer = dealer_with({"used_cars": USED})
    ivan = await visitor(sessions)
    async with sessions.begin() as session:
        line = await notice(session, ivan.id, "credit", "Иван ждёт.", dealer=dealer)
        assert line is not None
        assert line.group_id == USED
        assert await notice(session, ivan.id, "credit", "Иван ждёт.", dealer=dealer_with({})) is None


async def test_who_writes_first_there_writes_for_a_department_of_the_group_itself(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    """`new_cars` is named before `used_cars` in dealer.yml, and is only a guest."""
    group = telegram.group()
    async with office(telegram, sqlite_sessions, {"used_cars": group.id}) as opened:
        address = await opened.desk._directory.find(group.id)
    assert address is not None
    assert address.departments[0] == "used_cars"


async def test_their_people_need_not_be_in_the_group(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    dealer = dealer_with({"used_cars": group.id})
    stranger = (Person(name="Ольга Демидова", telegram=999),)
    credit = dealer.departments["credit"].model_copy(update={"people": stranger})
    dealer = dealer.model_copy(update={"departments": {**dealer.departments, "credit": credit}})
    bot = make_bot(TOKEN, telegram.url)
    try:
        (checked,) = await check(bot, sqlite_sessions, dealer)
    finally:
        await bot.session.close()
    assert checked.troubles == ()
    assert checked.departments == ("used_cars", "new_cars", "credit", "trade_in", "service")


async def test_two_requests_of_one_customer_are_told_apart(sqlite_sessions: Sessions) -> None:
    ivan = await visitor(sqlite_sessions)
    await ivan.is_handed_over("used_cars", summary="Скидка?")
    await ivan.is_handed_over("credit", summary="Ставка?")
    async with sqlite_sessions() as session:
        conversation = await session.get_one(Conversation, ivan.id)
        card = await Cards(dealer_with({})).of(session, conversation, ("used_cars", "credit"))
    assert card is not None
    told = [fact.value for fact in card.facts if fact.label in ("Отдел", "Суть")]
    assert told == ["отдел автомобилей с пробегом", "Скидка?", "кредитный отдел", "Ставка?"]
