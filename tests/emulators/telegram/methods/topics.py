"""Methods of forum topics. The rules are those of tdlib's ForumTopicManager and of the server behind it."""

from aiogram.methods import (
    CloseForumTopic,
    CreateForumTopic,
    DeleteForumTopic,
    EditForumTopic,
    ReopenForumTopic,
    UnpinAllForumTopicMessages,
)
from aiogram.types import (
    ChatIdUnion,
    ForumTopic,
    ForumTopicClosed,
    ForumTopicEdited,
    ForumTopicReopened,
)

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.forum import GroupChat, Topic
from tests.emulators.telegram.methods.access import group_of
from tests.emulators.telegram.methods.delivery import admit
from tests.emulators.telegram.notices import Notices

# The only ones (core.telegram.org/bots/api#createforumtopic); the first is for who names none.
ICON_COLOURS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)
NAME_LIMIT = 128


async def create_forum_topic(account: Account, call: CreateForumTopic) -> ForumTopic:
    chat = _forum(account, call.chat_id)
    if not chat.bot.may("can_manage_topics"):
        raise Unlucky("not enough rights to create a topic")
    name = _checked_name(call.name)
    colour = ICON_COLOURS[0] if call.icon_color is None else call.icon_color
    if colour not in ICON_COLOURS:
        raise BadRequest("invalid icon color specified")
    # Its notice is a message in the group as any other.
    admit(account, chat, call.__api_method__, 1)
    topic = Notices(account, chat).begin_topic(account.me, name, colour, call.icon_custom_emoji_id)
    return ForumTopic(
        message_thread_id=topic.thread_id,
        name=name,
        icon_color=colour,
        icon_custom_emoji_id=call.icon_custom_emoji_id,
    )


async def edit_forum_topic(account: Account, call: EditForumTopic) -> bool:
    chat = _forum(account, call.chat_id)
    topic = _topic(account, chat, call.message_thread_id, "edit")
    name = topic.name if call.name is None else _checked_name(call.name)
    emoji = topic.icon_custom_emoji_id if call.icon_custom_emoji_id is None else call.icon_custom_emoji_id
    if (name, emoji) == (topic.name, topic.icon_custom_emoji_id):
        raise Unlucky("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon_custom_emoji_id = name, emoji
    edited = ForumTopicEdited(name=call.name, icon_custom_emoji_id=call.icon_custom_emoji_id)
    Notices(account, chat).tell(account.me, topic, forum_topic_edited=edited)
    return True


async def close_forum_topic(account: Account, call: CloseForumTopic) -> bool:
    chat = _forum(account, call.chat_id)
    topic = _topic(account, chat, call.message_thread_id, "close")
    _set_closed(topic, True)
    Notices(account, chat).tell(account.me, topic, forum_topic_closed=ForumTopicClosed())
    return True


async def reopen_forum_topic(account: Account, call: ReopenForumTopic) -> bool:
    chat = _forum(account, call.chat_id)
    topic = _topic(account, chat, call.message_thread_id, "reopen")
    _set_closed(topic, False)
    Notices(account, chat).tell(account.me, topic, forum_topic_reopened=ForumTopicReopened())
    return True


async def delete_forum_topic(account: Account, call: DeleteForumTopic) -> bool:
    chat = _forum(account, call.chat_id)
    topic = _existing(chat, call.message_thread_id)
    if not chat.bot.may("can_delete_messages"):
        raise Unlucky("not enough rights to delete the topic")
    chat.remove_topic(topic, "message thread not found")
    return True


async def unpin_all_forum_topic_messages(account: Account, call: UnpinAllForumTopicMessages) -> bool:
    chat = _forum(account, call.chat_id)
    topic = _existing(chat, call.message_thread_id)
    if not chat.bot.may("can_pin_messages"):
        raise Unlucky("not enough rights to unpin messages in the topic")
    for number in [number for number in chat.pinned if topic.holds(chat.messages[number])]:
        chat.unpin(number)
    return True


def _forum(account: Account, chat_id: ChatIdUnion) -> GroupChat:
    chat = group_of(account, chat_id)
    if not chat.has_topics:
        raise Unlucky("the chat is not a forum")
    return chat


def _topic(account: Account, chat: GroupChat, thread_id: int, deed: str) -> Topic:
    """One that the bot may change: its own, or any with the right."""
    topic = _existing(chat, thread_id)
    if not chat.bot.may("can_manage_topics") and topic.creator != account.me.id:
        raise Unlucky(f"not enough rights to {deed} the topic")
    return topic


def _existing(chat: GroupChat, thread_id: int) -> Topic:
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise Unlucky("TOPIC_ID_INVALID")
    if topic.deleted:
        raise Unlucky("TOPIC_DELETED")
    return topic


def _checked_name(name: str) -> str:
    """The real server cuts a long name in silence, so only the emulator can tell the developer."""
    if not name.strip():
        raise BadRequest("title must be non-empty")
    if len(name.strip()) > NAME_LIMIT:
        raise BadRequest("TOPIC_TITLE_TOO_LONG")
    return name.strip()


def _set_closed(topic: Topic, closed: bool) -> None:
    if topic.closed == closed:
        raise Unlucky("TOPIC_NOT_MODIFIED")
    topic.closed = closed
