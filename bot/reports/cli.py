"""`bot report …`: contacts that nobody has taken up, the funnel, and how departments answer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.console import do_in_database
from bot.db import Sessions
from bot.dealer import Dealer, load_dealer
from bot.leads.crm.connect import system_names
from bot.leads.words import CHANNELS, topic_title
from bot.log import mask_phones
from bot.reports.contacts import Stuck, stuck_contacts
from bot.reports.departments import Log, answers, departments, people, read_log
from bot.reports.funnel import Funnel, Group, Period, funnel, total
from bot.reports.picture import draw, levels_of
from bot.reports.tables import (
    Numbers,
    department_table,
    department_tables,
    panels_of,
    person_table,
    print_csv,
    print_tables,
)
from bot.settings import load_settings

app = typer.Typer(help="Отчёты.", no_args_is_help=True)

LEVELS = {
    "traffic": "трафик",
    "chats": "чаты",
    "contacts": "контакты",
    "worksheets": "рабочие листы",
    "visits": "визиты",
    "deals": "сделки",
}
GROUPS: dict[str, Group] = {"channel": "channel", "department": "department", "topic": "topic"}
_TITLES: dict[Group, str] = {"channel": "канал", "department": "отдел", "topic": "тема"}
DATE = "%Y-%m-%d"


@app.command("contacts")
def contacts_command(
    older: Annotated[int, typer.Option(min=0, help="только те, что ждут дольше, минут")] = 0,
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
) -> None:
    """Контакты без записи в CRM, без ответственного или без согласия. Должно быть пусто."""
    settings = load_settings()
    dealer = load_dealer(settings.dealer_file)
    ask = partial(_stuck, dealer=dealer, systems=system_names(settings), older=dt.timedelta(minutes=older))
    found = do_in_database(ask)
    if not found:
        Console().print("Пусто: все контакты у менеджеров.")
        return
    _print_stuck(found, dealer, full)
    raise typer.Exit(1)


@app.command("funnel")
def funnel_command(
    by: Annotated[str, typer.Option(help="channel, department или topic")] = "channel",
    since: Annotated[dt.datetime | None, typer.Option("--from", formats=[DATE], help="с какого дня")] = None,
    until: Annotated[dt.datetime | None, typer.Option("--to", formats=[DATE], help="по какой день")] = None,
    picture: Annotated[Path | None, typer.Option(help="нарисовать в файл .svg")] = None,
) -> None:
    """Воронка: трафик, чаты, контакты, рабочие листы, визиты, сделки. Без дат — последние 30 дней."""
    group = GROUPS.get(by)
    if group is None:
        raise typer.BadParameter(f"воронка строится по {', '.join(GROUPS)}")
    dealer = load_dealer(load_settings().dealer_file)
    period = read_period(dealer, since, until)
    found: dict[str, list[Funnel]] = {}
    for key, counts in _read(period, group).items():
        found.setdefault(_named(key, group, dealer), []).append(counts)  # several topics are «Другое»
    rows = {name: total(counts) for name, counts in found.items()}
    rows["всего"] = total(list(rows.values()))
    _print_funnel(rows, _TITLES[group])
    if picture is not None:
        title = f"Воронка {period.begins:%d.%m.%Y} – {period.ends - dt.timedelta(days=1):%d.%m.%Y}"
        panels = {name: levels_of(counts, LEVELS) for name, counts in rows.items()}
        picture.write_text(draw(title, panels), encoding="utf-8")


@app.command("departments")
def departments_command(
    since: Annotated[dt.datetime | None, typer.Option("--from", formats=[DATE], help="с какого дня")] = None,
    until: Annotated[dt.datetime | None, typer.Option("--to", formats=[DATE], help="по какой день")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="напечатать для электронной таблицы")] = False,
    picture: Annotated[Path | None, typer.Option(help="нарисовать отделы в файл .svg")] = None,
) -> None:
    """Как отвечают отделы и сотрудники. Без дат — последние 30 дней.

    Время первого ответа — в минутах работы отдела: медиана и сколько ждали девять из десяти; рядом то же по
    часам на стене. Пропущено — сообщения клиентов, которые ждали человека дольше 2 минут рабочего времени.
    На связи — сумма перерывов короче 15 минут между действиями сотрудника: взял, ответил, передал, закрыл.
    Контакты — заявки, за которые отвечает сотрудник, из бесед, которые он вёл.
    """
    dealer = load_dealer(load_settings().dealer_file)
    period = read_period(dealer, since, until)
    log = _read_log(period)
    found = {_named(key, "department", dealer): one for key, one in departments(log, dealer).items()}
    rows = {**found, "всего": answers(log.begun, log, dealer)}
    by_person = person_table(people(log, dealer))
    if as_csv:
        print_csv(department_table(rows), by_person)
    else:
        print_tables(*department_tables(rows), by_person)
    if picture is not None:
        title = f"Отделы {period.begins:%d.%m.%Y} – {period.ends - dt.timedelta(days=1):%d.%m.%Y}"
        picture.write_text(draw(title, panels_of(found)), encoding="utf-8")


def _read_log(period: Period) -> Log:
    async def read(sessions: Sessions) -> Log:
        async with sessions() as session:
            return await read_log(session, period)

    return do_in_database(read)


def read_period(dealer: Dealer, since: dt.datetime | None, until: dt.datetime | None) -> Period:
    """Whole days in the dealership's time, the last one included."""
    today = dealer.local(dt.datetime.now(dt.UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    last = until.replace(tzinfo=dealer.zone) if until is not None else today
    first = since.replace(tzinfo=dealer.zone) if since is not None else last - dt.timedelta(days=29)
    if first > last:
        raise typer.BadParameter("--from позже, чем --to")
    return Period(first, last + dt.timedelta(days=1))


def _read(period: Period, group: Group) -> Mapping[str, Funnel]:
    async def read(sessions: Sessions) -> Mapping[str, Funnel]:
        async with sessions() as session:
            return await funnel(session, period, group)

    return do_in_database(read)


async def _stuck(
    sessions: Sessions, dealer: Dealer, systems: Sequence[str], older: dt.timedelta
) -> Sequence[Stuck]:
    async with sessions() as session:
        return await stuck_contacts(session, dealer, systems, older=older)


def _named(key: str, group: Group, dealer: Dealer) -> str:
    if group == "channel":
        return CHANNELS.get(key, key)
    if group == "topic":
        return topic_title(key)
    return dealer.departments[key].title if key in dealer.departments else key


def _print_stuck(found: Sequence[Stuck], dealer: Dealer, full: bool) -> None:
    short = (Column(title, no_wrap=True) for title in ("№", "ждёт", "телефон"))
    responsible = Column("ответственный", min_width=len("ответственный"))
    table = Table(*short, "отдел", responsible, "почему", box=box.SIMPLE_HEAD)
    for stuck in found:
        lead = stuck.lead
        phone = lead.phone or "удалён"
        cells = (
            str(lead.id),
            spoken_age(stuck.age),
            phone if full else mask_phones(phone),
            _named(lead.department, "department", dealer),
            lead.responsible,
            "; ".join(stuck.reasons),
        )
        table.add_row(*map(escape, cells))
    Console().print(table)


def spoken_age(age: dt.timedelta) -> str:
    """«2 дн 3 ч», «5 мин»."""
    hours, minutes = divmod(int(age.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} дн {hours} ч"
    return f"{hours} ч {minutes} мин" if hours else f"{minutes} мин"


def _print_funnel(rows: Mapping[str, Funnel], group: str) -> None:
    print_tables(Numbers((group, *LEVELS.values()), [(name, counts.counts) for name, counts in rows.items()]))
