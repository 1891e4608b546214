"""The emulated systems refuse what the real ones refuse: otherwise tests against them prove nothing."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.crm import AmoCrmServer, Bitrix24Server, SmtpServer, WebhookReceiver
from tests.emulators.crm.amocrm import CLIENT_ID, CLIENT_SECRET, CODE, REDIRECT_URI, TOKEN
from tests.emulators.crm.bitrix24 import DEAL, LEAD, SECRET


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def post(http: aiohttp.ClientSession, url: str, body: Any, key: str = TOKEN) -> tuple[int, Any]:
    async with http.post(url, json=body, headers={"Authorization": f"Bearer {key}"}) as response:
        return response.status, await response.json()


async def test_bitrix24_refuses_wrong_keys_methods_and_types(http: aiohttp.ClientSession) -> None:
    async with Bitrix24Server() as portal:

        async def call(method: str, params: Any, webhook: str = portal.webhook) -> tuple[int, str]:
            status, body = await post(http, f"{webhook}{method}.json", params)
            return status, body.get("error", "")

        stranger = portal.webhook.replace(SECRET, "stranger")
        wrong = {"entityTypeId": LEAD, "fields": {"title": 5}}
        flag = {"entityTypeId": LEAD, "fields": {"opened": True}}
        assert await call("crm.item.add", wrong, stranger) == (401, "NO_AUTH_FOUND")
        assert await call("crm.item.sing", {}) == (404, "ERROR_METHOD_NOT_FOUND")
        assert await call("crm.item.add", wrong) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
        assert await call("crm.item.add", flag) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
        assert await call("crm.item.get", {"entityTypeId": LEAD, "id": 5}) == (400, "NOT_FOUND")
        assert await call("crm.item.list", {"entityTypeId": DEAL, "filter": {"fm": 1}}) == (400, "100")
        assert portal.violations == ["unknown method crm.item.sing"]


async def test_bitrix24_ignores_unknown_fields_and_remembers_it(http: aiohttp.ClientSession) -> None:
    async with Bitrix24Server(leads=False) as portal:
        given = {"entityTypeId": LEAD, "fields": {"title": "Звонок", "phone": "+79001234567"}}
        status, body = await post(http, f"{portal.webhook}crm.item.add.json", given)
        assert (status, "phone" in body["result"]["item"]) == (200, False)
        assert portal.violations == ["a lead on a portal without leads", "field phone is ignored"]


async def test_amocrm_refuses_a_second_use_of_a_refresh_token(http: aiohttp.ClientSession) -> None:
    async with AmoCrmServer() as amo:
        caller = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT_URI}

        async def grant(**given: str) -> tuple[int, Any]:
            return await post(http, f"{amo.url}/oauth2/access_token", caller | given)

        status, pair = await grant(grant_type="authorization_code", code=CODE)
        assert status == 200
        refresh = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
        assert [(await grant(**refresh))[0] for _ in range(2)] == [200, 400]
        assert (await grant(grant_type="authorization_code", code=CODE))[0] == 400


async def test_amocrm_refuses_strangers_and_unknown_fields(http: aiohttp.ClientSession) -> None:
    async with AmoCrmServer() as amo:
        complex_ = f"{amo.url}/api/v4/leads/complex"
        lead = {"name": "Звонок", "custom_fields_values": [{"field_id": 1, "values": [{"value": "x"}]}]}
        assert (await post(http, complex_, [lead], key="stranger"))[0] == 401
        status, body = await post(http, complex_, [lead])
        assert (status, body["validation-errors"][0]["errors"][0]["code"]) == (400, "NotSupportedChoice")
        assert (await post(http, complex_, {"name": "Звонок"}))[0] == 400
        assert amo.leads == {}


async def test_amocrm_refuses_more_than_its_pace(http: aiohttp.ClientSession) -> None:
    async with AmoCrmServer(per_second=1) as amo:
        complex_ = f"{amo.url}/api/v4/leads/complex"
        assert [(await post(http, complex_, [{"name": "Звонок"}]))[0] for _ in range(2)] == [200, 429]
        assert amo.violations == ["too many requests"]


async def test_a_receiver_refuses_what_is_not_signed(http: aiohttp.ClientSession) -> None:
    async with WebhookReceiver() as receiver:
        headers = {"X-Avtootvet-Timestamp": "1", "X-Avtootvet-Signature": "0" * 64, "Idempotency-Key": "k"}
        async with http.post(receiver.address, data=b"{}", headers=headers) as response:
            assert response.status == 401


async def test_a_mail_server_takes_no_letter_before_a_login() -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
            smtp.sendmail("a@salon.example", ["b@salon.example"], b"Subject: x\r\n\r\nx")

    async with SmtpServer("starttls") as server:
        with pytest.raises(smtplib.SMTPSenderRefused):
            await asyncio.to_thread(send, server.port)
        assert server.letters == []
