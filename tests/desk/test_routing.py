"""Which department a question goes to, at the edges of the rules of dealer.yml."""

from typing import Any

import pytest

from bot.contract import OpenedTicket
from bot.conversations import Conversation
from bot.customers.persons import confirm
from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.desk.models import Ticket, TicketEvent
from bot.desk.routing import acquaintances, route
from bot.desk.staff import Staff
from bot.desk.tickets import claim, close, open_ticket
from bot.leads.models import Lead, LeadConversation
from bot.stock.models import Car
from tests.spine import DEALER

NORTH, SOUTH = "engelsa", "tallinskoe"


def _department(address: str = NORTH, **changed: Any) -> dict[str, Any]:
    people = [{"name": "Ирина"}, {"name": "Олег"}]
    required = {"title": "отдел", "whom": "отделу", "people": people, "manager": "Ирина"}
    return {"address": address, **required, **changed}


def _dealer(default: str = "office", **departments: dict[str, Any]) -> Dealer:
    given = DEALER.model_dump(mode="json")
    for address in given["addresses"].values():
        address["hours"], address["holidays"] = {"mon-sun": "09:00-20:00"}, {}
    everybody = {"office": _department(), **departments}
    return Dealer.model_validate(given | {"departments": everybody, "default_department": default})


PRICE = ["price", "visit"]
TWO_SHOPS = _dealer(
    new=_department(cars="new", answers_for=PRICE),
    used_north=_department(NORTH, cars="used", answers_for=PRICE),
    used_south=_department(SOUTH, cars="used", answers_for=PRICE),
    credit=_department(answers_for=["credit"]),
)


class TestRules:
    @pytest.mark.parametrize(("is_new", "department"), [(True, "new"), (False, "used_north"), (None, "new")])
    def test_those_for_such_cars(self, is_new: bool | None, department: str) -> None:
        assert TWO_SHOPS.department_for("price", is_new=is_new) == department

    def test_the_one_where_the_car_stands(self) -> None:
        assert TWO_SHOPS.department_for("price", is_new=False, address=SOUTH) == "used_south"

    def test_such_cars_come_before_the_place(self) -> None:
        assert TWO_SHOPS.department_for("price", is_new=True, address=SOUTH) == "new"

    def test_a_place_where_nobody_answers_for_it_changes_nothing(self) -> None:
        assert TWO_SHOPS.department_for("credit", is_new=False, address=SOUTH) == "credit"

    def test_who_knows_him_comes_before_the_place(self) -> None:
        to = TWO_SHOPS.department_for("price", is_new=False, address=SOUTH, acquainted=["used_north"])
        assert to == "used_north"

    def test_the_latest_acquaintance_that_suits(self) -> None:
        met = ["credit", "new", "used_south", "used_north"]
        assert TWO_SHOPS.department_for("price", is_new=False, acquainted=met) == "used_south"

    def test_an_acquaintance_that_does_not_answer_for_it_is_not_bothered(self) -> None:
        assert TWO_SHOPS.department_for("credit", acquainted=["used_south"]) == "credit"

    def test_what_nobody_answers_for_goes_to_the_sellers_of_such_cars(self) -> None:
        assert TWO_SHOPS.department_for("complaint", is_new=False, address=SOUTH) == "used_south"

    def test_without_a_car_to_the_seller_who_knows_him_else_to_the_default(self) -> None:
        assert TWO_SHOPS.department_for("other") == "office"
        assert TWO_SHOPS.department_for("other", address=SOUTH) == "office"
        assert TWO_SHOPS.department_for("other", acquainted=["credit", "used_south"]) == "used_south"

    def test_nobody_sells_such_cars(self) -> None:
        only_new = _dealer(new=_department(cars="new"))
        assert only_new.department_for("other", is_new=False) == "office"

    def test_one_for_any_cars_comes_before_one_for_others(self) -> None:
        dealer = _dealer(
            new=_department(cars="new", answers_for=["photos"]), studio=_department(answers_for=["photos"])
        )
        assert dealer.department_for("photos", is_new=False) == "studio"
        assert dealer.department_for("photos", is_new=True) == "new"

    def test_the_only_one_that_answers_takes_it_whatever_the_car(self) -> None:
        dealer = _dealer(new=_department(cars="new", answers_for=["photos"]))
        assert dealer.department_for("photos", is_new=False) == "new"


class TestAcquaintances:
    async def test_who_had_the_last_ticket_then_who_has_the_lead(self, sessions: Sessions) -> None:
        async with sessions.begin() as session:
            conversation = await _conversation(session)
            await _lead(session, conversation, "used_south", "Олег")
            await _served(session, conversation, "used_north", "Ирина")
            await _served(session, conversation, "credit", "Олег")
            met = await acquaintances(session, [conversation.id], TWO_SHOPS)
        assert [(a.department, a.name) for a in met] == [
            ("credit", "Олег"),
            ("used_north", "Ирина"),
            ("used_south", "Олег"),
        ]

    async def test_who_left_and_what_is_closed_down_is_forgotten(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            conversation = await _conversation(session)
            await _served(session, conversation, "credit", "Уволен")
            await _lead(session, conversation, "carwash", "Ирина")
            assert await acquaintances(session, [conversation.id], TWO_SHOPS) == ()

    async def test_who_knows_him_from_another_messenger(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            vk, telegram = await _conversation(session, "vk"), await _conversation(session, "telegram")
            for conversation in (vk, telegram):
                await confirm(session, conversation, "+79001234567", "contact")
            await _served(session, vk, "used_north", "Олег")
            assert (await route(session, telegram, _wanted("used_north"), TWO_SHOPS)).acquaintance == "Олег"


class TestTicket:
    async def test_it_tells_who_knows_him(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            conversation = await _conversation(session)
            await _served(session, conversation, "used_north", "Олег")
            ticket = await open_ticket(session, conversation, _wanted("used_north"), TWO_SHOPS)
            await session.flush()
            event = await session.get_one(TicketEvent, 3)
        assert (event.ticket_id, event.details["knows"]) == (ticket.id, "Олег")

    async def test_the_department_named_to_the_customer_keeps_it(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            conversation = await _conversation(session)
            await _served(session, conversation, "used_south", "Олег")
            routed = await route(session, conversation, _wanted("used_north"), TWO_SHOPS)
        assert (routed.department, routed.acquaintance) == ("used_north", None)

    async def test_a_failure_goes_where_the_car_stands(self, sqlite_sessions: Sessions) -> None:
        async with sqlite_sessions.begin() as session:
            conversation = await _conversation(session)
            car = Car(feed="test", make="Kia", model="Rio", is_new=False, place=SOUTH)
            session.add(car)
            await session.flush()
            wanted = _wanted("office", reason="failure", car_id=car.id)
            assert (await route(session, conversation, wanted, TWO_SHOPS)).department == "used_south"


def _wanted(department: str, **changed: Any) -> OpenedTicket:
    given = {"department": department, "reason": "asked", "topic": "other", "summary": "Просит менеджера."}
    return OpenedTicket.model_validate(given | changed)


async def _conversation(session: Any, channel: str = "vk") -> Conversation:
    conversation = Conversation(channel=channel, account="1", chat_id="anna")
    session.add(conversation)
    await session.flush()
    return conversation


async def _served(session: Any, conversation: Conversation, department: str, name: str) -> None:
    ticket = Ticket(
        conversation_id=conversation.id,
        department=department,
        reason="asked",
        topic="other",
        summary="",
        opened_at=utcnow(),
    )
    session.add(ticket)
    await session.flush()
    staff = Staff(f"telegram:{name}", name)
    await claim(session, ticket.id, staff)
    await close(session, ticket.id, staff, "answered")


async def _lead(session: Any, conversation: Conversation, department: str, name: str) -> None:
    lead = Lead(
        conversation_id=conversation.id,
        phone="+79001234567",
        step="call_back",
        topic="other",
        department=department,
        channel="vk",
        account="1",
        responsible=name,
        summary="",
    )
    session.add(lead)
    await session.flush()
    session.add(LeadConversation(lead_id=lead.id, conversation_id=conversation.id))
    await session.flush()
