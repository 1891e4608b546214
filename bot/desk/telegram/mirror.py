"""The talk with a customer, shown in his topic: what is new, merged into one message, and the files of it."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import takewhile

from bot.channels.telegram.chats import CHANNEL
from bot.conversations import Conversation
from bot.db import Sessions
from bot.desk.models import DeskNotice, DeskTopic
from bot.desk.telegram import topics
from bot.desk.telegram.dialogue import CUSTOMER, Said, unshown
from bot.desk.telegram.forum import Forum
from bot.desk.telegram.media import Media, Sent
from bot.desk.telegram.pace import RESERVE, GroupPace
from bot.desk.telegram.render import Line, posts
from bot.desk.telegram.topics import Shown

Item = Said | DeskNotice


@dataclass(frozen=True)
class Batch:
    """What goes into a topic at once: a message, and the files that belong to it."""

    texts: Sequence[str]
    said: Sequence[Said]
    notices: Sequence[DeskNotice]
    answers: int | None  # the message of the topic that it is about

    @property
    def media(self) -> int:
        return sum(len(each.attachments) for each in self.said)

    @property
    def quoted(self) -> int | None:
        """What people quote when they answer this message: the customer's last words in it."""
        his = [each.message.id for each in self.said if each.line and each.line.author == CUSTOMER]
        return max(his or [each.message.id for each in self.said], default=None)

    @property
    def up_to(self) -> int:
        return max((each.message.id for each in self.said), default=0)


@dataclass
class Place:
    """A topic that something is shown in. Of one that is closed, nothing more of the talk."""

    topic: DeskTopic
    claimed: bool = False
    talk: Callable[[Said], bool] = lambda _said: True


class Mirror:
    """Raises what Telegram says; what was sent before that is sent again with the next try."""

    def __init__(
        self, sessions: Sessions, forum: Forum, pace: GroupPace, media: Media, zone: dt.tzinfo
    ) -> None:
        self._sessions = sessions
        self._forum = forum
        self._pace = pace
        self._media = media
        self._zone = zone
        self._written_at: dict[int, float] = {}

    def written_at(self, topic: DeskTopic) -> float:
        """When it was last written to, by the monotonic clock; long ago when that is not known."""
        return self._written_at.get(topic.id, 0.0)

    def leave(self, topic: DeskTopic) -> None:
        """Nothing more is shown there."""
        self._written_at.pop(topic.id, None)

    async def show(self, place: Place, notices: Sequence[DeskNotice]) -> bool:
        """Whether nothing is left: the limit may end it before, and a topic may not be there yet."""
        waiting, thread = list(notices), place.topic.thread_id
        if thread is None:
            return False
        answered = await self._answered(place.topic, notices)
        while (batch := await self._next_batch(place, waiting, answered)) is not None:
            if not self._pace.leaves(RESERVE, len(batch.texts) + batch.media):
                return False
            await self._post(place, thread, batch)
            waiting = [notice for notice in waiting if notice not in batch.notices]
        return True

    async def _answered(self, topic: DeskTopic, notices: Sequence[DeskNotice]) -> Mapping[int | None, int]:
        """Row of the outbox → the message of staff that said it, where the notices are about such."""
        about = {notice.outbox_id for notice in notices if notice.outbox_id is not None}
        return await topics.answered(self._sessions, topic, about) if about else {}

    async def _next_batch(
        self, place: Place, notices: Sequence[DeskNotice], answered: Mapping[int | None, int]
    ) -> Batch | None:
        talk = list(takewhile(place.talk, await unshown(self._sessions, place.topic)))
        # Each of the two keeps its own order, as the cursor follows that of the history.
        parts: tuple[Sequence[Item], ...] = (talk, notices)
        items, answers = _together(list(merge(*parts, key=_moment)), answered)
        if not items:
            return None
        lines = [(item, line) for item in items if (line := _line(item)) is not None]
        zone = self._zone
        texts, taken = posts([line for _, line in lines], zone) if lines else ([], 0)
        last = items.index(lines[taken][0]) if taken < len(lines) else len(items)
        return Batch(
            texts,
            [item for item in items[:last] if isinstance(item, Said)],
            [item for item in items[:last] if isinstance(item, DeskNotice)],
            answers,
        )

    async def _post(self, place: Place, thread: int, batch: Batch) -> None:
        topic = place.topic
        loud = any(notice.loud for notice in batch.notices) or (place.claimed and _customer_speaks(batch))
        numbers = [
            await self._forum.say(text, thread, loud=loud, answers=batch.answers) for text in batch.texts
        ]
        quoted = batch.quoted
        self._written_at[topic.id] = time.monotonic()
        shown = [Shown(number, quoted) for number in numbers] if quoted is not None else []
        if batch.media:
            files = await self._media.show(thread, await self._files(topic, batch))
            shown += [Shown(number, history_id) for number, history_id in files]
        await topics.shown(
            self._sessions,
            topic,
            up_to=batch.up_to,
            messages=shown,
            notice_ids=[notice.id for notice in batch.notices],
        )

    async def _files(self, topic: DeskTopic, batch: Batch) -> list[Sent]:
        async with self._sessions() as session:
            conversation = await session.get_one(Conversation, topic.conversation_id)
        return [
            # What staff sent elsewhere lies in Telegram, wherever the customer writes.
            Sent(
                attachment,
                each.message.id,
                conversation.channel if each.message.direction == "in" else CHANNEL,
                conversation.chat_id,
                each.message.external_id,
            )
            for each in batch.said
            for attachment in each.attachments
        ]


def nothing(_said: Said) -> bool:
    return False


def _customer_speaks(batch: Batch) -> bool:
    return any(each.message.direction == "in" for each in batch.said)


def _together(items: Sequence[Item], answered: Mapping[int | None, int]) -> tuple[Sequence[Item], int | None]:
    """Those that may be one message: what answers another stands alone."""
    first = _answers(items[0], answered) if items else None
    if first is not None:
        return items[:1], first
    return list(takewhile(lambda item: _answers(item, answered) is None, items)), None


def _answers(item: Item, answered: Mapping[int | None, int]) -> int | None:
    return answered.get(item.outbox_id) if isinstance(item, DeskNotice) else None


def _moment(item: Item) -> dt.datetime:
    return item.message.at if isinstance(item, Said) else item.at


def _line(item: Item) -> Line | None:
    return item.line if isinstance(item, Said) else line_of(item)


def line_of(notice: DeskNotice) -> Line:
    """Telegram tells who is called; people of another desk are only named."""
    _, _, account = (notice.calls or "").partition(f"{CHANNEL}:")
    return Line("", notice.words.strip() or "…", notice.at, calls=account)
