"""`bot outbox …`: what could not be delivered, and another try."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.console import do_in_database
from bot.conversations import Conversation
from bot.db import Sessions
from bot.errors import AvtootvetError
from bot.log import mask_phones
from bot.outbox.failed import failed, retry
from bot.outbox.models import OutboxMessage

app = typer.Typer(help="Исходящие сообщения, которые не дошли.", no_args_is_help=True)

PREVIEW = 60  # characters


class NothingToRetry(AvtootvetError):
    """No failed message has this number."""


@app.command("failed")
def failed_command(
    full: Annotated[bool, typer.Option("--full", help="показать телефоны целиком")] = False,
    limit: Annotated[int, typer.Option(min=1, help="сколько показать")] = 50,
) -> None:
    """Что не удалось доставить, кому и почему."""
    rows = do_in_database(partial(_failed, limit=limit))
    table = Table("№", "когда", "канал", "переписка", "чат", "попыток", "причина", "сообщение")
    for message, conversation in rows:
        text = str(message.body.get("text", "")).replace("\n", " ")
        preview = text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"
        cells = (
            str(message.id),
            f"{message.next_try_at.astimezone():%d.%m.%Y %H:%M}",
            message.channel,
            str(conversation.id),
            conversation.chat_id,
            str(message.attempts),
            message.error or "",
            preview,
        )
        table.add_row(*(escape(cell if full else mask_phones(cell)) for cell in cells))
    Console().print(table)


@app.command("retry")
def retry_command(
    outbox_id: Annotated[int, typer.Argument(metavar="№", help="номер из `bot outbox failed`")],
) -> None:
    """Попробовать доставить ещё раз."""
    do_in_database(partial(_retry, outbox_id=outbox_id))
    Console().print(f"Сообщение {outbox_id} снова в очереди. Его отправит работающий шлюз.")


async def _failed(sessions: Sessions, limit: int) -> Sequence[tuple[OutboxMessage, Conversation]]:
    async with sessions() as session:
        return await failed(session, limit)


async def _retry(sessions: Sessions, outbox_id: int) -> None:
    async with sessions.begin() as session:
        if not await retry(session, outbox_id):
            raise NothingToRetry(f"недоставленного сообщения {outbox_id} нет. Номера: bot outbox failed.")
