"""A turn from the inbox to the customer: one answer, in order, whatever fails between."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from bot.contract import Abilities
from bot.conversations import Conversation, Message
from bot.db import Sessions, utcnow
from bot.desk.models import Ticket
from bot.inbox.claim import claim_turn
from bot.inbox.models import InboxUpdate
from bot.leads.models import Lead
from bot.outbox.models import OutboxMessage
from bot.stock.models import Car
from bot.turn.texts import FAILURE, FAILURE_AGAIN, FLOOD
from tests.spine import fails, incoming, says, spine

LEAD = {
    "effect": "lead",
    "phone": "+79001234567",
    "name": "Анна",
    "step": "test_drive",
    "topic": "book_visit",
    "department": "used",
}
TICKET = {
    "effect": "ticket",
    "department": "used",
    "reason": "asked",
    "topic": "other",
    "summary": "Просит менеджера",
}


async def test_a_burst_gets_one_answer(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        assert await gateway.talk(incoming("Здравствуйте"), incoming("ещё продаётся?")) == [
            "«Здравствуйте\nещё продаётся?»"
        ]
        assert all(row.done_at for row in await gateway.rows(InboxUpdate))


async def test_replies_are_joined_and_effects_applied_in_one_transaction(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        car = await _car(sessions)
        gateway.rasa.answers = [
            says(
                {"text": "Да, продаётся.", "buttons": [{"title": "Старая", "payload": "/affirm"}]},
                {"custom": {"effect": "focus", "car_id": car}},
                {"text": "Записать на тест-драйв?", "buttons": [{"title": "Да", "payload": "/book_visit"}]},
                {"custom": {"effect": "asked_phone", "step": "test_drive"}},
                {"custom": {"effect": "pictures", "car_id": car, "urls": ["/stock/1.jpg"]}},
                {"custom": LEAD | {"car_id": car}},
                {"custom": TICKET},
            )
        ]
        await gateway.talk(incoming("ещё есть?"))
        (_, message) = gateway.channel.sent[0]
        assert message.text == "Да, продаётся.\n\nЗаписать на тест-драйв?"
        assert [button.title for button in message.buttons] == ["Да"]
        assert message.pictures == ("/stock/1.jpg",)
        assert message.ask_contact
        conversation = await gateway.conversation()
        assert conversation.focus_car_id == car
        assert conversation.asked_topics == ["test_drive"]
        assert (conversation.phone, conversation.name) == ("+79001234567", "Анна")
        assert [lead.car_id for lead in await gateway.rows(Lead)] == [car]
        assert [ticket.status for ticket in await gateway.rows(Ticket)] == ["open"]
        assert [row.direction for row in await gateway.rows(Message)] == ["in", "out"]


async def test_the_same_lead_again_updates_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        for department in ("used", "credit"):
            gateway.rasa.answers = [says({"custom": LEAD | {"department": department}})]
            await gateway.talk(incoming("89001234567"))
        assert [lead.department for lead in await gateway.rows(Lead)] == ["credit"]


async def test_one_ticket_per_department_until_it_is_closed(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.rasa.always = says({"text": "Передал.", "custom": TICKET})
        await gateway.talk(incoming("менеджера"))
        gateway.rasa.always = says({"text": "Передал.", "custom": TICKET | {"summary": "Про кредит"}})
        await gateway.talk(incoming("менеджера!"))
        async with sessions.begin() as session:
            await session.execute(update(Ticket).values(status="closed"))
        await gateway.talk(incoming("снова менеджера"))
        tickets = await gateway.rows(Ticket)
        assert [ticket.status for ticket in tickets] == ["closed", "open"]
        assert tickets[0].summary == "Просит менеджера\nПро кредит"


async def test_what_is_known_goes_with_every_message(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        first, second = await _car(sqlite_sessions), await _car(sqlite_sessions)
        gateway.rasa.answers = [
            says(
                {"text": "Вот", "custom": {"effect": "focus", "car_id": first}},
                {"custom": {"effect": "focus", "car_id": second}},
                {"custom": {"effect": "refused_phone"}},
                {"custom": {"effect": "understood", "ok": False}},
                {"custom": TICKET},
            ),
        ]
        await gateway.talk(incoming("раз", name="Анна"))
        await gateway.talk(incoming("два"))
        before, after = (body["metadata"] for body in gateway.rasa.asked)
        assert before["first_message"]
        assert not after["first_message"]
        assert after["name"] == "Анна"
        assert (after["focus_car_id"], after["earlier_car_ids"]) == (second, [first])
        assert (after["phone_refusals"], after["failures_in_a_row"]) == (1, 1)
        assert after["open_ticket"]["department"] == "used_cars"
        assert gateway.rasa.asked[0]["sender"] == "fake:main:anna"


async def test_an_old_link_does_not_win_over_the_car_in_focus(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        car = await _car(sqlite_sessions)
        gateway.rasa.answers = [says({"text": "Вот", "custom": {"effect": "focus", "car_id": car}})]
        await gateway.talk(incoming("раз", listing_ref="/cars/1"))
        await gateway.talk(incoming("два", listing_ref="/cars/1"))
        await gateway.talk(incoming("три", listing_ref="/cars/2"))
        links = [body["metadata"]["listing_ref"] for body in gateway.rasa.asked]
        assert links == ["/cars/1", None, "/cars/2"]


async def test_a_link_that_is_opened_again_wins(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        car = await _car(sqlite_sessions)
        gateway.rasa.answers = [says({"text": "Да.", "custom": {"effect": "focus", "car_id": car}})]
        await gateway.talk(incoming(kind="start", listing_ref="car7"))
        await gateway.talk(incoming(kind="start", listing_ref="car7"))
        assert [body["metadata"]["listing_ref"] for body in gateway.rasa.asked] == ["car7", "car7"]


async def test_a_quoted_message_of_ours_says_which_car_is_meant(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        first, second = await _car(sessions), await _car(sessions)
        gateway.rasa.answers = [
            says({"text": "Первая.", "custom": {"effect": "focus", "car_id": first}}),
            says({"text": "Вторая.", "custom": {"effect": "focus", "car_id": second}}),
        ]
        await gateway.talk(incoming("первая"))
        await gateway.talk(incoming("вторая"))
        await gateway.talk(incoming("а у этой пробег?", reply_to="1"))
        await gateway.talk(incoming("а у той?"))
        asked = [body["metadata"]["focus_car_id"] for body in gateway.rasa.asked]
        assert asked == [None, first, first, first]


async def test_a_flood_is_answered_once_and_said_so(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        (answer,) = await gateway.talk(*(incoming(f"вопрос {n}") for n in range(30)))
        assert answer.endswith(FLOOD)
        assert gateway.rasa.messages[0].count("вопрос") == 30


async def test_a_pressed_button_sends_its_payload(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        payload = '/choose_car{"car": 7}'
        card = {"car_id": 7, "title": "Solaris", "text": "", "button": "Эта", "payload": payload}
        gateway.rasa.answers = [
            says(
                {"text": "Какая?", "buttons": [{"title": "Никакая", "payload": "/deny"}]},
                {"custom": {"effect": "cards", "cards": [card]}},
            )
        ]
        await gateway.talk(incoming("солярис"))
        message = gateway.channel.sent[0][1]
        assert payload not in message.model_dump_json()
        await gateway.talk(incoming("Эта", kind="button", button=message.cards[0].payload))
        await gateway.talk(incoming("Никакая", kind="button", button=message.buttons[0].key))
        assert gateway.rasa.messages[1:] == [payload, "/deny"]
        assert gateway.rasa.asked[1]["metadata"]["pressed"] == payload


async def test_the_contact_button_is_shown_only_for_a_number_that_is_not_known(
    sqlite_sessions: Sessions,
) -> None:
    asked = {"effect": "asked_phone", "step": "test_drive"}
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [
            says({"text": "Напишите номер.", "custom": asked}),
            says({"text": "Напишите «да».", "custom": asked | {"known": True}}),
        ]
        await gateway.talk(incoming("раз"))
        await gateway.talk(incoming("два"))
        assert [message.ask_contact for _, message in gateway.channel.sent] == [True, False]


async def test_an_app_without_buttons_gets_a_numbered_list(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        buttons = [{"title": "Цена", "payload": "/ask_price"}, {"title": "Кредит", "payload": "/ask_credit"}]
        gateway.rasa.answers = [says({"text": "Что рассказать?", "buttons": buttons})]
        old_app = Abilities(buttons=False)
        assert await gateway.talk(incoming("?", abilities=old_app)) == [
            "Что рассказать?\n\n1. Цена\n2. Кредит"
        ]
        assert gateway.channel.sent[0][1].buttons == ()
        assert gateway.rasa.asked[0]["metadata"]["abilities"]["buttons"] is False


@pytest.mark.parametrize("key", ["1.7", "99.0", "1", "", "1.0.0", "9" * 40, "../1", "²." + "0"])
async def test_an_unknown_button_is_read_as_its_title(sqlite_sessions: Sessions, key: str) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.talk(incoming("привет"))
        await gateway.talk(incoming("/deny", kind="button", button=key))
        assert gateway.rasa.messages[-1] == "deny"


async def test_a_button_of_another_customer_is_unknown(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"text": "?", "buttons": [{"title": "Да", "payload": "/affirm"}]})]
        await gateway.talk(incoming("раз", chat="anna"))
        key = gateway.channel.sent[0][1].buttons[0].key
        await gateway.talk(incoming("Да", chat="boris", kind="button", button=key))
        assert gateway.rasa.messages[-1] == "Да"


async def test_the_bot_is_silent_while_an_operator_has_the_conversation(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.rasa.answers = [says({"text": "Передал.", "custom": TICKET})]
        await gateway.talk(incoming("менеджера"))
        async with sessions.begin() as session:
            await session.execute(update(Ticket).values(status="claimed"))
        assert await gateway.talk(incoming("вы тут?")) == []
        async with sessions.begin() as session:
            await session.execute(update(Ticket).values(status="closed"))
        assert await gateway.talk(incoming("спасибо")) == ["«спасибо»"]
        assert gateway.rasa.messages == ["менеджера", "спасибо"]


@pytest.mark.parametrize(
    "trouble",
    [
        fails(500),
        fails(200),
        says(),
        says({"text": "да", "custom": {"effect": "explode"}}),
        says({"text": "да", "custom": {"effect": "focus", "car_id": "x"}}),
        says({"custom": LEAD | {"phone": None}}),
    ],
    ids=["500", "not json", "empty", "unknown effect", "bad effect", "lead without phone"],
)
async def test_a_failed_turn_is_done_again_once(sqlite_sessions: Sessions, trouble: Any) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [trouble]
        assert await gateway.talk(incoming("цена?")) == ["«цена?»"]
        turns = [body["metadata"]["turn"] for body in gateway.rasa.asked]
        assert len(turns) == 2
        assert len(set(turns)) == 1
        assert (await gateway.conversation()).turn_attempts == 0


async def test_rasa_that_hangs_is_a_failed_turn(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions, rasa_timeout=0.2) as gateway:
        gateway.rasa.release.clear()
        assert await gateway.talk(incoming("цена?")) == [FAILURE]
        gateway.rasa.release.set()


async def test_after_the_last_try_the_customer_is_told_and_a_department_gets_it(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        gateway.rasa.always = fails(500)
        assert await gateway.talk(incoming("цена?")) == [FAILURE]
        assert await gateway.talk(incoming("алло")) == [FAILURE_AGAIN]
        assert len(gateway.rasa.asked) == 6
        assert [ticket.reason for ticket in await gateway.rows(Ticket)] == ["failure"]
        gateway.rasa.always = says({"text": "Снова здесь."})
        assert await gateway.talk(incoming("?")) == ["Снова здесь."]


async def test_a_poison_message_does_not_hold_up_others(sqlite_sessions: Sessions) -> None:
    async def poisoned(body: dict[str, Any]) -> web.Response:
        status = 500 if "яд" in body["message"] else 200
        return web.json_response([{"text": f"«{body['message']}»"}], status=status)

    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.always = poisoned
        await gateway.receive(incoming("яд", chat="anna"), incoming("цена?", chat="boris"))
        await gateway.do_turns()
        await gateway.talk(incoming("цена?", chat="anna"))
        said = [(chat, message.text) for chat, message in gateway.channel.sent]
        assert sorted(said) == [("anna", "«цена?»"), ("anna", FAILURE), ("boris", "«цена?»")]


async def test_a_crash_before_the_commit_repeats_the_turn_and_doubles_nothing(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """kill -9: nothing of ours runs afterwards."""

    async def die(*_args: object, **_kwargs: object) -> None:
        raise Killed

    async with spine(sessions) as gateway:
        gateway.rasa.always = says({"text": "Записал.", "custom": LEAD})
        await gateway.receive(incoming("89001234567"))
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr("bot.turn.handle.put", die)
            await gateway.do_turns()
        assert await gateway.rows(Lead) == []
        await _end_lease(sessions)
        await gateway.do_turns()
        await gateway.deliver()
        assert gateway.channel.texts == ["Записал."]
        assert len(await gateway.rows(Lead)) == 1
        first, second = gateway.rasa.asked
        assert first["metadata"]["turn"] == second["metadata"]["turn"]


async def test_a_turn_that_kills_its_gateway_each_time_is_handed_over(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        await gateway.receive(incoming("яд"))
        for _ in range(3):
            assert await claim_turn(sqlite_sessions, ["fake"], "dies")
            await _end_lease(sqlite_sessions)
        await gateway.do_turns()
        await gateway.deliver()
        assert gateway.channel.texts == [FAILURE]
        assert gateway.rasa.asked == []


async def test_a_result_that_comes_after_the_lease_is_dropped(sessions: Sessions) -> None:
    async with spine(sessions) as gateway:
        await gateway.receive(incoming("цена?"))
        late = await claim_turn(sessions, ["fake"], "slow")
        assert late is not None
        await _end_lease(sessions)
        await gateway.do_turns()
        await gateway.turns.handle(late)
        assert len(await gateway.rows(OutboxMessage)) == 1


async def test_no_transaction_is_open_while_rasa_answers(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.release.clear()
        await gateway.receive(incoming("раз"))
        turn = asyncio.create_task(gateway.do_turns())
        await gateway.rasa.reached.wait()
        # SQLite has one writer: this would wait for the turn if it held a transaction.
        async with asyncio.timeout(5):
            await gateway.receive(incoming("два"))
        gateway.rasa.release.set()
        await turn
        assert gateway.rasa.messages == ["раз", "два"]


async def test_a_turn_may_say_nothing(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        gateway.rasa.answers = [says({"custom": {"effect": "understood", "ok": True}})]
        assert await gateway.talk(incoming("👍")) == []


async def test_several_servers_are_tried_in_turn(sqlite_sessions: Sessions) -> None:
    async with spine(sqlite_sessions) as gateway:
        alive = gateway.turns.rasa._urls[0]
        for urls in (("http://127.0.0.1:9", alive), (alive, "http://127.0.0.1:9")):
            gateway.turns.rasa._urls = urls
            assert await gateway.talk(incoming("раз")) == ["«раз»"]


async def _car(sessions: Sessions) -> int:
    async with sessions.begin() as session:
        car = Car(feed="test", make="Hyundai", model="Solaris")
        session.add(car)
        await session.flush()
        return car.id


async def _end_lease(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        past = utcnow() - dt.timedelta(seconds=1)
        await session.execute(update(Conversation).values(claimed_until=past))
