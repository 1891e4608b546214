"""Methods by which the bot gets its updates and knows itself."""

import asyncio
import re
import time
from ipaddress import ip_address
from typing import Any

from aiogram.methods import (
    DeleteWebhook,
    GetBusinessConnection,
    GetFile,
    GetMe,
    GetUpdates,
    GetWebhookInfo,
    SetMyCommands,
    SetWebhook,
)
from aiogram.types import BotCommandScopeDefault, BusinessConnection, File, User, WebhookInfo
from yarl import URL

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.errors import BadRequest, Conflict, Unlucky
from tests.emulators.telegram.files import DOWNLOAD_LIMIT
from tests.emulators.telegram.updates import MAX_BATCH
from tests.emulators.telegram.webhook import Webhook

LONGEST_POLL = 50  # seconds
PORTS = {443, 80, 88, 8443}
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


async def get_me(account: Account, call: GetMe) -> User:
    return account.me


async def get_updates(account: Account, call: GetUpdates) -> list[dict[str, Any]]:
    if account.webhook:
        raise Conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    poll = _begin_poll(account)
    if call.allowed_updates is not None:
        account.updates.allowed = call.allowed_updates
    account.updates.confirm(call.offset or 0)
    limit = max(1, min(call.limit or MAX_BATCH, MAX_BATCH))
    until = time.monotonic() + max(0, min(call.timeout or 0, LONGEST_POLL))
    while not (batch := account.updates.batch(limit)) and (left := until - time.monotonic()) > 0:
        await _news(account, left)
        if account.polls != poll:
            raise Conflict(
                "terminated by other getUpdates request; make sure that only one bot instance is running"
            )
    return [update.wire() for update in batch]


async def set_webhook(account: Account, call: SetWebhook) -> bool:
    if not call.url:
        return await _remove_webhook(account, call.drop_pending_updates)
    _check_address(URL(call.url))
    if call.secret_token is not None and not _SECRET.fullmatch(call.secret_token):
        raise BadRequest("secret token contains unallowed characters")
    if call.max_connections is not None and not 1 <= call.max_connections <= 100:
        raise BadRequest("max_connections must be from 1 to 100")
    if call.allowed_updates is not None:
        account.updates.allowed = call.allowed_updates
    if call.drop_pending_updates:
        account.updates.drop()
    await account.set_webhook(Webhook(call.url, call.secret_token, call.max_connections or 40))
    return True


async def delete_webhook(account: Account, call: DeleteWebhook) -> bool:
    return await _remove_webhook(account, call.drop_pending_updates)


async def get_webhook_info(account: Account, call: GetWebhookInfo) -> WebhookInfo:
    webhook = account.webhook
    return WebhookInfo(
        url=webhook.url if webhook else "",
        has_custom_certificate=False,
        pending_update_count=len(account.updates),
        max_connections=webhook.max_connections if webhook else None,
        last_error_date=webhook.last_error_at if webhook else None,
        last_error_message=webhook.last_error if webhook else None,
        allowed_updates=account.updates.allowed or None,
    )


async def get_file(account: Account, call: GetFile) -> File:
    file = account.files.find(call.file_id)
    if file is None:
        raise Unlucky("wrong file_id or the file is temporarily unavailable")
    if len(file.data) > DOWNLOAD_LIMIT:
        raise Unlucky("file is too big")
    return File(
        file_id=file.file_id,
        file_unique_id=file.unique_id,
        file_size=len(file.data),
        file_path=file.path,
    )


async def get_business_connection(account: Account, call: GetBusinessConnection) -> BusinessConnection:
    connection = account.connections.get(call.business_connection_id)
    if connection is None:
        raise BadRequest("business connection not found")
    return connection.as_telegram()


async def set_my_commands(account: Account, call: SetMyCommands) -> bool:
    if len(call.commands) > 100:
        raise BadRequest("too many commands specified")
    for command in call.commands:
        if not _COMMAND.fullmatch(command.command):
            raise BadRequest("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise BadRequest("BOT_COMMAND_DESCRIPTION_INVALID")
    if call.scope is None or isinstance(call.scope, BotCommandScopeDefault):
        account.commands = call.commands
    else:
        account.scoped_commands[call.scope.type, getattr(call.scope, "chat_id", None)] = call.commands
    return True


def _begin_poll(account: Account) -> int:
    """The newest poll wins: an older one that still waits is woken up and told so."""
    account.polls += 1
    account.polled.set()
    account.updates.arrived.set()
    return account.polls


async def _news(account: Account, seconds: float) -> None:
    account.updates.arrived.clear()
    try:
        await asyncio.wait_for(account.updates.arrived.wait(), seconds)
    except TimeoutError:
        return


async def _remove_webhook(account: Account, drop_pending: bool | None) -> bool:
    if drop_pending:
        account.updates.drop()
    await account.set_webhook(None)
    return True


def _check_address(address: URL) -> None:
    """This machine by HTTP is what the emulator can reach; the world would have to be HTTPS."""
    if _is_loopback(address.host or ""):
        return
    if address.scheme != "https":
        raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
    if address.port not in PORTS:
        raise BadRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    raise BadRequest("bad webhook: Failed to resolve host: Name or service not known")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
