"""What the customer was shown, agreed to and took back, by 152-ФЗ. The proof is only ever added to."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version as installed_version
from typing import Literal

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import Conversation
from bot.customers.persons import known, with_others
from bot.dealer import Consent as Terms
from bot.leads.models import Consent, ConsentEvent, ConsentKind, LeadConversation


@dataclass(frozen=True)
class Word:
    """Versions of the text: which he saw last, and which he agreed to."""

    shown: str | None = None
    agreed_to: str | None = None

    @property
    def agreed(self) -> bool:
        """To whichever version: an agreement holds for what it was given to."""
        return self.agreed_to is not None

    def about(self, version: str) -> Literal["none", "shown", "given"]:
        if self.agreed_to == version:
            return "given"
        return "shown" if self.shown == version else "none"


@dataclass(frozen=True)
class Deed:
    """What happened, and in which messages: the channel's ids, or our origin in the outbox."""

    event: ConsentEvent
    how: str
    message_ids: Sequence[str]
    kind: ConsentKind = "processing"
    shown: str | None = None  # the message with the text, when it is this one


async def record(session: AsyncSession, conversation: Conversation, terms: Terms, deed: Deed) -> None:
    """Add the proof. An agreement is to the text that was shown last."""
    text, version = await _text(session, conversation, terms, deed)
    session.add(
        Consent(
            conversation_id=conversation.id,
            channel=conversation.channel,
            account=conversation.account,
            chat_id=conversation.chat_id,
            phone=conversation.phone,
            event=deed.event,
            kind=deed.kind,
            how=deed.how,
            version=version,
            url=terms.url,
            policy_url=terms.policy_url,
            text=text,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            message_ids=list(deed.message_ids),
            bot_version=_bot_version(),
        )
    )
    await session.flush()


async def _text(
    session: AsyncSession, conversation: Conversation, terms: Terms, deed: Deed
) -> tuple[str, str]:
    """He may have read it in one of his chats and agreed in another."""
    if deed.shown is not None:
        return deed.shown, terms.version
    his = (await known(session, conversation)).conversation_ids
    query = (
        select(Consent.text, Consent.version)
        .where(Consent.conversation_id.in_(his), Consent.event == "shown")
        .order_by(Consent.id.desc())
    )
    shown = (await session.execute(query.limit(1))).one_or_none()
    return (shown[0], shown[1]) if shown is not None else ("", terms.version)


async def last_word(
    session: AsyncSession, conversation_ids: Collection[int], kind: ConsentKind = "processing"
) -> Word:
    """What he said last in any of his conversations. Who took it back is as if he had never agreed."""
    rows = await session.execute(_history(), {"conversation_ids": list(conversation_ids), "kind": kind})
    return _last(rows.all())


async def last_word_on(session: AsyncSession, lead_id: int) -> Word:
    """The same of all who told of the lead, in whichever of their chats."""
    return _last((await session.execute(_history_of_lead(), {"lead_id": lead_id})).all())


def _last(rows: Iterable[Row[ConsentEvent, str]]) -> Word:
    word = Word()
    for event, version in rows:
        match event:
            case "shown":
                word = replace(word, shown=version)
            case "given":
                word = replace(word, agreed_to=version)
            case "withdrawn" | "forgotten":
                word = Word()
    return word


@cache
def _history() -> Select[ConsentEvent, str]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    return (
        select(Consent.event, Consent.version)
        .where(
            Consent.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            Consent.kind == bindparam("kind"),
        )
        .order_by(Consent.id)
    )


@cache
def _history_of_lead() -> Select[ConsentEvent, str]:
    told_in = select(LeadConversation.conversation_id).where(LeadConversation.lead_id == bindparam("lead_id"))
    return (
        select(Consent.event, Consent.version)
        .where(Consent.conversation_id.in_(with_others(told_in)), Consent.kind == "processing")
        .order_by(Consent.id)
    )


@cache
def _bot_version() -> str:
    return installed_version("avtootvet")
