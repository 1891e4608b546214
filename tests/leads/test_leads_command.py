"""`bot leads` as the dealer's people run it."""

import asyncio
import csv
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.db import Sessions, database
from bot.leads.crm.amocrm import Tokens
from bot.leads.crm.base import CrmRefused
from bot.leads.crm.connect import StoredTokens
from bot.leads.models import Lead, LeadStage
from bot.settings import ROOT
from tests.emulators.crm import AmoCrmServer, WebhookReceiver
from tests.emulators.crm.amocrm import TOKEN
from tests.emulators.crm.webhook import SECRET
from tests.leads.telling import GIVEN, PHONE, Telling, lead, telling

runner = CliRunner()


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("DEALER_FILE", str(ROOT / "dealer.yml"))
    monkeypatch.setenv("COLUMNS", "220")
    return sqlite_url


def test_a_contact_is_listed_and_shown_with_what_the_crm_knows(url: str) -> None:
    _with(url, _delivered)
    listed = _run("leads", "list").output
    assert "+7900***4567" in listed
    assert "fake: передан (lead:1)" in listed
    shown = _run("leads", "show", "1").output
    assert "Имя: =HYPERLINK" in shown
    assert "контакт (bot)" in shown
    assert PHONE not in listed + shown
    assert PHONE in _run("leads", "show", "1", "--full").output


def test_a_stage_has_a_history_and_is_told_to_the_crm(url: str) -> None:
    _with(url, _delivered)
    assert "сделка" in _run("leads", "stage", "1", "deal").output
    assert _run("leads", "stage", "1", "dael").exit_code == 2
    assert _run("leads", "stage", "7", "deal").exit_code == 1
    stages, revision, states = _with(url, _stages)
    assert stages == [("contact", "bot"), ("deal", "staff")]
    assert (revision, states) == (2, ["queued"])


def test_what_was_refused_is_tried_again(url: str) -> None:
    _with(url, _refused)
    assert "нет права CRM" in _run("leads", "show", "1").output
    assert "снова в очереди" in _run("leads", "retry", "1").output
    assert "нечего" in _run("leads", "retry", "1").output


def test_the_export_is_a_table_without_formulas(url: str, tmp_path: Path) -> None:
    _with(url, _delivered)
    for name in ("leads.csv", "leads.xlsx"):
        assert "Контактов: 1" in _run("leads", "export", str(tmp_path / name)).output
    with (tmp_path / "leads.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["Телефон"], row["Имя"]) == (PHONE, '\'=HYPERLINK("x")')
    assert row["Записи CRM"] == "fake: lead:1"
    assert row["Согласие на рекламу"] == "нет"
    sheet = openpyxl.load_workbook(tmp_path / "leads.xlsx").worksheets[0]
    headers, cells = sheet.iter_rows()
    name = dict(zip((h.value for h in headers), cells, strict=True))["Имя"]
    assert (name.value, name.data_type) == ('=HYPERLINK("x")', "s")
    assert _run("leads", "export", str(tmp_path / "leads.pdf")).exit_code == 2


def test_a_check_without_a_system_says_where_to_begin(url: str) -> None:
    result = _run("leads", "check")
    assert (result.exit_code, "docs/guides/crm.md" in result.output) == (1, True)


async def test_a_check_delivers_a_lead_that_says_it_is_one(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with WebhookReceiver() as receiver:
        monkeypatch.setenv("LEADS_WEBHOOK_URL", receiver.address)
        monkeypatch.setenv("LEADS_WEBHOOK_SECRET", SECRET)
        result = await asyncio.to_thread(_run, "leads", "check")
        assert result.output == "своя система: пробный контакт принят\n"
        assert receiver.violations == []
    result = await asyncio.to_thread(_run, "leads", "check")
    assert (result.exit_code, "своя система: " in result.output) == (1, True)


async def test_the_numbers_that_the_connection_needs_are_shown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AmoCrmServer() as amo:
        monkeypatch.setenv("AMOCRM_URL", amo.url)
        monkeypatch.setenv("AMOCRM_TOKEN", TOKEN)
        result = await asyncio.to_thread(_run, "leads", "numbers")
        assert amo.violations == []
    assert [" ".join(line.split()) for line in result.output.splitlines()] == [
        "Сотрудники: people в dealer.yml",
        "7 Алексей Громов",
        "Воронка «Продажи», AMOCRM_PIPELINE_ID=31. Её этапы: crm_stages",
        "5 Рабочий лист",
        "142 Успешно реализовано",
        "Текстовые поля сделки: AMOCRM_UID_FIELD",
        "5501 Автоответ",
    ]


async def test_a_key_that_may_not_see_the_numbers_is_told_so(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AmoCrmServer() as amo:
        monkeypatch.setenv("AMOCRM_URL", amo.url)
        monkeypatch.setenv("AMOCRM_TOKEN", "of-yesterday")
        result = await asyncio.to_thread(_run, "leads", "numbers")
    assert (result.exit_code, "не принял ключ" in result.output) == (1, True)
    assert "of-yesterday" not in result.output


def test_without_amocrm_there_are_no_numbers(url: str) -> None:
    result = _run("leads", "numbers")
    assert (result.exit_code, "docs/guides/crm.md" in result.output) == (1, True)


def test_a_customer_is_exported_and_forgotten(url: str) -> None:
    _with(url, _delivered)
    held = json.loads(_run("customer", "export", "89001234567").output)
    assert held["lead"][0]["phone"] == PHONE
    assert _run("customer", "forget", "89001234567").exit_code == 1  # nobody said yes
    assert "Удалено, переписок: 1" in _run("customer", "forget", "89001234567", "--yes").output
    held = json.loads(_run("customer", "export", "1").output)
    assert [row["event"] for row in held["consent"]] == ["given", "forgotten"]
    assert "удалён" in _run("leads", "list").output


async def test_rotating_keys_outlive_a_restart(sessions: Sessions) -> None:
    store = StoredTokens(sessions, "amocrm")
    assert await store.load() is None
    for number in (1.0, 2.0):
        await store.save(Tokens(access=f"a{number}", refresh="r", expires_at=number))
    assert await StoredTokens(sessions, "amocrm").load() == Tokens(access="a2.0", refresh="r", expires_at=2.0)


async def _delivered(desk: Telling) -> None:
    await desk.hear(lead(name='=HYPERLINK("x")'), GIVEN)
    await desk.tell()


async def _refused(desk: Telling) -> None:
    desk.crm.troubles = [CrmRefused("нет права CRM")]
    await _delivered(desk)


async def _stages(desk: Telling) -> tuple[list[tuple[str, str]], int, list[str]]:
    stages = await desk.gateway.rows(LeadStage)
    (row,) = await desk.gateway.rows(Lead)
    states = [delivery.status for delivery in await desk.deliveries()]
    return [(stage.stage, stage.by) for stage in stages], row.revision, states


def _with[Result_](url: str, work: Callable[[Telling], Coroutine[Any, Any, Result_]]) -> Result_:
    async def do() -> Result_:
        async with database(url) as sessions, telling(sessions) as desk:
            return await work(desk)

    return asyncio.run(do())


def _run(*arguments: str) -> Result:
    return runner.invoke(app, list(arguments))
