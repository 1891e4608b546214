"""The command line: `bot …`."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Annotated

import typer
from rich.console import Console

import bot.desk.cli
import bot.leads.cli
import bot.stock.cli
from bot.app import serve
from bot.dealer import load_dealer
from bot.errors import AvtootvetError
from bot.log import set_up_logging
from bot.say import say
from bot.settings import load_settings
from bot.supervise import supervise
from bot.training import outdated, train

app = typer.Typer(help="Автоответ: первая линия автосалона.", no_args_is_help=True, add_completion=False)
app.add_typer(bot.stock.cli.app, name="stock")
app.add_typer(bot.leads.cli.app, name="leads")
app.add_typer(bot.desk.cli.app, name="tickets")


@app.command("run")
def run_command() -> None:
    """Запустить всё: обучить, если нужно, поднять Rasa, ответы и шлюз."""
    _do(_run())


@app.command("train")
def train_command(
    force: Annotated[bool, typer.Option(help="обучить, даже если ничего не менялось")] = False,
) -> None:
    """Обучить модель после правок фраз, словарей или текстов."""
    _do(_train(force))


@app.command("gateway")
def gateway_command() -> None:
    """Запустить только шлюз: каналы, очередь сообщений, чат на сайте."""
    set_up_logging()
    _do(_gateway())


@app.command("say")
def say_command(
    text: Annotated[str, typer.Argument(help="что пишет клиент")] = "",
    chat: Annotated[str, typer.Option(help="имя беседы: с тем же именем она продолжается")] = "",
    press: Annotated[int | None, typer.Option(help="нажать кнопку последнего ответа по номеру")] = None,
) -> None:
    """Написать боту из терминала. Rasa и ответы должны работать (`make run`)."""
    set_up_logging(logging.WARNING)
    _do(_say(text, chat, press))


@app.command("check")
def check_command() -> None:
    """Проверить настройки (.env) и dealer.yml."""
    _do(_check())


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
    await serve(load_settings())


async def _say(text: str, chat: str, press: int | None) -> None:
    await say(load_settings(), text, chat=chat, press=press, console=Console())


async def _check() -> None:
    settings = load_settings()
    dealer = load_dealer(settings.dealer_file)
    Console().print(f"Всё в порядке: {dealer.name}, отделов {len(dealer.departments)}.", markup=False)


def _do(work: Coroutine[None, None, None]) -> None:
    """Run; what is wrong is said in one sentence, without a traceback."""
    try:
        asyncio.run(work)
    except AvtootvetError as error:
        Console(stderr=True).print(f"Ошибка: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error


if __name__ == "__main__":
    app()
