"""How much one chat may tell: with a hostile one the CRM would fill with numbers of strangers.

What is beyond stays in the dialogue, and a person is asked to look at it. While a person talks with him one
number is taken at most, see `bot.turn.silent`.
"""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from sqlalchemy import Select, bindparam, case, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead, Effect, OpenedTicket
from bot.conversations import Conversation
from bot.db import UtcDateTime, utcnow
from bot.dealer import Dealer
from bot.leads.models import Lead, LeadConversation, NumbersTold
from bot.upsert import insert

NUMBERS_A_DAY = 5
DAY = dt.timedelta(days=1)

OPEN_LEADS = 10
# Where nobody moves the stages a lead stays open for ever; who comes back after a month has new wishes.
YOUNG = dt.timedelta(days=30)

TOO_MUCH = (
    "Клиент оставил подряд много номеров или заявок. Новые контакты бот из этой переписки пока не создаёт: "
    "посмотрите её и решите, кому звонить."
)


async def within_bounds(
    session: AsyncSession, conversation: Conversation, effects: Sequence[Effect], dealer: Dealer
) -> list[Effect]:
    """The effects, with a person in place of each contact that is too much; always the same ticket."""
    kept: list[Effect] = []
    for effect in effects:
        too_much = isinstance(effect, CapturedLead) and await _is_too_much(session, conversation, effect)
        kept.append(_to_person(dealer) if too_much else effect)
    return kept


def _to_person(dealer: Dealer) -> OpenedTicket:
    return OpenedTicket(department=dealer.default_department, reason="topic", topic="other", summary=TOO_MUCH)


async def _is_too_much(session: AsyncSession, conversation: Conversation, told: CapturedLead) -> bool:
    if conversation.phone is None and told.phone is not None:
        return False  # the first that he leaves here
    return await _many_numbers(session, conversation, told) or await _many_leads(session, conversation, told)


async def _many_numbers(session: AsyncSession, conversation: Conversation, told: CapturedLead) -> bool:
    """Counted are those after the first. A change there and back is two: each calls somebody else."""
    changed = told.phone not in (None, conversation.phone)
    more = changed + ("other_phone" in told.details)
    return more > 0 and await _count(session, conversation.id, more) >= NUMBERS_A_DAY


async def _count(session: AsyncSession, conversation_id: int, more: int) -> int:
    now = utcnow()
    over = NumbersTold.since <= now - DAY
    counted = (
        insert(session, NumbersTold)
        .values(conversation_id=conversation_id, since=now, number=more)
        .on_conflict_do_update(
            index_elements=["conversation_id"],
            set_={
                "since": case((over, now), else_=NumbersTold.since),
                "number": case((over, more), else_=NumbersTold.number + more),
            },
        )
    )
    return (await session.scalars(counted.returning(NumbersTold.number))).one()


async def _many_leads(session: AsyncSession, conversation: Conversation, told: CapturedLead) -> bool:
    """A later fact about one of them is welcome, however many there are."""
    given = {"conversation_id": conversation.id, "young": utcnow() - YOUNG}
    wishes = {(step, car_id) for step, car_id in await session.execute(_open_wishes(), given)}
    return len(wishes) >= OPEN_LEADS and (told.step, told.car_id) not in wishes


@cache
def _open_wishes() -> Select[str, int | None]:
    """Every lead asks it, see `bot.customers.persons.same_person`."""
    return (
        select(Lead.step, Lead.car_id)
        .join(LeadConversation, LeadConversation.lead_id == Lead.id)
        .where(
            LeadConversation.conversation_id == bindparam("conversation_id"),
            Lead.phone.is_not(None),
            Lead.stage.not_in(("deal", "lost")),
            Lead.created_at > bindparam("young", type_=UtcDateTime),
        )
    )
