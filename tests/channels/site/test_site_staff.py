"""What staff send reaches a visitor of the site: his files alone, quotes, corrections, who answers."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.channels.base import File, Outgoing
from bot.channels.files import FileUnavailable
from bot.channels.site.files import address
from bot.channels.site.transcript import ACCOUNT, CHANNEL
from bot.conversations import find_conversation
from bot.db import Sessions, utcnow
from bot.desk.models import Ticket
from bot.errors import DeliveryDelayed
from bot.outbox import put
from tests.channels.shelf import Shelf
from tests.channels.site.test_socket import CHAT, Client, greet, say, serve


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def client(sessions: Sessions, shelf: Shelf) -> AsyncIterator[Client]:
    async for client in serve(sessions, shelf):
        yield client


async def write(sessions: Sessions, outgoing: Outgoing, chat: str = CHAT) -> int:
    """As a person of the dealership; the number of the row."""
    async with sessions.begin() as session:
        conversation = await find_conversation(session, CHANNEL, ACCOUNT, chat)
        assert conversation
        origin = f"desk:{utcnow().isoformat()}"
        row = await put(session, conversation, outgoing, origin=origin, direction="staff")
        await session.flush()
        return row.id


async def history(client: Client, **hello: Any) -> list[dict[str, Any]]:
    _, ready = await greet(client, chat=CHAT, **hello)
    return [message for message in ready["history"] if message["author"] != "me"]


async def link(client: Client, sessions: Sessions, file: File) -> str:
    """Where the visitor finds the file."""
    await say((await greet(client, chat=CHAT))[0], "Пришлите")
    await write(sessions, Outgoing(files=(file,)))
    [message] = await history(client)
    return str(message["files"][0]["url"])


async def test_a_photo_is_shown_and_kept_by_nobody_between(
    client: Client, sessions: Sessions, shelf: Shelf
) -> None:
    response = await client.get(await link(client, sessions, shelf.put("photo", b"\xff\xd8" * 500)))
    assert (response.status, await response.read()) == (200, b"\xff\xd8" * 500)
    assert response.content_type == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "image/jpeg", None])
async def test_a_document_is_only_saved_whatever_it_says_of_itself(
    client: Client, sessions: Sessions, shelf: Shelf, mime: str | None
) -> None:
    page = shelf.put("document", b"<script>", name='С"чёт\n.html', mime=mime)
    response = await client.get(await link(client, sessions, page))
    assert response.content_type == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%A1%22")
    assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_a_video_that_browsers_do_not_show_is_a_file(
    client: Client, sessions: Sessions, shelf: Shelf
) -> None:
    await link(client, sessions, shelf.put("video", b"moov", mime="video/quicktime"))
    [message] = await history(client)
    assert message["files"][0]["kind"] == "file"


@pytest.mark.parametrize(
    ("asked", "status", "told", "content"),
    [
        ("bytes=0-1", 206, "bytes 0-1/100", b"01"),
        ("bytes=90-", 206, "bytes 90-99/100", b"0123456789"),
        ("bytes=-3", 206, "bytes 97-99/100", b"789"),
        ("bytes=100-", 416, "bytes */100", b""),
        ("bytes=x", 416, "bytes */100", b""),
    ],
)
async def test_players_ask_for_pieces(
    client: Client, sessions: Sessions, shelf: Shelf, asked: str, status: int, told: str, content: bytes
) -> None:
    url = await link(client, sessions, shelf.put("voice", b"0123456789" * 10))
    response = await client.get(url, headers={"Range": asked})
    assert (response.status, response.headers["Content-Range"]) == (status, told)
    if status == 206:
        assert await response.read() == content


async def test_of_unknown_length_it_comes_whole(client: Client, sessions: Sessions, shelf: Shelf) -> None:
    url = await link(client, sessions, shelf.put("voice", b"0123456789" * 10))
    shelf.tells_size = False
    response = await client.get(url, headers={"Range": "bytes=5-"})
    assert (response.status, await response.read()) == (200, b"0123456789" * 10)


async def test_nobody_gets_the_file_of_another(client: Client, sessions: Sessions, shelf: Shelf) -> None:
    url = await link(client, sessions, shelf.put("photo", b"\xff\xd8"))
    number = int(url.split("/")[3])
    forged = [
        address("b" * 32, number, 0),  # by a visitor with another secret
        address(CHAT, number, 1),  # a file that is not there
        address(CHAT, number + 1, 0),  # a message that is not there
        address(CHAT, number - 1, 0),  # his own words
        url[:-32] + "0" * 32,
    ]
    assert [(await client.get(each)).status for each in forged] == [404] * 5
    assert CHAT not in url


async def test_a_file_that_is_gone_and_one_that_comes_later(
    client: Client, sessions: Sessions, shelf: Shelf
) -> None:
    url = await link(client, sessions, shelf.put("photo", b"\xff\xd8"))
    shelf.troubles = [FileUnavailable("файл больше 20 МБ"), DeliveryDelayed("нет связи")]
    assert [(await client.get(url)).status for _ in range(3)] == [410, 503, 200]


async def test_what_breaks_off_does_not_look_complete(
    client: Client, sessions: Sessions, shelf: Shelf
) -> None:
    url = await link(client, sessions, shelf.put("photo", b"\xff\xd8" * 500))
    shelf.breaks = DeliveryDelayed("нет связи")
    response = await client.get(url)
    with pytest.raises(Exception, match="payload is not completed"):
        await response.read()


async def test_a_sticker_is_what_it_means(client: Client, sessions: Sessions, shelf: Shelf) -> None:
    await say((await greet(client, chat=CHAT))[0], "Спасибо")
    await write(sessions, Outgoing(files=(shelf.put("sticker", b"webp", name="👍"),)))
    [message] = await history(client)
    assert (message["text"], message["files"]) == ("👍", [])


async def test_an_answer_quotes_the_question(client: Client, sessions: Sessions) -> None:
    await say((await greet(client, chat=CHAT))[0], "А резина? " * 30, "message-7")
    await write(sessions, Outgoing(text="Есть", reply_to="message-7"))
    [message] = await history(client)
    assert message["quote"].startswith("А резина? А резина?")
    assert len(message["quote"]) <= 161


class TestCorrections:
    async def test_the_message_says_something_else_in_its_place(
        self, client: Client, sessions: Sessions
    ) -> None:
        await say((await greet(client, chat=CHAT))[0], "Цена?")
        wrong = await write(sessions, Outgoing(text="900 000 ₽"))
        await write(sessions, Outgoing(text="И комплект резины"))
        for price in ("950 000 ₽", "960 000 ₽"):
            await write(sessions, Outgoing(text=price, edits=wrong))
        assert [m["text"] for m in await history(client)] == ["960 000 ₽", "И комплект резины"]

    async def test_who_has_it_already_is_sent_it_again(self, client: Client, sessions: Sessions) -> None:
        await say((await greet(client, chat=CHAT))[0], "Цена?")
        wrong = await write(sessions, Outgoing(text="900 000 ₽"))
        [shown] = await history(client)
        await write(sessions, Outgoing(text="950 000 ₽", edits=wrong))
        [again] = await history(client, after=shown["id"])
        assert (again["id"], again["text"]) == (shown["id"], "950 000 ₽")

    async def test_an_open_page_is_told(self, client: Client, sessions: Sessions) -> None:
        socket, _ = await greet(client, chat=CHAT)
        await say(socket, "Цена?")
        wrong = await write(sessions, Outgoing(text="900 000 ₽"))
        await write(sessions, Outgoing(text="950 000 ₽", edits=wrong))
        texts: list[str] = []
        while "950 000 ₽" not in texts:
            texts += [message["text"] for message in (await socket.receive_json())["messages"]]


async def test_the_page_knows_who_answers(client: Client, sessions: Sessions) -> None:
    _, ready = await greet(client, chat=CHAT)
    assert ready["staff"] is None
    await say((await greet(client, chat=CHAT))[0], "Позовите человека")
    async with sessions.begin() as session:
        conversation = await find_conversation(session, CHANNEL, ACCOUNT, CHAT)
        assert conversation
        ticket = Ticket(conversation_id=conversation.id, department="used", reason="asked", topic="")
        ticket.summary, ticket.status, ticket.claimed_name = "", "claimed", "Алексей Громов"
        session.add(ticket)
    _, ready = await greet(client, chat=CHAT)
    assert ready["staff"] == "Алексей Громов"
