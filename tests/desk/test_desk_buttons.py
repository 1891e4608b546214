"""The buttons in a customer's topic and the commands of a group."""

import asyncio

import pytest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import update

from bot.db import Sessions
from bot.desk.models import DeskMessage, DeskNotice, Ticket
from bot.desk.telegram import buttons, commands
from bot.desk.telegram.keys import mark_of, read_press
from bot.leads.crm.text import roubles
from bot.leads.models import Lead, LeadConversation, LeadStage
from bot.outbox.models import OutboxMessage
from bot.stock.models import Car
from tests.desk.staffroom import Scene, office, scene
from tests.desk.telegram_desk import visitor
from tests.emulators.telegram import Staff, TelegramEmulator


async def _press(at: Scene, who: Staff, button: str) -> str | None:
    """What is shown to who pressed."""
    query = who.presses(button)
    await at.office.takes()
    return who.answer_to(query)


async def _forge(at: Scene, data: str) -> str | None:
    """A press that no button of ours has."""
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="?", callback_data=data)]])
    await at.office.bot.send_message(
        at.group.id, "?", message_thread_id=at.topic.thread_id, reply_markup=markup
    )
    return await _press(at, at.alexey, data)


async def _ticket(at: Scene, ticket_id: int | None = None) -> Ticket:
    return next(t for t in await at.office.rows(Ticket) if t.id == (ticket_id or at.ticket_id))


async def _lead(at: Scene, conversation_id: int) -> int:
    async with at.office.sessions.begin() as session:
        lead = Lead(
            conversation_id=conversation_id,
            phone=f"+7916000000{conversation_id}",
            step="test_drive",
            topic="visit",
            department="used_cars",
            channel="vk",
            account="main",
            responsible="Алексей Громов",
            summary="Тест-драйв",
        )
        session.add(lead)
        await session.flush()
        session.add(LeadConversation(lead_id=lead.id, conversation_id=conversation_id))
        return lead.id


async def test_take(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        assert await _press(at, at.alexey, "Взять") == buttons.TAKEN
        ticket = await _ticket(at)
        assert (ticket.status, ticket.claimed_name) == ("claimed", "Алексей Громов")


async def test_of_two_who_take_at_once_one_wins_and_the_other_hears_his_name(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        irina = at.group.member("Ирина Белова")
        at.alexey.presses("Взять")
        irina.presses("Взять")
        ask = at.office.bot.get_updates(offset=at.office._offset)
        presses = [each for each in await ask if each.callback_query]
        raws = [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in presses]
        await asyncio.gather(*map(at.office.intake.take, raws))
        await at.office.answered()
        winner = (await _ticket(at)).claimed_name
        loser = {"Алексей Громов": irina, "Ирина Белова": at.alexey}[winner or ""]
        told = sorted(filter(None, at.alexey.answers + irina.answers))
        assert told == sorted([buttons.TAKEN, f"Уже ведёт {winner}."])
        assert loser.answers == [f"Уже ведёт {winner}."]


async def test_the_same_press_again_is_done_once_and_the_button_stops_to_wait(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        await _press(at, at.alexey, "Взять")
        for raw in at.office.raws:
            await at.office.take(raw)
        assert (await _ticket(at)).revision == 2


async def test_close_and_give_back(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        assert await _press(at, at.alexey, "Закрыть") == buttons.CLOSED
        assert (await _ticket(at)).outcome == "answered"
        # The card is old now, its buttons are harmless.
        assert await _press(at, at.alexey, "Закрыть") == buttons.CLOSED_ALREADY
        assert await _press(at, at.alexey, "Взять") == buttons.CLOSED_ALREADY
        assert await _forge(at, f"back:{at.ticket_id}") == buttons.CLOSED_ALREADY


async def test_who_is_no_administrator_writes_again_by_a_button_as_the_topic_is_closed(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        await _press(at, at.alexey, "Закрыть")
        assert await _forge(at, f"write:{at.ticket_id}") == buttons.REOPENED
        (again,) = [t for t in await at.office.rows(Ticket) if t.id != at.ticket_id]
        assert (again.status, again.claimed_name) == ("claimed", "Алексей Громов")
        # A colleague presses it too: it stays with who was first.
        irina = at.group.member("Ирина Белова")
        assert await _press(at, irina, f"write:{at.ticket_id}") == "Уже ведёт Алексей Громов."
        assert len(await at.office.rows(Ticket)) == 2


async def test_given_back_to_the_bot(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with scene(telegram, sqlite_sessions, status="claimed", claimed_name="Ирина") as at:
        assert await _press(at, at.alexey, "Вернуть боту") == buttons.RETURNED
        assert (await _ticket(at)).outcome == "returned"


async def test_move_offers_the_other_departments_on_the_card_and_gives_it_to_the_chosen_one(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions) as at:
        await _press(at, at.alexey, "Передать")
        assert at.card.buttons == [
            "Отдел новых автомобилей",
            "Кредитный отдел",
            "Отдел трейд-ин",
            "Сервис",
            "‹ Назад",
        ]
        assert await _press(at, at.alexey, "Кредитный отдел") == "Передали кредитному отделу."
        ticket = await _ticket(at)
        assert (ticket.department, ticket.status) == ("credit", "open")
        notices = [notice.words for notice in await at.office.rows(DeskNotice)]
        assert notices == ["Алексей Громов передаёт обращение кредитному отделу."]
        assert await _forge(at, f"take:{at.ticket_id}") == "Обращение уже передали: кредитный отдел."


async def test_back_from_the_departments_the_card_has_its_buttons_again(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        usual = at.card.buttons
        await _press(at, at.alexey, "Передать")
        await _press(at, at.alexey, "‹ Назад")
        assert at.card.buttons == usual


async def test_the_stage_of_his_lead(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        lead = await _lead(at, at.ivan.id)
        await _forge(at, f"stage:{lead}")
        assert at.topic.received[-1].buttons[:3] == ["Контакт", "Рабочий лист", "Визит"]
        assert await _press(at, at.alexey, "Визит") == "Стадия: визит."
        assert [each.stage for each in await at.office.rows(Lead)] == ["visit"]
        assert [(each.stage, each.by) for each in await at.office.rows(LeadStage)] == [("visit", "staff")]
        assert at.topic.received[-1].buttons == []


async def test_the_lead_of_another_customer_is_not_moved(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        olga = await visitor(sqlite_sessions, "Ольга")
        lead = await _lead(at, olga.id)
        assert await _forge(at, f"stageto:{lead}:lost") == buttons.OLD
        assert await _forge(at, f"stage:{lead}") == buttons.OLD
        assert [each.stage for each in await at.office.rows(Lead)] == ["contact"]


@pytest.mark.parametrize("deed", ["take", "close", "back", "move", "tpl", "tplshow"])
async def test_the_ticket_of_another_customer_is_not_touched(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, deed: str
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        olga = await visitor(sqlite_sessions, "Ольга")
        hers = await olga.is_handed_over("credit")
        before = len(at.topic.received)
        assert await _forge(at, f"{deed}:{hers}:hello") == buttons.OLD
        assert (await _ticket(at, hers)).status == "open"
        assert len(at.topic.received) == before + 1


@pytest.mark.parametrize(
    "data",
    [
        "take",
        "take:",
        "take:x",
        "take:99999999999999999999",
        "take:-1",
        "drop:1",
        "moveto:1",
        "stageto:1:won",
        "tplsend:1:hello:zzzzzzzz",
        "/rate{}",
        "12.3",
        "take:१",
    ],
)
async def test_made_up_data_do_nothing(
    telegram: TelegramEmulator, sqlite_sessions: Sessions, data: str
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        assert await _forge(at, data) is not None
        ticket = await _ticket(at)
        assert (ticket.status, ticket.department) == ("open", "used_cars")
        assert await at.office.rows(OutboxMessage) == []


def test_what_a_button_says_fits_into_its_data() -> None:
    longest = f"tplsend:{10**9 - 1}:{'k' * 32}:{mark_of('text')}"
    assert len(longest.encode()) <= 64
    press = read_press(longest)
    assert press is not None and (press.choice, press.mark) == ("k" * 32, mark_of("text"))


async def test_an_old_card_of_which_telegram_tells_no_more_than_its_number_still_works(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.presses("Взять")
        ask = at.office.bot.get_updates(offset=at.office._offset)
        raw = (await ask)[-1].model_dump(mode="json", by_alias=True, exclude_none=True)
        message = raw["callback_query"]["message"]
        raw["callback_query"]["message"] = {
            "chat": message["chat"],
            "message_id": message["message_id"],
            "date": 0,
        }
        await at.office.take(raw)
        assert at.alexey.answers == [buttons.TAKEN]
        raw["update_id"] += 1
        raw["callback_query"]["message"]["message_id"] += 1
        await at.office.take(raw)
        assert at.alexey.answers == [buttons.OLD]


async def test_templates_of_the_topic_are_listed_shown_filled_and_sent(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    async with scene(telegram, sessions, topic="availability") as at:
        async with sessions.begin() as session:
            car = Car(
                feed="f",
                source_id="1",
                make="Hyundai",
                model="Solaris",
                year=2019,
                price=1_290_000,
                place="tallinskoe",
            )
            session.add(car)
            await session.flush()
            await session.execute(update(Ticket).values(car_id=car.id))
        await _press(at, at.alexey, "Шаблоны")
        listed = at.topic.received[-1]
        assert listed.buttons == ["Автомобиль в наличии", "В резерве", "Продан"]
        await _press(at, at.alexey, "Автомобиль в наличии")
        text = (
            f"Hyundai Solaris 2019 года в продаже, цена {roubles(1_290_000)}. Посмотреть можно здесь: "
            "Санкт-Петербург, Таллинское шоссе, 163. Когда вам удобно?"
        )
        assert text in listed.text
        assert [entity.type for entity in listed.entities] == ["bold", "code"]
        assert listed.buttons == ["Отправить", "‹ К списку"]
        assert await _press(at, at.alexey, "Отправить") == buttons.SENT
        assert [each.text for each in await at.office.said()] == [text]
        assert listed.text.startswith("Отправлено клиенту:") and listed.buttons == []
        assert (await _ticket(at)).claimed_name == "Алексей Громов"
        (row,) = await at.office.rows(OutboxMessage)
        assert [each.outbox_id for each in await at.office.rows(DeskMessage)] == [row.id]


async def test_what_has_gaps_is_to_be_changed_first(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions, topic="credit") as at:
        await _press(at, at.alexey, "Шаблоны")
        await _press(at, at.alexey, "Решение банка")
        shown = at.topic.received[-1]
        assert "одобрено ___ ₽" in shown.text and shown.buttons == ["‹ К списку"]
        forged = f"tplsend:{at.ticket_id}:credit_result:{mark_of('')}"
        assert await _forge(at, forged) == buttons.TEXT_CHANGED
        assert await at.office.said() == []
        # Copied, changed, and sent like any other word, also as an answer to it.
        at.alexey.says("Банк ответил: одобрено 900 000 ₽", reply_to=shown)
        await at.office.takes()
        assert [each.text for each in await at.office.said()] == ["Банк ответил: одобрено 900 000 ₽"]


async def test_what_changed_since_it_was_shown_is_shown_again_and_not_sent(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions, topic="credit") as at:
        irina = at.group.member("Ирина Белова")
        at.alexey.says("/t представиться", topic=at.topic)
        await at.office.takes()
        await _press(at, at.alexey, "Представиться")
        assert "Меня зовут Алексей Громов" in at.topic.received[-1].text
        assert await _press(at, irina, "Отправить") == buttons.TEXT_CHANGED
        assert "Меня зовут Ирина Белова" in at.topic.received[-1].text
        assert await at.office.said() == []
        assert await _press(at, irina, "Отправить") == buttons.SENT
        assert "Меня зовут Ирина Белова" in (await at.office.said())[0].text


async def test_two_who_send_the_same_template_at_once_send_it_once(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions, topic="other") as at:
        irina = at.group.member("Ирина Белова")
        await _press(at, at.alexey, "Шаблоны")
        await _press(at, at.alexey, "Поблагодарить")
        at.alexey.presses("Отправить")
        irina.presses("Отправить")
        await at.office.takes()
        assert len(await at.office.said()) == 1


async def test_a_template_is_searched_by_its_words(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.says("/t документы для кредита", topic=at.topic)
        at.alexey.says("/t@avtootvet_bot ПТС", topic=at.topic)
        at.alexey.says("/t <b>абракадабра", topic=at.topic)
        await at.office.takes()
        credit, papers, nothing = at.topic.received[-3:]
        assert credit.buttons == ["Документы на кредит"]
        assert "ПТС и владельцы" in papers.buttons
        assert "<b>абракадабра" in nothing.text and "кредит" in nothing.text
        assert await at.office.said() == []


async def test_commands_do_what_the_buttons_do(telegram: TelegramEmulator, sessions: Sessions) -> None:
    async with scene(telegram, sessions) as at:
        irina = at.group.member("Ирина Белова")
        take = at.alexey.says("/take", topic=at.topic)
        irina.says("/take", topic=at.topic)
        await at.office.takes()
        assert (await _ticket(at)).claimed_name == "Алексей Громов"
        assert at.group.reactions(take) == ["👌"]
        assert at.topic.received[-1].text == "Уже ведёт Алексей Громов."
        at.alexey.says("/back", topic=at.topic)
        at.alexey.says("/close", topic=at.topic)
        at.alexey.says("/move", topic=at.topic)
        await at.office.takes()
        assert (await _ticket(at)).outcome == "returned"
        assert [each.text for each in at.topic.received[-2:]] == [
            buttons.CLOSED_ALREADY,
            commands.NOTHING_OPEN,
        ]
        assert await at.office.said() == []


async def test_move_by_command(telegram: TelegramEmulator, sqlite_sessions: Sessions) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.says("/move", topic=at.topic)
        await at.office.takes()
        offered = at.topic.received[-1]
        assert offered.text == commands.WHERE_TO
        assert await _press(at, at.alexey, "Сервис") == "Передали сервису."
        assert (await _ticket(at)).department == "service"
        assert offered.buttons == []


async def test_help_is_there_everywhere_in_the_group(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        at.alexey.says("/help", topic=at.topic)
        at.alexey.says("/help")
        at.alexey.says("/take")
        at.alexey.says("/взять", topic=at.topic)
        await at.office.takes()
        in_topic, in_general, only, unknown = at.group.received[-4:]
        assert in_topic.text == in_general.text and "/t слово" in in_topic.text
        assert (only.text, only.thread_id) == (commands.ONLY_IN_TOPIC, None)
        assert unknown.text == commands.NO_SUCH
        assert await at.office.said() == []


async def test_the_commands_of_another_bot_are_none_of_ours(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        await at.office.intake.show_menu()
        before = len(at.group.received)
        at.alexey.says("/take@other_bot", topic=at.topic)
        await at.office.takes()
        assert (await _ticket(at)).status == "open"
        assert len(at.group.received) == before
        assert await at.office.said() == []


async def test_the_menu_of_groups_is_not_that_of_customers(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with office(telegram, sqlite_sessions, {}) as opened:
        await opened.intake.show_menu()
        (menu,) = telegram.account.scoped_commands.values()
        assert [command.command for command in menu] == ["t", "take", "back", "move", "close", "help", "id"]
        assert [command.command for command in telegram.account.commands] == ["start", "help"]


async def test_id_tells_the_numbers_also_in_a_group_that_is_not_connected_yet(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with office(telegram, sqlite_sessions, {}) as opened:
        group = telegram.group("Ещё не подключена")
        alexey = group.member()
        alexey.says("/id", topic=group.creates_topic("Проба"))
        alexey.becomes_anonymous()
        alexey.says("/id")
        await opened.takes()
        whole, anonymous = group.received
        assert whole.text == f"Номер группы: {group.id}\nВаш номер: {alexey.id}"
        assert whole.thread_id is not None
        assert anonymous.text == f"Номер группы: {group.id}"


async def test_a_press_in_a_strange_group_only_stops_to_wait(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        stranger = telegram.group("Чужая")
        mallory = stranger.member("Мэллори")
        data = InlineKeyboardButton(text="Взять", callback_data=f"take:{at.ticket_id}")
        markup = InlineKeyboardMarkup(inline_keyboard=[[data]])
        await at.office.bot.send_message(stranger.id, "Карточка", reply_markup=markup)
        query = mallory.presses("Взять")
        await at.office.takes()
        assert query in telegram.account.answered and mallory.answers == [None]
        assert (await _ticket(at)).status == "open"


async def test_answers_that_telegram_refuses_undo_nothing(
    telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    async with scene(telegram, sqlite_sessions) as at:
        query = at.alexey.presses("Взять")
        telegram.account.callback_queries.discard(query)  # too old by now
        await at.office.takes()
        assert (await _ticket(at)).status == "claimed"
        telegram.violations.clear()
