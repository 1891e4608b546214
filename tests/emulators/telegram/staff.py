"""One of the dealer's people in a group: writes in its topics and presses the bot's buttons."""

import secrets
from typing import Any

import aiogram.types as tg
from aiogram.types import InlineKeyboardButton, Message, User

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.author import Author
from tests.emulators.telegram.chat import Received
from tests.emulators.telegram.forum import GroupChat, Member, Topic
from tests.emulators.telegram.notices import Notices, to_bot

# Whom the server names as the writer when an administrator hides behind the group.
ANONYMOUS = User(id=1087968824, is_bot=True, first_name="Group", username="GroupAnonymousBot")

Where = Topic | int | None


class Staff(Author):
    """`topic` is a topic or its number; without one, General.

    `reply_to` is a message, what the bot sent, or a number. Writing into a closed topic is refused to
    those who are no administrators, as their app does it.
    """

    def __init__(self, account: Account, chat: GroupChat, member: Member) -> None:
        self._account = account
        self._chat = chat
        self._member = member
        self._pressed: list[str] = []

    @property
    def id(self) -> int:
        return self._member.user.id

    @property
    def user(self) -> User:
        return self._member.user

    @property
    def answers(self) -> list[str | None]:
        """What was shown for each pressed button that the bot has answered, in order."""
        answered = self._account.answered
        return [answered[query] for query in self._pressed if query in answered]

    def moves_to(self, chat: GroupChat) -> None:
        """The group was upgraded: it is another chat now."""
        self._chat = chat

    def becomes_anonymous(self, anonymous: bool = True) -> None:
        self._member.admin, self._member.anonymous = True, anonymous

    def leaves(self) -> None:
        self._chat.members.pop(self.id, None)
        Notices(self._account, self._chat).tell(self.user, left_chat_member=self.user)

    def joins(self) -> None:
        self._chat.members[self.id] = self._member
        Notices(self._account, self._chat).tell(self.user, new_chat_members=[self.user])

    def writes(
        self, *, topic: Where = None, reply_to: Message | Received | int | None = None, **content: Any
    ) -> Message:
        """Any content of a message, by the fields of aiogram's Message."""
        if self.id not in self._chat.members:
            raise LookupError("who is not in the group cannot write there")
        answered = None if reply_to is None else self._chat.messages[_id(reply_to)]
        message = Message(
            message_id=next(self._chat.ids),
            date=self._account.clock.second(),
            chat=self._chat.as_telegram(),
            **self._signature(),
            **self._place(topic, answered),
            **content,
        )
        self._chat.messages[message.message_id] = message
        self._tell("message", message)
        return message

    def edits(self, message: Message | int, text: str) -> Message:
        old = self._chat.messages[_id(message)]
        field = "text" if old.text is not None else "caption"
        edited = old.model_copy(
            update={field: text, "edit_date": int(self._account.clock.second().timestamp())}
        )
        self._chat.messages[edited.message_id] = edited
        self._tell("edited_message", edited)
        return edited

    def deletes(self, message: Message | int) -> None:
        """The bot is not told."""
        self._chat.delete(_id(message))

    def presses(self, button: str, on: Received | None = None) -> str:
        """An inline button by its title or its data, on the latest message that has it: the query's id."""
        message, pressed = self._find(button, on)
        query = tg.CallbackQuery(
            id=str(secrets.randbits(62)),
            from_user=self.user,
            chat_instance=str(self._chat.id),
            message=message.messages[0],
            data=pressed.callback_data,
        )
        self._account.callback_queries.add(query.id)
        self._pressed.append(query.id)
        to_bot(self._account, self._chat, "callback_query", query)
        return query.id

    def answer_to(self, query_id: str) -> str | None:
        """What was shown for this press; None while the bot has not answered or without a text."""
        return self._account.answered.get(query_id)

    def _find(self, button: str, on: Received | None) -> tuple[Received, InlineKeyboardButton]:
        for message in [on] if on else reversed(self._chat.received):
            for each in (each for row in message.rows for each in row):
                if isinstance(each, InlineKeyboardButton) and button in (each.text, each.callback_data):
                    return message, each
        raise LookupError(f"no such button: {button}")

    def _signature(self) -> dict[str, Any]:
        if self._member.anonymous:
            return {"from_user": ANONYMOUS, "sender_chat": self._chat.as_telegram()}
        return {"from_user": self.user}

    def _place(self, topic: Where, answered: Message | None) -> dict[str, Any]:
        number = topic.thread_id if isinstance(topic, Topic) else topic
        if number is None and answered and answered.is_topic_message:
            number = answered.message_thread_id
        if number is None:
            return self._chat.outside(answered)
        found = self._chat.topics[number]
        if found.deleted or (found.closed and not self._member.admin):
            raise LookupError(f"nobody but an administrator can write into {found}")
        return self._chat.in_topic(found, answered)

    def _tell(self, kind: str, message: Message) -> None:
        if self._bot_sees(message):
            to_bot(self._account, self._chat, kind, message)

    def _bot_sees(self, message: Message) -> bool:
        """In privacy mode, which is the default of bots, only an administrator reads everything."""
        if self._chat.bot.admin:
            return True
        answered = message.reply_to_message
        to_it = answered is not None and answered.from_user == self._account.me
        return to_it or (message.text or "").startswith("/")


def _id(message: Message | Received | int) -> int:
    return message if isinstance(message, int) else message.message_id
