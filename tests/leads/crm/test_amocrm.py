"""Leads in an emulated amoCRM: once, whole, and never over what the people have entered."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiolimiter import AsyncLimiter

from bot.leads.crm.amocrm import Account, AmoCrm, LongLivedKey
from bot.leads.crm.base import CrmDelayed, CrmRefused
from tests.emulators.crm import AmoCrmServer
from tests.emulators.crm.amocrm import TOKEN, WON
from tests.leads.crm.cards import NAME, PERSONAL, PHONE, SAID, ZONE, card, line
from tests.leads.crm.outcomes import killed_when_done, says


@pytest.fixture
async def amo() -> AsyncIterator[AmoCrmServer]:
    async with AmoCrmServer(per_second=10_000) as server:
        yield server
        assert server.violations == []


@pytest.fixture(params=["field", "tag"])
def crm(amo: AmoCrmServer, http: aiohttp.ClientSession, request: pytest.FixtureRequest) -> AmoCrm:
    """Both ways of marking a lead."""
    uid_field = amo.uid_field if request.param == "field" else None
    return AmoCrm(account(amo, http), ZONE, uid_field=uid_field)


@pytest.fixture
def tagging(amo: AmoCrmServer, http: aiohttp.ClientSession) -> AmoCrm:
    return AmoCrm(account(amo, http), ZONE)


def account(amo: AmoCrmServer, http: aiohttp.ClientSession, key: str = TOKEN) -> Account:
    return Account(http, amo.url, LongLivedKey(key), pace=AsyncLimiter(10_000, 1))


async def test_a_lead_is_created_with_everything_a_manager_needs(
    amo: AmoCrmServer, http: aiohttp.ClientSession
) -> None:
    crm = AmoCrm(account(amo, http), ZONE, pipeline=31)
    record = await crm.deliver(card(responsible_id="7"), None)
    lead = amo.leads[int(record)]
    assert (lead["name"], lead["price"]) == ("Тест-драйв: Hyundai Solaris, 2019, белый", 1_250_000)
    assert (lead["responsible_user_id"], lead["pipeline_id"]) == (7, 31)
    fields = {field["field_code"]: field["values"][0]["value"] for field in lead["custom_fields_values"]}
    assert fields == {"UTM_SOURCE": "yandex", "UTM_CAMPAIGN": "solaris"}
    [contact] = amo.contacts.values()
    assert contact["first_name"] == NAME
    assert amo.phones(contact["id"]) == [PHONE]
    [note] = amo.told(record)
    assert "Когда звонить: после 18" in note
    assert f"Клиент: {SAID}" in note


async def test_delivered_again_nothing_is_doubled(amo: AmoCrmServer, crm: AmoCrm) -> None:
    record = await crm.deliver(card(), None)
    assert await crm.deliver(card(), record) == record
    assert await crm.deliver(card(), None) == record
    assert (len(amo.leads), len(amo.contacts), len(amo.told(record))) == (1, 1, 1)


@pytest.mark.parametrize("request_name", ["complex", "add.note"])
@pytest.mark.parametrize("loss", ["cut", "lost"])
async def test_an_answer_that_was_lost_doubles_nothing(
    amo: AmoCrmServer, crm: AmoCrm, request_name: str, loss: str
) -> None:
    amo.misbehave(request_name, loss)  # type: ignore[arg-type]
    with pytest.raises(CrmDelayed):
        await crm.deliver(card(), None)
    record = await crm.deliver(card(), None)
    assert (len(amo.leads), len(amo.contacts), len(amo.told(record))) == (1, 1, 1)


@pytest.mark.parametrize("request_name", ["complex", "add.note"])
async def test_killed_before_the_answer_came_nothing_is_doubled(
    amo: AmoCrmServer, crm: AmoCrm, request_name: str
) -> None:
    amo.misbehave(request_name, "hang")
    await killed_when_done(amo, crm.deliver(card(), None))
    record = await crm.deliver(card(), None)
    assert (len(amo.leads), len(amo.contacts), len(amo.told(record))) == (1, 1, 1)


async def test_our_lead_is_found_among_many_of_others(amo: AmoCrmServer, crm: AmoCrm) -> None:
    for number in range(260):
        amo.staff_adds_lead(f"Звонок {number}")
    amo.misbehave("complex", "lost")
    with pytest.raises(CrmDelayed):
        await crm.deliver(card(), None)
    await crm.deliver(card(), None)
    assert len(amo.leads) == 261


async def test_only_what_is_new_is_told(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    first = card()
    record = await tagging.deliver(first, None)
    amo.add_note(int(record), "Звонил, занято")
    later = card(dialogue=(*first.dialogue, line("Приеду с женой", 9)))
    await tagging.deliver(later, record)
    await tagging.deliver(later, record)
    _, _, second = amo.told(record)
    assert "Приеду с женой" in second
    assert SAID not in second


async def test_an_existing_contact_is_bound(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    amo.staff_adds_contact("Сосед", "+7 900 765-43-21")
    contact = amo.staff_adds_contact("Анна", "8 (900) 123-45-67")
    record = await tagging.deliver(card(), None)
    assert amo.leads[int(record)]["_embedded"]["contacts"] == [{"id": contact}]
    assert amo.contacts[contact]["name"] == "Анна"
    assert amo.phones(contact) == ["8 (900) 123-45-67"]


async def test_what_the_staff_entered_is_not_overwritten(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    record = await tagging.deliver(card(name=None, price=None), None)
    lead, [contact] = amo.leads[int(record)], amo.contacts.values()
    lead |= {"name": "Петрова, Солярис", "price": 1_200_000}
    contact["name"] = "Анна Сергеевна"
    await tagging.deliver(card(), record)
    assert (lead["name"], lead["price"]) == ("Петрова, Солярис", 1_200_000)
    assert contact["name"] == "Анна Сергеевна"


async def test_what_became_known_fills_empty_fields(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    record = await tagging.deliver(card(name=None, price=None), None)
    await tagging.deliver(card(phone="+79007654321"), record)
    [contact] = amo.contacts.values()
    assert (amo.leads[int(record)]["price"], contact["name"]) == (1_250_000, NAME)
    assert amo.phones(contact["id"]) == [PHONE, "+79007654321"]


async def test_a_lead_that_the_staff_deleted_is_made_anew(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    record = await tagging.deliver(card(), None)
    amo.leads.clear()
    assert await tagging.deliver(card(), record) != record
    assert (len(amo.leads), len(amo.contacts)) == (1, 1)


async def test_every_request_keeps_the_pace(http: aiohttp.ClientSession) -> None:
    async with AmoCrmServer() as server:
        crm = AmoCrm(Account(http, server.url, LongLivedKey(TOKEN)), ZONE)
        for number in range(3):
            await crm.deliver(card(uid=f"lead-{number}"), None)
        assert len(server.requests) > 7
        assert server.violations == []


@pytest.mark.parametrize(
    ("status", "advice", "wait"),
    [
        (401, "AMOCRM_TOKEN", 900),
        (402, "не оплачен", 900),
        (403, "закрыл доступ", 900),
        (429, "обращаться реже", 10),
        (502, "Отправим ещё раз сами", None),
        (302, "AMOCRM_URL", 900),
    ],
)
async def test_what_passes_or_is_mended_is_tried_again(
    amo: AmoCrmServer, tagging: AmoCrm, status: int, advice: str, wait: float | None
) -> None:
    amo.misbehave("complex", "error", times=2, status=status, body={"detail": PHONE})
    with pytest.raises(CrmDelayed, match=advice) as delayed:
        await tagging.deliver(card(), None)
    assert delayed.value.retry_after == wait
    says(delayed.value)


async def test_the_server_may_say_when(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    amo.misbehave("complex", "error", status=429, headers={"Retry-After": "42"})
    with pytest.raises(CrmDelayed) as delayed:
        await tagging.deliver(card(), None)
    assert delayed.value.retry_after == 42


async def test_data_that_is_not_taken_is_for_a_person(amo: AmoCrmServer, http: aiohttp.ClientSession) -> None:
    crm = AmoCrm(account(amo, http), ZONE, uid_field=999)
    with pytest.raises(CrmRefused, match="AMOCRM_UID_FIELD") as refused:
        await crm.deliver(card(), None)
    assert "custom_fields_values.0.field_id NotSupportedChoice" in says(refused.value)


async def test_a_manager_who_is_unknown_is_for_a_person(tagging: AmoCrm) -> None:
    with pytest.raises(CrmRefused, match="responsible_user_id NotSupportedChoice"):
        await tagging.deliver(card(responsible_id="999"), None)
    with pytest.raises(CrmRefused, match=r"Алексей Громов.*dealer\.yml"):
        await tagging.deliver(card(responsible_id="gromov"), None)


async def test_errors_do_not_tell_the_key(amo: AmoCrmServer, http: aiohttp.ClientSession) -> None:
    crm = AmoCrm(account(amo, http, key="revoked-key"), ZONE)
    with pytest.raises(CrmDelayed) as delayed:
        await crm.deliver(card(), None)
    assert "revoked-key" not in says(delayed.value)


async def test_who_is_forgotten_is_masked(amo: AmoCrmServer, crm: AmoCrm) -> None:
    record = await crm.deliver(card(), None)
    await crm.forget(record)
    await crm.forget(record)  # the same again is nothing
    [contact] = amo.contacts.values()
    assert amo.phones(contact["id"]) == []
    kept = f"{amo.leads[int(record)]} {contact} {amo.told(record)}"
    assert not any(word in kept for word in PERSONAL)


async def test_a_contact_is_masked_with_the_last_of_our_leads(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    first = await tagging.deliver(card(), None)
    second = await tagging.deliver(card(uid="lead-2", step="Проверка кредита"), None)
    [contact] = amo.contacts.values()
    await tagging.forget(first)
    assert amo.phones(contact["id"]) == [PHONE]
    await tagging.forget(second)
    assert amo.phones(contact["id"]) == []


async def test_a_client_of_the_dealership_is_left_to_a_person(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    contact = amo.staff_adds_contact("Анна", PHONE)
    amo.staff_adds_lead("Сервис, замена масла", contact)
    record = await tagging.deliver(card(), None)
    with pytest.raises(CrmRefused, match=f"контакт {contact}"):
        await tagging.forget(record)
    assert amo.phones(contact) == [PHONE]
    assert SAID not in str(amo.told(record))


async def test_a_sale_is_not_forgotten_without_a_person(amo: AmoCrmServer, tagging: AmoCrm) -> None:
    record = await tagging.deliver(card(), None)
    amo.leads[int(record)]["status_id"] = WON
    with pytest.raises(CrmRefused, match="успешно завершена"):
        await tagging.forget(record)
    assert SAID in str(amo.told(record))


@pytest.mark.parametrize("record", ["lead:17", ""])
async def test_a_record_of_another_system_is_refused(tagging: AmoCrm, record: str) -> None:
    with pytest.raises(CrmRefused, match="не номер сделки"):
        await tagging.deliver(card(), record)
