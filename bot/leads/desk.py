"""The dealership as its leads know it: who calls back, which systems are told, what was agreed to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.contract import CapturedLead, OpenedTicket, VisitBooked
from bot.conversations import Conversation
from bot.customers.persons import Known, known
from bot.customers.traces import Traces
from bot.db import Sessions, utcnow
from bot.dealer import Dealer
from bot.desk.tickets import open_ticket
from bot.leads.capture import capture, leads_of, leave, revise
from bot.leads.consent import Deed, State, Word, last_words, record
from bot.leads.deliveries import plan, withdraw
from bot.leads.models import Lead, LeadConversation, LeadDelivery, Visit
from bot.leads.responsible import choose
from bot.leads.told import apart
from bot.leads.visits import book, call_off, coming, remind_of_earlier, stop_reminding

WITHDRAWN = (
    "Клиент отозвал согласие на обработку персональных данных. Не звоните и не пишите ему, "
    "удалите его данные из своих списков. На это есть 10 рабочих дней."
)

WITHDRAWN_BY_ANOTHER = (
    "Клиент этой переписки отозвал согласие на обработку персональных данных. Не пишите ему. Его номер "
    "оставил и другой клиент: тот контакт остаётся в работе, уберите из него только слова этой переписки."
)


@dataclass(frozen=True)
class Standing:
    """What the customer has agreed to and arranged, in all his conversations."""

    consent: State
    agreed: bool  # to whichever version of the text
    advertising: Literal["none", "asked", "given"]
    visit: Visit | None
    own_car: dict[str, Any] | None


@dataclass(frozen=True)
class LeadDesk:
    dealer: Dealer
    systems: tuple[str, ...] = ()

    async def standing(self, session: AsyncSession, customer: Known, traces: Traces) -> Standing:
        ids = customer.conversation_ids
        words = await last_words(session, ids) if traces.said else {}
        word = words.get("processing", Word())
        return Standing(
            consent=word.about(self.dealer.consent.version),
            agreed=word.agreed,
            advertising=_of_advertising(words.get("advertising", Word())),
            visit=await coming(session, ids, self.dealer) if traces.booked else None,
            own_car=await _own_car(session, customer) if traces.told else None,
        )

    async def capture(
        self, session: AsyncSession, conversation: Conversation, told: CapturedLead, *, agrees: bool = False
    ) -> None:
        """`agrees`: he does in the same turn, and `note` plans all that is his."""
        changed = await capture(session, conversation, told, self.dealer)
        if agrees and not told.corrects:  # a corrected number may change a lead that is another's now
            return
        for lead in changed:
            await plan(session, lead, self.systems)

    async def book(self, session: AsyncSession, conversation: Conversation, wanted: VisitBooked) -> None:
        customer = await known(session, conversation)
        booked = await coming(session, customer.conversation_ids, self.dealer)
        await book(session, conversation, booked, wanted, self.dealer)
        await self._tell_again(session, customer)

    async def call_off(self, session: AsyncSession, conversation: Conversation) -> None:
        customer = await known(session, conversation)
        booked = await coming(session, customer.conversation_ids, self.dealer)
        if booked is not None:
            await call_off(session, booked)
            await self._tell_again(session, customer)

    async def _tell_again(self, session: AsyncSession, customer: Known) -> None:
        """The visit, and whether he agreed to advertising, stand on the cards of his leads."""
        for lead in await leads_of(session, customer.conversation_ids):
            await revise(session, lead)
            await plan(session, lead, self.systems)

    async def note(self, session: AsyncSession, conversation: Conversation, deed: Deed) -> None:
        """Keep the proof, and do what follows from it: what waited goes out, what went out is called back."""
        customer = await known(session, conversation)
        for chat in await _chats_of(session, customer, deed) or [conversation]:
            await record(session, chat, self.dealer.consent, deed, customer.conversation_ids)
        if deed.event not in ("given", "withdrawn"):
            return
        if deed.kind == "advertising":
            await self._tell_again(session, customer)
            return
        leads = await leads_of(session, customer.conversation_ids, for_update=True)
        if deed.event == "given":
            for lead in leads:
                await plan(session, lead, self.systems)
        else:
            await self._withdraw(session, conversation, customer, leads)

    async def _withdraw(
        self, session: AsyncSession, conversation: Conversation, customer: Known, leads: Sequence[Lead]
    ) -> None:
        alone, shared = await apart(session, leads, customer)
        await withdraw(session, [lead.id for lead in alone])
        await leave(session, shared, conversation, customer.conversation_ids)
        await stop_reminding(session, customer.conversation_ids)
        words = WITHDRAWN_BY_ANOTHER if shared and not alone else WITHDRAWN
        wanted = self._withdrawal(leads[-1] if leads else None, words)
        await open_ticket(session, conversation, wanted, self.dealer)

    async def adopt(self, sessions: Sessions, channels: Collection[str]) -> None:
        """At start: leads of people who left go to those who are there; what nobody was told of is planned.

        That is what was captured before the first system was connected, and visits from before reminders.
        """
        await remind_of_earlier(sessions, channels, self.dealer)
        async with sessions.begin() as session:
            for lead in await _orphans(session, self.dealer, channels):
                department = self.dealer.known_department(lead.department)
                lead.responsible = await choose(
                    session,
                    self.dealer,
                    department,
                    phone=lead.phone or "",
                    conversation_ids=[lead.conversation_id],
                    now=utcnow(),
                )
                lead.department = department
                await revise(session, lead)
                await plan(session, lead, self.systems)
            if self.systems:
                for lead in await _unplanned(session, channels):
                    await plan(session, lead, self.systems)

    def _withdrawal(self, latest: Lead | None, words: str) -> OpenedTicket:
        department = latest.department if latest is not None else self.dealer.default_department
        return OpenedTicket(department=department, reason="asked", topic="other", summary=words)


def _of_advertising(word: Word) -> Literal["none", "asked", "given"]:
    if word.agreed:
        return "given"
    return "asked" if word.asked else "none"


async def _chats_of(session: AsyncSession, customer: Known, deed: Deed) -> Sequence[Conversation]:
    """What is taken back is so in each of his chats, also when they are no longer one person's."""
    if deed.event not in ("withdrawn", "forgotten"):
        return []
    query = select(Conversation).where(Conversation.id.in_(customer.conversation_ids))
    return (await session.scalars(query.order_by(Conversation.id))).all()


async def _orphans(session: AsyncSession, dealer: Dealer, channels: Collection[str]) -> Sequence[Lead]:
    """Leads under way without a person of their department."""
    real = [
        and_(Lead.department == key, Lead.responsible.in_([person.name for person in department.people]))
        for key, department in dealer.departments.items()
    ]
    under_way = Lead.phone.is_not(None), Lead.stage.not_in(("deal", "lost")), Lead.channel.in_(channels)
    return (await session.scalars(select(Lead).where(*under_way, ~or_(*real)))).all()


async def _unplanned(session: AsyncSession, channels: Collection[str]) -> Sequence[Lead]:
    planned = select(LeadDelivery.lead_id)
    waiting = Lead.phone.is_not(None), Lead.channel.in_(channels), Lead.id.not_in(planned)
    return (await session.scalars(select(Lead).where(*waiting))).all()


async def _own_car(session: AsyncSession, customer: Known) -> dict[str, Any] | None:
    """The car that he offers in exchange, as he told of it last; not what another told of his number."""
    rows = await session.scalars(_details(), {"conversation_ids": list(customer.conversation_ids)})
    return next((details["own_car"] for details in rows if details.get("own_car")), None)


@cache
def _details() -> Select[dict[str, Any]]:
    """Every turn asks it, see `bot.customers.persons.same_person`."""
    return (
        select(LeadConversation.details)
        .join(Lead, Lead.id == LeadConversation.lead_id)
        .where(
            LeadConversation.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            Lead.phone.is_not(None),
        )
        .order_by(LeadConversation.told_at.desc())
    )
