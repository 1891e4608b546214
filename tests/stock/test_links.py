"""`bot stock links`: what a dealer puts into an advertisement."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.db import database
from bot.errors import SettingsError
from bot.settings import Settings
from bot.stock.cli import app
from bot.stock.links import MessengerSilent, Names, file_name, find_names
from bot.stock.models import Car, Status

runner = CliRunner()
TELEGRAM_TOKEN = "4200000001:test"
VK_TOKEN = "vk1.a.test"


@pytest.fixture(autouse=True)
def _stock(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("TELEGRAM_TOKEN", "VK_TOKEN"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TELEGRAM_BOT_NAME", "@avtosever_bot")
    monkeypatch.setenv("VK_SCREEN_NAME", "https://vk.com/avtosever")
    asyncio.run(_fill(sqlite_url))


async def _fill(url: str) -> None:
    async with database(url) as sessions, sessions.begin() as session:
        session.add_all(
            [
                Car(id=7, feed="t", make="Hyundai", model="Solaris", year=2019),
                Car(id=8, feed="t", make="=cmd()", model="../Рио", year=None),
                Car(id=9, feed="t", make="Kia", model="Sorento", status=Status.SOLD),
            ]
        )


def test_all_cars_on_sale_have_a_link_to_each_messenger() -> None:
    shown = runner.invoke(app, ["links"]).output
    for link in ("https://t.me/avtosever_bot?start=car7", "https://vk.me/avtosever?ref=car8"):
        assert link in shown
    assert "car9" not in shown


def test_a_link_of_one_car_is_told_whatever_its_status() -> None:
    shown = runner.invoke(app, ["links", "--car", "9"]).output
    assert re.findall(r"car\d+", shown) == ["car9", "car9"]


def test_a_car_that_is_not_there_is_said() -> None:
    result = runner.invoke(app, ["links", "--car", "77"])
    assert (result.exit_code, "машины 77 на складе нет" in result.output) == (1, True)


def test_the_table_opens_in_a_spreadsheet_and_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    assert runner.invoke(app, ["links", "--csv", str(path)]).exit_code == 0
    assert path.read_bytes().startswith("\ufeff".encode())
    rows = list(csv.reader(path.open(encoding="utf-8-sig"), delimiter=";"))
    assert ["7", "Hyundai Solaris", "2019", ""] in [row[:4] for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_codes_are_drawn_into_files_named_by_car(kind: str, begins: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "qr"
    assert runner.invoke(app, ["links", "--qr", str(folder), "--kind", kind]).exit_code == 0
    drawn = sorted(path.name for path in folder.iterdir())
    assert drawn == [
        f"car7-hyundai-solaris-2019-telegram.{kind}",
        f"car7-hyundai-solaris-2019-vk.{kind}",
        f"car8-cmd-рио-telegram.{kind}",
        f"car8-cmd-рио-vk.{kind}",
    ]
    assert all(path.read_bytes().startswith(begins) for path in folder.iterdir())


def test_without_a_name_and_a_key_it_is_said_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_NAME", "")
    monkeypatch.setenv("VK_SCREEN_NAME", "")
    result = runner.invoke(app, ["links"])
    assert (result.exit_code, "TELEGRAM_BOT_NAME" in result.output) == (1, True)


@pytest.mark.parametrize("name", ["a b c d e", "бот", "x", "bot?start=other"])
async def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_NAME"):
        await find_names(_settings(telegram_bot_name=name))


async def test_the_messengers_are_asked_for_the_names() -> None:
    told = {"result": {"username": "avtosever_bot"}}, {"response": {"groups": [{"screen_name": "avtosever"}]}}
    async with _messengers(*told) as settings:
        assert await find_names(settings) == Names("avtosever_bot", "avtosever")


@pytest.mark.parametrize(
    "answer",
    [{"ok": False, "error_code": 401}, [], "oops", {"result": {"username": "../../evil"}}, {"result": None}],
)
async def test_no_answer_of_a_messenger_puts_its_key_into_the_error(answer: Any) -> None:
    async with _messengers(answer, {}) as settings:
        with pytest.raises(MessengerSilent) as error:
            await find_names(settings)
    assert "4200000001" not in str(error.value)


async def test_a_messenger_that_is_away_is_said_without_its_address() -> None:
    token = SecretStr(TELEGRAM_TOKEN)
    with pytest.raises(MessengerSilent) as error:
        await find_names(_settings(telegram_token=token, telegram_api_url="http://127.0.0.1:9"))
    assert "4200000001" not in str(error.value)
    assert error.value.__cause__ is None


def test_names_of_files_are_short_and_stay_in_the_folder() -> None:
    name = file_name(Car(id=1, make="a/" * 200, model="..", year=None))
    assert len(name) <= 100
    assert "/" not in name


@asynccontextmanager
async def _messengers(telegram: Any, vk: Any) -> AsyncIterator[Settings]:
    async def get_me(_request: web.Request) -> web.Response:
        return web.json_response(telegram)

    async def get_by_id(request: web.Request) -> web.Response:
        assert (await request.post())["access_token"] == VK_TOKEN
        return web.json_response(vk)

    server = web.Application()
    server.router.add_post(f"/bot{TELEGRAM_TOKEN}/getMe", get_me)
    server.router.add_post("/method/groups.getById", get_by_id)
    async with TestServer(server) as address:
        url = str(address.make_url(""))
        yield _settings(
            telegram_token=TELEGRAM_TOKEN, telegram_api_url=url, vk_token=VK_TOKEN, vk_api_url=url
        )


def _settings(**fields: Any) -> Settings:
    unset = {"telegram_bot_name": None, "vk_screen_name": None, "telegram_token": None, "vk_token": None}
    return Settings(_env_file=None, **(unset | fields))
