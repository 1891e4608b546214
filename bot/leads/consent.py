"""What the customer was shown, agreed to and took back, by 152-ФЗ. The proof is only ever added to."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from importlib.metadata import version as installed_version
from typing import Any, Literal

from sqlalchemy import Select, String, and_, bindparam, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import ConsentKind
from bot.conversations import Conversation
from bot.customers.models import PersonLink
from bot.customers.persons import with_others
from bot.db import table_of
from bot.dealer import Consent as Terms
from bot.dealer import ConsentText
from bot.leads.models import Consent, ConsentEvent, LeadConversation
from bot.outbox.models import OutboxMessage

State = Literal["none", "shown", "given", "refused", "withdrawn"]

_PROOF = insert(table_of(Consent))
_SAID, _ROW = table_of(Consent).c, table_of(OutboxMessage).c

# How a text was shown: with a question, or so that sending the number is the answer.
QUESTION, MESSAGE = "question", "message"


@dataclass(frozen=True)
class Word:
    """Versions of the text: which reached him last, which he agreed to, which he refused."""

    shown: str | None = None
    shown_at: dt.datetime | None = None
    agreed_to: str | None = None
    refused: str | None = None
    withdrawn: bool = False
    asked: bool = False  # a text was sent, whether or not it arrived; or he has spoken of it himself

    @property
    def agreed(self) -> bool:
        """To whichever version: an agreement holds for what it was given to."""
        return self.agreed_to is not None

    def about(self, version: str) -> State:
        if self.agreed_to == version:
            return "given"
        if self.withdrawn:
            return "withdrawn"
        if self.refused == version:
            return "refused"
        return "shown" if self.shown == version else "none"


@dataclass(frozen=True)
class Deed:
    """What happened, and in which messages: the channel's ids, or our origin in the outbox."""

    event: ConsentEvent
    how: str
    message_ids: Sequence[str]
    kind: ConsentKind = "processing"
    shown: str | None = None  # the message with the text, when it is this one
    version: str | None = None  # of the text that it is about; else of the one that was shown last


@dataclass(frozen=True)
class Event:
    """A row of the proof, as much of it as his last word is made of."""

    event: ConsentEvent
    version: str
    how: str
    at: dt.datetime
    reached_at: dt.datetime | None


@dataclass(frozen=True)
class _Shown:
    """The text that an answer is about."""

    text: str
    version: str
    reached_at: dt.datetime | None = None


async def record(
    session: AsyncSession, conversation: Conversation, terms: Terms, deed: Deed, his: Collection[int]
) -> None:
    """Add the proof. An agreement is to the text that was shown last in any of `his` conversations.

    Advertising needs his data too: it ends with the processing, and its own history says so.
    """
    await _add(session, conversation, terms, deed, his)
    ends = deed.kind == "processing" and deed.event in ("withdrawn", "forgotten")
    if ends and await _spoke_of_advertising(session, conversation):
        await _add(session, conversation, terms, replace(deed, kind="advertising"), his)


async def _spoke_of_advertising(session: AsyncSession, conversation: Conversation) -> bool:
    his = exists().where(Consent.conversation_id == conversation.id, Consent.kind == "advertising")
    return bool(await session.scalar(select(his)))


def _document(terms: Terms, kind: ConsentKind) -> ConsentText:
    """Of advertising there may be none: he may forbid it all the same."""
    if kind == "processing":
        return terms
    return terms.advertising or ConsentText(version="", url="")


async def _add(
    session: AsyncSession, conversation: Conversation, terms: Terms, deed: Deed, his: Collection[int]
) -> None:
    document = _document(terms, deed.kind)
    shown = await _shown(session, document, deed, his)
    proof = {
        "conversation_id": conversation.id,
        "channel": conversation.channel,
        "account": conversation.account,
        "chat_id": conversation.chat_id,
        "phone": conversation.phone,
        "event": deed.event,
        "kind": deed.kind,
        "how": deed.how,
        "version": shown.version,
        "url": document.url,
        "policy_url": terms.policy_url,
        "text": shown.text,
        "text_sha256": hashlib.sha256(shown.text.encode()).hexdigest(),
        "message_ids": list(deed.message_ids),
        "reached_at": shown.reached_at if deed.event == "given" else None,
        "bot_version": _bot_version(),
    }
    await session.execute(_PROOF, proof)


async def _shown(session: AsyncSession, document: ConsentText, deed: Deed, his: Collection[int]) -> _Shown:
    """He may have read it in one of his chats and agreed in another."""
    if deed.shown is not None:
        return _Shown(deed.shown, document.version)
    given = {"conversation_ids": list(his), "of_kind": deed.kind, "of_version": deed.version}
    found = (await session.execute(_texts(), given)).one_or_none()
    return _Shown(*found) if found is not None else _Shown("", deed.version or document.version)


@cache
def _texts() -> Select[Any]:
    """The last that he was shown, of `:of_version` when one is named."""
    version = bindparam("of_version", type_=String)
    return (
        select(_SAID.text, _SAID.version, _ROW.sent_at)
        .outerjoin_from(table_of(Consent), table_of(OutboxMessage), CARRIED)
        .where(
            _SAID.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            _SAID.event == "shown",
            _SAID.kind == bindparam("of_kind"),
            or_(version.is_(None), _SAID.version == version),
        )
        # What has not reached him he cannot have answered, unless none has.
        .order_by(_ROW.sent_at.is_(None), _SAID.id.desc())
        .limit(1)
    )


# The message of the outbox that carried a shown text. It is deleted when the customer is forgotten, so
# an agreement keeps for itself when the text had reached him.
CARRIED = and_(
    _SAID.event == "shown",
    _ROW.conversation_id == _SAID.conversation_id,
    _ROW.origin == _SAID.message_ids[0].as_string(),
)
# What an `Event` is read from, with `OutboxMessage` joined on `CARRIED`.
EVENT = (_SAID.event, _SAID.version, _SAID.how, _SAID.at, func.coalesce(_SAID.reached_at, _ROW.sent_at))


async def reached(session: AsyncSession, consent_ids: Collection[int]) -> dict[int, dt.datetime | None]:
    """When the channel took the texts that these rows tell of."""
    query = select(Consent.id, OutboxMessage.sent_at).join(OutboxMessage, CARRIED)
    found = await session.execute(query.where(Consent.id.in_(consent_ids)))
    return dict(found.all())


async def last_words(session: AsyncSession, conversation_ids: Collection[int]) -> Mapping[ConsentKind, Word]:
    """What he said last of each kind in any of his conversations."""
    said: dict[ConsentKind, list[Event]] = {"processing": [], "advertising": []}
    rows = await session.execute(_history(), {"conversation_ids": list(conversation_ids)})
    for kind, event, version, how, at, reached_at in rows:
        said[kind].append(Event(event, version, how, at, reached_at))
    return {kind: last(events) for kind, events in said.items()}


async def agreed_on(session: AsyncSession, lead_id: int) -> bool:
    """Whether anybody who told of the lead agrees now; what one of them takes back is not another's."""
    said: dict[tuple[int | None, int | None], list[Event]] = defaultdict(list)
    rows = await session.execute(_history_of_lead(), {"lead_id": lead_id})
    for event, version, how, at, reached_at, conversation_id, person_id in rows:
        alone = conversation_id if person_id is None else None
        said[person_id, alone].append(Event(event, version, how, at, reached_at))
    return any(last(rows).agreed for rows in said.values())


def last(events: Iterable[Event]) -> Word:
    return reduce(_after, events, Word())


def _after(word: Word, said: Event) -> Word:
    """Who took his agreement back is as if he had never given it."""
    match said.event:
        case "shown" if said.reached_at is not None:
            # To ask again after a refusal does not make the next number an agreement.
            refused = word.refused if said.how == QUESTION else None
            word = replace(word, refused=refused, withdrawn=False, asked=True)
            return replace(word, shown=said.version, shown_at=said.reached_at)
        case "shown":
            return replace(word, asked=True)
        case "given" if _counts(word, said):
            return replace(word, agreed_to=said.version, refused=None, withdrawn=False)
        case "refused":
            return replace(word, refused=said.version)
        case "withdrawn":
            return Word(withdrawn=True, asked=True)
        case "forgotten":
            return Word()
        case _:
            return word


def _counts(word: Word, given: Event) -> bool:
    """Who presses the button has the text before him; else it must have reached him before he agreed."""
    if given.how == "button" or given.reached_at is not None:
        return True
    return word.shown_at is not None and word.shown_at <= given.at


@cache
def _history() -> Select[Any]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    return (
        select(_SAID.kind, *EVENT)
        .outerjoin_from(table_of(Consent), table_of(OutboxMessage), CARRIED)
        .where(_SAID.conversation_id.in_(bindparam("conversation_ids", expanding=True)))
        .order_by(_SAID.id)
    )


@cache
def _history_of_lead() -> Select[Any]:
    told, link = table_of(LeadConversation).c, table_of(PersonLink)
    told_in = select(told.conversation_id).where(told.lead_id == bindparam("lead_id"))
    his_now = and_(link.c.conversation_id == _SAID.conversation_id, link.c.until.is_(None))
    return (
        select(*EVENT, _SAID.conversation_id, link.c.person_id)
        .outerjoin_from(table_of(Consent), table_of(OutboxMessage), CARRIED)
        .outerjoin(link, his_now)
        .where(_SAID.conversation_id.in_(with_others(told_in)), _SAID.kind == "processing")
        .order_by(_SAID.id)
    )


@cache
def _bot_version() -> str:
    return installed_version("avtootvet")
