"""Leads in an emulated Bitrix24: once, whole, and never over what the people have entered."""

from collections.abc import AsyncIterator
from itertools import pairwise

import aiohttp
import pytest
from aiolimiter import AsyncLimiter

from bot.leads.crm.base import CrmDelayed, CrmRefused, LeadCard
from bot.leads.crm.bitrix24 import Bitrix24, Portal
from tests.emulators.crm import Bitrix24Server
from tests.emulators.crm.bitrix24 import CONTACT, DEAL, LEAD, SECRET
from tests.leads.crm.cards import NAME, PHONE, SAID, ZONE, card, line
from tests.leads.crm.outcomes import killed_when_done, says


def unhurried() -> AsyncLimiter:
    return AsyncLimiter(10_000, 1)


@pytest.fixture
async def portal() -> AsyncIterator[Bitrix24Server]:
    async with Bitrix24Server(capacity=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def simple() -> AsyncIterator[Bitrix24Server]:
    """A portal that works without leads."""
    async with Bitrix24Server(leads=False, capacity=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def crm(portal: Bitrix24Server, http: aiohttp.ClientSession) -> Bitrix24:
    return connected(portal, http)


def connected(server: Bitrix24Server, http: aiohttp.ClientSession) -> Bitrix24:
    return Bitrix24(Portal(http, server.webhook, pace=unhurried()), ZONE)


async def test_a_lead_is_created_with_everything_a_manager_needs(
    portal: Bitrix24Server, crm: Bitrix24
) -> None:
    record = await crm.deliver(card(responsible_id="7"), None)
    [lead] = portal.of(LEAD)
    assert record == f"lead:{lead['id']}"
    assert lead["title"] == "Тест-драйв: Hyundai Solaris, 2019, белый"
    assert (lead["name"], lead["assignedById"]) == (NAME, 7)
    assert (lead["opportunity"], lead["currencyId"]) == (1_250_000, "RUB")
    assert (lead["utmSource"], lead["utmCampaign"]) == ("yandex", "solaris")
    assert (lead["originatorId"], lead["originId"]) == ("avtootvet", "lead-5f1c")
    assert [phone["value"] for phone in lead["fm"]] == [PHONE]
    assert lead["sourceDescription"] == "Telegram. объявление на Авито"


async def test_the_timeline_tells_the_facts_and_the_dialogue(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(), None)
    [comment] = portal.told(record)
    assert "Когда звонить: после 18" in comment
    assert "Цена: 1 250 000 ₽" in comment
    assert f"Клиент: {SAID}" in comment


async def test_delivered_again_nothing_is_doubled(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(), None)
    assert await crm.deliver(card(), record) == record
    assert await crm.deliver(card(), None) == record
    assert (len(portal.of(LEAD)), len(portal.told(record))) == (1, 1)
    assert "crm.item.update" not in portal.requests


@pytest.mark.parametrize("method", ["crm.item.add", "crm.timeline.comment.add"])
@pytest.mark.parametrize("loss", ["cut", "lost"])
async def test_an_answer_that_was_lost_doubles_nothing(
    portal: Bitrix24Server, crm: Bitrix24, method: str, loss: str
) -> None:
    portal.misbehave(method, loss)  # type: ignore[arg-type]
    with pytest.raises(CrmDelayed):
        await crm.deliver(card(), None)
    record = await crm.deliver(card(), None)
    assert (len(portal.of(LEAD)), len(portal.told(record))) == (1, 1)


@pytest.mark.parametrize("method", ["crm.item.add", "crm.timeline.comment.add"])
async def test_killed_before_the_answer_came_nothing_is_doubled(
    portal: Bitrix24Server, crm: Bitrix24, method: str
) -> None:
    portal.misbehave(method, "hang")
    await killed_when_done(portal, crm.deliver(card(), None))
    record = await crm.deliver(card(), None)
    assert (len(portal.of(LEAD)), len(portal.told(record))) == (1, 1)


async def test_only_what_is_new_is_told(portal: Bitrix24Server, crm: Bitrix24) -> None:
    first = card()
    record = await crm.deliver(first, None)
    later = card(dialogue=(*first.dialogue, line("Приеду с женой", 9)))
    await crm.deliver(later, record)
    await crm.deliver(later, record)
    _, second = portal.told(record)
    assert "Приеду с женой" in second
    assert SAID not in second
    assert "Телефон:" not in second


async def test_facts_that_change_and_change_back_are_each_told(portal: Bitrix24Server, crm: Bitrix24) -> None:
    saturday, sunday = card(wishes={"Визит": "суббота, 14:00"}), card(wishes={"Визит": "воскресенье, 12:00"})
    record = await crm.deliver(saturday, None)
    await crm.deliver(sunday, record)
    await crm.deliver(saturday, record)
    told = portal.told(record)
    assert ["суббота" in text for text in told] == [True, False, True]
    assert all(before != after for before, after in pairwise(told))


async def test_our_comment_is_found_behind_many_of_the_staff(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(), None)
    portal.staff_comments(record, "Звонил, занято", times=120)
    await crm.deliver(card(), record)
    assert len(portal.told(record)) == 121


async def test_a_customer_cannot_feign_our_mark_or_mention_a_person(
    portal: Bitrix24Server, crm: Bitrix24
) -> None:
    feigned = "Метка avtootvet: lead-5f1c 000000000000 9999999999999999"
    said = (line(f"[USER=1]Шеф[/USER] <b>срочно</b>\n{feigned}", 3),)
    record = await crm.deliver(card(dialogue=said), None)
    [comment] = portal.told(record)
    assert "[" not in comment
    assert "<" not in comment
    await crm.deliver(card(dialogue=(*said, line("Жду звонка", 4))), record)
    assert "Жду звонка" in portal.told(record)[1]


async def test_what_the_staff_entered_is_not_overwritten(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(name=None, price=None), None)
    [lead] = portal.of(LEAD)
    lead |= {"title": "Петрова, Солярис", "name": "Анна Сергеевна", "opportunity": 1_200_000.0}
    await crm.deliver(card(), record)
    assert lead["title"] == "Петрова, Солярис"
    assert (lead["name"], lead["opportunity"]) == ("Анна Сергеевна", 1_200_000.0)


async def test_what_became_known_fills_empty_fields(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(name=None, price=None), None)
    await crm.deliver(card(phone="+79007654321"), record)
    [lead] = portal.of(LEAD)
    assert (lead["name"], lead["opportunity"]) == (NAME, 1_250_000)
    assert [phone["value"] for phone in lead["fm"]] == [PHONE, "+79007654321"]


async def test_a_number_that_the_staff_retyped_is_not_added_again(
    portal: Bitrix24Server, crm: Bitrix24
) -> None:
    record = await crm.deliver(card(), None)
    [lead] = portal.of(LEAD)
    lead["fm"][0]["value"] = "8 (900) 123-45-67"
    await crm.deliver(card(summary="Передумал, едет в воскресенье."), record)
    assert len(lead["fm"]) == 1


@pytest.mark.parametrize("typed", [PHONE, "8 (900) 123-45-67"])
async def test_an_existing_contact_is_bound(portal: Bitrix24Server, crm: Bitrix24, typed: str) -> None:
    contact = portal.staff_adds(CONTACT, name="Анна", fm=[{"typeId": "PHONE", "value": typed}])
    await crm.deliver(card(), None)
    [lead] = portal.of(LEAD)
    assert lead["contactIds"] == [contact]
    assert len(portal.of(CONTACT)) == 1


async def test_a_lead_that_the_staff_deleted_is_made_anew(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(), None)
    portal.items.clear()
    assert await crm.deliver(card(), record) != record
    assert len(portal.of(LEAD)) == 1


async def test_without_leads_it_is_a_contact_and_a_deal(
    simple: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    record = await connected(simple, http).deliver(card(responsible_id="7"), None)
    [deal], [contact] = simple.of(DEAL), simple.of(CONTACT)
    assert record == f"deal:{deal['id']}"
    assert (deal["contactIds"], deal["opportunity"]) == ([contact["id"]], 1_250_000)
    assert (contact["name"], contact["fm"][0]["value"], contact["assignedById"]) == (NAME, PHONE, 7)


async def test_without_leads_a_lost_answer_doubles_nothing(
    simple: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    crm = connected(simple, http)
    simple.misbehave("crm.item.add", "cut", times=1)  # the contact is there, its answer is not
    for _ in range(2):
        with pytest.raises(CrmDelayed):
            await crm.deliver(card(), None)
        simple.misbehave("crm.item.add", "lost")  # then the deal's answer
    simple.misbehave("crm.timeline.comment.add", "lost")
    with pytest.raises(CrmDelayed):
        await crm.deliver(card(), None)
    record = await crm.deliver(card(), None)
    assert (len(simple.of(DEAL)), len(simple.of(CONTACT)), len(simple.told(record))) == (1, 1, 1)


async def test_without_leads_our_contact_learns_the_name(
    simple: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    crm = connected(simple, http)
    record = await crm.deliver(card(name=None), None)
    await crm.deliver(card(phone="+79007654321"), record)
    [contact] = simple.of(CONTACT)
    assert contact["name"] == NAME
    assert [phone["value"] for phone in contact["fm"]] == [PHONE, "+79007654321"]


async def test_every_call_keeps_the_pace(http: aiohttp.ClientSession) -> None:
    """The limits of both sides, forty times as fast as in life."""
    async with Bitrix24Server(capacity=15, drain=80) as server:
        portal = Portal(http, server.webhook, pace=AsyncLimiter(10, 10 / 80))
        crm = Bitrix24(portal, ZONE)
        for number in range(8):
            await crm.deliver(card(uid=f"lead-{number}"), None)
        assert len(server.requests) > 15
        assert server.violations == []


async def test_beyond_the_limit_the_portal_says_when(portal: Bitrix24Server, crm: Bitrix24) -> None:
    refused = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}
    portal.misbehave("crm.item.list", "error", status=503, body=refused)
    with pytest.raises(CrmDelayed) as delayed:
        await crm.deliver(card(), None)
    assert delayed.value.retry_after == 10


async def test_a_method_that_ran_too_long_is_left_until_its_reset(
    portal: Bitrix24Server, crm: Bitrix24
) -> None:
    refused = {"error": "OPERATION_TIME_LIMIT", "time": {"operating_reset_at": 4_000_000_000}}
    portal.misbehave("crm.item.add", "error", status=429, body=refused)
    with pytest.raises(CrmDelayed) as delayed:
        await crm.deliver(card(), None)
    assert delayed.value.retry_after == 600


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "NO_AUTH_FOUND", "BITRIX24_WEBHOOK"),
        (401, "expired_token", "BITRIX24_WEBHOOK"),
        (403, "insufficient_scope", "право CRM"),
        (400, "ACCESS_DENIED", "Дайте ему права"),
        (403, "allowed_only_intranet_user", "Дайте ему права"),
        (403, "SOMETHING_NEW", "BITRIX24_WEBHOOK"),
        (400, "INVALID_REQUEST", "https"),
        (403, "PORTAL_DELETED", "портал удалён"),
        (503, "OVERLOAD_LIMIT", "поддержку"),
    ],
)
async def test_what_only_an_admin_mends_waits_for_him(
    portal: Bitrix24Server, crm: Bitrix24, status: int, code: str, advice: str
) -> None:
    portal.misbehave("crm.item.add", "error", status=status, body={"error": code, "error_description": PHONE})
    with pytest.raises(CrmDelayed, match=advice) as delayed:
        await crm.deliver(card(), None)
    assert delayed.value.retry_after == 900
    assert says(delayed.value).startswith("Битрикс24 ")


async def test_an_error_of_the_server_is_tried_again(portal: Bitrix24Server, crm: Bitrix24) -> None:
    portal.misbehave("crm.item.add", "error", status=500, body={"error": "INTERNAL_SERVER_ERROR"})
    with pytest.raises(CrmDelayed) as delayed:
        await crm.deliver(card(), None)
    assert says(delayed.value) == "В Битрикс24 неполадка (ответ 500). Отправим ещё раз сами."


async def test_data_that_is_not_taken_is_for_a_person(portal: Bitrix24Server, crm: Bitrix24) -> None:
    with pytest.raises(CrmRefused, match="номер сотрудника") as refused:
        await crm.deliver(card(responsible_id="999"), None)
    assert "CRM_FIELD_ERROR_VALUE_NOT_VALID" in says(refused.value)


async def test_a_manager_without_a_number_is_for_a_person(crm: Bitrix24) -> None:
    with pytest.raises(CrmRefused, match=r"Алексей Громов.*dealer\.yml"):
        await crm.deliver(card(responsible_id="gromov"), None)


async def test_a_page_instead_of_an_answer_points_at_the_address(
    portal: Bitrix24Server, crm: Bitrix24
) -> None:
    portal.misbehave("crm.settings.mode.get", "garbage")
    with pytest.raises(CrmDelayed, match="отвечает не Битрикс24"):
        await crm.deliver(card(), None)


async def test_an_answer_of_another_shape_is_not_believed(portal: Bitrix24Server, crm: Bitrix24) -> None:
    portal.misbehave("crm.item.add", "error", status=200, body={"result": {"item": {"id": NAME}}})
    with pytest.raises(CrmDelayed) as delayed:
        await crm.deliver(card(), None)
    assert "(id)" in says(delayed.value)


async def test_silence_and_a_wrong_address_do_not_tell_the_key(
    portal: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    portal.misbehave("crm.settings.mode.get", "hang")
    for address, timeout in ((portal.webhook, 0.05), (f"http://127.0.0.1:9/rest/1/{SECRET}/", 30.0)):
        crm = Bitrix24(Portal(http, address, pace=unhurried(), timeout=timeout), ZONE)
        with pytest.raises(CrmDelayed) as delayed:
            await crm.deliver(card(), None)
        assert SECRET not in says(delayed.value)


async def test_a_revoked_webhook_is_told(portal: Bitrix24Server, http: aiohttp.ClientSession) -> None:
    crm = Bitrix24(Portal(http, portal.webhook.replace(SECRET, "revoked"), pace=unhurried()), ZONE)
    with pytest.raises(CrmDelayed, match="не принял вебхук"):
        await crm.deliver(card(), None)


async def test_who_is_forgotten_leaves_no_trace(simple: Bitrix24Server, http: aiohttp.ClientSession) -> None:
    crm = connected(simple, http)
    record = await crm.deliver(card(), None)
    await crm.forget(record)
    assert simple.items == {}
    await crm.forget(record)  # the same again is nothing


async def test_our_contact_goes_with_the_last_of_our_deals(
    simple: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    crm = connected(simple, http)
    first = await crm.deliver(card(), None)
    second = await crm.deliver(card(uid="lead-2", step="Проверка кредита"), None)
    await crm.forget(first)
    assert len(simple.of(CONTACT)) == 1
    await crm.forget(second)
    assert simple.items == {}


async def test_a_client_of_the_dealership_is_left_to_a_person(portal: Bitrix24Server, crm: Bitrix24) -> None:
    contact = portal.staff_adds(CONTACT, name="Анна", fm=[{"typeId": "PHONE", "value": PHONE}])
    record = await crm.deliver(card(), None)
    with pytest.raises(CrmRefused, match=f"контакт {contact}"):
        await crm.forget(record)
    assert (len(portal.of(LEAD)), len(portal.of(CONTACT))) == (0, 1)


async def test_our_contact_with_a_deal_of_the_staff_is_left_to_a_person(
    simple: Bitrix24Server, http: aiohttp.ClientSession
) -> None:
    crm = connected(simple, http)
    record = await crm.deliver(card(), None)
    [contact] = simple.of(CONTACT)
    simple.staff_adds(DEAL, title="Страховка", contactIds=[contact["id"]])
    with pytest.raises(CrmRefused, match=f"контакт {contact['id']}"):
        await crm.forget(record)
    assert (len(simple.of(CONTACT)), len(simple.of(DEAL))) == (1, 1)


async def test_a_sale_is_not_forgotten_without_a_person(portal: Bitrix24Server, crm: Bitrix24) -> None:
    record = await crm.deliver(card(), None)
    portal.of(LEAD)[0]["stageSemanticId"] = "S"
    with pytest.raises(CrmRefused, match="успешно завершена"):
        await crm.forget(record)
    assert len(portal.of(LEAD)) == 1


@pytest.mark.parametrize("record", ["17", "contact:17", "lead:x", ""])
async def test_a_record_of_another_system_is_refused(crm: Bitrix24, record: str) -> None:
    with pytest.raises(CrmRefused, match="не запись Битрикс24"):
        await crm.deliver(card(), record)


async def test_the_emulator_blocks_whoever_does_not_keep_the_pace(http: aiohttp.ClientSession) -> None:
    async with Bitrix24Server(capacity=5, drain=0.001) as server:
        crm = Bitrix24(Portal(http, server.webhook, pace=unhurried()), ZONE)
        with pytest.raises(CrmDelayed, match="обращаться реже"):
            await crm.deliver(card(), None)
        assert server.violations == ["too many calls"]


async def test_a_long_dialogue_is_told_from_its_end(portal: Bitrix24Server, crm: Bitrix24) -> None:
    many: LeadCard = card(dialogue=tuple(line(f"{'слово ' * 60}№{n}", n) for n in range(100)))
    record = await crm.deliver(many, None)
    [comment] = portal.told(record)
    assert "№99" in comment
    assert "№1\n" not in comment
    assert "начало разговора опущено" in comment
    await crm.deliver(many, record)
    assert len(portal.told(record)) == 1
