"""`bot customer` as the dealer's people run it."""

import asyncio
import datetime as dt

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.conversations import Conversation, Message
from bot.customers.cli import app, read_phone
from bot.db import database

runner = CliRunner()


@pytest.fixture(autouse=True)
def _two_chats(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")
    asyncio.run(_fill(sqlite_url))


async def _fill(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add_all(
            [
                Conversation(id=1, channel="telegram", account="7", chat_id="501", phone="+79001234567"),
                Conversation(id=2, channel="vk", account="9", chat_id="77", name="[red]Анна"),
                Message(conversation_id=1, direction="in", text="мой номер 89001234567"),
                Message(conversation_id=2, direction="in", text="солярис ещё продаётся?"),
                Message(conversation_id=2, direction="out", text="Да, продаётся."),
            ]
        )


def test_joined_chats_are_shown_as_one_history_with_masked_phones() -> None:
    assert _run("join", "2", "8 900 123-45-67").exit_code == 0
    assert _run("join", "telegram:7:501", "+79001234567").exit_code == 0
    for who in ("89001234567", "1", "vk:9:77"):
        shown = _run("show", who).output
        assert "мой номер +7900***4567" in shown
        assert "клиент: солярис ещё продаётся?" in shown
        assert "бот: Да, продаётся." in shown
        assert "[red]Анна" in shown
        assert shown.count("подтвердил сотрудник") == 2
    assert "89001234567" in _run("show", "1", "--full").output


def test_split_undoes_a_join() -> None:
    _run("join", "2", "89001234567")
    assert "отделена" in _run("split", "2").output
    assert "ни с кем не была связана" in _run("split", "2").output
    shown = _run("show", "89001234567").output
    assert "телефон не подтверждён" in shown
    assert "солярис" not in shown
    assert "солярис" in _run("show", "2").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "89990000000"), "клиента с таким телефоном нет"),
        (("show", "3"), "переписки «3» нет"),
        (("split", "vk:9:78"), "переписки «vk:9:78» нет"),
        (("join", "2", "12345"), "это не похоже на телефон"),
        (("join", "99999999999999999999", "89001234567"), "переписки"),
    ],
)
def test_what_is_not_there_is_said(arguments: tuple[str, ...], said: str) -> None:
    result = _run(*arguments)
    assert (result.exit_code, said in result.output) == (1, True)


def test_the_chats_that_would_be_forgotten_are_listed_before_the_question() -> None:
    _run("join", "2", "89001234567")
    asked = runner.invoke(app, ["forget", "89001234567"], input="n\n")
    listed, _, _ = asked.output.partition("Удалить?")
    today = f"{dt.datetime.now().astimezone():%d.%m.%Y}"
    assert "telegram" in listed
    assert "[red]Анна" in listed
    assert listed.count(today) == 4, "the first and the last day of both"
    assert (asked.exit_code, "солярис" in _run("show", "2").output) == (1, True)


def test_a_database_without_tables_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    result = _run("show", "1")
    assert (result.exit_code, "база данных не готова" in result.output) == (1, True)


@pytest.mark.parametrize("written", ["8 (900) 123-45-67", "+7 900 123 45 67", "9001234567"])
def test_phones_are_read_as_people_write_them(written: str) -> None:
    assert read_phone(written) == "+79001234567"


def _run(*arguments: str) -> Result:
    return runner.invoke(app, list(arguments))
