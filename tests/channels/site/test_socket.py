"""The WebSocket without a browser: what it takes, what it refuses, what it says when the database is away."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Outgoing
from bot.channels.files import Files
from bot.channels.site import SiteChannel, add_site
from bot.channels.site.transcript import ACCOUNT, CHANNEL
from bot.conversations import Message, find_conversation
from bot.db import Sessions, database
from bot.dealer import load_dealer
from bot.desk.answering import who_answers
from bot.inbox import Inbox
from bot.metrics import Metrics
from bot.outbox import Choice, put
from bot.settings import ROOT
from bot.wake import Wake
from tests.channels.shelf import Shelf
from tests.spine import nobody

Client = TestClient[web.Request, web.Application]
CHAT = "a" * 32


async def serve(sessions: Sessions, shelf: Shelf | None = None) -> AsyncIterator[Client]:
    app = web.Application()
    add_site(
        app,
        sessions=sessions,
        inbox=Inbox(sessions, Wake(), nobody, Metrics()),
        channel=SiteChannel(sessions),
        dealer=load_dealer(ROOT / "dealer.yml"),
        files=Files({"telegram": shelf} if shelf else {}),
        answering=who_answers,
    )
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def client(sessions: Sessions) -> AsyncIterator[Client]:
    async for client in serve(sessions):
        yield client


async def greet(client: Client, **hello: Any) -> tuple[Any, dict[str, Any]]:
    socket = await client.ws_connect("/site/ws")
    await socket.send_json({"type": "hello", **hello})
    return socket, await socket.receive_json()


async def say(socket: Any, text: str, client_id: str = "message-1", **fields: Any) -> dict[str, Any]:
    await socket.send_json({"type": "say", "id": client_id, "text": text, **fields})
    return await reply(socket)


async def reply(socket: Any) -> dict[str, Any]:
    """The next frame but news, which come when they come."""
    while (frame := await socket.receive_json())["type"] == "news":
        pass
    return frame


async def closed(socket: Any) -> tuple[int, str]:
    frame = await socket.receive()
    assert frame.type is WSMsgType.CLOSE
    return frame.data, frame.extra


async def answer(sessions: Sessions, chat: str, text: str, *choices: Choice) -> None:
    async with sessions.begin() as session:
        conversation = await find_conversation(session, CHANNEL, ACCOUNT, chat)
        assert conversation
        await put(session, conversation, Outgoing(text=text), origin=f"test:{text}", choices=choices)


async def test_first_visit_is_given_an_unguessable_chat(client: Client) -> None:
    chats = {(await greet(client))[1]["chat"] for _ in range(3)}
    assert len(chats) == 3
    assert all(len(chat) == 32 for chat in chats)


async def test_message_sent_twice_is_stored_once(client: Client) -> None:
    socket, _ = await greet(client, chat=CHAT)
    first = await say(socket, "Цена?")
    assert first == {"type": "stored", "id": "message-1", "message": first["message"]}
    assert await say(socket, "Цена?") == first
    _, ready = await greet(client, chat=CHAT)
    assert [m["text"] for m in ready["history"]] == ["Цена?"]


async def test_same_message_id_in_another_chat_is_another_message(client: Client) -> None:
    """Nobody takes the id of another customer's message first."""
    for chat in ("a" * 32, "b" * 32):
        socket, _ = await greet(client, chat=chat)
        assert (await say(socket, f"Я {chat[0]}"))["type"] == "stored"
    _, ready = await greet(client, chat="b" * 32)
    assert [m["text"] for m in ready["history"]] == ["Я b"]


async def test_after_gives_what_came_since_and_pending_what_had_arrived(
    client: Client, sessions: Sessions
) -> None:
    socket, _ = await greet(client, chat=CHAT)
    first = await say(socket, "Раз", "message-1")
    second = await say(socket, "Два", "message-2")
    await answer(sessions, CHAT, "Ответ")
    _, ready = await greet(client, chat=CHAT, after=first["message"], pending=["message-2", "message-3"])
    assert not ready["fresh"]
    assert [m["text"] for m in ready["history"]] == ["Два", "Ответ"]
    assert ready["stored"] == {"message-2": second["message"]}


async def test_foreign_or_vanished_after_begins_the_history_anew(client: Client) -> None:
    other, _ = await greet(client, chat="b" * 32)
    theirs = await say(other, "Чужое")
    socket, _ = await greet(client, chat=CHAT)
    await say(socket, "Своё")
    for after in (theirs["message"], 10**6):
        _, ready = await greet(client, chat=CHAT, after=after)
        assert ready["fresh"]
        assert [m["text"] for m in ready["history"]] == ["Своё"]


async def test_answer_arrives_without_being_asked_for(client: Client, sessions: Sessions) -> None:
    """Put by another gateway: nothing wakes this socket, its process finds it by looking."""
    socket, _ = await greet(client, chat=CHAT)
    await say(socket, "Цена?")
    await answer(sessions, CHAT, "Миллион", Choice("Записаться", "/book_visit"))
    news = await socket.receive_json()
    while not [m for m in news["messages"] if m["author"] == "bot"]:
        news = await socket.receive_json()
    (message,) = [m for m in news["messages"] if m["author"] == "bot"]
    assert message["text"] == "Миллион"
    assert [b["title"] for b in message["buttons"]] == ["Записаться"]
    assert "/book_visit" not in str(news)


async def test_answer_of_a_person_is_marked(client: Client, sessions: Sessions) -> None:
    socket, _ = await greet(client, chat=CHAT)
    await say(socket, "Позовите человека")
    async with sessions.begin() as session:
        conversation = await find_conversation(session, CHANNEL, ACCOUNT, CHAT)
        assert conversation
        session.add(Message(conversation_id=conversation.id, direction="staff", text="Я Анна"))
    _, ready = await greet(client, chat=CHAT)
    assert (ready["history"][-1]["author"], ready["history"][-1]["text"]) == ("staff", "Я Анна")


async def test_button_of_another_chat_is_refused(client: Client, sessions: Sessions) -> None:
    owner, _ = await greet(client, chat=CHAT)
    await say(owner, "Привет")
    await answer(sessions, CHAT, "Выберите", Choice("Записаться", "/book_visit"))
    _, ready = await greet(client, chat=CHAT)
    key = ready["history"][-1]["buttons"][0]["key"]
    thief, _ = await greet(client, chat="b" * 32)
    await say(thief, "Привет")
    await thief.send_json({"type": "press", "id": "press-0001", "key": key})
    frame = await reply(thief)
    assert (frame["type"], frame["id"]) == ("refused", "press-0001")


async def test_eleventh_message_in_ten_seconds_has_to_wait(client: Client) -> None:
    socket, _ = await greet(client, chat=CHAT)
    for number in range(10):
        await socket.send_json({"type": "say", "id": f"message-{number}", "text": "?"})
    await socket.send_json({"type": "say", "id": "message-10", "text": "?"})
    kinds = []
    while "slow" not in kinds:
        frame = await reply(socket)
        kinds.append(frame["type"])
    assert kinds.count("stored") == 10
    assert 0 < frame["seconds"] <= 10


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ('{"type": "say", "id": "message-1", "text": "%s"}' % ("я" * 4001), "сообщение длиннее 4000 знаков"),
        ('{"type": "say", "id": "message-1", "text": "  "}', "кадр не понят"),
        ('{"type": "say", "id": "../../etc", "text": "a"}', "кадр не понят"),
        ('{"type": "hello"}', "приветствие уже было"),
        ('{"type": "drop table"}', "кадр не понят"),
        ("[" * 1000, "кадр не понят"),
        ("не json", "кадр не понят"),
    ],
)
async def test_bad_frame_closes_with_the_reason(client: Client, frame: str, reason: str) -> None:
    socket, _ = await greet(client, chat=CHAT)
    await socket.send_str(frame)
    assert await closed(socket) == (1008, reason)


async def test_huge_frame_is_not_even_read(client: Client) -> None:
    socket, _ = await greet(client, chat=CHAT)
    await socket.send_str("я" * 100_000)
    assert (await closed(socket))[0] == 1009


@pytest.mark.parametrize("chat", ["short", "a" * 33, "../" + "a" * 29, "a" * 31 + "\n"])
async def test_chat_that_we_never_make_is_refused(client: Client, chat: str) -> None:
    socket = await client.ws_connect("/site/ws")
    await socket.send_json({"type": "hello", "chat": chat})
    assert await closed(socket) == (1008, "кадр не понят")


async def test_without_a_database_the_page_is_told_to_come_back(tmp_path: Any) -> None:
    async with database(f"sqlite:///{tmp_path}/nowhere/x.db") as sessions:
        async for client in serve(sessions):
            socket = await client.ws_connect("/site/ws")
            await socket.send_json({"type": "hello", "chat": CHAT})
            assert await closed(socket) == (1013, "бот временно недоступен")


async def test_stopping_gateway_says_goodbye(client: Client) -> None:
    socket, _ = await greet(client, chat=CHAT)
    await client.server.app.shutdown()
    assert (await closed(socket))[0] == 1001
