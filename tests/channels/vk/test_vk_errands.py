"""What nobody waits for is done all the same."""

import asyncio
from typing import Any, cast

from sqlalchemy import select

from bot.channels.vk.api import Vk, VkSilent
from bot.channels.vk.errands import MAX_USERS, Errands
from bot.channels.vk.incoming import CHANNEL
from bot.conversations import Conversation
from bot.db import Sessions
from bot.outside import Outside


class KnowsEverybody:
    account = "777"

    async def call(self, _method: str, user_ids: str) -> list[dict[str, Any]]:
        return [{"id": int(user_id), "first_name": "Анна"} for user_id in user_ids.split(",")]


class KnowsNobodyAtFirst(KnowsEverybody):
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def call(self, method: str, user_ids: str) -> list[dict[str, Any]]:
        self.asked.append(user_ids)
        if len(self.asked) == 1:
            raise VkSilent("users.get: нет ответа")
        return await super().call(method, user_ids)


async def test_of_a_crowd_everybodys_name_is_learnt(sqlite_sessions: Sessions) -> None:
    chats = [str(number) for number in range(1, MAX_USERS + 51)]
    async with sqlite_sessions.begin() as session:
        session.add_all(Conversation(channel=CHANNEL, account="777", chat_id=chat) for chat in chats)
    errands = Errands(cast(Vk, KnowsEverybody()), sqlite_sessions, Outside())
    for chat in chats:
        errands.meet(chat)
    errands.stop()
    await asyncio.create_task(errands.run())
    async with sqlite_sessions() as session:
        nameless = await session.scalars(select(Conversation.chat_id).where(Conversation.name.is_(None)))
        assert nameless.all() == []


async def test_a_name_that_vk_did_not_tell_is_asked_for_again(sqlite_sessions: Sessions) -> None:
    async with sqlite_sessions.begin() as session:
        session.add(Conversation(channel=CHANNEL, account="777", chat_id="1"))
    vk = KnowsNobodyAtFirst()
    errands = Errands(cast(Vk, vk), sqlite_sessions, Outside())
    for _message in range(3):
        errands.meet("1")
        errands.stop()
        await asyncio.create_task(errands.run())
    assert vk.asked == ["1", "1"]
    async with sqlite_sessions() as session:
        assert await session.scalar(select(Conversation.name)) == "Анна"
