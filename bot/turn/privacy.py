"""What a turn says of personal data: shown, agreed to, taken back, to be forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Outgoing
from bot.contract import ConsentGiven, ConsentRefused, ConsentShown, ConsentWithdrawn, Effect, ForgetMe
from bot.conversations import Conversation
from bot.customers.forget import forget
from bot.customers.persons import known
from bot.inbox.claim import Claim
from bot.leads.consent import MESSAGE, QUESTION, Deed
from bot.leads.desk import LeadDesk


@dataclass(frozen=True)
class Exchange:
    """What the customer did in this turn, and what he is answered."""

    claim: Claim
    origin: str  # of the answer, in the outbox
    said: Outgoing | None

    @property
    def message_ids(self) -> list[str]:
        return [update.message_id or update.update_id for update in self.claim.updates]

    @property
    def how(self) -> str:
        return "button" if any(update.button for update in self.claim.updates) else "words"


async def keep_privacy(
    session: AsyncSession,
    conversation: Conversation,
    effects: Iterable[Effect],
    exchange: Exchange,
    leads: LeadDesk,
) -> None:
    """After the other effects, so that the proof has the number, and before the answer is put."""
    for effect in effects:
        deed = _deed(effect, exchange)
        if deed is not None:
            await leads.note(session, conversation, deed)
    if any(isinstance(effect, ForgetMe) for effect in effects):
        customer = await known(session, conversation)
        await leads.note(session, conversation, Deed("forgotten", exchange.how, exchange.message_ids))
        await forget(session, customer.conversation_ids)


def _how(effect: ConsentGiven, exchange: Exchange) -> str:
    """Rasa sees the number alone, not that the messenger's own button sent it."""
    vouched = any(update.own_phone for update in exchange.claim.updates)
    return "contact_button" if vouched and effect.how == "number_after_text" else effect.how


def _deed(effect: Effect, exchange: Exchange) -> Deed | None:
    match effect:
        case ConsentShown() if exchange.said is not None:
            how = QUESTION if effect.question else MESSAGE
            return Deed("shown", how, [exchange.origin], effect.kind, shown=exchange.said.text)
        case ConsentGiven():
            return Deed("given", _how(effect, exchange), exchange.message_ids, effect.kind)
        case ConsentWithdrawn():
            return Deed("withdrawn", exchange.how, exchange.message_ids, effect.kind)
        case ConsentRefused():
            return Deed("refused", exchange.how, exchange.message_ids, effect.kind, version=effect.version)
        case _:
            return None
