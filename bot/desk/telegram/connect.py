"""The desk in Telegram within the gateway: a runner for each group, one gateway at a time in each."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial

from aiogram import Bot
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.pictures import download
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.client import REQUEST_TIMEOUT
from bot.channels.telegram.patience import rest
from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk.card import Cards
from bot.desk.retention import tidy
from bot.desk.telegram.check import unfit
from bot.desk.telegram.forum import Forum
from bot.desk.telegram.groups import Lease
from bot.desk.telegram.intake import DeskIntake
from bot.desk.telegram.media import Media, Read
from bot.desk.telegram.mirror import Mirror
from bot.desk.telegram.pace import GroupPace
from bot.desk.telegram.poster import Poster
from bot.desk.telegram.runner import Pauses, Runner
from bot.desk.templates import Templates
from bot.desk.trouble import tell_of_troubles
from bot.metrics import Metrics
from bot.outside import Outside
from bot.wake import Wake

log = logging.getLogger(__name__)


class TelegramDesk:
    """Shows the people of the departments what there is to show, until it is stopped.

    `wake` is for whoever has changed something that they should see at once; `outbox` tells who sends to
    customers that people have written to one, and wakes the desk itself too; `pace_of` for whoever
    writes into a group himself.
    """

    def __init__(
        self,
        bot: Bot,
        sessions: Sessions,
        cards: Cards,
        metrics: Metrics,
        *,
        read: Read = download,
        paces: Mapping[int, GroupPace] | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self.groups = cards.dealer.departments_by_group()
        self._bot = bot
        self._sessions = sessions
        self._cards = cards
        self._metrics = metrics
        self._read = read
        self._paces = paces or {number: GroupPace() for number in self.groups}
        self._pauses = pauses or Pauses()
        self._wakes = {number: Wake() for number in self.groups}
        self._stop = asyncio.Event()
        self._outside = Outside()
        self.wake = Wake(*self._wakes.values())
        self.outbox = Wake(self.wake)

    def pace_of(self, number: int) -> GroupPace:
        """By the group's number in dealer.yml."""
        return self._paces[number]

    async def run(self, worker: str) -> None:
        async with asyncio.TaskGroup() as running:
            for number in self.groups:
                running.create_task(self._runner(number, worker).run(), name=f"desk {number}")
            running.create_task(self._keep(), name="desk upkeep")

    async def _keep(self) -> None:
        """Every gateway looks; in the database one of them does it."""
        while not self._stop.is_set():
            try:
                await tell_of_troubles(self._sessions, self._cards.dealer)
                await tidy(self._sessions)
            except Exception as error:
                # It may wait, and whatever it was must not end what is shown to people.
                defect = None if isinstance(error, SQLAlchemyError | OSError) else error
                log.warning("upkeep of the desk failed", exc_info=defect)
            await rest(self._stop, self._pauses.upkeep)

    async def _examine(self, chat_id: int) -> str | None:
        async with self._outside.within(REQUEST_TIMEOUT):
            return await unfit(self._bot, chat_id)

    def intake(self, templates: Templates) -> DeskIntake:
        """For what people do in the groups, and in those that are not connected yet."""
        return DeskIntake(self._bot, self._sessions, self._cards, templates, self.pace_of, self.outbox)

    def stop(self) -> None:
        """Let `run` end after what is being sent."""
        self._stop.set()
        self.wake.notify()

    def leave(self) -> None:
        """Wait for nothing outside any more."""
        self._outside.leave()

    def _runner(self, number: int, worker: str) -> Runner:
        forum = Forum(self._bot, number, self._paces[number], self._outside, self._stop)
        return Runner(
            number,
            worker,
            sessions=self._sessions,
            forum=forum,
            make_poster=partial(self._poster, number, forum),
            examine=self._examine,
            wake=self._wakes[number],
            stop=self._stop,
            pauses=self._pauses,
        )

    def _poster(self, number: int, forum: Forum, key: int, lease: Lease) -> Poster:
        pace, media = self._paces[number], Media(forum, self._read)
        mirror = Mirror(self._sessions, forum, pace, media, self._cards.dealer.zone)
        return Poster(
            key,
            self.groups[number],
            sessions=self._sessions,
            forum=forum,
            pace=pace,
            mirror=mirror,
            cards=self._cards,
            metrics=self._metrics,
            still_ours=lease.hold,
        )


def make_desk(
    telegram: TelegramChannel | None,
    sessions: Sessions,
    dealer: Dealer,
    metrics: Metrics,
    public_url: str | None,
) -> TelegramDesk | None:
    """None without a bot. Opens nothing."""
    if telegram is None:
        return None
    return TelegramDesk(telegram.bot, sessions, Cards(dealer, public_url), metrics)
