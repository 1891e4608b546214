"""`bot stock` as the dealer's people run it."""

import pytest
from typer.testing import CliRunner

from bot.stock.cli import app

from .conftest import FIXTURES, WriteFeed

runner = CliRunner()


@pytest.fixture(autouse=True)
def _database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")


def test_import_tells_what_it_did_and_what_it_skipped() -> None:
    result = runner.invoke(app, ["import", str(FIXTURES / "autoru_used.xml")])
    assert result.exit_code == 0
    assert "машин 3, новых 3" in result.output
    assert "пропущена № 5, строка 74: не указана марка" in result.output
    assert "№ 3, строка 61: цена не принята: «1»" in result.output


def test_a_bad_feed_is_an_error_that_says_what_to_do() -> None:
    result = runner.invoke(app, ["import", "/nowhere/feed.xml"])
    assert result.exit_code == 1
    assert "Не загружено." in result.output
    assert "Проверьте путь." in result.output


def test_force(write_feed: WriteFeed) -> None:
    assert runner.invoke(app, ["import", str(write_feed(range(20)))]).exit_code == 0
    refused = runner.invoke(app, ["import", str(write_feed(range(2)))])
    assert (refused.exit_code, "повторите с --force" in refused.output) == (1, True)
    assert runner.invoke(app, ["import", "--force", str(write_feed(range(2)))]).exit_code == 0


def test_list_filters_by_make_model_and_status(write_feed: WriteFeed) -> None:
    runner.invoke(app, ["import", str(FIXTURES / "autoru_used.xml")])
    assert "Машин: 3" in runner.invoke(app, ["list"]).output
    hyundai = runner.invoke(app, ["list", "--make", "hyundai", "--model", "SOLARIS"]).output
    assert "Машин: 1" in hyundai
    assert "Z94K241CBMR200001" in hyundai
    assert "1 350 000" in hyundai
    assert "Машин: 1" in runner.invoke(app, ["list", "--status", "hidden"]).output
    assert "Машин: 0" in runner.invoke(app, ["list", "--make", "Tesla"]).output


def test_a_database_that_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    result = runner.invoke(app, ["import", str(FIXTURES / "autoru_used.xml")])
    assert (result.exit_code, "База данных не готова" in result.output) == (1, True)
