"""`bot desk check`: what a group lacks, in words for who can mend it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from typer.testing import CliRunner

from bot.channels.telegram.client import make_bot
from bot.db import Sessions
from bot.desk.desk_cli import app
from bot.desk.telegram.check import NO_ADMIN, NO_TOPICS, check
from bot.desk.telegram.groups import move, register
from bot.people import Person
from bot.settings import ROOT
from tests.desk.telegram_desk import TOKEN, dealer_with
from tests.emulators.telegram import Group, TelegramEmulator


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    bot = make_bot(TOKEN, telegram.url)
    yield bot
    await bot.session.close()


async def troubles(bot: Bot, sessions: Sessions, number: int) -> tuple[str, ...]:
    (checked,) = await check(bot, sessions, dealer_with({"used_cars": number}))
    return checked.troubles


async def test_a_group_in_order(bot: Bot, telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group("Отдел продаж")
    other = telegram.group()
    dealer = dealer_with({"used_cars": group.id, "credit": group.id, "service": other.id})
    checked, _ = await check(bot, sessions, dealer)
    assert (checked.title, checked.departments, checked.troubles) == (
        "Отдел продаж",
        ("used_cars", "credit", "new_cars", "trade_in"),  # the last two have none of their own
        (),
    )


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        ({"can_manage_topics": False}, "у бота нет права «Управление темами»"),
        ({"can_pin_messages": False}, "у бота нет права «Закрепление сообщений»"),
        ({"can_delete_messages": False}, "у бота нет права «Удаление сообщений»"),
        ({"status": "member"}, NO_ADMIN),
    ],
)
async def test_rights_that_are_missing(
    bot: Bot, telegram: TelegramEmulator, sqlite_sessions: Sessions, rights: dict[str, object], told: str
) -> None:
    group = telegram.group()
    group.gives_rights(**rights)
    assert await troubles(bot, sqlite_sessions, group.id) == (told,)


async def test_a_group_without_topics(
    bot: Bot, telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    group.switches_forum(False)
    assert await troubles(bot, sqlite_sessions, group.id) == (NO_TOPICS,)


async def test_a_number_that_is_wrong_and_a_bot_that_was_removed(
    bot: Bot, telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    (wrong,) = await troubles(bot, sqlite_sessions, -100123)
    assert "такой группы нет" in wrong
    group = telegram.group()
    group.removes_bot()
    (removed,) = await troubles(bot, sqlite_sessions, group.id)
    assert "бота нет в группе" in removed
    telegram.violations.clear()


@pytest.mark.parametrize("gateway_knows", [True, False])
async def test_a_group_that_moved_tells_its_new_number(
    bot: Bot, telegram: TelegramEmulator, sqlite_sessions: Sessions, gateway_knows: bool
) -> None:
    group = telegram.group()
    old = group.id
    key = await register(sqlite_sessions, old)
    group.migrates()
    if gateway_knows:
        async with sqlite_sessions.begin() as session:
            await move(session, key, group.id)
    told = await troubles(bot, sqlite_sessions, old)
    assert told == (f"группа сменила номер: впишите в dealer.yml {group.id}",)


async def test_people_who_are_not_in_the_group(
    bot: Bot, telegram: TelegramEmulator, sqlite_sessions: Sessions
) -> None:
    group = telegram.group()
    here, gone = group.member("Алексей Громов"), group.member("Светлана Ким")
    gone.leaves()
    people = (
        Person(name="Алексей Громов", telegram=here.id),
        Person(name="Светлана Ким", telegram=gone.id),
        Person(name="Рустам Валиев"),
    )
    dealer = dealer_with({"used_cars": group.id})
    used = dealer.departments["used_cars"].model_copy(update={"people": people})
    dealer = dealer.model_copy(update={"departments": {**dealer.departments, "used_cars": used}})
    (checked,) = await check(bot, sqlite_sessions, dealer)
    assert checked.troubles == ("Светлана Ким: не в группе, проверьте номер аккаунта",)


async def _run(monkeypatch: pytest.MonkeyPatch, **settings: str) -> tuple[int, str]:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = await asyncio.to_thread(CliRunner().invoke, app, ["check"])
    return result.exit_code, result.output


def _dealer_file(folder: Path, group: Group) -> str:
    text = (ROOT / "dealer.yml").read_text(encoding="utf-8")
    desk = f"    cars: used\n    desk: {{telegram: {group.id}}}\n"
    path = folder / "dealer.yml"
    path.write_text(text.replace("    cars: used\n", desk), encoding="utf-8")
    return str(path)


async def test_the_command_says_it_and_ends_with_an_error_when_something_is_wrong(
    telegram: TelegramEmulator, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = telegram.group("Отдел [продаж]")
    settings = {
        "DATABASE_URL": sqlite_url,
        "DEALER_FILE": _dealer_file(tmp_path, group),
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram.url,
        "COLUMNS": "300",
    }
    code, shown = await _run(monkeypatch, **settings)
    assert (code, "Отдел [продаж]" in shown, "всё в порядке" in shown) == (0, True, True)
    assert "кредитный отдел (своей группы нет)" in shown
    group.gives_rights(can_manage_topics=False)
    code, shown = await _run(monkeypatch, **settings)
    assert (code, "Управление темами" in shown) == (1, True)


async def test_without_a_token_or_groups_the_command_says_what_to_do(
    telegram: TelegramEmulator, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"DATABASE_URL": sqlite_url, "TELEGRAM_TOKEN": ""}
    assert (await _run(monkeypatch, **settings))[0] == 1
    settings |= {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
    code, shown = await _run(monkeypatch, **settings)
    assert (code, "впишите её номер" in shown) == (0, True)
