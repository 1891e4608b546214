"""The emulator as a process of its own, played by a script over HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram.conftest import TOKEN

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def script(telegram: TelegramEmulator) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{telegram.url}/control/") as session:
        yield session


async def post(script: aiohttp.ClientSession, path: str, **body: Any) -> Any:
    async with script.post(path, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def get(script: aiohttp.ClientSession, path: str) -> Any:
    async with script.get(path) as answer:
        return await answer.json()


async def test_a_script_plays_a_dialogue(bot: Bot, script: aiohttp.ClientSession) -> None:
    customer = (await post(script, "customers", name="Анна"))["user_id"]
    await post(script, f"customers/{customer}/says", text="В наличии?")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Да", callback_data="1")]])
    await bot.send_message(customer, "Да, записать вас?", reply_markup=keyboard)
    await post(script, f"customers/{customer}/presses", button="Да")
    [received] = await get(script, f"customers/{customer}/received")
    assert (received["text"], received["buttons"]) == ("Да, записать вас?", ["Да"])
    assert [update.event_type for update in await bot.get_updates()] == ["message", "callback_query"]


async def test_a_script_reads_only_what_is_new(bot: Bot, script: aiohttp.ClientSession) -> None:
    for user_id in (7, 8):
        await post(script, "customers", user_id=user_id)
        await post(script, f"customers/{user_id}/starts")
        await bot.send_message(user_id, "Здравствуйте")
    assert [each["chat_id"] for each in await get(script, "sent")] == [7, 8]
    assert [each["chat_id"] for each in await get(script, "sent?after=1")] == [8]


async def test_a_script_orders_trouble(
    telegram: TelegramEmulator, bot: Bot, script: aiohttp.ClientSession
) -> None:
    await post(script, "mishaps", trouble="server_error", method="sendMessage", times=2)
    assert telegram.mishaps.pick("sendMessage", None)
    async with script.delete("mishaps"):
        assert telegram.mishaps.pick("sendMessage", None) is None
    async with script.patch("conduct", json={"shuffled": True, "repeat_probability": 0.1}):
        updates = telegram.account.updates
    assert (updates.shuffled, updates.repeat_probability, telegram.account.flood.on) == (True, 0.1, False)
    before = telegram.clock.now()
    await post(script, "clock", hours=25)
    assert (telegram.clock.now() - before).days == 1


async def test_a_script_injects_any_update_and_reads_the_state(
    bot: Bot, script: aiohttp.ClientSession
) -> None:
    await post(script, "updates", kind="tomorrow_kind", body={"what": "ever"})
    await bot.get_updates()
    state = await get(script, "state")
    assert state == {"calls": {"getUpdates": 1}, "violations": [], "pending_updates": 1, "sent": 0}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("customers/1/says", {"text": "раз"}, 404),
        ("customers/7/dances", {}, 404),
        ("customers/7/says", {"words": "раз"}, 400),
        ("customers/7/presses", {"button": "Да"}, 400),
        ("customers", {"surname": "Иванова"}, 400),
        ("mishaps", {"trouble": "earthquake"}, 400),
    ],
)
async def test_a_scripts_mistake_is_told(
    telegram: TelegramEmulator, script: aiohttp.ClientSession, path: str, body: dict[str, str], status: int
) -> None:
    telegram.customer(user_id=7)
    async with script.post(path, json=body) as answer:
        assert answer.status == status


async def test_calls_also_come_as_json_and_queries(
    telegram: TelegramEmulator, script: aiohttp.ClientSession
) -> None:
    telegram.customer(user_id=7).starts()
    call = f"{telegram.url}/bot{TOKEN}/sendMessage"
    async with script.post(call, json={"chat_id": 7, "text": "раз"}) as answer:
        assert (await answer.json())["result"]["text"] == "раз"
    async with script.get(call, params={"chat_id": "7", "text": "два"}) as answer:
        assert answer.status == 200
    async with script.post(call, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400


async def test_the_emulator_is_a_process_too() -> None:
    command = (sys.executable, "-m", "tests.emulators.telegram", "--token", TOKEN)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stdout
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session, session.get(f"{url}/bot{TOKEN}/getMe") as answer:
            assert (await answer.json())["result"]["is_bot"] is True
    finally:
        process.terminate()
    assert await process.wait() == 0
