"""Did anything get lost, doubled or out of order? Customers' screens against the database."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.soak.crowd import Deed, Person, Seen
from benchmarks.soak.ledger import EMPTY, Ledger, hands_over
from bot.inbox.models import InboxUpdate
from bot.turn.texts import FAILURE


@dataclass
class Verdict:
    updates: int = 0
    turns: int = 0
    answered: int = 0  # turns with an answer of the assistant
    handed_over: int = 0  # turns that ended with «передал сотруднику»
    doubled: Counter[str] = field(default_factory=Counter)  # messages that a customer got again, by channel
    faults: list[str] = field(default_factory=list)


def judge(people: Sequence[Person], ledgers: Mapping[tuple[str, str], Ledger]) -> Verdict:
    verdict = Verdict()
    for person in people:
        ledger = ledgers.get((person.channel, person.chat_id), EMPTY)
        _count(verdict, person, ledger)
        name = f"{person.channel} {person.chat_id}"
        verdict.faults += [f"{name}: {fault}" for fault in _faults(person, ledger)]
    return verdict


def doubles(person: Person, ledger: Ledger) -> list[Seen]:
    """What the customer has and the database does not know: it was sent again."""
    return [seen for seen in person.seen if not _known(seen, ledger)]


def _known(seen: Seen, ledger: Ledger) -> bool:
    return seen.ids[0] in ledger.delivered


def _count(verdict: Verdict, person: Person, ledger: Ledger) -> None:
    answers = [row for turn in ledger.turns if (row := ledger.answer(turn))]
    handed_over = sum(map(hands_over, answers))
    verdict.updates += len(person.deeds)
    verdict.turns += len(ledger.turns)
    verdict.handed_over += handed_over
    verdict.answered += len(answers) - handed_over
    verdict.doubled[person.channel] += len(doubles(person, ledger))


def _faults(person: Person, ledger: Ledger) -> Iterator[str]:
    yield from _stored_otherwise(person.deeds, ledger.updates)
    yield from _left_undone(ledger)
    yield from _undelivered(person, ledger)
    yield from _disordered(person, ledger)
    yield from _answered_too_early(person, ledger)
    yield from _told_twice(ledger)
    if person.channel == "vk" and doubles(person, ledger):
        yield "a message came twice, although VK knows its random_id"


def _stored_otherwise(deeds: Sequence[Deed], updates: Sequence[InboxUpdate]) -> Iterator[str]:
    """Each update once, as it was made, in the order in which it was made."""
    if len(deeds) != len(updates):
        yield f"{len(deeds)} updates were made and {len(updates)} are stored"
        return
    for deed, update in _paired(deeds, updates):
        same_text = deed.kind == "button" or update.body["text"] in deed.texts
        if deed.kind != update.body["kind"] or not same_text:
            yield f"a {deed.kind} is stored as something else, update {update.id}"


def _paired(deeds: Sequence[Deed], updates: Sequence[InboxUpdate]) -> Iterator[tuple[Deed, InboxUpdate]]:
    """Edits apart: who asks for missed messages has the corrected text before he hears of the edit."""
    for edits in (False, True):
        made = [deed for deed in deeds if (deed.kind == "edit") == edits]
        stored = [update for update in updates if (update.body["kind"] == "edit") == edits]
        yield from zip(made, stored, strict=False)


def _left_undone(ledger: Ledger) -> Iterator[str]:
    """Every update is done; every turn has one answer; only an edit may want none."""
    for update in ledger.updates:
        if update.done_at is None:
            yield f"update {update.id} is not done"
        elif update.turn_id is None and update.body["kind"] != "edit":
            yield f"update {update.id} had no turn"
    for turn in ledger.turns:
        if ledger.answer(turn) is None:
            yield f"turn {turn} has no answer"


def _undelivered(person: Person, ledger: Ledger) -> Iterator[str]:
    on_screen = {each for seen in person.seen for each in seen.ids}
    for row in ledger.outbox:
        ids = {external_id for external_id, outbox_id in ledger.delivered.items() if outbox_id == row.id}
        if row.status != "sent":
            yield f"message {row.id} is {row.status}: {row.error}"
        elif not ids or not ids <= on_screen:
            yield f"message {row.id} is called sent, but the customer does not have it"


def _disordered(person: Person, ledger: Ledger) -> Iterator[str]:
    rows = [ledger.delivered[seen.ids[0]] for seen in person.seen if _known(seen, ledger)]
    for one, next_ in pairwise(rows):
        if one > next_:
            yield f"message {next_} came after message {one}"


def _answered_too_early(person: Person, ledger: Ledger) -> Iterator[str]:
    """Messengers number what is written in a chat: an answer has a higher number than its questions."""
    known = [seen for seen in person.seen if _known(seen, ledger)]
    shown = {ledger.delivered[seen.ids[0]]: seen.order for seen in reversed(known)}
    asked = {update.id: deed.order for deed, update in _paired(person.deeds, ledger.updates)}
    for turn, updates in ledger.turns.items():
        row, latest = ledger.answer(turn), max(asked.get(update.id, 0) for update in updates)
        if row is not None and shown.get(row.id, latest + 1) <= latest:
            yield f"the answer of turn {turn} came before its question"


def _told_twice(ledger: Ledger) -> Iterator[str]:
    """Tickets stay open in the soak, so the long notice of a failure is said once."""
    if sum(row.body["text"] == FAILURE for row in ledger.outbox) > 1:
        yield "the first notice of a failure was said more than once"
