"""Misbehaviour on demand, as the real client meets it."""

import asyncio

import pytest
import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import JSONDecodeError, ReadTimeout
from vk_api.exceptions import ApiError, ApiHttpError, Captcha

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.real_client import GROUP, Client, refusal


async def test_an_error_code_is_answered_as_often_as_ordered(
    vk: VkEmulator, client: Client, anna: Customer
) -> None:
    vk.misbehave("error", 10, method="messages.send", times=2)
    assert await refusal(client.send(anna, "Раз")) == 10
    await client("groups.getById")
    assert await refusal(client.send(anna, "Раз")) == 10
    await client.send(anna, "Раз")
    assert len(anna.received) == 1
    assert vk.violations == []


async def test_a_captcha_has_its_picture(vk: VkEmulator, client: Client) -> None:
    vk.misbehave("error", 14)
    with pytest.raises(Captcha):
        await client("groups.getById")


async def test_a_lasting_fault_ends_when_cleared(vk: VkEmulator, client: Client) -> None:
    vk.misbehave("error", 10, times=None)
    assert [await refusal(client("groups.getById")) for _ in range(3)] == [10, 10, 10]
    vk.faults.clear()
    await client("groups.getById")


async def test_a_probability_decides_for_each_call(vk: VkEmulator, client: Client) -> None:
    vk.api.rate_limit = None
    client.vk.RPS_DELAY = 0
    vk.misbehave("error", 10, times=None, probability=0.5)
    codes = set()
    for _ in range(30):
        try:
            await client("groups.getById")
            codes.add(0)
        except ApiError as refused:
            codes.add(refused.code)
    assert codes == {0, 10}


async def test_an_http_error(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.misbehave("http", 502, method="messages.send")
    with pytest.raises(ApiHttpError):
        await client.send(anna, "Раз")
    assert anna.received == []


async def test_an_answer_that_is_no_json(vk: VkEmulator, client: Client) -> None:
    vk.misbehave("garbage")
    with pytest.raises(JSONDecodeError):
        await client("groups.getById")


async def test_dropped_before_it_was_accepted(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.misbehave("drop", method="messages.send")
    with pytest.raises(NoConnection):
        await client.send(anna, "Раз", random_id=1)
    assert anna.received == []


async def test_cut_after_it_was_accepted(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.misbehave("cut", method="messages.send")
    with pytest.raises(NoConnection):
        await client.send(anna, "Раз", random_id=1)
    assert len(anna.received) == 1
    assert await client.send(anna, "Раз", random_id=1) == anna.received[0]["id"]
    assert len(anna.received) == 1


async def test_no_answer_after_it_was_accepted(vk: VkEmulator, anna: Customer) -> None:
    vk.misbehave("hang", method="messages.send")
    with pytest.raises(ReadTimeout):
        await Client(vk.url, patience=0.2).send(anna, "Раз", random_id=1)
    assert len(anna.received) == 1


async def test_a_delay_comes_before_the_answer(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.misbehave("delay", 30, method="messages.send")
    with pytest.raises(ReadTimeout):
        await Client(vk.url, patience=0.2).send(anna, "Раз")
    assert anna.received == []


async def test_the_long_poll_and_the_upload_misbehave_by_their_names(vk: VkEmulator, client: Client) -> None:
    entry = await client("groups.getLongPollServer", group_id=GROUP)
    address = (await client("photos.getMessagesUploadServer"))["upload_url"]
    vk.misbehave("http", 503, method="longpoll")
    vk.misbehave("http", 504, method="upload")
    assert (await asyncio.to_thread(requests.get, entry["server"], timeout=10)).status_code == 503
    assert (await asyncio.to_thread(requests.post, address, timeout=10)).status_code == 504
