"""Groups in which nothing can be shown: what is wrong with them, and which other group hears of it.

Whoever finds out notes it in `desk_group`. Once it has lasted for a while another group is told, loudly and
once: the row says which, in the transaction of the notice, whatever gateway looks. Of the end it is told too.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.desk.models import DeskGroup, DeskNotice, Ticket
from bot.desk.notices import called
from bot.desk.staff import Staff
from bot.desk.texts import GROUP_FAILS, GROUP_WORKS, NOBODY_WAITS, TAKE, WAIT_UNSEEN

# What is shorter mends itself. After an outage of Telegram's own all groups are back by then.
LASTING = dt.timedelta(minutes=1)
# So many can be taken from the notice, who waits for longest first.
LISTED = 10


@dataclass(frozen=True)
class Groups:
    """As they are at one moment; `of` a department is where its customers are shown."""

    dealer: Dealer
    of: Mapping[str, DeskGroup]
    now: dt.datetime

    def fails(self, group: DeskGroup) -> bool:
        return group.error is not None and self._lasts(group)

    def works(self, group: DeskGroup) -> bool:
        return group.error is None and self._lasts(group)

    def _lasts(self, group: DeskGroup) -> bool:
        return group.since <= self.now - LASTING

    @property
    def stand_in(self) -> DeskGroup | None:
        """The default department's, or the first that works."""
        first = self.of.get(self.dealer.default_department)
        return next((g for g in (first, *self.of.values()) if g is not None and self.works(g)), None)

    def is_known(self, group: DeskGroup) -> bool:
        """To people who can still be told of it."""
        return any(g.configured_id == group.told_group_id and not self.fails(g) for g in self.of.values())

    def departments(self, group: DeskGroup) -> Sequence[str]:
        return [key for key, shown in self.of.items() if shown is group]

    def titles(self, group: DeskGroup) -> str:
        return ", ".join(self.dealer.departments[key].title for key in self.departments(group))


async def look(session: AsyncSession, dealer: Dealer, now: dt.datetime) -> Groups:
    """At the groups of dealer.yml that a gateway has tried."""
    rows = (await session.scalars(select(DeskGroup))).all()
    # One may be configured under the number that another has moved to.
    found = {row.chat_id: row for row in rows} | {row.configured_id: row for row in rows}
    numbers = ((key, dealer.desk_of(key)) for key in dealer.departments)
    shown = {key: found.get(desk.telegram) for key, desk in numbers if desk is not None}
    return Groups(dealer, {key: row for key, row in shown.items() if row is not None}, now)


async def note_trouble(session: AsyncSession, group_id: int, error: str | None) -> None:
    """Why nothing can be written there; None when it works (again)."""
    # A write before all else, see `bot.desk.telegram.rooms`.
    held = (
        update(DeskGroup)
        .where(DeskGroup.configured_id == group_id)
        .values(chat_id=DeskGroup.chat_id)
        .returning(DeskGroup)
    )
    group = (await session.scalars(held, execution_options={"populate_existing": True})).one()
    if (group.error is None) != (error is None):
        group.since = utcnow()
    group.error = error


async def is_shown(session: AsyncSession, dealer: Dealer, department: str) -> bool:
    """Whether people see the department's customers in its group."""
    group = (await look(session, dealer, utcnow())).of.get(dealer.known_department(department))
    return group is not None and group.error is None


async def tell_stand_in(
    session: AsyncSession, dealer: Dealer, department: str, words: str, now: dt.datetime, calls: Staff | None
) -> None:
    """In General, while the department's own group fails. `words` name no customer: they stay there."""
    groups = await look(session, dealer, now)
    own, other = groups.of.get(dealer.known_department(department)), groups.stand_in
    if own is not None and other is not None and groups.fails(own):
        session.add(
            DeskNotice(
                group_id=other.configured_id,
                loud=True,
                at=now,
                **called(words if calls is not None else words[:1].upper() + words[1:], calls),
            )
        )


async def tell_of_troubles(sessions: Sessions, dealer: Dealer) -> None:
    """Who can help hears which groups fail, and later that they work again."""
    async with sessions() as session:
        groups = await look(session, dealer, utcnow())
    for group in {row.configured_id: row for row in groups.of.values()}.values():
        if groups.fails(group) and not groups.is_known(group):
            await _tell_of_failure(sessions, groups, group)
        elif groups.works(group) and group.told_group_id is not None:
            await _tell_of_end(sessions, groups, group)


async def _tell_of_failure(sessions: Sessions, groups: Groups, group: DeskGroup) -> None:
    other = groups.stand_in
    if other is None:
        return
    async with sessions.begin() as session:
        if await _is_told(session, group, other.configured_id):
            words = GROUP_FAILS.format(departments=groups.titles(group), error=group.error)
            words += await _who_waits(session, groups.departments(group))
            session.add(DeskNotice(group_id=other.configured_id, words=words, loud=True, at=groups.now))


async def _tell_of_end(sessions: Sessions, groups: Groups, group: DeskGroup) -> None:
    async with sessions.begin() as session:
        if await _is_told(session, group, None):
            words = GROUP_WORKS.format(departments=groups.titles(group))
            session.add(DeskNotice(group_id=group.told_group_id, words=words, at=groups.now))


async def _is_told(session: AsyncSession, group: DeskGroup, told: int | None) -> bool:
    """By us: False when another gateway was faster."""
    ours = (
        update(DeskGroup)
        .where(
            DeskGroup.configured_id == group.configured_id,
            DeskGroup.told_group_id.is_not_distinct_from(group.told_group_id),
        )
        .values(told_group_id=told)
        .returning(DeskGroup.configured_id)
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(ours) is not None


async def _who_waits(session: AsyncSession, departments: Sequence[str]) -> str:
    waiting = select(Ticket.id, Ticket.conversation_id).where(
        Ticket.department.in_(departments), Ticket.status != "closed", Ticket.waiting_since.is_not(None)
    )
    rows = (await session.execute(waiting.order_by(Ticket.waiting_since, Ticket.id))).all()
    if not rows:
        return NOBODY_WAITS
    return WAIT_UNSEEN.format(
        customers=len({row.conversation_id for row in rows}),
        commands=", ".join(TAKE.format(ticket=row.id) for row in rows[:LISTED]),
    )
