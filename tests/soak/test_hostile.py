"""Whoever means harm, or does it by mistake, end to end: messengers, a gateway's process, and an echo.

Forged and malformed webhooks of both messengers are in tests/channels.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from benchmarks.soak import marks
from benchmarks.soak.crowd import Person, TelegramPerson, VkPerson
from benchmarks.soak.stage import Stage, staged
from bot.channels.base import Incoming
from bot.conversations import Conversation
from bot.inbox.claim import MAX_MESSAGES
from bot.inbox.models import InboxUpdate
from bot.turn.texts import FLOOD
from tests.soak.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

WINDOW = 1.0  # seconds


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(migrated_sqlite, folder / "soak.db")
    url = f"sqlite:///{folder / 'soak.db'}"
    async with staged(folder, url, gateways=1, window=WINDOW, real=False) as stage:
        yield stage
        assert stage.telegram.violations == stage.vk.violations == []


@pytest.fixture(params=["telegram", "vk"])
def messenger(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def somebody(stage: Stage, messenger: str, name: str = "Анна") -> Person:
    if messenger == "telegram":
        return TelegramPerson(stage.telegram.customer(name))
    return VkPerson(stage.vk.customer(name))


async def answers(person: Person, mark: str) -> list[str]:
    """All that the customer has on the screen when the answer to `mark` has come."""
    await until(lambda: mark in marks.echoed(person))
    return [seen.text for seen in person.seen]


async def test_a_flood_is_one_answer_that_says_so(stage: Stage, messenger: str) -> None:
    person = somebody(stage, messenger)
    written = [f"№{number}" for number in range(100, 100 + 2 * MAX_MESSAGES)]
    for mark in written:
        person.writes(f"алло {mark}")
    told = await answers(person, written[-1])
    assert marks.echoed(person) == written
    assert len(told) < MAX_MESSAGES
    assert any(FLOOD in text for text in told)


@pytest.mark.parametrize("command", ["/restart №1", "/request_human{} №1", "\u200b/session_start №1"])
async def test_a_typed_command_is_text(stage: Stage, messenger: str, command: str) -> None:
    person = somebody(stage, messenger)
    person.writes(command)
    assert await answers(person, "№1") == ["Ответ на №1"]


@pytest.mark.parametrize("text", ["№2 " + "ц" * 4093, "№2 " + "😀" * 1000, "№2 <b>*_[x](y)&amp;\0"])
async def test_any_text_is_answered(stage: Stage, messenger: str, text: str) -> None:
    person = somebody(stage, messenger)
    person.writes(text)
    assert await answers(person, "№2") == ["Ответ на №2"]


async def test_a_text_of_two_messages_is_one_question(stage: Stage, messenger: str) -> None:
    """Longer ones are cut by the messenger itself."""
    person = somebody(stage, messenger)
    person.writes("№3 " + "ц" * 3000)
    person.writes("№4 " + "ц" * 3000)
    await answers(person, "№4")
    assert marks.echoed(person) == ["№3", "№4"]


async def test_a_name_is_never_markup(stage: Stage, messenger: str) -> None:
    name = "<b>Анна</b>[x](y)"
    person = somebody(stage, messenger, name)
    person.writes("№5")
    assert await answers(person, "№5") == ["Ответ на №5"]
    async with stage.sessions() as session:
        query = select(Conversation.name).filter_by(channel=messenger, chat_id=person.chat_id)
        assert await session.scalar(query) in (name, None)  # VK tells names when it is asked


async def test_what_nobody_can_read_holds_nothing_up(stage: Stage, messenger: str) -> None:
    person = somebody(stage, messenger)
    for body in ({}, {"message": []}, {"message": {"id": "x"}}, {"text": 1}, {"object": None}):
        if messenger == "telegram":
            stage.telegram.account.updates.add("message", body, person.chat_id)
        else:
            stage.vk.feed.publish("message_new", body, int(person.chat_id))
            stage.vk.feed.publish("message_from_the_future", body, int(person.chat_id))
    person.writes("№6")
    assert await answers(person, "№6") == ["Ответ на №6"]


@pytest.mark.parametrize("path", ["/telegram/webhook", "/vk/callback"])
async def test_a_webhook_that_is_not_used_takes_nothing(stage: Stage, path: str) -> None:
    address = f"http://127.0.0.1:{stage.gateways[0].program.env['HTTP_PORT']}{path}"
    forged = {"update_id": 1, "type": "message_new", "group_id": 777, "object": {"message": {"text": "№7"}}}
    async with stage.http.post(address, json=forged) as response:
        assert response.status in (404, 405)
    async with stage.sessions() as session:
        bodies = (await session.scalars(select(InboxUpdate.body))).all()
    assert not [body for body in bodies if Incoming.model_validate(body).text == "№7"]
