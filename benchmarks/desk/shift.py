"""An ordinary day made short: customers write, people take them, answer, hand them on and let go.

Meanwhile gateways are killed, and the server of the database once.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.desk.office import Office
from benchmarks.desk.people import CLOSE, GIVE_BACK, MOVE, TAKE, Client, Colleague, card_of, mirrored
from benchmarks.desk.verdict import Verdict, judge
from benchmarks.soak.servers import Victim
from bot.desk.telegram.buttons import BACK
from bot.inbox.models import InboxUpdate
from bot.outbox.models import OutboxMessage
from tests.emulators.telegram import Received, Topic

LONGEST_DEATH = 2.0  # seconds until what was killed is started again
LOOKED_EVERY = 1.0
# So long nothing may change for the better before what is missing is called lost.
PATIENCE = 60.0
# A busy machine shows people late what they answer, so that the day may become longer than planned, in
# seconds, and quieter, in deeds a second.
OVERTIME, QUIET_RATE = 180.0, 5.0
DEEDS_AT_ONCE = 10

# Not those that are rushed: their topics would be most of all.
DEPARTMENTS = ("used_cars", "new_cars", "credit", "trade_in")

# Of a hundred deeds of customers, and of a person with a conversation of his.
CUSTOMERS = {"calls": 15, "corrects": 10, "album": 6, "voice": 4, "asks": 65}
COLLEAGUES = {
    "says": 32,
    "answers": 20,
    "corrects": 12,
    "album": 6,
    "voice": 5,
    GIVE_BACK: 10,
    CLOSE: 5,
    MOVE: 10,
}


@dataclass(frozen=True)
class Plan:
    deeds: int
    clients: int
    rate: float  # deeds a second
    kills: int  # of gateways, by turns
    seed: int = 1


async def work(office: Office, plan: Plan, tell: Callable[[str], None] = lambda _line: None) -> Verdict:
    dice = random.Random(plan.seed)
    clients = office.come(plan.clients, DEPARTMENTS)
    deaths = _deaths(office, plan, dice)
    async with asyncio.TaskGroup() as dying:
        for number in range(plan.deeds):
            for victim, at, pause in deaths:
                if at == number:
                    tell(f"kill -9: {victim.name}, for {pause:.1f} s")
                    dying.create_task(victim.crash(pause))
            await _somebody_acts(office, clients, plan.rate, dice)
        await _overtime(office, clients, dice)
    tell("all done, the rest is delivered and shown")
    return await _settled(office)


def _deaths(office: Office, plan: Plan, dice: random.Random) -> list[tuple[Victim, int, float]]:
    within = range(plan.deeds // 5, plan.deeds * 19 // 20)
    victims: list[Victim] = [office.gateways[n % len(office.gateways)] for n in range(plan.kills)]
    if office.database is not None:
        victims.append(office.database)
    return [(victim, dice.choice(within), dice.uniform(0, LONGEST_DEATH)) for victim in victims]


async def _overtime(office: Office, clients: Sequence[Client], dice: random.Random) -> None:
    clock = asyncio.get_running_loop().time
    latest = clock() + OVERTIME
    while not (await _seen(office))[1].has_all and clock() < latest:
        for _ in range(DEEDS_AT_ONCE):
            await _somebody_acts(office, clients, QUIET_RATE, dice)


async def _somebody_acts(office: Office, clients: Sequence[Client], rate: float, dice: random.Random) -> None:
    if dice.random() < 0.5:
        _customer_acts(dice.choice(clients), dice)
    else:
        _colleague_acts(office, dice)
    await asyncio.sleep(dice.expovariate(rate))


def _customer_acts(client: Client, dice: random.Random) -> None:
    match _drawn(CUSTOMERS, dice) if client.written else "calls":
        case "calls":
            client.calls()
        case "corrects":
            client.corrects()
        case "album":
            client.sends_album(dice)
        case "voice":
            client.sends_voice()
        case _:
            client.asks()


def _drawn(deeds: Mapping[str, int], dice: random.Random) -> str:
    [deed] = dice.choices([*deeds], [*deeds.values()])
    return deed


def _colleague_acts(office: Office, dice: random.Random) -> None:
    """Whoever looks into a topic and does what its card offers."""
    shown = [
        (colleagues, topic, card)
        for key, colleagues in office.colleagues.items()
        for topic in office.groups[key].topics
        if key in DEPARTMENTS
        and not topic.closed
        and not topic.deleted
        and (card := card_of(topic)) is not None
    ]
    if not shown:
        return
    colleagues, topic, card = dice.choice(shown)
    colleague = dice.choice(colleagues)
    if BACK in card.buttons:
        colleague.presses(dice.choice([*_others(office, card), BACK]), card)
    elif TAKE in card.buttons and dice.random() < 0.5:
        colleague.presses(TAKE, card)
    else:
        _speak(office, colleague, topic, card, dice)


def _others(office: Office, card: Received) -> list[str]:
    titles = [office.titles[key] for key in DEPARTMENTS]
    return [title for title in card.buttons if title in titles]


def _speak(office: Office, colleague: Colleague, topic: Topic, card: Received, dice: random.Random) -> None:
    # What is followed by another message is noted, or its gateway was killed.
    shown = mirrored(topic)[:-1]
    match _drawn(COLLEAGUES, dice):
        case "answers" if shown:
            colleague.says(topic, next(office.marks), answers=dice.choice(shown[-3:]))
        case "corrects":
            colleague.corrects(dice)
        case "album":
            colleague.sends_album(topic, next(office.marks), dice)
        case "voice":
            colleague.sends_voice(topic, next(office.marks))
        case button if button in card.buttons:
            colleague.presses(button, card)
        case _:
            colleague.says(topic, next(office.marks))


async def _settled(office: Office) -> Verdict:
    """When everything has arrived everywhere, or nothing moves any more."""
    clock = asyncio.get_running_loop().time
    before, moved = None, clock()
    while True:
        waiting, verdict = await _seen(office)
        if not waiting and not verdict.faults:
            return verdict
        if (waiting, verdict.faults) != before:
            before, moved = (waiting, verdict.faults), clock()
        if clock() - moved > PATIENCE:
            if waiting:
                verdict.faults.append(f"{waiting} updates and messages are left")
            return verdict
        await asyncio.sleep(LOOKED_EVERY)


async def _seen(office: Office) -> tuple[int, Verdict]:
    """How much is under way, and what is wrong so far."""
    try:
        return await _waiting(office), await judge(office)
    except (SQLAlchemyError, OSError) as error:
        # The connections to a server that was killed are found out one by one.
        return 0, Verdict(faults=[f"the database cannot be read: {type(error).__name__}"])


async def _waiting(office: Office) -> int:
    """Updates that are not stored or not done, messages that are not sent."""
    made = sum(client.written for client in office.clients)
    async with office.sessions() as session:
        stored = await session.scalar(select(func.count(InboxUpdate.id)))
        undone = await session.scalar(select(func.count(InboxUpdate.id)).where(InboxUpdate.done_at.is_(None)))
        queued = await session.scalar(
            select(func.count(OutboxMessage.id)).where(OutboxMessage.status == "queued")
        )
    unread = len(office.telegram.account.updates)
    return unread + made - (stored or 0) + (undone or 0) + (queued or 0)
