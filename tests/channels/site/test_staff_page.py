"""What staff send, on the page: seen, heard, saved, corrected before the visitor's eyes."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from sqlalchemy import select

from bot.channels.base import File, Outgoing
from bot.channels.files import Files
from bot.channels.site.transcript import CHANNEL
from bot.conversations import Conversation, Message
from bot.db import database
from bot.desk.models import Ticket
from bot.outbox import put
from tests.channels.shelf import Shelf
from tests.channels.site.gateway import Gateway, fill
from tests.channels.site.page import PHONE, Page, resize

SHOTS = os.environ.get("SHOTS")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def gateway(
    sqlite_url: str, pictures: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    monkeypatch.setattr("bot.app.files_of", lambda _: Files({"telegram": shelf}))
    asyncio.run(fill(sqlite_url))
    gateway = Gateway(sqlite_url, pictures).start()
    yield gateway
    gateway.stop()


def write(gateway: Gateway, outgoing: Outgoing, origin: str, *, quoting: bool = False) -> int:
    """As a person of the dealership who has taken the conversation; the number of the row."""

    async def speak() -> int:
        async with database(gateway.database_url) as sessions, sessions.begin() as session:
            conversation = (await session.scalars(select(Conversation).filter_by(channel=CHANNEL))).one()
            if not (await session.scalars(select(Ticket))).all():
                ticket = Ticket(conversation_id=conversation.id, department="used", reason="asked", topic="")
                ticket.summary, ticket.status, ticket.claimed_name = "", "claimed", "Алексей Громов"
                session.add(ticket)
            asked = await session.scalar(select(Message.external_id).filter_by(direction="in"))
            said = outgoing.model_copy(update={"reply_to": asked if quoting else None})
            row = await put(session, conversation, said, origin=f"desk:{origin}", direction="staff")
            await session.flush()
            return row.id

    return asyncio.run(speak())


@pytest.fixture
def chat(gateway: Gateway, page: Page) -> Page:
    page.browser.get(gateway.url)
    page.online()
    page.say("Покажите салон и ПТС")
    page.until(lambda: len(page.texts) == 2)
    return page


def photo(shelf: Shelf, pictures: Path, number: int) -> File:
    return shelf.put("photo", (pictures / f"{number}.jpg").read_bytes())


def test_photos_voice_and_files(
    gateway: Gateway, chat: Page, shelf: Shelf, pictures: Path, browser: Chrome
) -> None:
    title = shelf.put("document", b"%PDF-1.7", name="ПТС Hyundai Solaris.pdf", size=482_130)
    write(
        gateway,
        Outgoing(text="Вот салон и ПТС", files=(photo(shelf, pictures, 1), photo(shelf, pictures, 2), title)),
        "1",
        quoting=True,
    )
    write(gateway, Outgoing(files=(shelf.put("voice", b"OggS"), shelf.put("video", b"moov"))), "2")
    chat.until(lambda: chat.all(".voice") or len(chat.all(".file")) > 1)
    chat.until(
        lambda: (
            chat.script(
                "const shown = document.querySelectorAll('.staff .tile img');"
                "return [...shown].filter(image => image.naturalWidth > 0).length"
            )
            == 2
        )
    )
    assert chat.one(".head p").text == "Вам отвечает Алексей Громов"
    assert chat.one(".staff .quote").text == "Покажите салон и ПТС"
    saved = chat.one(".file")
    assert (saved.get_attribute("download"), saved.text.split("\n")) == (
        "ПТС Hyundai Solaris.pdf",
        ["ПТС Hyundai Solaris.pdf", "471 КБ"],
    )
    for name, size, dark in (("desktop", (1280, 900), False), ("phone-dark", PHONE, True)):
        resize(browser, *size, dark=dark)
        assert chat.overflow() == (0, 0)
        if SHOTS:
            browser.save_screenshot(f"{SHOTS}/{name}.png")


def test_a_correction_is_made_before_the_visitors_eyes(gateway: Gateway, chat: Page) -> None:
    wrong = write(gateway, Outgoing(text="900 000 ₽"), "1")
    chat.until(lambda: "staff: 900 000 ₽" in chat.texts)
    write(gateway, Outgoing(text="950 000 ₽", edits=wrong), "2")
    chat.until(lambda: "staff: 950 000 ₽" in chat.texts)
    assert "staff: 900 000 ₽" not in chat.texts
    assert chat.one(".staff .meta").text.endswith("изменено")
    chat.browser.refresh()
    chat.until(lambda: "staff: 950 000 ₽" in chat.texts)
    assert len([text for text in chat.texts if text.startswith("staff")]) == 1
