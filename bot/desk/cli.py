"""`bot tickets …`: what departments have to answer."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from bot.db import database
from bot.desk.models import Ticket
from bot.log import mask_phones
from bot.migrate import migrate
from bot.settings import load_settings

app = typer.Typer(help="Обращения к отделам.", no_args_is_help=True)

_STATUS_NAMES = {"open": "ждёт", "claimed": "в работе", "closed": "закрыто"}


@app.callback()
def tickets() -> None:
    """Обращения к отделам."""


@app.command("list")
def list_command(
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="и закрытые тоже")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Последние обращения."""
    table = Table("№", "открыто", "отдел", "состояние", "причина", "тема", "суть", "машина")
    for ticket in asyncio.run(_latest(limit, closed)):
        table.add_row(
            str(ticket.id),
            f"{ticket.opened_at.astimezone():%d.%m.%Y %H:%M}",
            ticket.department,
            _STATUS_NAMES[ticket.status],
            ticket.reason,
            ticket.topic,
            ticket.summary if full else mask_phones(ticket.summary),
            str(ticket.car_id or ""),
        )
    Console().print(table)


async def _latest(limit: int, closed: bool) -> Sequence[Ticket]:
    query = select(Ticket).order_by(Ticket.opened_at.desc()).limit(limit)
    if not closed:
        query = query.where(Ticket.status != "closed")
    url = load_settings().database_url
    await migrate(url)
    async with database(url) as sessions, sessions() as session:
        return (await session.scalars(query)).all()
