"""The command line: `bot …`."""

import logging
from typing import Annotated

import typer
from rich.console import Console

import bot.customers.cli
import bot.desk.cli
import bot.desk.desk_cli
import bot.leads.cli
import bot.outbox.cli
import bot.reports.cli
import bot.stock.cli
from bot.console import do
from bot.dealer import load_dealer
from bot.log import set_up_logging
from bot.settings import load_settings
from bot.supervise import supervise
from bot.training import outdated, train

app = typer.Typer(help="Автоответ: первая линия автосалона.", no_args_is_help=True, add_completion=False)
app.add_typer(bot.stock.cli.app, name="stock")
app.add_typer(bot.leads.cli.app, name="leads")
app.add_typer(bot.desk.cli.app, name="tickets")
app.add_typer(bot.desk.desk_cli.app, name="desk")
app.add_typer(bot.customers.cli.app, name="customer")
app.add_typer(bot.outbox.cli.app, name="outbox")
app.add_typer(bot.reports.cli.app, name="report")


@app.command("run")
def run_command() -> None:
    """Запустить всё: обучить, если нужно, поднять Rasa, ответы и шлюз."""
    do(_run())


@app.command("train")
def train_command(
    force: Annotated[bool, typer.Option(help="обучить, даже если ничего не менялось")] = False,
) -> None:
    """Обучить модель после правок фраз, словарей или текстов."""
    do(_train(force))


@app.command("gateway")
def gateway_command() -> None:
    """Запустить только шлюз: каналы, очередь сообщений, чат на сайте."""
    set_up_logging()
    do(_gateway())


@app.command("say")
def say_command(
    text: Annotated[str, typer.Argument(help="что пишет клиент")] = "",
    chat: Annotated[str, typer.Option(help="имя беседы: с тем же именем она продолжается")] = "",
    press: Annotated[int | None, typer.Option(help="нажать кнопку последнего ответа по номеру")] = None,
) -> None:
    """Написать боту из терминала. Rasa и ответы должны работать (`make run`)."""
    set_up_logging(logging.WARNING)
    do(_say(text, chat, press))


@app.command("check")
def check_command() -> None:
    """Проверить настройки (.env) и dealer.yml."""
    do(_check())


async def _run() -> None:
    await supervise(load_settings(), Console())


async def _train(force: bool) -> None:
    console = Console()
    if force or outdated():
        await train(console)
        console.print("Готово: модель обучена.")
    else:
        console.print("Модель свежая, обучать нечего.")


async def _gateway() -> None:
    from bot.app import serve  # the messengers' libraries take seconds to import

    await serve(load_settings())


async def _say(text: str, chat: str, press: int | None) -> None:
    from bot.say import say

    await say(load_settings(), text, chat=chat, press=press, console=Console())


async def _check() -> None:
    settings = load_settings()
    dealer = load_dealer(settings.dealer_file)
    Console().print(f"Всё в порядке: {dealer.name}, отделов {len(dealer.departments)}.", markup=False)


if __name__ == "__main__":
    app()
