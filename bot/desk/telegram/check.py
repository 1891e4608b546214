"""What a group lacks to be the desk of its departments, as Telegram tells it now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramMigrateToChat
from aiogram.types import ChatFullInfo, ChatMemberAdministrator, ResultChatMemberUnion
from sqlalchemy import or_, select

from bot.channels.telegram.client import describe
from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk.models import DeskGroup
from bot.desk.telegram.forum import trouble_of_group

NO_TOPICS = "выключены темы: Настройки группы → Темы"
NO_ADMIN = "бот не администратор"
NO_RIGHT = "у бота нет права «{right}»"
MOVED = "группа сменила номер: впишите в dealer.yml {number}"
NOT_HERE = "{name}: не в группе, проверьте номер аккаунта"

_RIGHTS = {
    "can_manage_topics": "Управление темами",
    "can_pin_messages": "Закрепление сообщений",
    "can_delete_messages": "Удаление сообщений",  # the topic of a customer who is to be forgotten
}
_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.KICKED)


@dataclass(frozen=True)
class Checked:
    number: int  # in dealer.yml
    title: str
    departments: tuple[str, ...]  # whose customers it shows
    troubles: tuple[str, ...]


async def check(bot: Bot, sessions: Sessions, dealer: Dealer) -> list[Checked]:
    """Every group of dealer.yml."""
    return [
        await _check(bot, dealer, number, await _known_as(sessions, number), departments)
        for number, departments in dealer.departments_by_group().items()
    ]


async def unfit(bot: Bot, chat_id: int) -> str | None:
    """Why the chat cannot be a desk at all; raises what Telegram says of it."""
    chat, me = await bot.get_chat(chat_id), await bot.get_chat_member(chat_id, bot.id)
    if not chat.is_forum:
        return NO_TOPICS
    if not isinstance(me, ChatMemberAdministrator):
        return NO_ADMIN
    return None if me.can_manage_topics else NO_RIGHT.format(right=_RIGHTS["can_manage_topics"])


async def _known_as(sessions: Sessions, number: int) -> int:
    """Its number now: the gateway has followed it when it moved."""
    known = or_(DeskGroup.configured_id == number, DeskGroup.chat_id == number)
    async with sessions() as session:
        query = select(DeskGroup.chat_id).where(known).order_by(DeskGroup.configured_id != number)
        return (await session.scalars(query)).first() or number


async def _check(
    bot: Bot, dealer: Dealer, number: int, chat_id: int, departments: tuple[str, ...]
) -> Checked:
    moved = (MOVED.format(number=chat_id),) if chat_id != number else ()
    try:
        chat = await bot.get_chat(chat_id)
        me = await bot.get_chat_member(chat_id, bot.id)
        missing = await _missing_people(bot, dealer, chat_id, departments)
    except TelegramMigrateToChat as error:
        return Checked(number, "", departments, (MOVED.format(number=error.migrate_to_chat_id),))
    except (TelegramAPIError, ClientDecodeError) as error:
        return Checked(number, "", departments, (*moved, trouble_of_group(error) or describe(error)))
    return Checked(number, chat.title or "", departments, (*moved, *_lacks(chat, me), *missing))


def _lacks(chat: ChatFullInfo, me: ResultChatMemberUnion) -> Iterator[str]:
    if not chat.is_forum:
        yield NO_TOPICS
    if not isinstance(me, ChatMemberAdministrator):
        yield NO_ADMIN
        return
    yield from (NO_RIGHT.format(right=name) for right, name in _RIGHTS.items() if not getattr(me, right))


async def _missing_people(
    bot: Bot, dealer: Dealer, chat_id: int, departments: Sequence[str]
) -> Sequence[str]:
    own = [dealer.departments[key] for key in departments if not dealer.is_guest(key)]
    people = {person.telegram: person.name for department in own for person in department.people}
    return [
        NOT_HERE.format(name=name)
        for number, name in people.items()
        if number is not None and not await _is_member(bot, chat_id, number)
    ]


async def _is_member(bot: Bot, chat_id: int, user_id: int) -> bool:
    try:
        member = await bot.get_chat_member(chat_id, user_id)
    except TelegramAPIError as error:
        if "not found" in error.message or "PARTICIPANT_ID_INVALID" in error.message:
            return False
        raise
    return member.status not in _GONE
