"""What the server itself writes into a group, and how it tells the bot."""

from typing import Any

import aiogram.types as tg
from aiogram.types import Message, User

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.forum import GroupChat, Topic
from tests.emulators.telegram.wire import wire

PRESENT = {"administrator", "member"}


def to_bot(account: Account, chat: GroupChat, kind: str, body: tg.TelegramObject) -> None:
    if chat.bot.status in PRESENT:
        account.updates.add(kind, wire(body), chat.key)


class Notices:
    def __init__(self, account: Account, chat: GroupChat) -> None:
        self._account = account
        self._chat = chat

    def tell(self, author: User, topic: Topic | None = None, **content: Any) -> Message:
        """The bot hears of its own deeds too, unlike of its own messages."""
        place = self._chat.in_topic(topic, None) if topic else {}
        message = Message(
            message_id=next(self._chat.ids),
            date=self._account.clock.second(),
            chat=self._chat.as_telegram(),
            from_user=author,
            **{**place, **content},
        )
        self._chat.messages[message.message_id] = message
        to_bot(self._account, self._chat, "message", message)
        return message

    def begin_topic(self, author: User, name: str, colour: int, emoji: str | None = None) -> Topic:
        """The number of the notice is the number of the topic."""
        number = next(self._chat.ids)
        topic = Topic(number, name, colour, self._chat, emoji, author.id)
        created = tg.ForumTopicCreated(name=name, icon_color=colour, icon_custom_emoji_id=emoji)
        message = Message(
            message_id=number,
            date=self._account.clock.second(),
            chat=self._chat.as_telegram(),
            from_user=author,
            message_thread_id=number,
            is_topic_message=True,
            forum_topic_created=created,
        )
        self._chat.messages[number] = message
        self._chat.begin_topic(topic)
        to_bot(self._account, self._chat, "message", message)
        return topic
