"""Who writes or presses in a group: whoever is in it belongs to the department."""

from aiogram.types import Chat, Message, User

from bot.dealer import Dealer
from bot.desk.staff import Staff

# An administrator who hides behind the group; Telegram names this account as the writer then.
_GROUP_ANONYMOUS = 1087968824
ANONYMOUS = "Администратор группы"
LONGEST_NAME = 128


def writer(message: Message, dealer: Dealer) -> Staff | None:
    """None for bots, our own messages among them, and for what a channel posts."""
    if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
        return None
    return actor(message.from_user, message.chat, dealer) if message.from_user is not None else None


def actor(user: User, chat: Chat, dealer: Dealer) -> Staff | None:
    if user.id == _GROUP_ANONYMOUS:
        return Staff(f"telegram:{chat.id}", ANONYMOUS)
    if user.is_bot:
        return None
    return Staff(f"telegram:{user.id}", _name_of(user, dealer))


def _name_of(user: User, dealer: Dealer) -> str:
    people = (person for department in dealer.departments.values() for person in department.people)
    known = next((person.name for person in people if person.telegram == user.id), None)
    return known or " ".join(user.full_name.split())[:LONGEST_NAME]
