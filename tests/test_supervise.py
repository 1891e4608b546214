"""What `bot run` finds out before it starts anything."""

import io
import os
import socket
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console
from sqlalchemy import func, select

from bot import supervise
from bot.db import database
from bot.errors import SettingsError
from bot.processes import ChildFailed
from bot.settings import ROOT, Settings
from bot.stock.models import Car
from bot.supervise import check_ports, load_sample_stock, load_stock, local_rasas, rasa_ready
from bot.training import outdated


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)


def test_a_busy_port_is_named_with_its_setting() -> None:
    with socket.socket() as taken, socket.socket() as free:
        for probe in (taken, free):
            probe.bind(("127.0.0.1", 0))
        taken.listen()
        busy, idle = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        with pytest.raises(SettingsError, match=f"порт {busy} .*ACTIONS_PORT"):
            check_ports(settings(http_port=idle, actions_port=busy, rasa_url="http://far.example:1"))


def test_only_local_servers_of_rasa_are_ours_to_start() -> None:
    urls = "http://127.0.0.1:5005, http://rasa.example:5005,http://localhost:5006"
    assert local_rasas(settings(rasa_url=urls)) == ["http://127.0.0.1:5005", "http://localhost:5006"]


def test_training_is_needed_when_the_model_is_missing_or_older(tmp_path: Path) -> None:
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    phrases, model = tmp_path / "data" / "nlu" / "credit.yml", tmp_path / "model.tar.gz"
    phrases.write_text("nlu: []")
    assert outdated(model, tmp_path)
    model.touch()
    os.utime(phrases, (1000, 1000))
    assert not outdated(model, tmp_path)
    os.utime(model, (500, 500))
    assert outdated(model, tmp_path)


async def test_rasa_without_a_model_is_told_at_once() -> None:
    async def status(_request: web.Request) -> web.Response:
        return web.json_response({"reason": "Conflict"}, status=409)

    app = web.Application()
    app.router.add_get("/status", status)
    async with TestServer(app) as rasa, aiohttp.ClientSession() as http:
        with pytest.raises(ChildFailed, match="не смогла загрузить модель"):
            await rasa_ready(http, str(rasa.make_url("/")))
        assert not await rasa_ready(http, "http://127.0.0.1:9")


async def test_an_empty_database_gets_the_sample_stock_once(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = tmp_path / "stock.xml"
    feed.write_text(
        "<data><cars><car><unique_id>1</unique_id><mark_id>Hyundai</mark_id><folder_id>Solaris</folder_id>"
        "<year>2018</year><price>900000</price><run>60000</run><state>отличное</state>"
        "<availability>в наличии</availability><vin>Z94CT41DAJR000001</vin></car></cars></data>",
        encoding="utf-8",
    )
    monkeypatch.setattr(supervise, "SAMPLE_STOCK", feed)
    for _ in range(2):
        await load_sample_stock(settings(database_url=sqlite_url), Console(quiet=True))
    async with database(sqlite_url) as sessions, sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Car)) == 1


async def test_the_dealers_feeds_are_loaded_and_a_bad_one_is_told(sqlite_url: str, tmp_path: Path) -> None:
    feed = ROOT / "data" / "stock" / "stock.xml"
    broken = tmp_path / "broken.xml"
    broken.write_text("это не фид")
    said = Console(record=True, width=200, file=io.StringIO())
    await load_stock(settings(database_url=sqlite_url, stock_feeds=(str(broken), str(feed))), said)
    text = said.export_text()
    assert "Фид не загружен" in text
    assert "машин 70" in text
