"""Traffic → chats → contacts → worksheets → visits → deals, of what began in a period."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.conversations import Conversation
from bot.inbox.models import InboxUpdate
from bot.leads.models import Lead, LeadStage
from bot.reports.contacts import TERMINAL

Group = Literal["channel", "department", "topic"]

LEVELS = ("traffic", "chats", "contacts", "worksheets", "visits", "deals")

# A lead that is a deal has been through everything before it, whatever was noted.
_RANKS = {"contact": 1, "worksheet": 2, "visit": 3, "deal": 4}

# What a customer does when he speaks; opening the chat or blocking it is not that.
_SPOKEN = ("text", "edit", "button")


@dataclass(frozen=True)
class Period:
    """From the beginning of the first moment to before the second, both aware."""

    begins: dt.datetime
    ends: dt.datetime

    def holds(self, moment: InstrumentedAttribute[dt.datetime]) -> ColumnElement[bool]:
        return (moment >= self.begins) & (moment < self.ends)

    def covers(self, moment: dt.datetime) -> bool:
        return self.begins <= moment < self.ends


@dataclass(frozen=True)
class Funnel:
    """Counts of one group. Nobody knows the department of somebody who left no contact: None."""

    traffic: int | None  # conversations opened
    chats: int | None  # those in which the customer said something
    contacts: int | None
    worksheets: int | None
    visits: int | None
    deals: int | None

    @property
    def counts(self) -> tuple[int | None, ...]:
        return astuple(self)


async def funnel(session: AsyncSession, period: Period, by: Group) -> dict[str, Funnel]:
    """By the key of the group, in the order of the keys."""
    leads = {group: counts for group, *counts in await session.execute(_leads(period, by))}
    chats = (
        {group: (traffic, spoken) for group, traffic, spoken in await session.execute(_chats(period))}
        if by == "channel"
        else {}
    )
    nothing = (0, 0) if by == "channel" else (None, None)
    return {
        group: Funnel(*chats.get(group, nothing), *leads.get(group, (0, 0, 0, 0)))
        for group in sorted(chats.keys() | leads.keys())
    }


def total(funnels: Sequence[Funnel]) -> Funnel:
    """Of all groups; what is not known of one is not known of all."""

    def together(level: str) -> int | None:
        counts = [getattr(funnel, level) for funnel in funnels]
        return None if None in counts else sum(counts)

    return Funnel(*map(together, LEVELS))


def _chats(period: Period) -> Select[str, int, int]:
    spoke = exists().where(
        InboxUpdate.conversation_id == Conversation.id,
        InboxUpdate.body["kind"].as_string().in_(_SPOKEN),
    )
    return (
        select(Conversation.channel, func.count(), func.sum(case((spoke, 1), else_=0)))
        .where(period.holds(Conversation.created_at), Conversation.channel != TERMINAL)
        .group_by(Conversation.channel)
    )


def is_twin() -> ColumnElement[bool]:
    """Only `bot.leads.capture` loses a lead by itself: when the corrected number has the same already."""
    ended, later = aliased(LeadStage), aliased(LeadStage)
    return exists().where(
        ended.lead_id == Lead.id,
        ended.stage == "lost",
        ended.by == "bot",
        ~exists().where(later.lead_id == ended.lead_id, later.id > ended.id).correlate(ended),
    )


def _leads(period: Period, by: Group) -> Select[str, int, int, int, int]:
    """Without the twins that a corrected number left: the right number's own lead counts."""
    group = {"channel": Lead.channel, "department": Lead.department, "topic": Lead.topic}[by]
    ranks = case(*((LeadStage.stage == stage, rank) for stage, rank in _RANKS.items()), else_=1)
    reached = (
        select(group.label("name"), Lead.id, func.max(ranks).label("rank"))
        .join(LeadStage, LeadStage.lead_id == Lead.id)
        .where(period.holds(Lead.created_at), Lead.channel != TERMINAL, ~is_twin())
        .group_by(group, Lead.id)
        .subquery()
    )

    def at_least(rank: int) -> ColumnElement[int]:
        return func.sum(case((reached.c.rank >= rank, 1), else_=0))

    return select(reached.c.name, at_least(1), at_least(2), at_least(3), at_least(4)).group_by(reached.c.name)
