"""What the desk forgets: updates that cannot come again, and notices that were seen long ago."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import select, update

import bot.desk.retention
from bot.db import Sessions, utcnow
from bot.desk.models import DeskGroup, DeskNotice, DeskUpdate
from bot.desk.retention import tidy
from bot.desk.telegram.groups import register
from tests.desk.staffroom import scene
from tests.emulators.telegram import TelegramEmulator

GROUP, OTHER = -1, -2


def days_ago(number: float) -> dt.datetime:
    return utcnow() - dt.timedelta(days=number)


async def its_hour_comes(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(update(DeskGroup).values(tidied_at=utcnow() - dt.timedelta(hours=1)))


async def updates(sessions: Sessions) -> list[int]:
    async with sessions() as session:
        return list(await session.scalars(select(DeskUpdate.update_id).order_by(DeskUpdate.update_id)))


async def words(sessions: Sessions) -> list[str]:
    async with sessions() as session:
        return list(await session.scalars(select(DeskNotice.words).order_by(DeskNotice.id)))


@pytest.fixture(autouse=True)
async def kept(sessions: Sessions) -> None:
    """Updates of today (1) and of three days ago (2, 3, 4); what was shown yesterday, long ago, and never."""
    for number in (GROUP, OTHER):
        await register(sessions, number)
    async with sessions.begin() as session:
        session.add(DeskUpdate(account="main", update_id=1))
        session.add_all(DeskUpdate(account="main", update_id=n, at=days_ago(3)) for n in (2, 3, 4))
        for told, shown_at in (("yesterday", 1), ("long ago", 31), ("too", 32), ("never", None)):
            shown = days_ago(shown_at) if shown_at is not None else None
            session.add(DeskNotice(group_id=OTHER, words=told, at=days_ago(40), shown_at=shown))


async def test_what_is_too_old_goes_in_its_hour_and_not_before(sessions: Sessions) -> None:
    await tidy(sessions)
    assert await updates(sessions) == [1, 2, 3, 4], "the groups are new, it is not an hour yet"
    await its_hour_comes(sessions)
    await tidy(sessions)
    assert await updates(sessions) == [1]
    assert await words(sessions) == ["yesterday", "never"]


async def test_bit_by_bit(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.desk.retention, "BATCH", 1)
    await its_hour_comes(sessions)
    await tidy(sessions)
    assert await updates(sessions) == [1]
    assert await words(sessions) == ["yesterday", "never"]


async def test_by_one_of_the_gateways_once_an_hour(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []

    async def count(_sessions: Sessions, old: object) -> None:
        done.append(old)

    monkeypatch.setattr(bot.desk.retention, "_in_batches", count)
    await its_hour_comes(sessions)
    await asyncio.gather(*(tidy(sessions) for _ in range(3)))
    await tidy(sessions)
    assert len(done) == 2, "updates and notices"


async def test_a_number_that_telegram_gives_again_after_a_quiet_week_is_a_new_update(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    """https://core.telegram.org/bots/api#update: then it is chosen at random."""
    async with scene(telegram, sessions) as at:
        at.alexey.writes(topic=at.topic, text="Добрый день!")
        await at.office.takes()
        raw = at.office.raws[-1]
        await at.office.take(raw)
        assert len(await at.office.said()) == 1, "a repeat"
        async with sessions.begin() as session:
            aged = update(DeskUpdate).where(DeskUpdate.update_id == raw["update_id"])
            await session.execute(aged.values(at=days_ago(8)))
        raw["message"] |= {"message_id": raw["message"]["message_id"] + 1, "text": "Вы ещё думаете?"}
        await at.office.take(raw)
        assert [said.text for said in await at.office.said()] == ["Добрый день!", "Вы ещё думаете?"]
        await at.office.take(raw)
        assert len(await at.office.said()) == 2, "a repeat again"
