"""The customers write, in any order among each other, while servers are killed."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.soak.crowd import Person
from benchmarks.soak.servers import Victim
from benchmarks.soak.stage import Stage
from benchmarks.soak.texts import Texts

LONGEST_DEATH = 2.0  # seconds until a killed server is started again
SHUFFLED_EVERY = 5  # updates
TOLD_EVERY = 100  # updates

# Of a hundred updates, in this order and where it is possible; the rest is text.
PRESSES, EDITS, PHOTOS, VOICES = 15, 8, 5, 5


@dataclass(frozen=True)
class Plan:
    updates: int
    customers: int
    rate: float  # updates a second
    repeated: float = 0.1  # share of the updates that a messenger tells twice
    seed: int = 1


@dataclass(frozen=True)
class Killing:
    at: int  # after so many updates
    victim: Victim
    death: float  # seconds until it is started again


def killings(plan: Plan, victims: Sequence[tuple[Victim, int]], dice: random.Random) -> list[Killing]:
    """Each victim so many times, anywhere between the first and the last updates."""
    within = range(plan.updates // 20, plan.updates * 19 // 20)
    return [
        Killing(dice.choice(within), victim, dice.uniform(0, LONGEST_DEATH))
        for victim, times in victims
        for _ in range(times)
    ]


async def play(
    stage: Stage, plan: Plan, texts: Texts, kills: Sequence[Killing], tell: Callable[[str], None]
) -> list[Person]:
    """Returns the customers when all is written and every killed server works again."""
    dice = random.Random(plan.seed)
    people = stage.people(plan.customers)
    misbehave(stage, plan)
    async with asyncio.TaskGroup() as dying:
        for number in range(plan.updates):
            for killing in kills:
                if killing.at == number:
                    tell(f"kill -9: {killing.victim.name}, for {killing.death:.1f} s")
                    dying.create_task(killing.victim.crash(killing.death))
            act(dice.choice(people), texts, dice)
            if number % SHUFFLED_EVERY == 0:
                stage.vk.feed.release_shuffled()
                stage.vk.feed.hold()
            if number and number % TOLD_EVERY == 0:
                tell(f"{number} of {plan.updates} updates")
            await asyncio.sleep(dice.expovariate(plan.rate))
        stage.vk.feed.release_shuffled()
    return people


def misbehave(stage: Stage, plan: Plan) -> None:
    """The messengers repeat updates and mix those of different customers."""
    stage.telegram.account.updates.shuffled = True
    stage.telegram.account.updates.repeat_probability = plan.repeated
    stage.vk.feed.repeated_share = plan.repeated


def act(person: Person, texts: Texts, dice: random.Random) -> None:
    drawn = dice.randrange(100)
    if drawn < PRESSES and (button := person.fresh_button):
        person.presses(button)
    elif PRESSES <= drawn < PRESSES + EDITS and person.can_edit:
        person.edits(texts())
    elif PRESSES + EDITS <= drawn < PRESSES + EDITS + PHOTOS:
        person.sends_photo(texts())
    elif drawn >= 100 - VOICES:
        person.sends_voice()
    else:
        person.writes(texts())
