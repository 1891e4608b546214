"""An e-mail address in the chat: kept for those who will write to it, and said so."""

import pytest

from bot.contract import CapturedLead, ConsentShown, OpenedTicket
from tests.actions.dialogue import Dialogue, aspect, entity

TEXT = "отправьте отчет на почту name@mail.ru"
SAID = [entity("email", "name@mail.ru"), *aspect("ask_address", "contact")]


async def test_without_a_number_the_department_has_it_in_the_ticket(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_vin", text=TEXT, entities=SAID)
    assert (
        "Записал почту name@mail.ru. Отправит туда отдел автомобилей с пробегом, в течение 10 минут." in said
    )
    ticket = said.one(OpenedTicket)
    assert (ticket.topic, "name@mail.ru" in ticket.summary) == ("vin", True)
    assert said.asked_for is None, "he has said where to write"


async def test_with_a_number_it_belongs_to_the_lead(solaris: Dialogue) -> None:
    solaris.meta |= {"consent": "given", "phone_known": True, "phone_tail": "4567"}
    said = await solaris.ask("ask_vin", text=TEXT, entities=SAID)
    lead = said.one(CapturedLead)
    assert (lead.step, lead.details["email"]) == ("history_report", "name@mail.ru")
    assert "Отчёт по истории подготовит отдел автомобилей с пробегом" in said


async def test_without_his_consent_the_lead_waits_for_it(solaris: Dialogue) -> None:
    solaris.meta |= {"consent": "withdrawn", "phone_known": True, "phone_tail": "4567"}
    said = await solaris.ask("ask_vin", text=TEXT, entities=SAID)
    assert said.one(ConsentShown)
    assert said.titles == ["Согласен", "Не согласен"]


async def test_another_question_of_the_message_is_answered(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_vin", "ask_price", text=TEXT + ", и сколько стоит?", entities=SAID)
    assert "1 190 000 ₽" in said
    assert said.one(OpenedTicket)


@pytest.mark.parametrize("intents", [("give_phone",), ("out_of_scope",), ()])
async def test_after_the_offer_of_a_report_it_says_where_to_send_it(
    solaris: Dialogue, intents: tuple[str, ...]
) -> None:
    await solaris.ask("ask_vin")
    said = await solaris.ask(*intents, text="name@mail.ru", entities=[entity("email", "name@mail.ru")])
    assert said.one(OpenedTicket).topic == "vin"


async def test_beside_a_number_it_is_a_detail_of_the_lead(solaris: Dialogue) -> None:
    solaris.meta["consent"] = "shown"
    phone = entity("phone", "+79161234567", valid=True)
    said = await solaris.ask("give_phone", entities=[phone, entity("email", "name@mail.ru")])
    assert said.one(CapturedLead).details["email"] == "name@mail.ru"


async def test_of_spam_it_is_nothing(solaris: Dialogue) -> None:
    said = await solaris.ask("spam", text="сайт под ключ, ads@x.ru", entities=[entity("email", "ads@x.ru")])
    assert not said.all(OpenedTicket)
