"""A group of the dealer's people in which the bot works, and what its owner does with it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import aiogram.types as tg
from aiogram.types import Message, User

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.chat import Received
from tests.emulators.telegram.forum import BotMember, GroupChat, Member, Topic
from tests.emulators.telegram.membership import bot_as_member
from tests.emulators.telegram.notices import Notices
from tests.emulators.telegram.staff import Staff
from tests.emulators.telegram.wire import wire

PLAIN_ICON = 0x6FB9F0


class Group:
    """The bot is in it already, as an administrator with all rights that a desk needs."""

    def __init__(self, account: Account, chat: GroupChat, owner: User, person: Callable[[str], User]) -> None:
        self._account = account
        self._chat = chat
        self._person = person
        self._people: list[Staff] = []
        self.owner = self._add(Member(owner, admin=True))

    @property
    def id(self) -> int:
        return self._chat.id

    @property
    def title(self) -> str:
        return self._chat.title

    @property
    def topics(self) -> list[Topic]:
        """In the order of their creation, the deleted ones too."""
        return list(self._chat.topics.values())

    @property
    def received(self) -> list[Received]:
        """What the bot sent, wherever in the group, in order."""
        return self._chat.received

    @property
    def general(self) -> list[Received]:
        """What the bot sent outside of all topics."""
        return [each for each in self._chat.received if each.thread_id is None]

    @property
    def messages(self) -> list[Message]:
        """Of everyone, and the server's notices, without what was deleted."""
        return list(self._chat.messages.values())

    @property
    def refused(self) -> list[str]:
        """The methods that were answered with 429 because of the limit of the group."""
        return self._chat.refused

    @property
    def actions(self) -> list[str]:
        return self._chat.actions

    def reactions(self, message: Message | int) -> list[str]:
        """The bot's emoji under a message."""
        number = message if isinstance(message, int) else message.message_id
        return self._chat.reactions.get(number, [])

    def topic(self, name: str) -> Topic:
        """The latest of that name that is not deleted."""
        found = [topic for topic in self.topics if topic.name == name and not topic.deleted]
        if not found:
            raise LookupError(f"no such topic: {name}")
        return found[-1]

    async def next_message(self, within: float = 10) -> Received:
        """The bot's first that was not returned yet; TimeoutError when none comes within so many seconds."""
        return await asyncio.wait_for(self._chat.unread.get(), within)

    async def next_topic(self, within: float = 10) -> Topic:
        """The first that was not returned yet; TimeoutError when none is created within so many seconds."""
        return await asyncio.wait_for(self._chat.new_topics.get(), within)

    def member(self, name: str = "Алексей Громов", admin: bool = False) -> Staff:
        """In the group for long already: nothing is told of his coming."""
        return self._add(Member(self._person(name), admin))

    def creates_topic(self, name: str) -> Topic:
        return self._notices.begin_topic(self.owner.user, name, PLAIN_ICON)

    def renames(self, topic: Topic | int, name: str) -> None:
        self._topic(topic).name = name
        self._tell_topic(topic, forum_topic_edited=tg.ForumTopicEdited(name=name))

    def closes_topic(self, topic: Topic | int) -> None:
        self._topic(topic).closed = True
        self._tell_topic(topic, forum_topic_closed=tg.ForumTopicClosed())

    def reopens_topic(self, topic: Topic | int) -> None:
        self._topic(topic).closed = False
        self._tell_topic(topic, forum_topic_reopened=tg.ForumTopicReopened())

    def deletes_topic(self, topic: Topic | int, gone: str = "message thread not found") -> None:
        """The bot is not told. Of a topic deleted just now the server may say TOPIC_DELETED instead."""
        self._chat.remove_topic(self._topic(topic), gone)

    def switches_forum(self, on: bool) -> None:
        self._chat.is_forum = on

    def gives_rights(self, **rights: Any) -> None:
        """`status` and the rights of BotMember: `gives_rights(can_manage_topics=False)`."""
        self._changes_bot(replace(self._chat.bot, **rights))

    def removes_bot(self) -> None:
        self._notices.tell(self.owner.user, left_chat_member=self._account.me)
        self._changes_bot(replace(self._chat.bot, status="kicked"))

    def adds_bot(self) -> None:
        """Back again, as an administrator."""
        self._changes_bot(BotMember(self._account.me))
        self._notices.tell(self.owner.user, new_chat_members=[self._account.me])

    def migrates(self) -> None:
        """The group becomes another chat, with its people and without its topics and messages."""
        old, new = self._chat, self._chat.upgraded(self._account.new_group_id())
        self._account.groups[new.id] = new
        self._account.migrated[old.id] = new.id
        self._notices.tell(self.owner.user, migrate_to_chat_id=new.id)
        self._chat = new
        for person in self._people:
            person.moves_to(new)
        self._notices.tell(self.owner.user, migrate_from_chat_id=old.id)

    @property
    def _notices(self) -> Notices:
        return Notices(self._account, self._chat)

    def _add(self, member: Member) -> Staff:
        self._chat.members[member.user.id] = member
        person = Staff(self._account, self._chat, member)
        self._people.append(person)
        return person

    def _topic(self, topic: Topic | int) -> Topic:
        return topic if isinstance(topic, Topic) else self._chat.topics[topic]

    def _tell_topic(self, topic: Topic | int, **content: tg.TelegramObject) -> None:
        self._notices.tell(self.owner.user, self._topic(topic), **content)

    def _changes_bot(self, bot: BotMember) -> None:
        """The bot hears of its removal too."""
        change = tg.ChatMemberUpdated(
            chat=self._chat.as_telegram(),
            from_user=self.owner.user,
            date=self._account.clock.second(),
            old_chat_member=bot_as_member(self._chat.bot),
            new_chat_member=bot_as_member(bot),
        )
        self._chat.bot = bot
        self._account.updates.add("my_chat_member", wire(change), self._chat.key)
