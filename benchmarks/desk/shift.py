"""An ordinary day made short: customers write, people take them, answer and let go, gateways are killed."""

import asyncio
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from benchmarks.desk.office import Office
from benchmarks.desk.people import CLOSE, GIVE_BACK, TAKE, Client, Colleague, card_of, mirrored
from benchmarks.desk.verdict import Verdict, judge
from benchmarks.soak.servers import Server
from bot.inbox.models import InboxUpdate
from bot.outbox.models import OutboxMessage
from tests.emulators.telegram import Received, Topic

LONGEST_DEATH = 2.0  # seconds until a killed gateway is started again
LOOKED_EVERY = 1.0
# So long nothing may change for the better before what is missing is called lost.
PATIENCE = 60.0
LONGEST = 5  # times the plan

# Not those that are rushed: their topics would be most of all.
DEPARTMENTS = ("used_cars", "new_cars", "credit", "trade_in")

# Of a hundred deeds of customers; the rest are questions.
CALLS, CORRECTIONS = 15, 10
# Of a hundred deeds of a person with a conversation of his; the rest are new words.
ANSWERS, REWORDINGS, RETURNS, CLOSURES = 20, 15, 12, 6


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
    deaths = _deaths(office.gateways, plan, dice)
    async with asyncio.TaskGroup() as dying:
        for number in itertools.count():
            # A busy machine shows people late what they answer.
            if number >= plan.deeds and (_has_come_to_all(office) or number > LONGEST * plan.deeds):
                break
            for gateway, at, pause in deaths:
                if at == number:
                    tell(f"kill -9: {gateway.log.stem}, for {pause:.1f} s")
                    dying.create_task(gateway.crash(pause))
            if dice.random() < 0.5:
                _customer_acts(dice.choice(clients), dice)
            else:
                _colleague_acts(office, dice)
            await asyncio.sleep(dice.expovariate(plan.rate))
    tell("all done, the rest is delivered and shown")
    return await _settled(office)


def _deaths(gateways: Sequence[Server], plan: Plan, dice: random.Random) -> list[tuple[Server, int, float]]:
    within = range(plan.deeds // 5, plan.deeds * 19 // 20)
    return [
        (gateways[n % len(gateways)], dice.choice(within), dice.uniform(0, LONGEST_DEATH))
        for n in range(plan.kills)
    ]


def _has_come_to_all(office: Office) -> bool:
    words = [word for key in DEPARTMENTS for one in office.colleagues[key] for word in one.words]
    return any(len(word.texts) > 1 for word in words) and any(word.answers is not None for word in words)


def _customer_acts(client: Client, dice: random.Random) -> None:
    drawn = dice.randrange(100)
    if drawn < CALLS or not client.written:
        client.calls()
    elif drawn < CALLS + CORRECTIONS:
        client.corrects()
    else:
        client.asks()


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
    if TAKE in card.buttons and dice.random() < 0.5:
        colleague.presses(TAKE, card)
    else:
        _speak(office, colleague, topic, card, dice)


def _speak(office: Office, colleague: Colleague, topic: Topic, card: Received, dice: random.Random) -> None:
    # What is followed by another message is noted, or its gateway was killed.
    drawn, shown = dice.randrange(100), mirrored(topic)[:-1]
    if drawn < ANSWERS and shown:
        colleague.says(topic, next(office.marks), answers=dice.choice(shown[-3:]))
    elif drawn < ANSWERS + REWORDINGS:
        colleague.corrects(dice)
    elif drawn < ANSWERS + REWORDINGS + RETURNS and GIVE_BACK in card.buttons:
        colleague.presses(GIVE_BACK, card)
    elif drawn < ANSWERS + REWORDINGS + RETURNS + CLOSURES and CLOSE in card.buttons:
        colleague.presses(CLOSE, card)
    else:
        colleague.says(topic, next(office.marks))


async def _settled(office: Office) -> Verdict:
    """When everything has arrived everywhere, or nothing moves any more."""
    clock = asyncio.get_running_loop().time
    before, moved = None, clock()
    while True:
        waiting, verdict = await _waiting(office), await judge(office)
        if not waiting and not verdict.faults:
            return verdict
        if (waiting, verdict.faults) != before:
            before, moved = (waiting, verdict.faults), clock()
        if clock() - moved > PATIENCE:
            if waiting:
                verdict.faults.append(f"{waiting} updates and messages are left")
            return verdict
        await asyncio.sleep(LOOKED_EVERY)


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
