"""One soak, from the first message to the verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.soak.crowd import Person
from benchmarks.soak.ledger import Ledger, ledgers, settled
from benchmarks.soak.play import Killing, Plan, play
from benchmarks.soak.stage import Stage
from benchmarks.soak.texts import Texts
from benchmarks.soak.verdict import Verdict, judge


@dataclass(frozen=True)
class Outcome:
    people: Sequence[Person]
    ledgers: Mapping[tuple[str, str], Ledger]
    verdict: Verdict

    def ledger(self, person: Person) -> Ledger:
        return self.ledgers[person.channel, person.chat_id]


async def soak(
    stage: Stage,
    plan: Plan,
    texts: Texts,
    kills: Sequence[Killing],
    tell: Callable[[str], None],
) -> Outcome:
    people = await play(stage, plan, texts, kills, tell)
    tell("all written, the rest is answered")
    at_rest = await settled(stage.sessions, stage.updates)
    books = await ledgers(stage.sessions)
    verdict = judge(people, books)
    if not at_rest:
        verdict.faults.append("the queues did not become empty")
    return Outcome(people, books, verdict)
