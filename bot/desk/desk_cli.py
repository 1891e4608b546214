"""`bot desk …`: whether the groups of the departments and their canned answers are in order."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.console import do, do_in_database
from bot.db import Sessions
from bot.dealer import Dealer, load_dealer
from bot.desk.templates import FILE, Templates, read_templates
from bot.errors import SettingsError
from bot.leads.words import topic_title
from bot.settings import load_settings

app = typer.Typer(help="Группы отделов в Telegram и готовые ответы.", no_args_is_help=True)

IN_ORDER = "всё в порядке"


@app.command("check")
def check_command() -> None:
    """Проверить группы отделов: найдены ли, включены ли темы, есть ли права у бота."""
    rows = do_in_database(_check)
    if not rows:
        Console().print("В dealer.yml нет ни одной группы: впишите её номер в desk отдела.")
        return
    table = Table("группа", "название", "отделы", "состояние")
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)
    if any(state != IN_ORDER for *_, state in rows):
        raise typer.Exit(1)


@app.command("templates")
def templates_command(
    search: Annotated[str, typer.Argument(help="показать те, где есть эти слова")] = "",
) -> None:
    """Проверить data/templates.yml и показать готовые ответы."""
    do(_check_templates())
    templates = Templates(FILE)
    table = Table("key", "тема", "название", "текст")
    for each in templates.search(search) if search else templates.all():
        table.add_row(each.key, topic_title(each.topic), escape(each.title), escape(each.text))
    Console().print(table)


async def _check_templates() -> None:
    read_templates(FILE)


async def _check(sessions: Sessions) -> list[tuple[str, str, str, str]]:
    """Number, title, departments and state of each group."""
    # The library of Telegram takes seconds to import.
    from bot.channels.telegram.client import make_bot
    from bot.desk.telegram.check import check

    settings = load_settings()
    if not settings.telegram_token:
        raise SettingsError("TELEGRAM_TOKEN пуст: без бота группы не проверить.")
    dealer = load_dealer(settings.dealer_file)
    bot = make_bot(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    try:
        groups = await check(bot, sessions, dealer)
    finally:
        await bot.session.close()
    return [
        (
            str(group.number),
            group.title,
            ", ".join(_named(dealer, key) for key in group.departments),
            "\n".join(group.troubles) or IN_ORDER,
        )
        for group in groups
    ]


def _named(dealer: Dealer, key: str) -> str:
    title = dealer.departments[key].title
    return f"{title} (своей группы нет)" if dealer.is_guest(key) else title
