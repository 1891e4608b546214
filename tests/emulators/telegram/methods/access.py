"""Which chats the bot may write to now."""

from datetime import timedelta

from aiogram.types import ChatIdUnion

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat, PrivateChat
from tests.emulators.telegram.errors import BadRequest, Blocked, ShutOut, Unlucky
from tests.emulators.telegram.forum import GroupChat

BUSINESS_WINDOW = timedelta(hours=24)
_SHUT_OUT = {"kicked": "bot was kicked from the {} chat", "left": "bot is not a member of the {} chat"}


def chat_to_write(account: Account, chat_id: ChatIdUnion, connection_id: str | None = None) -> Chat:
    """A chat whose customer wrote to the bot or to a business account that lets it reply, or a group."""
    if connection_id is None and isinstance(chat_id, int) and chat_id < 0:
        return group_of(account, chat_id)
    _check_connection(account, connection_id)
    chat = account.chat(chat_id, connection_id) if isinstance(chat_id, int) else None
    if chat is None or not chat.known:
        raise BadRequest("chat not found")
    if chat.blocked:
        raise Blocked
    if connection_id and not _wrote_lately(account, chat):
        raise Unlucky("BUSINESS_PEER_USAGE_MISSING")
    return chat


def group_of(account: Account, chat_id: ChatIdUnion) -> GroupChat:
    """One that the bot is in."""
    group = account.groups.get(chat_id) if isinstance(chat_id, int) else None
    if group is None:
        raise BadRequest("chat not found")
    if new_id := account.migrated.get(group.id):
        raise Unlucky("group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_id)
    if reason := _SHUT_OUT.get(group.bot.status):
        raise ShutOut(reason.format(group.kind))
    return group


def _check_connection(account: Account, connection_id: str | None) -> None:
    if connection_id is None:
        return
    connection = account.connections.get(connection_id)
    if connection is None:
        raise BadRequest("business connection not found")
    if not (connection.enabled and connection.can_reply):
        raise Unlucky("BUSINESS_CONNECTION_NOT_ALLOWED")  # the owner may take the right away at any time


def _wrote_lately(account: Account, chat: PrivateChat) -> bool:
    return chat.last_incoming is not None and account.clock.now() - chat.last_incoming < BUSINESS_WINDOW
