"""`bot customer …`: one customer over all channels; joining and splitting his conversations by hand."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import phonenumbers
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import do_in_database
from bot.conversations import Conversation, Message, find_conversation
from bot.customers.export import export
from bot.customers.forget import forget
from bot.customers.models import Person, PersonLink
from bot.customers.persons import confirm, same_person, split
from bot.db import Sessions
from bot.dealer import Consent, load_dealer
from bot.errors import AvtootvetError
from bot.leads.consent import Deed, record
from bot.log import mask_phones
from bot.settings import load_settings

app = typer.Typer(help="Клиент: его переписки во всех каналах.", no_args_is_help=True)

WHO = "номер переписки (из `bot customer show`) или её адрес: канал:аккаунт:чат"
_PROOFS = {"contact": "подтвердил мессенджер", "staff": "подтвердил сотрудник"}
_AUTHORS = {"in": "клиент", "out": "бот", "staff": "сотрудник"}


class NotFound(AvtootvetError):
    """There is no such conversation or customer, or the phone cannot be read."""


@dataclass(frozen=True)
class Dossier:
    """A customer's conversations with how each was confirmed to be his, and their messages in order."""

    conversations: Sequence[tuple[Conversation, PersonLink | None]]
    messages: Sequence[Message]


@dataclass(frozen=True)
class Lifetime:
    """A conversation with the times of its first and last message, if there is any."""

    conversation: Conversation
    days: tuple[dt.datetime, dt.datetime] | None


@app.command("show")
def show_command(
    who: Annotated[str, typer.Argument(help=f"телефон, {WHO}")],
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько последних сообщений")] = 50,
) -> None:
    """Показать клиента: переписки во всех каналах и общую историю."""
    _print(do_in_database(partial(_read, who=who, limit=limit)), full)


@app.command("join")
def join_command(
    conversation: Annotated[str, typer.Argument(help=WHO)],
    phone: Annotated[str, typer.Argument(help="телефон клиента, который вы проверили")],
) -> None:
    """Связать переписку с клиентом по телефону, который подтвердил сотрудник."""
    do_in_database(partial(_join, who=conversation, written=phone))
    Console().print("Готово: переписка связана с клиентом. Отменить: bot customer split.", markup=False)


@app.command("split")
def split_command(conversation: Annotated[str, typer.Argument(help=WHO)]) -> None:
    """Отделить переписку от клиента. Ничего не удаляется."""
    was_joined = do_in_database(partial(_split, who=conversation))
    Console().print("Готово: переписка отделена." if was_joined else "Переписка ни с кем не была связана.")


@app.command("export")
def export_command(
    who: Annotated[str, typer.Argument(help=f"телефон, {WHO}")],
) -> None:
    """Напечатать всё, что хранится о клиенте (JSON). Это ответ на его запрос по закону 152-ФЗ."""
    typer.echo(do_in_database(partial(_export, who=who)))


@app.command("forget")
def forget_command(
    who: Annotated[str, typer.Argument(help=f"телефон, {WHO}")],
    yes: Annotated[bool, typer.Option("--yes", help="не переспрашивать")] = False,
) -> None:
    """Удалить всё личное о клиенте во всех его переписках и попросить CRM сделать то же."""
    if not yes:
        _print_lifetimes(do_in_database(partial(_lifetimes, who=who)))
        typer.confirm("Вернуть удалённое будет нельзя. Удалить?", abort=True)
    terms = load_dealer(load_settings().dealer_file).consent
    number = do_in_database(partial(_forget, who=who, terms=terms))
    Console().print(
        f"Удалено, переписок: {number}. CRM и память Rasa очистит работающий шлюз: bot report contacts.",
        highlight=False,
        soft_wrap=True,
    )


async def _export(sessions: Sessions, who: str) -> str:
    async with sessions() as session:
        found = await _conversations(session, who)
        return await export(session, [conversation.id for conversation, _ in found], read_phone(who))


async def _lifetimes(sessions: Sessions, who: str) -> Sequence[Lifetime]:
    async with sessions() as session:
        found = [conversation for conversation, _ in await _conversations(session, who)]
        query = (
            select(Message.conversation_id, func.min(Message.at), func.max(Message.at))
            .where(Message.conversation_id.in_([conversation.id for conversation in found]))
            .group_by(Message.conversation_id)
        )
        days = {of: (first, last) for of, first, last in await session.execute(query)}
    return [Lifetime(conversation, days.get(conversation.id)) for conversation in found]


async def _forget(sessions: Sessions, who: str, terms: Consent) -> int:
    async with sessions.begin() as session:
        found = [conversation for conversation, _ in await _conversations(session, who)]
        ids = [conversation.id for conversation in found]
        for conversation in found:
            await record(session, conversation, terms, Deed("forgotten", "staff", []), ids)
        await forget(session, ids)
    return len(found)


async def _read(sessions: Sessions, who: str, limit: int) -> Dossier:
    async with sessions() as session:
        found = await _conversations(session, who)
        query = (
            select(Message)
            .where(Message.conversation_id.in_([conversation.id for conversation, _ in found]))
            .order_by(Message.at.desc(), Message.id.desc())
            .limit(limit)
        )
        return Dossier(found, list(reversed((await session.scalars(query)).all())))


async def _conversations(session: AsyncSession, who: str) -> list[tuple[Conversation, PersonLink | None]]:
    phone = read_phone(who)
    if phone is not None:
        wanted = or_(Person.phone == phone, Conversation.phone == phone)
    else:
        conversation = await _find(session, who)
        linked = await session.execute(same_person(), {"conversation_id": conversation.id})
        wanted = Conversation.id.in_([conversation.id, *(other.id for _, other in linked)])
    query = (
        select(Conversation, PersonLink)
        .outerjoin(PersonLink, (PersonLink.conversation_id == Conversation.id) & PersonLink.until.is_(None))
        .outerjoin(Person, Person.id == PersonLink.person_id)
        .where(wanted)
        .order_by(Conversation.id)
    )
    found = (await session.execute(query)).all()
    if not found:
        raise NotFound("клиента с таким телефоном нет")
    return list(found)


async def _join(sessions: Sessions, who: str, written: str) -> None:
    phone = read_phone(written)
    if phone is None:
        raise NotFound("это не похоже на телефон. Пример: +79001234567")
    async with sessions.begin() as session:
        await confirm(session, await _find(session, who), phone, "staff")


async def _split(sessions: Sessions, who: str) -> bool:
    async with sessions.begin() as session:
        return await split(session, await _find(session, who))


async def _find(session: AsyncSession, who: str) -> Conversation:
    """By the row's number or by the key «channel:account:chat»."""
    found = None
    if who.isascii() and who.isdigit() and len(who) < 10:
        found = await session.get(Conversation, int(who))
    elif who.count(":") >= 2:
        found = await find_conversation(session, *who.split(":", 2))
    if found is None:
        raise NotFound(f"переписки «{mask_phones(who)}» нет")
    return found


def read_phone(written: str) -> str | None:
    """E.164 of a phone as people write it; None when it is none."""
    try:
        number = phonenumbers.parse(written, "RU")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _print(dossier: Dossier, full: bool) -> None:
    def shown(text: str) -> str:
        return text if full else mask_phones(text)

    console = Console()
    table = Table("№", "канал", "чат", "имя", "телефон", "чья")
    for conversation, link in dossier.conversations:
        proof = f"{_PROOFS[link.proof]} {_time(link.since)}" if link else "телефон не подтверждён"
        chat, phone = shown(conversation.chat_id), shown(conversation.phone or "")
        row = (str(conversation.id), conversation.channel, chat, conversation.name or "", phone, proof)
        table.add_row(*map(escape, row))
    console.print(table)
    channels = {conversation.id: conversation.channel for conversation, _ in dossier.conversations}
    for message in dossier.messages:
        head = f"{_time(message.at)}  {channels[message.conversation_id]}  {_AUTHORS[message.direction]}:"
        console.print(f"{head} {shown(message.text)}", markup=False, highlight=False, soft_wrap=True)


def _print_lifetimes(found: Sequence[Lifetime]) -> None:
    """Whoever typed the number is found by it, so a stranger's chat may be among them."""
    table = Table("№", "канал", "имя", "первое сообщение", "последнее")
    for conversation, days in ((one.conversation, one.days) for one in found):
        first, last = (f"{at.astimezone():%d.%m.%Y}" for at in days) if days else ("нет", "нет")
        row = (str(conversation.id), conversation.channel, conversation.name or "", first, last)
        table.add_row(*map(escape, row))
    Console().print(table)


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone():%d.%m.%Y %H:%M}"
