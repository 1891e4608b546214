"""Shows the people of one group what there is to show: new hand-overs first, then what is said, then cards.

One gateway at a time, round by round. A round looks at the database and shows what is not shown yet, as far
as Telegram's limit for a group goes; what is left waits there, merged with what comes meanwhile. That
something was shown is written after it was sent.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

from aiogram.exceptions import TelegramBadRequest
from sqlalchemy import select

from bot.conversations import Conversation
from bot.db import Sessions, utcnow
from bot.desk.card import REASONS, Card, Cards
from bot.desk.models import DeskNotice, DeskTopic, Ticket
from bot.desk.telegram import topics
from bot.desk.telegram.dialogue import tell_corrections
from bot.desk.telegram.forum import Forum, is_message_lost, is_topic_lost, trouble_of_group
from bot.desk.telegram.mirror import Mirror, Place, line_of, nothing
from bot.desk.telegram.pace import RESERVE, SPARE, GroupPace
from bot.desk.telegram.pins import Pins
from bot.desk.telegram.render import alert, card_buttons, card_html, posts, topic_name
from bot.desk.telegram.topics import Case
from bot.metrics import Metrics
from bot.stock.models import Car

# A topic and its card; pinned it is later.
INTRODUCTION = 2
# Introductions leave room for telling of those who come after them.
ALERT = 1
# So many are shown at once within two seconds; more are told of together first.
IN_TIME = 2
# While hand-overs wait, a topic that a person works in is written to no more often than this.
HURRY = 15.0  # seconds
# How often it is looked for topics that nobody works on any more.
TIDY_EVERY = 2.0  # seconds
# A topic that Telegram refuses for a reason that we do not know.
SET_ASIDE = 60.0

log = logging.getLogger(__name__)


class Poster:
    """Of one group, while this gateway holds it. Raises what Telegram says of the whole group."""

    def __init__(
        self,
        group_id: int,
        departments: tuple[str, ...],
        *,
        sessions: Sessions,
        forum: Forum,
        pace: GroupPace,
        mirror: Mirror,
        cards: Cards,
        metrics: Metrics,
        still_ours: Callable[[], Awaitable[bool]],
    ) -> None:
        self._group_id = group_id
        self._departments = departments
        self._sessions = sessions
        self._forum = forum
        self._pace = pace
        self._mirror = mirror
        self._cards = cards
        self._metrics = metrics
        self._still_ours = still_ours
        self._announced: set[int] = set()  # topics that an alert has told of
        self._marks: dict[int, object] = {}  # topic → what its card was made of
        self._pins = Pins(forum, pace)
        self._aside: dict[int, float] = {}  # topic → until when
        self._tidy_at = 0.0

    async def round(self) -> None:
        cases = await topics.look(self._sessions, self._group_id, self._departments)
        new = [case for case in cases if case.is_new]
        await self._announce(new)
        await self._introduce_all([case for case in new if self._is_untold(case.topic)])
        notices = await topics.notices(self._sessions, self._group_id)
        await self._show_all(cases, notices)
        await self._tell_general([notice for notice in notices if notice.conversation_id is None])
        # Of these an alert has told: who answers a customer meanwhile comes before them.
        await self._introduce_all(new)
        for case in cases:
            await self._guard(case.topic, partial(self._refresh, case.topic, case.mark))
        await self._pins.catch_up()
        await self._tidy()

    async def _guard[Result](self, topic: DeskTopic, work: Callable[[], Awaitable[Result]]) -> Result | None:
        """What Telegram has against one topic must not cost the others: then the result is None."""
        if self._aside.get(topic.id, 0.0) > time.monotonic() or not await self._still_ours():
            return None
        try:
            return await work()
        except TelegramBadRequest as error:
            if is_topic_lost(error):
                log.warning("topic is gone", extra={"group": self._group_id, "topic": topic.id})
                await topics.drop(self._sessions, topic)
            elif trouble_of_group(error) is not None:
                raise
            else:
                self._aside[topic.id] = time.monotonic() + SET_ASIDE
                log.error("topic set aside", extra=self._refusal(error))
        return None

    # New hand-overs

    async def _announce(self, new: Sequence[Case]) -> None:
        """More than can be shown at once are told of together."""
        untold = [case for case in new if case.topic.id not in self._announced]
        self._announced &= {case.topic.id for case in new}
        in_time = len(new) <= IN_TIME and self._pace.fits(len(new) * INTRODUCTION + ALERT)
        if not untold or in_time or not self._pace.fits(1):
            return
        await self._forum.say(alert(await self._titles(untold)), None, loud=True, urgent=True)
        self._announced |= {case.topic.id for case in untold}
        for case in untold:
            self._count(case)

    async def _titles(self, cases: Sequence[Case]) -> list[str]:
        """Without names: what stands in the general topic is not deleted when a customer is forgotten."""
        query = (
            select(Ticket.conversation_id, Ticket.reason, Car.make, Car.model)
            .outerjoin(Car, Car.id == Ticket.car_id)
            .where(
                Ticket.conversation_id.in_([case.topic.conversation_id for case in cases]),
                Ticket.department.in_(self._departments),
                Ticket.status != "closed",
            )
            .order_by(Ticket.opened_at, Ticket.id)
        )
        async with self._sessions() as session:
            rows = (await session.execute(query)).all()
        return [
            " — ".join(filter(None, (f"{row.make} {row.model}" if row.make else "", REASONS.get(row.reason))))
            for row in rows
        ]

    def _count(self, case: Case) -> None:
        self._metrics.handed_over("telegram", (utcnow() - case.opened_at).total_seconds())

    async def _introduce_all(self, new: Sequence[Case]) -> None:
        for case in new:
            await self._guard(case.topic, partial(self._introduce, case))

    async def _introduce(self, case: Case) -> None:
        """A topic for the customer, open, with his card."""
        topic = case.topic
        if not case.is_new or not self._may_introduce(topic):
            return
        card = await self._card(topic)
        if card is None:
            return
        if topic.thread_id is None:
            thread = await self._forum.open_topic(topic_name(card), urgent=self._is_untold(topic))
            await topics.write(self._sessions, topic, thread_id=thread, open=True)
        elif not topic.open:
            await self._forum.reopen_topic(topic.thread_id, urgent=self._is_untold(topic))
            before = topic.card_message_id
            await topics.reopened(self._sessions, topic, case.opened_at)
            self._pins.retire(before)
        if topic.card_message_id is None:
            await self._hand_over(case, card)

    async def _hand_over(self, case: Case, card: Card) -> None:
        topic, html = case.topic, card_html(card)
        markup = card_buttons(card, departments=len(self._cards.dealer.departments))
        untold = self._is_untold(topic)
        number = await self._forum.say(html, topic.thread_id, loud=True, urgent=untold, markup=markup)
        if untold:
            self._count(case)
        await topics.write(self._sessions, topic, card_message_id=number, card=html)
        self._marks[topic.id] = case.mark
        self._pins.pin(number)

    def _may_introduce(self, topic: DeskTopic) -> bool:
        """Of whom an alert has told, he waits like the talk."""
        if self._is_untold(topic):
            return self._pace.fits(INTRODUCTION + ALERT)
        return self._pace.leaves(RESERVE, INTRODUCTION)

    def _is_untold(self, topic: DeskTopic) -> bool:
        """Nobody knows that the customer waits: his card is the first sign of it."""
        return topic.id not in self._announced

    # What is said

    async def _show_all(self, cases: Sequence[Case], notices: Sequence[DeskNotice]) -> None:
        """Into the topics."""
        places = await self._places(cases, notices)
        for case in cases:
            if case.corrected and not case.is_new:  # else nobody is told, and nobody looks again
                await tell_corrections(self._sessions, case.topic)
        behind = {case.topic.conversation_id for case in cases if case.latest > case.topic.shown_message_id}
        unseen = {case.topic.conversation_id for case in cases if case.is_new}
        # Who was shown nothing for longest comes first.
        for number, place in sorted(places.items(), key=lambda pair: self._mirror.written_at(pair[1].topic)):
            his = [notice for notice in notices if notice.conversation_id == number]
            if number in unseen or not (number in behind or his) or not self._may_show(place, his, unseen):
                continue
            if await self._guard(place.topic, partial(self._mirror.show, place, his)) is False:
                break  # an album waits for room that shorter things would take for ever

    async def _places(self, cases: Sequence[Case], notices: Sequence[DeskNotice]) -> dict[int, Place]:
        """By conversation. Of who has none nothing is told, and not in the general topic: see `_titles`."""
        places = {case.topic.conversation_id: Place(case.topic, case.claimed) for case in cases}
        silent = {n.conversation_id for n in notices if n.conversation_id is not None} - places.keys()
        if silent:
            closed = await topics.of_conversations(self._sessions, self._group_id, silent)
            places |= {number: Place(topic, talk=nothing) for number, topic in closed.items()}
            homeless = [notice.id for notice in notices if notice.conversation_id in silent - closed.keys()]
            await topics.let_go(self._sessions, homeless, self._departments)
        return places

    def _may_show(self, place: Place, notices: Sequence[DeskNotice], unseen: Collection[int]) -> bool:
        """Hand-overs come before the talk, but who answers a customer is not left without his words."""
        if not unseen or any(notice.loud for notice in notices):
            return True
        return place.claimed and time.monotonic() >= self._mirror.written_at(place.topic) + HURRY

    async def _tell_general(self, notices: Sequence[DeskNotice]) -> None:
        waiting = list(notices)
        while waiting and self._pace.fits(1):
            texts, taken = posts([line_of(notice) for notice in waiting], self._cards.dealer.zone)
            told, waiting = waiting[:taken], waiting[taken:]
            for text in texts:
                await self._forum.say(text, None, loud=any(notice.loud for notice in told))
            async with self._sessions.begin() as session:
                await topics.notices_shown(session, [notice.id for notice in told])

    # Cards

    async def _refresh(self, topic: DeskTopic, mark: object) -> None:
        """The card as it reads now; made only when something has changed that may be on it."""
        if topic.card_message_id is None or self._marks.get(topic.id) == mark:
            return
        card = await self._card(topic)
        if card is not None and (html := card_html(card)) != topic.card:
            if not self._pace.leaves(SPARE):
                return
            await self._rewrite(topic, topic.card_message_id, card, html)
        self._marks[topic.id] = mark

    async def _rewrite(self, topic: DeskTopic, message_id: int, card: Card, html: str) -> None:
        markup = card_buttons(card, departments=len(self._cards.dealer.departments))
        try:
            await self._forum.edit(message_id, html, markup)
        except TelegramBadRequest as error:
            if not is_message_lost(error):
                raise
            await topics.write(self._sessions, topic, card_message_id=None)  # shown anew
        else:
            await topics.write(self._sessions, topic, card=html)

    async def _card(self, topic: DeskTopic) -> Card | None:
        async with self._sessions() as session:
            conversation = await session.get_one(Conversation, topic.conversation_id)
            return await self._cards.of(session, conversation, self._departments)

    # What is over

    async def _tidy(self) -> None:
        """Close the topics that nobody works on, delete those of customers who were forgotten."""
        if time.monotonic() < self._tidy_at:
            return
        for topic in await topics.forgotten(self._sessions, self._group_id):
            await self._guard(topic, partial(self._forget, topic))
        for ended in await topics.ended(self._sessions, self._group_id, self._departments):
            await self._guard(ended.topic, partial(self._end, ended))
        self._tidy_at = time.monotonic() + TIDY_EVERY

    async def _end(self, ended: topics.Ended) -> None:
        """Show what was said until then, and close it."""
        topic = ended.topic
        if topic.thread_id is not None:
            place = Place(topic, talk=lambda said: said.message.at <= ended.closed_at)
            if not await self._mirror.show(place, []) or not self._pace.leaves(RESERVE, 2):
                return
            await tell_corrections(self._sessions, topic)
            await self._refresh(topic, ended.closed_at)
            await self._forum.close_topic(topic.thread_id)
        await topics.write(self._sessions, topic, open=False)
        self._marks.pop(topic.id, None)
        self._mirror.leave(topic)

    async def _forget(self, topic: DeskTopic) -> None:
        try:
            if topic.thread_id is not None:
                await self._forum.delete_topic(topic.thread_id)
        except TelegramBadRequest as error:
            if not is_topic_lost(error):
                self._aside[topic.id] = time.monotonic() + SET_ASIDE
                log.error("forgotten customer's topic not deleted", extra=self._refusal(error))
                return
        await topics.drop(self._sessions, topic)

    def _refusal(self, error: TelegramBadRequest) -> dict[str, object]:
        return {"group": self._group_id, "reason": error.message}
