"""The work behind the channels: turns and deliveries, in this process, for the channels it serves."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from bot.channels.base import Channel
from bot.customers.trackers import Trackers
from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk.adoption import adopt
from bot.desk.models import DeskGroup
from bot.desk.notices import tell_undelivered
from bot.desk.telegram.connect import TelegramDesk
from bot.desk.watch import Watch
from bot.dispatch import Dispatcher
from bot.inbox.claim import Claim, claim_turn
from bot.inbox.claim import next_due as next_turn_due
from bot.leads.claim import Errand, claim_errand
from bot.leads.claim import next_due as next_errand_due
from bot.leads.crm.base import Crm, ShowsStages
from bot.leads.deliver import Handovers
from bot.leads.desk import LeadDesk
from bot.leads.looks import Look, Looks, claim_look
from bot.leads.looks import next_due as next_look_due
from bot.leads.models import LeadDelivery
from bot.leads.reminders import Reminders
from bot.leases import free_the_dead, worker_name
from bot.metrics import Metrics
from bot.outbox.claim import Parcel, claim_parcel
from bot.outbox.claim import next_due as next_parcel_due
from bot.outbox.send import Deliveries
from bot.outside import Outside
from bot.turn.handle import Turns
from bot.turn.rasa import Rasa
from bot.wake import Wake

# Seconds after the stop that running turns may wait for Rasa, and deliveries for their channel.
TURNS_GRACE = 10.0
DELIVERIES_GRACE = 5.0

NO_CRMS: Mapping[str, Crm] = MappingProxyType({})


@asynccontextmanager
async def working(
    sessions: Sessions,
    rasa: Rasa,
    channels: Mapping[str, Channel],
    *,
    inbox: Wake,
    metrics: Metrics,
    dealer: Dealer,
    crms: Mapping[str, Crm] = NO_CRMS,
    trackers: Trackers | None = None,
    desk: TelegramDesk | None = None,
) -> AsyncIterator[None]:
    """Inside the block every accepted message is answered; what was pending before is resumed.

    `crms` are told of the leads of these channels. `trackers` forget whom Rasa must forget.
    The people of the departments see at `desk` what is handed over to them.
    """
    # What a turn hands over is at the desk at once.
    shown = desk.wake if desk is not None else Wake()
    outbox = desk.outbox if desk is not None else Wake()
    rasas, messengers = Outside(), Outside()
    leads = LeadDesk(dealer, tuple(crms))
    deliveries = Deliveries(sessions, channels, metrics, messengers, tell_undelivered(dealer))
    worker, names = worker_name(), tuple(channels)
    await free_the_dead(sessions, worker, LeadDelivery.claimed_by, DeskGroup.held_by)
    await leads.adopt(sessions, names)
    await adopt(sessions, dealer)
    delivering = Dispatcher[Parcel](
        "deliveries",
        next_due=partial(next_parcel_due, sessions, names),
        claim=partial(claim_parcel, sessions, names, worker),
        work=deliveries.deliver,
        wake=outbox,
    )
    turns = Turns(sessions, rasa, channels, delivering, outbox, shown, metrics, rasas, leads)
    answering = Dispatcher[Claim](
        "turns",
        next_due=partial(next_turn_due, sessions, names),
        claim=partial(claim_turn, sessions, names, worker),
        work=turns.handle,
        wake=inbox,
    )
    answers = asyncio.create_task(answering.run())
    sending = asyncio.create_task(delivering.run())
    try:
        reminders = Reminders(sessions, dealer, names, outbox)
        watch = Watch(sessions, dealer, outbox)
        async with (
            _telling(sessions, crms, dealer, worker, metrics),
            _forgetting(trackers),
            _reminding(reminders),
            _watching(watch),
            _at_desk(desk, worker),
        ):
            yield
    finally:
        # Turns first: what they say still goes out.
        answering.stop()
        await _ended(answers, answering, rasas, TURNS_GRACE)
        delivering.finish()
        await _ended(sending, delivering, messengers, DELIVERIES_GRACE)


@asynccontextmanager
async def _telling(
    sessions: Sessions, crms: Mapping[str, Crm], dealer: Dealer, worker: str, metrics: Metrics
) -> AsyncIterator[None]:
    """The systems outside hear of the leads, and show what became of them.

    Each has a queue of its own: an hour of the silence of one delays nobody else.
    """
    systems = Outside()
    handovers = Handovers(sessions, crms, dealer, systems, metrics)
    telling = [
        Dispatcher[Errand](
            f"leads {name}",
            next_due=partial(next_errand_due, sessions, [name]),
            claim=partial(claim_errand, sessions, [name], worker),
            work=handovers.handle,
            wake=Wake(),
        )
        for name in crms
    ]
    showing = {name: crm for name, crm in crms.items() if isinstance(crm, ShowsStages)}
    looking = Dispatcher[Look](
        "looks",
        next_due=partial(next_look_due, sessions, tuple(showing)),
        claim=partial(claim_look, sessions, tuple(showing)),
        work=Looks(sessions, showing, systems).handle,
        wake=Wake(),
        width=2,
    )
    async with _running(systems, *telling, *([looking] if showing else [])):
        yield


@asynccontextmanager
async def _forgetting(trackers: Trackers | None) -> AsyncIterator[None]:
    if trackers is None:
        yield
        return
    dispatcher = Dispatcher[str](
        "trackers",
        next_due=trackers.next_due,
        claim=trackers.claim,
        work=trackers.erase,
        wake=Wake(),
        width=1,
    )
    async with _running(Outside(), dispatcher):
        yield


@asynccontextmanager
async def _reminding(reminders: Reminders) -> AsyncIterator[None]:
    """Each reminder is put in the transaction that claims it; what is left is to send it."""
    dispatcher = Dispatcher[int](
        "reminders",
        next_due=reminders.next_due,
        claim=reminders.remind,
        work=reminders.told,
        wake=Wake(),
        width=1,
    )
    async with _running(Outside(), dispatcher):
        yield


@asynccontextmanager
async def _watching(watch: Watch) -> AsyncIterator[None]:
    """What is due is done in the transaction that claims it; what is left is to tell of it."""
    dispatcher = Dispatcher[int](
        "watch",
        next_due=watch.next_due,
        claim=watch.do_due,
        work=watch.told,
        wake=Wake(),
        width=1,
    )
    async with _running(Outside(), dispatcher):
        yield


@asynccontextmanager
async def _at_desk(desk: TelegramDesk | None, worker: str) -> AsyncIterator[None]:
    if desk is None:
        yield
        return
    showing = asyncio.create_task(desk.run(worker))
    try:
        yield
    finally:
        desk.stop()
        await asyncio.wait({showing}, timeout=DELIVERIES_GRACE)
        desk.leave()
        await showing


@asynccontextmanager
async def _running(outside: Outside, *dispatchers: Dispatcher[Any]) -> AsyncIterator[None]:
    loops = [asyncio.create_task(dispatcher.run()) for dispatcher in dispatchers]
    try:
        yield
    finally:
        for dispatcher in dispatchers:
            dispatcher.stop()
        for loop, dispatcher in zip(loops, dispatchers, strict=True):
            await _ended(loop, dispatcher, outside, DELIVERIES_GRACE)


async def _ended[Job](
    loop: asyncio.Task[None], dispatcher: Dispatcher[Job], outside: Outside, grace: float
) -> None:
    """After `grace` seconds nothing is waited for but our own database."""
    await asyncio.wait({loop}, timeout=grace)
    dispatcher.stop()
    outside.leave()
    await loop
