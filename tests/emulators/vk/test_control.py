"""The emulator as a process of its own, steered by a script."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.emulators.vk.real_client import GROUP, TOKEN, Client, refusal

ROOT = Path(__file__).parents[3]


class Script:
    def __init__(self, http: ClientSession, url: str) -> None:
        self.url = url
        self._http = http

    async def post(self, path: str, **given: Any) -> Any:
        async with self._http.post(f"{self.url}/control/{path}", json=given) as response:
            return (await response.json()).get("done") if response.ok else response.status

    async def get(self, path: str) -> Any:
        async with self._http.get(f"{self.url}/control/{path}") as response:
            return (await response.json())["done"]

    async def customer(self) -> int:
        joined = await self.post("customers", name="Анна Петрова")
        await self.post(f"customers/{joined['user_id']}/says", text="Здравствуйте")
        return int(joined["user_id"])


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.emulators.vk", "--token", TOKEN, "--group-id", str(GROUP)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.wait(timeout=20) == 0


@pytest.fixture
async def script(url: str) -> AsyncIterator[Script]:
    async with ClientSession() as http:
        yield Script(http, url)


async def test_a_dialogue_is_played(script: Script) -> None:
    user_id = await script.customer()
    sent = len(await script.get("sent"))
    await Client(script.url)("messages.send", peer_id=user_id, message="Добрый день", random_id=1)
    [message] = await script.get(f"customers/{user_id}/received")
    assert message["text"] == "Добрый день"
    assert await script.get(f"sent?after={sent}") == [message]
    assert await script.get(f"customers/{user_id}/received?after=1") == []


async def test_a_message_is_edited_by_its_id(script: Script) -> None:
    user_id = await script.customer()
    said = await script.post(f"customers/{user_id}/says", text="89161234567")
    edited = await script.post(f"customers/{user_id}/edits", message=said["id"], text="89161234568")
    assert (edited["id"], edited["text"]) == (said["id"], "89161234568")


async def test_a_manager_answers(script: Script) -> None:
    user_id = await script.customer()
    reply = await script.post("managers/42/replies", user_id=user_id, text="Слушаю вас")
    assert (reply["admin_author_id"], reply["peer_id"]) == (42, user_id)


async def test_events_are_held_and_repeated(script: Script) -> None:
    before = (await script.get("state"))["events"]
    await script.post("feed/hold")
    await script.customer()
    assert (await script.get("state"))["events"] == before
    await script.post("feed/release_shuffled")
    await script.post("feed/repeat_last")
    assert (await script.get("state"))["events"] == before + 2


async def test_misbehaviour_is_ordered_and_ended(script: Script) -> None:
    client = Client(script.url)
    await script.post("misbehave", kind="error", value=10, times=None)
    assert await refusal(client("groups.getById")) == 10
    await script.post("well")
    await client("groups.getById")


async def test_the_clock_is_put_forward(script: Script) -> None:
    user_id = await script.customer()
    await script.post("clock", hours=25)
    call = Client(script.url)("messages.send", peer_id=user_id, message="Вы ещё думаете?", random_id=1)
    assert await refusal(call) == 950


async def test_violations_are_told(script: Script) -> None:
    await refusal(Client(script.url)("messages.sing"))
    assert (await script.get("violations"))[-1]["where"] == "messages.sing"


async def test_a_wrong_order_is_refused(script: Script) -> None:
    assert await script.post("customers/5/says", text="Кто я?") == 400
    assert await script.post(f"customers/{await script.customer()}/receive") == 400
    assert await script.post("feed/publish") == 400
    nobody = {"url": "http://127.0.0.1:9/", "secret": "s", "confirmation": "c"}
    assert await script.post("callback", **nobody) == 400
