"""`bot leads …`: the contacts that were captured, their stages, and what the CRM knows of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from bot.console import do, do_in_database
from bot.db import Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.errors import AvtootvetError, SettingsError
from bot.leads.check import check
from bot.leads.crm.base import Crm, TellsNumbers
from bot.leads.crm.connect import open_crms
from bot.leads.deliveries import retry
from bot.leads.export import Row, read_rows, write_csv, write_xlsx
from bot.leads.models import Lead, LeadDelivery, LeadStage, Stage
from bot.leads.stages import move
from bot.leads.words import CHANNELS, STAGES, STEPS, SYSTEMS, topic_title
from bot.log import mask_phones
from bot.settings import load_settings

app = typer.Typer(help="Контакты клиентов.", no_args_is_help=True)

_WRITERS = {".csv": write_csv, ".xlsx": write_xlsx}
_STATES = {"consent": "ждёт согласия", "queued": "в очереди", "done": "передан", "failed": "не принят"}
_FORGETTING = {"queued": "удаляется", "done": "удалён", "failed": "не удалён"}


class NoLead(AvtootvetError):
    """No contact has this number."""


@app.command("list")
def list_command(
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Последние контакты."""
    columns = ("№", "когда", "телефон", "имя", "шаг", "отдел", "ответственный", "стадия", "CRM")
    table = Table(*columns)
    for row in do_in_database(partial(read_rows, limit=limit)):
        lead = row.lead
        cells = (
            str(lead.id),
            f"{lead.updated_at.astimezone():%d.%m.%Y %H:%M}",
            _phone(lead, full),
            lead.name or "",
            STEPS[lead.step],
            lead.department,
            lead.responsible,
            STAGES[lead.stage],
            "; ".join(map(told, row.deliveries)),
        )
        table.add_row(*map(escape, cells))
    Console().print(table)


@app.command("show")
def show_command(
    lead_id: Annotated[int, typer.Argument(metavar="№", help="номер из `bot leads list`")],
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
) -> None:
    """Один контакт: что хочет, откуда пришёл, что с ним было и что знает CRM."""
    row, stages = do_in_database(partial(_show, lead_id=lead_id))
    lead = row.lead
    facts = {
        "Телефон": _phone(lead, full),
        "Имя": lead.name,
        "Шаг": STEPS[lead.step],
        "Тема": topic_title(lead.topic),
        "Автомобиль": row.car,
        "Коротко": lead.summary if full else mask_phones(lead.summary),
        "Отдел": lead.department,
        "Ответственный": lead.responsible,
        "Откуда": CHANNELS.get(lead.channel, lead.channel),
        "Ссылка": lead.listing_ref,
        "Реклама": ", ".join(f"{mark}: {value}" for mark, value in lead.utm.items()),
        "Согласие на рекламу": "есть" if row.advertising else "нет",
        "Метка": lead.uid,
    }
    console = Console()
    for label, value in facts.items():
        if value:
            console.print(f"{label}: {value}", markup=False, highlight=False, soft_wrap=True)
    for stage in stages:
        line = f"{stage.at.astimezone():%d.%m.%Y %H:%M}  {STAGES[stage.stage]} ({stage.by})"
        console.print(line, markup=False, highlight=False)
    for delivery in row.deliveries:
        console.print(told(delivery, with_error=True), markup=False, highlight=False, soft_wrap=True)


@app.command("stage")
def stage_command(
    lead_id: Annotated[int, typer.Argument(metavar="№", help="номер из `bot leads list`")],
    stage: Annotated[str, typer.Argument(help="contact, worksheet, visit, deal или lost")],
) -> None:
    """Перевести контакт на другую стадию."""
    found = next((key for key in STAGES if key == stage), None)
    if found is None:
        raise typer.BadParameter(f"стадии: {', '.join(STAGES)}")
    do_in_database(partial(_set_stage, lead_id=lead_id, stage=found))
    Console().print(f"Контакт {lead_id}: {STAGES[found]}.", highlight=False)


@app.command("retry")
def retry_command(
    lead_id: Annotated[int, typer.Argument(metavar="№", help="номер из `bot leads list`")],
) -> None:
    """Передать ещё раз туда, где контакт не приняли."""
    number = do_in_database(partial(_retry, lead_id=lead_id))
    said = "снова в очереди, передаст работающий шлюз" if number else "передавать заново нечего"
    Console().print(f"Контакт {lead_id}: {said}.", highlight=False)


@app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="куда записать: файл .csv или .xlsx")],
) -> None:
    """Выгрузить все контакты в таблицу. В ней телефоны: храните её как персональные данные."""
    write = _WRITERS.get(file.suffix.lower())
    if write is None:
        raise typer.BadParameter("нужен файл .csv или .xlsx")
    rows = do_in_database(partial(read_rows, limit=None))
    write(file, rows)
    Console().print(f"Контактов: {len(rows)}. Файл: {file}", markup=False, highlight=False)


@app.command("check")
def check_command() -> None:
    """Отправить пробный контакт в каждую подключённую систему и сказать, что вышло."""
    if not do(_check()):
        raise typer.Exit(1)


@app.command("numbers")
def numbers_command() -> None:
    """Показать номера, которые нужны настройкам: сотрудников, воронок, этапов и полей amoCRM."""
    do(_print_numbers())


async def _print_numbers() -> None:
    async with _connected() as (crms, _):
        telling = [crm for crm in crms.values() if isinstance(crm, TellsNumbers)]
        if not telling:
            raise SettingsError("номера есть только у amoCRM, а она не подключена: docs/guides/crm.md")
        lists = [one for crm in telling for one in await crm.numbers()]
    for one in lists:
        lines = [f"  {number:<12} {name}" for number, name in one.rows] or ["  пока ни одного"]
        Console().print("\n".join((one.title, *lines)), markup=False, highlight=False, soft_wrap=True)


@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[Mapping[str, Crm], Dealer]]:
    settings = load_settings()
    dealer = load_dealer(settings.dealer_file)
    async with database(settings.database_url) as sessions, aiohttp.ClientSession() as http:
        crms = open_crms(settings, http, sessions, dealer)
        if not crms:
            raise SettingsError("ни одна система не подключена. Как подключить: docs/guides/crm.md")
        yield crms, dealer


async def _check() -> bool:
    async with _connected() as (crms, dealer):
        problems = {name: await check(crm, dealer) for name, crm in crms.items()}
    for name, problem in problems.items():
        Console().print(f"{SYSTEMS[name]}: {problem or 'пробный контакт принят'}", markup=False)
    return not any(problems.values())


async def _show(sessions: Sessions, lead_id: int) -> tuple[Row, Sequence[LeadStage]]:
    rows = await read_rows(sessions, limit=1, lead_id=lead_id)
    if not rows:
        raise NoLead(f"контакта {lead_id} нет. Номера: bot leads list.")
    async with sessions() as session:
        query = select(LeadStage).where(LeadStage.lead_id == lead_id).order_by(LeadStage.id)
        return rows[0], (await session.scalars(query)).all()


async def _set_stage(sessions: Sessions, lead_id: int, stage: Stage) -> None:
    async with sessions.begin() as session:
        if not await move(session, lead_id, stage, by="staff"):
            raise NoLead(f"контакта {lead_id} нет. Номера: bot leads list.")


async def _retry(sessions: Sessions, lead_id: int) -> int:
    async with sessions.begin() as session:
        return await retry(session, lead_id)


def told(delivery: LeadDelivery, *, with_error: bool = False) -> str:
    """«Битрикс24: передан (lead:17)»."""
    states = _FORGETTING if delivery.task == "forget" else _STATES
    parts = [f"{SYSTEMS.get(delivery.system, delivery.system)}: {states[delivery.status]}"]
    if delivery.record:
        parts.append(f"({delivery.record})")
    if with_error and delivery.error and delivery.status != "done":
        parts.append(f"— {delivery.error}")
    return " ".join(parts)


def _phone(lead: Lead, full: bool) -> str:
    if lead.phone is None:
        return "удалён"
    return lead.phone if full else mask_phones(lead.phone)
