"""`bot tickets …`: what departments have to answer, for a dealership without a desk in a messenger."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from bot.console import do_in_database
from bot.conversations import Conversation, Message, history
from bot.db import Sessions
from bot.desk.models import Ticket, TicketEvent
from bot.desk.staff import Staff
from bot.desk.texts import EVENTS, STATUSES
from bot.desk.tickets import close
from bot.errors import AvtootvetError
from bot.log import mask_phones

app = typer.Typer(help="Обращения к отделам.", no_args_is_help=True)

AT_TERMINAL = Staff("terminal", "администратор")
LAST_MESSAGES = 30
_SPEAKERS = {"in": "клиент", "out": "бот", "staff": "сотрудник"}

Number = Annotated[int, typer.Argument(metavar="№", help="номер из `bot tickets list`")]
Full = Annotated[bool, typer.Option("--full", help="показать телефоны целиком")]


class NoTicket(AvtootvetError):
    """No ticket has this number, or it is closed already."""


@app.command("list")
def list_command(
    full: Full = False,
    closed: Annotated[bool, typer.Option("--closed", help="и закрытые тоже")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Последние обращения."""
    table = Table("№", "открыто", "отдел", "состояние", "кто", "причина", "тема", "суть", "машина")
    for ticket in do_in_database(partial(_latest, limit=limit, closed=closed)):
        cells = (
            str(ticket.id),
            f"{ticket.opened_at.astimezone():%d.%m.%Y %H:%M}",
            ticket.department,
            STATUSES[ticket.status],
            ticket.claimed_name or "",
            ticket.reason,
            ticket.topic,
            ticket.summary,
            str(ticket.car_id or ""),
        )
        table.add_row(*(_shown(cell, full) for cell in cells))
    Console().print(table)


@app.command("show")
def show_command(number: Number, full: Full = False) -> None:
    """Одно обращение: суть, что с ним было и последние сообщения переписки."""
    ticket, conversation, events, messages = do_in_database(partial(_one, number=number))
    lines = [
        f"Обращение {ticket.id}, {STATUSES[ticket.status]}: {ticket.department}",
        f"Клиент: {conversation.name or 'без имени'}, {conversation.channel}",
        f"Телефон: {conversation.phone or 'неизвестен'}",
        ticket.summary,
        "",
        *(f"{event.at.astimezone():%d.%m %H:%M} {_told(event)}" for event in events),
        "",
        *(f"{m.at.astimezone():%d.%m %H:%M} {_SPEAKERS[m.direction]}: {m.text}" for m in messages),
    ]
    for line in lines:
        Console().print(_shown(line, full), highlight=False)


@app.command("close")
def close_command(number: Number) -> None:
    """Закрыть обращение: дальше клиенту снова отвечает бот."""
    do_in_database(partial(_close, number=number))
    Console().print(f"Обращение {number} закрыто. Дальше клиенту отвечает бот.")


def _shown(text: str, full: bool) -> str:
    return escape(text if full else mask_phones(text))


def _told(event: TicketEvent) -> str:
    return f"{EVENTS[event.kind]} ({event.name})" if event.name else EVENTS[event.kind]


async def _latest(sessions: Sessions, limit: int, closed: bool) -> Sequence[Ticket]:
    query = select(Ticket).order_by(Ticket.opened_at.desc()).limit(limit)
    if not closed:
        query = query.where(Ticket.status != "closed")
    async with sessions() as session:
        return (await session.scalars(query)).all()


async def _one(
    sessions: Sessions, number: int
) -> tuple[Ticket, Conversation, Sequence[TicketEvent], Sequence[Message]]:
    async with sessions() as session:
        ticket = await session.get(Ticket, number)
        if ticket is None:
            raise NoTicket(f"обращения {number} нет. Номера: bot tickets list --closed.")
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        query = select(TicketEvent).where(TicketEvent.ticket_id == number).order_by(TicketEvent.id)
        events = (await session.scalars(query)).all()
        return ticket, conversation, events, await history(session, conversation.id, limit=LAST_MESSAGES)


async def _close(sessions: Sessions, number: int) -> None:
    async with sessions.begin() as session:
        if await close(session, number, AT_TERMINAL, "answered") is None:
            raise NoTicket(f"незакрытого обращения {number} нет. Номера: bot tickets list.")
