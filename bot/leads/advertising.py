"""Which customers may be sent advertising: who agreed, while nobody of the same number is against it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.customers.models import PersonLink
from bot.leads.consent import CARRIED, EVENT, Event, Word, last
from bot.leads.models import Consent, ConsentEvent, LeadConversation
from bot.outbox.models import OutboxMessage

# A lead, and who told of it: a person, or a chat that is no confirmed person's.
Teller = tuple[int, int | None, int | None]


async def advertised(session: AsyncSession, lead_ids: Select[int]) -> set[int]:
    """Of these leads, the ones whose customer may be sent advertising.

    Anybody may have typed the number, and its owner is not to be disturbed because another agreed: the no
    of one who told of the lead is enough.
    """
    words: dict[int, list[Word]] = defaultdict(list)
    for (lead_id, *_), said in (await _said(session, lead_ids)).items():
        words[lead_id].append(last(said))
    return {lead_id for lead_id, told in words.items() if _allow(told)}


def _allow(words: Sequence[Word]) -> bool:
    against = any(word.withdrawn or word.refused is not None for word in words)
    return not against and any(word.agreed for word in words)


async def _said(session: AsyncSession, lead_ids: Select[int]) -> Mapping[Teller, Sequence[Event]]:
    said: dict[Teller, list[Event]] = defaultdict(list)
    rows = await session.execute(_history(lead_ids))
    for lead_id, person_id, conversation_id, event, version, how, at, reached_at in rows:
        alone = conversation_id if person_id is None else None
        said[lead_id, person_id, alone].append(Event(event, version, how, at, reached_at))
    return said


def _history(
    lead_ids: Select[int],
) -> Select[int, int | None, int, ConsentEvent, str, str, dt.datetime, dt.datetime | None]:
    """What each who told of a lead said of advertising, in whichever of his chats."""
    his, each = aliased(PersonLink), aliased(PersonLink)
    chat = func.coalesce(each.conversation_id, LeadConversation.conversation_id)
    return (
        select(LeadConversation.lead_id, his.person_id, chat, *EVENT)
        .outerjoin(his, and_(his.conversation_id == LeadConversation.conversation_id, his.until.is_(None)))
        .outerjoin(each, and_(each.person_id == his.person_id, each.until.is_(None)))
        .join(Consent, Consent.conversation_id == chat)
        .outerjoin(OutboxMessage, CARRIED)
        .where(LeadConversation.lead_id.in_(lead_ids), Consent.kind == "advertising")
        .order_by(Consent.id)
    )
