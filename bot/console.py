"""What the commands of the terminal share: a database for their work, and errors in one sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from bot.db import Sessions, database
from bot.errors import AvtootvetError, DatabaseAway
from bot.settings import load_settings


def do[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run; what is wrong is said in one sentence, without a traceback."""
    try:
        return asyncio.run(work)
    except AvtootvetError as error:
        Console(stderr=True).print(f"Ошибка: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error


def do_in_database[Result](work: Callable[[Sessions], Awaitable[Result]]) -> Result:
    """As `do`, with sessions on the database of the settings, which the gateway has made."""
    return do(_in_database(work))


async def _in_database[Result](work: Callable[[Sessions], Awaitable[Result]]) -> Result:
    try:
        async with database(load_settings().database_url) as sessions:
            return await work(sessions)
    except (DBAPIError, OSError) as error:
        raise DatabaseAway(
            f"база данных не готова ({type(error).__name__}). Проверьте DATABASE_URL и запустите шлюз."
        ) from error
