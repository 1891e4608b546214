"""`bot tickets …`: what departments have to answer, for a dealership without a desk in a messenger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from sqlalchemy import select

from bot.console import do_in_database
from bot.conversations import Conversation, Message, history
from bot.db import Sessions
from bot.dealer import Dealer, load_dealer
from bot.desk.card import REASONS
from bot.desk.models import Ticket, TicketEvent
from bot.desk.names import name_of
from bot.desk.staff import Staff
from bot.desk.texts import BOT_ANSWERED, EVENTS, STATUSES
from bot.desk.tickets import close
from bot.errors import AvtootvetError
from bot.leads.words import CHANNELS, car_title, topic_title
from bot.log import mask_phones
from bot.settings import load_settings
from bot.stock.models import Car

app = typer.Typer(help="Обращения к отделам.", no_args_is_help=True)

AT_TERMINAL = Staff("terminal", "администратор")
LAST_MESSAGES = 30
# Characters of a department's title: what they are about matters more.
DEPARTMENT = 18
_SPEAKERS = {"in": "клиент", "out": "бот", "staff": "сотрудник"}

Number = Annotated[int, typer.Argument(metavar="№", help="номер из `bot tickets list`")]
Full = Annotated[bool, typer.Option("--full", help="показать телефоны целиком")]


@dataclass(frozen=True)
class Whole:
    """A ticket with all that is shown of it."""

    ticket: Ticket
    conversation: Conversation
    car: Car | None
    events: Sequence[TicketEvent]
    messages: Sequence[Message]


class NoTicket(AvtootvetError):
    """No ticket has this number, or it is closed already."""


@app.command("list")
def list_command(
    full: Full = False,
    closed: Annotated[bool, typer.Option("--closed", help="и закрытые тоже")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Последние обращения, в строке о каждом. Целиком: bot tickets show №."""
    dealer = load_dealer(load_settings().dealer_file)
    table = Table(
        Column("№", justify="right", no_wrap=True),
        Column("открыто", no_wrap=True),
        Column("отдел", no_wrap=True, max_width=DEPARTMENT),
        Column("состояние", no_wrap=True),
        Column("суть", no_wrap=True, ratio=1),
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        expand=True,
    )
    for ticket in do_in_database(partial(_latest, limit=limit, closed=closed)):
        cells = (
            str(ticket.id),
            f"{dealer.local(ticket.opened_at):%d.%m %H:%M}",
            _department(ticket, dealer),
            STATUSES[ticket.status],
            _matter(ticket),
        )
        table.add_row(*(_shown(cell, full) for cell in cells))
    Console().print(table)


@app.command("show")
def show_command(number: Number, full: Full = False) -> None:
    """Одно обращение: суть, что с ним было и последние сообщения переписки."""
    whole = do_in_database(partial(_one, number=number))
    for line in _told(whole, load_dealer(load_settings().dealer_file)):
        Console().print(_shown(line, full), highlight=False)


@app.command("close")
def close_command(number: Number) -> None:
    """Закрыть обращение: дальше клиенту снова отвечает бот."""
    do_in_database(partial(_close, number=number))
    Console().print(f"Обращение {number} закрыто. Дальше клиенту отвечает бот.")


def _shown(text: str, full: bool) -> str:
    """Without what a terminal would obey: customers may write anything."""
    seen = "".join(c for c in text if c.isprintable() or c == "\n")
    return escape(seen if full else mask_phones(seen))


def _department(ticket: Ticket, dealer: Dealer) -> str:
    known = dealer.departments.get(ticket.department)
    return known.title if known is not None else ticket.department


def _matter(ticket: Ticket) -> str:
    """In one line, what was added last comes first; what the bot said is left to `show`."""
    by_bot = BOT_ANSWERED.partition("{")[0]
    lines = [line for line in ticket.summary.splitlines() if not line.startswith(by_bot)]
    return " · ".join(reversed(lines)) or REASONS.get(ticket.reason, ticket.reason)


def _told(whole: Whole, dealer: Dealer) -> Iterator[str]:
    ticket, customer = whole.ticket, whole.conversation
    yield f"Обращение {ticket.id}, {STATUSES[ticket.status]}: {_department(ticket, dealer)}"
    yield f"Клиент: {name_of(customer.name, customer.id)}, {CHANNELS.get(customer.channel, customer.channel)}"
    yield f"Телефон: {customer.phone or 'неизвестен'}"
    if whole.car is not None:
        yield f"Автомобиль: {car_title(whole.car)}"
    yield f"Почему: {REASONS.get(ticket.reason, ticket.reason)}. Тема: {topic_title(ticket.topic)}"
    yield ticket.summary
    yield ""
    for event in whole.events:
        yield f"{dealer.local(event.at):%d.%m %H:%M} {_happened(event)}"
    yield ""
    for message in whole.messages:
        yield f"{dealer.local(message.at):%d.%m %H:%M} {_SPEAKERS[message.direction]}: {message.text}"


def _happened(event: TicketEvent) -> str:
    return f"{EVENTS[event.kind]} ({event.name})" if event.name else EVENTS[event.kind]


async def _latest(sessions: Sessions, limit: int, closed: bool) -> Sequence[Ticket]:
    query = select(Ticket).order_by(Ticket.opened_at.desc()).limit(limit)
    if not closed:
        query = query.where(Ticket.status != "closed")
    async with sessions() as session:
        return (await session.scalars(query)).all()


async def _one(sessions: Sessions, number: int) -> Whole:
    async with sessions() as session:
        ticket = await session.get(Ticket, number)
        if ticket is None:
            raise NoTicket(f"обращения {number} нет. Номера: bot tickets list --closed.")
        conversation = await session.get_one(Conversation, ticket.conversation_id)
        car = await session.get(Car, ticket.car_id) if ticket.car_id is not None else None
        query = select(TicketEvent).where(TicketEvent.ticket_id == number).order_by(TicketEvent.id)
        events = (await session.scalars(query)).all()
        messages = await history(session, conversation.id, limit=LAST_MESSAGES)
        return Whole(ticket, conversation, car, events, messages)


async def _close(sessions: Sessions, number: int) -> None:
    async with sessions.begin() as session:
        if await close(session, number, AT_TERMINAL, "answered") is None:
            raise NoTicket(f"незакрытого обращения {number} нет. Номера: bot tickets list.")
