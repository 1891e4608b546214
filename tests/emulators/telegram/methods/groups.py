"""Methods that ask about a chat and its members, and pin messages."""

from aiogram.methods import (
    GetChat,
    GetChatAdministrators,
    GetChatMember,
    PinChatMessage,
    UnpinChatMessage,
)
from aiogram.types import AcceptedGiftTypes, ChatFullInfo, ChatIdUnion, ChatPermissions

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Chat
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.forum import GroupChat
from tests.emulators.telegram.membership import ChatMember, administrators, bot_as_member, person_as_member
from tests.emulators.telegram.methods.access import chat_to_write, group_of
from tests.emulators.telegram.notices import Notices
from tests.emulators.telegram.wire import wire

_GIFTS = AcceptedGiftTypes(
    unlimited_gifts=False,
    limited_gifts=False,
    unique_gifts=False,
    premium_subscription=False,
    gifts_from_channels=False,
)


async def get_chat(account: Account, call: GetChat) -> ChatFullInfo:
    chat = chat_to_write(account, call.chat_id)
    pinned = chat.messages[chat.pinned[-1]] if chat.pinned else None
    info = ChatFullInfo(
        **wire(chat.as_telegram()),
        accent_color_id=0,
        max_reaction_count=11,
        accepted_gift_types=_GIFTS,
        pinned_message=pinned,
    )
    if isinstance(chat, GroupChat):
        return info.model_copy(update={"permissions": ChatPermissions(can_send_messages=True)})
    return info


async def get_chat_member(account: Account, call: GetChatMember) -> ChatMember:
    chat = group_of(account, call.chat_id)
    if call.user_id == account.me.id:
        return bot_as_member(chat.bot)
    user = account.users.get(call.user_id)
    if user is None:
        raise BadRequest("PARTICIPANT_ID_INVALID")
    return person_as_member(chat, user)


async def get_chat_administrators(account: Account, call: GetChatAdministrators) -> list[ChatMember]:
    return administrators(group_of(account, call.chat_id))


async def pin_chat_message(account: Account, call: PinChatMessage) -> bool:
    chat = _chat_to_pin_in(account, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise Unlucky("message to pin not found")
    if call.message_id in chat.pinned:
        return True
    chat.pin(call.message_id)
    if isinstance(chat, GroupChat):
        topic = chat.topics.get(message.message_thread_id or 0)
        Notices(account, chat).tell(account.me, topic, pinned_message=message)
    return True


async def unpin_chat_message(account: Account, call: UnpinChatMessage) -> bool:
    """Without a number, the latest."""
    chat = _chat_to_pin_in(account, call.chat_id)
    number = call.message_id or (chat.pinned[-1] if chat.pinned else None)
    if number not in chat.messages:
        raise Unlucky("message to unpin not found")
    chat.unpin(number)
    return True


def _chat_to_pin_in(account: Account, chat_id: ChatIdUnion) -> Chat:
    chat = chat_to_write(account, chat_id)
    if isinstance(chat, GroupChat) and not chat.bot.may("can_pin_messages"):
        raise Unlucky("not enough rights to manage pinned messages in the chat")
    return chat
