"""`bot leads …`: the contacts that were captured."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from bot.db import database
from bot.leads.models import Lead
from bot.log import mask_phones
from bot.migrate import migrate
from bot.settings import load_settings

app = typer.Typer(help="Контакты клиентов.", no_args_is_help=True)


@app.callback()
def leads() -> None:
    """Контакты клиентов."""


@app.command("list")
def list_command(
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Последние контакты."""
    table = Table("№", "когда", "телефон", "имя", "шаг", "тема", "отдел", "машина")
    for lead in asyncio.run(_latest(limit)):
        table.add_row(
            str(lead.id),
            f"{lead.updated_at.astimezone():%d.%m.%Y %H:%M}",
            lead.phone if full else mask_phones(lead.phone),
            lead.name or "",
            lead.step,
            lead.topic,
            lead.department,
            str(lead.car_id or ""),
        )
    Console().print(table)


async def _latest(limit: int) -> Sequence[Lead]:
    url = load_settings().database_url
    await migrate(url)
    async with database(url) as sessions, sessions() as session:
        return (await session.scalars(select(Lead).order_by(Lead.updated_at.desc()).limit(limit))).all()
