"""The whole path of a turn: gate → rasa → apply."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel, Outgoing
from bot.contract import AskedPhone, OpenedTicket
from bot.conversations import Conversation
from bot.customers.persons import confirm
from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.desk.attention import Attention, attention
from bot.desk.rating import Rating, rate
from bot.desk.tickets import close_left, customer_wrote, open_ticket
from bot.errors import RasaUnavailable
from bot.inbox.claim import LEASE, Claim, LeaseLost, finish_turn, postpone_turn
from bot.leads.bounds import within_bounds
from bot.leads.desk import LeadDesk
from bot.leases import until_written
from bot.metrics import Metrics
from bot.outbox import Choice, put
from bot.outbox.claim import Parcel, Sender, line_is_empty, parcel_put
from bot.outside import Outside
from bot.turn.answer import Answer, read_answer
from bot.turn.apply import apply_effects, focus
from bot.turn.gate import Question, gate, latest_link, told_rating
from bot.turn.message import compose
from bot.turn.privacy import Exchange, keep_privacy
from bot.turn.rasa import Rasa, Reply
from bot.turn.silent import listen, phone_in
from bot.turn.texts import FAILURE, FAILURE_AGAIN, FLOOD, NOT_ANSWERED, TOO_MANY_CONTACTS
from bot.wake import Wake

# Seconds before the tries after the first: together longer than Rasa takes to start again.
PAUSES = (1.0, 3.0, 9.0, 18.0)

# All servers of Rasa together, well within the lease.
ASK_TIMEOUT = LEASE.total_seconds() * 0.75

# Characters of what was not answered that people are told of with the failure.
QUOTED = 500

# Seconds. Most answers come sooner, and each call counts towards the messenger's limits.
TYPING_AFTER = 0.3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turns:
    """Does turns. What one says goes to `sending` at once, or through the queue, whose `outbox` is woken;
    `desk` is woken by what a turn may hand over.
    """

    sessions: Sessions
    rasa: Rasa
    channels: Mapping[str, Channel]
    sending: Sender
    outbox: Wake
    desk: Wake
    metrics: Metrics
    outside: Outside
    leads: LeadDesk
    pauses: tuple[float, ...] = PAUSES

    async def handle(self, claim: Claim) -> None:
        """Answer the turn, or plan its next try, or after the last one tell the customer and a person."""
        try:
            await self._do(claim)
        except LeaseLost:
            log.warning("lease lost", extra=_about(claim))

    async def _do(self, claim: Claim) -> None:
        if claim.attempt > len(self.pauses) + 1:
            # The tries before this one ended in a crash.
            await self._give_up(claim)
            return
        try:
            await self._answer(claim)
        except LeaseLost:
            raise
        except RasaUnavailable as error:
            log.warning("rasa unavailable", extra={**_about(claim), "reason": str(error)})
            await self._retry(claim)
        except Exception:
            # Whatever it was, this turn must neither vanish nor hold up the conversation.
            log.exception("turn failed", extra=_about(claim))
            await self._retry(claim)

    async def _answer(self, claim: Claim) -> None:
        channel = self.channels[_channel(claim)]
        abilities = claim.updates[-1].abilities or channel.abilities
        async with self.sessions() as session:
            rating = await told_rating(session, claim)
            question = await gate(session, claim, abilities, self.leads) if rating is None else None
        if rating is not None:
            await self._rate(claim, rating)
            return
        if question is None:
            await self._stay_silent(claim, await self._overheard(claim))
            return
        # No transaction is open here.
        async with _typing(channel, claim.updates[0].chat_id):
            replies = await self._ask(question)
        await self._commit(claim, read_answer(replies, abilities), question.quoted_car_id)

    async def _ask(self, question: Question) -> Sequence[Reply]:
        async with self._answering():
            return await self.rasa.ask(question.sender, question.message.text, question.metadata)

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            async with self.outside.within(ASK_TIMEOUT):
                yield
        except TimeoutError as error:
            raise RasaUnavailable("Rasa не ответила вовремя, или шлюз останавливают") from error

    async def _commit(self, claim: Claim, answer: Answer, quoted_car_id: int | None) -> None:
        async with self.sessions.begin() as session:
            conversation = await _finish(session, claim)
            conversation.listing_ref = latest_link(claim.updates) or conversation.listing_ref
            if quoted_car_id is not None:
                focus(conversation, quoted_car_id)
            # A person may have taken the conversation while Rasa was asked.
            state = await _attended(session, claim, self.leads.dealer)
            said = None if state.claimed else answer.outgoing
            if said is not None and state.left:
                # First: what this turn asks people for must not go into a ticket that nobody looks at.
                await close_left(session, conversation.id)
            # What was not said was not asked for.
            happened = [e for e in answer.effects if said is not None or not isinstance(e, AskedPhone)]
            kept = await within_bounds(session, conversation, happened, self.leads.dealer)
            if said is not None and kept != happened:
                said = with_note(said, TOO_MANY_CONTACTS)
            await apply_effects(session, conversation, kept, self.leads)
            exchange = Exchange(claim, _origin(claim), said)
            await keep_privacy(session, conversation, answer.effects, exchange, self.leads)
            parcel = await self._say(session, conversation, claim, said, answer.choices) if said else None
        self._pass_on(parcel)
        self._report(claim, answered=said is not None)

    async def _say(
        self,
        session: AsyncSession,
        conversation: Conversation,
        claim: Claim,
        said: Outgoing,
        choices: Sequence[Choice],
    ) -> Parcel | None:
        """Put the answer; it is claimed with it when the sender has room and nothing must go before."""
        straight = self.sending.has_room and await line_is_empty(session, conversation.id)
        outgoing = with_note(said, FLOOD) if claim.flood else said
        held_by = claim.worker if straight else None
        origin = _origin(claim)
        row = await put(session, conversation, outgoing, origin=origin, choices=choices, held_by=held_by)
        return parcel_put(conversation, row, claim.worker) if straight else None

    def _pass_on(self, parcel: Parcel | None) -> None:
        if parcel is None:
            self.outbox.notify()
            return
        self.sending.start(parcel)
        self.desk.notify()

    async def _rate(self, claim: Claim, rating: Rating) -> None:
        """Heard at any time; while a person talks with him, without a word."""
        async with self.sessions.begin() as session:
            conversation = await _finish(session, claim)
            thanks = await rate(session, conversation, rating, self.leads.dealer)
            silent = (await attention(session, conversation.id)).claimed
            if not silent:
                # Not «turn:…»: the bot has said nothing to what the customer talked about with a person.
                origin = f"rated:{claim.updates[0].update_id}"
                await put(session, conversation, Outgoing(text=thanks), origin=origin)
        self._report(claim, answered=not silent)
        self.outbox.notify()

    async def _overheard(self, claim: Claim) -> str | None:
        async with self._answering():
            return await phone_in(claim.updates, self.rasa)

    async def _stay_silent(self, claim: Claim, phone: str | None) -> None:
        async with self.sessions.begin() as session:
            conversation = await _finish(session, claim)
            await _attended(session, claim, self.leads.dealer)
            await listen(session, conversation, claim, phone, self.leads)
        self._report(claim, answered=False)

    def _report(self, claim: Claim, answered: bool) -> None:
        if answered:
            self.metrics.answered(_channel(claim), (utcnow() - claim.received_at).total_seconds())
        else:
            self.metrics.turn_ended(_channel(claim), "silent")

    async def _retry(self, claim: Claim) -> None:
        if claim.attempt > len(self.pauses):
            await self._give_up(claim)
            return
        pause = self.pauses[claim.attempt - 1] * random.uniform(0.8, 1.2)  # noqa: S311 (not a secret)
        await self._write(partial(postpone_turn, self.sessions, claim, pause))
        self.metrics.turn_ended(_channel(claim), "retried")

    async def _give_up(self, claim: Claim) -> None:
        log.error("turn handed over", extra=_about(claim))
        await self._write(partial(self._hand_over, claim))
        self.metrics.turn_ended(_channel(claim), "handed_over")
        self.outbox.notify()

    async def _hand_over(self, claim: Claim) -> None:
        async with self.sessions.begin() as session:
            conversation = await _finish(session, claim)
            state = await _attended(session, claim, self.leads.dealer)
            if state.claimed:
                return
            if state.left:
                await close_left(session, conversation.id)
            failure = self._failure(conversation, claim)
            await open_ticket(session, conversation, failure, self.leads.dealer, claim.received_at)
            text = FAILURE if state.open is None else FAILURE_AGAIN
            await put(session, conversation, Outgoing(text=text), origin=_origin(claim))

    async def _write(self, write: Callable[[], Awaitable[None]]) -> None:
        await until_written(write, LEASE.total_seconds())

    def _failure(self, conversation: Conversation, claim: Claim) -> OpenedTicket:
        return OpenedTicket(
            department=self.leads.dealer.default_department,
            reason="failure",
            topic="other",
            car_id=conversation.focus_car_id,
            summary=NOT_ANSWERED.format(words=compose(claim.updates, None).text[:QUOTED]),
        )


async def _finish(session: AsyncSession, claim: Claim) -> Conversation:
    """The turn is done, whatever came of it; a phone that the messenger vouched for is kept in any case."""
    conversation = await finish_turn(session, claim)
    phone = next((u.own_phone for u in reversed(claim.updates) if u.own_phone), None)
    if phone is not None:
        conversation.phone = phone
        await confirm(session, conversation, phone, "contact")
    return conversation


async def _attended(session: AsyncSession, claim: Claim, dealer: Dealer) -> Attention:
    """Who attends to the conversation, also when only since its messages came; he sees that more came."""
    state = await attention(session, claim.conversation_id, claim.received_at)
    if state.claimed or state.open is not None:
        await customer_wrote(session, claim.conversation_id, claim.received_at, dealer)
    return state


def _channel(claim: Claim) -> str:
    return claim.updates[0].channel


def _origin(claim: Claim) -> str:
    """A turn has one answer. The channel's own id, because row ids begin anew in a new database."""
    return f"turn:{claim.updates[0].update_id}"


def with_note(outgoing: Outgoing, note: str) -> Outgoing:
    return outgoing.model_copy(update={"text": f"{outgoing.text}\n\n{note}".strip()})


def _about(claim: Claim) -> dict[str, object]:
    return {"conversation": claim.conversation_id, "turn": claim.turn_id, "attempt": claim.attempt}


async def _type(channel: Channel, chat_id: str) -> None:
    await asyncio.sleep(TYPING_AFTER)
    await channel.typing(chat_id)


@asynccontextmanager
async def _typing(channel: Channel, chat_id: str) -> AsyncIterator[None]:
    """Shown beside the work when it takes long enough to be seen, never waited for."""
    task = asyncio.create_task(_type(channel, chat_id))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
