"""What people of the departments do in their groups: taken once, acknowledged when it is stored.

An update is noted in the transaction of what follows from it, so a repeat changes nothing and a crash
loses nothing: Telegram tells again what was not acknowledged.
"""

import logging
from collections.abc import Callable, Sequence

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotCommandScopeAllGroupChats,
    CallbackQuery,
    ChatMemberAdministrator,
    ChatMemberUpdated,
    Message,
    Update,
)
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.telegram.chats import CHANNEL
from bot.db import Sessions
from bot.desk.card import Cards
from bot.desk.telegram import groups
from bot.desk.telegram.answers import Answer, Answers, Post, Toast
from bot.desk.telegram.buttons import pressed
from bot.desk.telegram.commands import MENU, carry_out, numbers, read_command
from bot.desk.telegram.pace import GroupPace
from bot.desk.telegram.people import actor, writer
from bot.desk.telegram.rooms import Address, Directory, Room
from bot.desk.telegram.writing import corrected, wrote
from bot.desk.templates import Templates
from bot.desk.trouble import note_trouble
from bot.wake import Wake

REMOVED = "бота удалили из группы: добавьте его снова и сделайте администратором"
NO_ADMIN = "боту не хватает прав администратора, каких именно, покажет bot desk check"
FAILED = "Не получилось: клиент этого не увидел. Попробуйте ещё раз."
# Groups that are not ours are named in the log once each, as long as there are not too many.
STRANGERS = 1000

log = logging.getLogger(__name__)


class DeskIntake:
    """`pace_of` a group is that of the poster: both write there."""

    def __init__(
        self,
        bot: Bot,
        sessions: Sessions,
        cards: Cards,
        templates: Templates,
        pace_of: Callable[[int], GroupPace],
        wake: Wake,
    ) -> None:
        self._bot = bot
        self._sessions = sessions
        self._cards = cards
        self._templates = templates
        self._pace_of = pace_of
        self._wake = wake
        self._directory = Directory(sessions, cards.dealer.departments_by_group())
        self._answers = Answers(bot)
        self._name: str | None = None
        self._strangers: set[int] = set()

    async def show_menu(self) -> None:
        """The commands beside the text field of every group; before the first update."""
        self._name = (await self._bot.me()).username
        try:
            await self._bot.set_my_commands(MENU, scope=BotCommandScopeAllGroupChats())
        except TelegramBadRequest as error:
            # They work without it.
            log.warning("telegram menu refused", extra={"channel": CHANNEL, "reason": error.message})

    async def take(self, update: Update, chat_id: int) -> None:
        """Of the group `chat_id`. Raises the database's errors while it is away."""
        address = await self._directory.find(chat_id)
        if address is None and (old := _moved_from(update)) is not None:
            address = await self._directory.find(old)
        if address is None:
            self._pass_over(update, chat_id)
            return
        try:
            answers = await self._act(update, address)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:
            # A defect of ours must not hold up all that comes after it.
            log.exception("desk update failed", extra={"channel": CHANNEL, "update_id": update.update_id})
            answers = _failed(update)
        self._answers.give(chat_id, self._pace_of(address.number), answers)
        self._wake.notify()

    async def close(self) -> None:
        await self._answers.close()

    async def _act(self, update: Update, address: Address) -> Sequence[Answer]:
        async with self._sessions.begin() as session:
            room = Room(
                session,
                address.group_id,
                address.departments,
                update.update_id,
                self._cards.dealer,
                self._cards,
                self._templates,
            )
            if not await room.is_new(str(self._bot.id)):
                return [Toast(update.callback_query.id)] if update.callback_query else []
            return await self._take(room, update)

    async def _take(self, room: Room, update: Update) -> Sequence[Answer]:
        if update.callback_query is not None:
            return await _press(room, update.callback_query)
        if update.my_chat_member is not None:
            await _membership(room, update.my_chat_member)
        elif update.edited_message is not None:
            if writer(update.edited_message, room.dealer) is not None:
                await corrected(room, update.edited_message)
        elif update.message is not None:
            return await self._message(room, update.message)
        return []

    async def _message(self, room: Room, message: Message) -> Sequence[Answer]:
        if message.migrate_to_chat_id is not None:
            await groups.move(room.session, room.group_id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await groups.move(room.session, room.group_id, message.chat.id)
        elif (staff := writer(message, room.dealer)) is not None:
            if (command := read_command(message, self._name)) is not None:
                return await carry_out(room, command, staff)
            await wrote(room, message, staff)
        return []

    def _pass_over(self, update: Update, chat_id: int) -> None:
        """Nobody is obeyed in a group that dealer.yml does not name; its number it may be asked for."""
        command = read_command(update.message, self._name) if update.message is not None else None
        if command is not None and command.name == "id":
            self._answers.give(chat_id, GroupPace(), [numbers(command)])
        elif update.callback_query is not None:
            self._answers.give(chat_id, GroupPace(), [Toast(update.callback_query.id)])
        if chat_id not in self._strangers and len(self._strangers) < STRANGERS:
            self._strangers.add(chat_id)
            log.warning("group is not in dealer.yml", extra={"channel": CHANNEL, "group": chat_id})


async def _press(room: Room, query: CallbackQuery) -> Sequence[Answer]:
    staff = actor(query.from_user, query.message.chat, room.dealer) if query.message is not None else None
    return await pressed(room, query, staff) if staff is not None else [Toast(query.id)]


async def _membership(room: Room, change: ChatMemberUpdated) -> None:
    """For the other groups and the log; the poster finds out by itself whether it can write."""
    error = _trouble(change)
    await note_trouble(room.session, room.group_id, error)
    if error is not None:
        log.error("group does not work", extra={"group": room.group_id, "reason": error})


def _trouble(change: ChatMemberUpdated) -> str | None:
    member = change.new_chat_member
    if member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.KICKED):
        return REMOVED
    may = isinstance(member, ChatMemberAdministrator) and member.can_manage_topics
    return None if may else NO_ADMIN


def _moved_from(update: Update) -> int | None:
    """The first word of a group that became another."""
    return update.message.migrate_from_chat_id if update.message is not None else None


def _failed(update: Update) -> Sequence[Answer]:
    if update.callback_query is not None:
        return [Toast(update.callback_query.id, "Не получилось. Попробуйте ещё раз.")]
    message = update.message or update.edited_message
    if message is None:
        return []
    return [Post(message.message_thread_id if message.is_topic_message else None, FAILED)]
