"""`bot tickets …`, run as an admin runs it."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from bot.conversations import Conversation, Message
from bot.db import database
from bot.desk.cli import app
from bot.desk.models import Ticket, TicketEvent
from bot.settings import ROOT
from bot.stock.models import Car


@pytest.fixture(autouse=True)
def _database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    monkeypatch.setenv("COLUMNS", "300")
    asyncio.run(_fill(sqlite_url))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


async def _fill(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add(Conversation(channel="vk", account="1", chat_id="2", name="Анна"))
        session.add(Car(feed="test", make="Hyundai", model="Solaris", year=2019))
        await session.flush()
        session.add(Message(conversation_id=1, direction="in", text="звоните [bold]8 900 123-45-67\x1b[2J"))
        session.add(
            Ticket(
                conversation_id=1,
                department="credit",
                reason="asked",
                topic="credit",
                car_id=1,
                summary="Спрашивал о ставке для ИП и первом взносе без справки о доходах.\n"
                "Просит позвонить: 8 900 123-45-67\nБот ответил: «Ставка от 16,9 %».",
            )
        )
        await session.flush()
        session.add(TicketEvent(ticket_id=1, kind="opened", department="credit"))


class TestList:
    def test_shows_what_waits_without_whole_numbers(self) -> None:
        shown = run("list").output
        assert "ждёт" in shown
        assert "Просит позвонить" in shown
        assert "123-45-67" not in shown

    @pytest.mark.parametrize("columns", [80, 120])
    def test_each_takes_one_line_that_ends_where_the_terminal_does(
        self, monkeypatch: pytest.MonkeyPatch, columns: int
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        (line,) = [line for line in run("list").output.splitlines() if "Просит позвонить" in line]
        assert line.rstrip().endswith("…"), "what was added last comes first, the rest is cut"
        assert len(line) <= columns
        assert "кредитный отдел" in line
        assert "Ставка" not in line

    def test_shows_them_whole_when_asked(self) -> None:
        assert "8 900 123-45-67" in run("list", "--full").output


class TestShow:
    def test_tells_the_customer_the_events_and_the_talk_as_it_was_typed(self) -> None:
        shown = run("show", "1").output
        assert "Анна, ВКонтакте" in shown
        assert "Автомобиль: Hyundai Solaris, 2019" in shown
        assert "Почему: просит ответа человека. Тема: Кредит" in shown
        assert "без справки о доходах" in shown
        assert "открыто" in shown
        assert "клиент: звоните [bold]" in shown

    def test_a_customer_cannot_command_the_terminal(self) -> None:
        assert "\x1b[2J" not in run("show", "1").output

    def test_an_unknown_number_is_said_in_a_sentence(self) -> None:
        result = run("show", "7")
        assert result.exit_code == 1
        assert "обращения 7 нет" in result.output


class TestClose:
    def test_once(self) -> None:
        assert run("close", "1").exit_code == 0
        assert run("close", "1").exit_code == 1
        assert "Просит" not in run("list").output
        assert "закрыто" in run("list", "--closed").output
