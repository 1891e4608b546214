"""People and the bot as members of a chat, in the server's words."""

from datetime import UTC, datetime
from typing import Any

import aiogram.types as tg
from aiogram.types import User

from tests.emulators.telegram.forum import BotMember, GroupChat, Member

# How the server writes a ban without an end.
FOREVER = datetime.fromtimestamp(0, UTC)

ChatMember = (
    tg.ChatMemberOwner
    | tg.ChatMemberAdministrator
    | tg.ChatMemberMember
    | tg.ChatMemberLeft
    | tg.ChatMemberBanned
)


def bot_as_member(bot: BotMember) -> ChatMember:
    match bot.status:
        case "administrator":
            rights = {
                "can_manage_topics": bot.can_manage_topics,
                "can_pin_messages": bot.can_pin_messages,
                "can_delete_messages": bot.can_delete_messages,
            }
            return _administrator(bot.user, False, rights)
        case "member":
            return tg.ChatMemberMember(user=bot.user)
        case "left":
            return tg.ChatMemberLeft(user=bot.user)
    return tg.ChatMemberBanned(user=bot.user, until_date=FOREVER)


def person_as_member(chat: GroupChat, user: User) -> ChatMember:
    member = chat.members.get(user.id)
    if member is None:
        return tg.ChatMemberLeft(user=user)
    if user.id == chat.owner_id:
        return tg.ChatMemberOwner(user=user, is_anonymous=member.anonymous)
    if member.admin:
        rights = dict.fromkeys(("can_manage_topics", "can_pin_messages", "can_delete_messages"), True)
        return _administrator(user, member.anonymous, rights)
    return tg.ChatMemberMember(user=user)


def administrators(chat: GroupChat) -> list[ChatMember]:
    """Other bots are left out, as the server does; the asking one is not."""
    people = [person_as_member(chat, each.user) for each in _admins(chat)]
    return people + ([bot_as_member(chat.bot)] if chat.bot.admin else [])


def _admins(chat: GroupChat) -> list[Member]:
    return [each for each in chat.members.values() if each.admin]


def _administrator(user: User, anonymous: bool, rights: dict[str, Any]) -> tg.ChatMemberAdministrator:
    return tg.ChatMemberAdministrator(
        user=user,
        can_be_edited=False,
        is_anonymous=anonymous,
        can_manage_chat=True,
        can_manage_video_chats=False,
        can_restrict_members=False,
        can_promote_members=False,
        can_change_info=False,
        can_invite_users=True,
        can_post_stories=False,
        can_edit_stories=False,
        can_delete_stories=False,
        can_send_welcome_messages=False,
        **rights,
    )
