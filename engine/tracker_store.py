"""Rasa's tracker store with sessions that stay short.

Every event of a session goes through every policy and to every action, so a long conversation becomes
slow: 25 ms a turn after 40 turns, 127 ms after 240 (measured on Rasa 3.6.21). What the assistant has to
remember is in the slots and in the gateway's database. So a session that grew long is begun anew when it
is loaded, with its slots, its active loop and its last turn.

It is done on loading, not on saving: the tracker in memory is then always what is stored, which is what
`SQLTrackerStore._additional_events` counts on.
"""

import itertools
import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from engine.action_answers import check_schema_once

# Four or five turns.
MAX_EVENTS = 40

DEFAULT_PATH = Path("var") / "rasa.db"

# Attribute of a loaded tracker: how many of its events are stored.
STORED = "stored_events"


class CompactingTrackerStore(SQLTrackerStore):
    """SQLite in `var/rasa.db`, or the database of `RASA_DATABASE_URL` (postgresql://…)."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        host: Optional[str] = None,
        max_events: int = MAX_EVENTS,
        **kwargs: Any,
    ) -> None:
        url = host or os.environ.get("RASA_DATABASE_URL") or _default_url()
        super().__init__(domain=domain, host=url, event_broker=event_broker, **kwargs)
        # Here, because the store is what every server of ours loads, before its first turn.
        check_schema_once()
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _tune_sqlite)
            self.engine.dispose()  # the connection that made the tables was not tuned
        self._max_events = max_events

    async def _retrieve(
        self, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> Optional[DialogueStateTracker]:
        tracker = await super()._retrieve(sender_id, fetch_events_from_all_sessions)
        if tracker is None or fetch_events_from_all_sessions:
            return tracker
        if len(tracker.events) > self._max_events and _at_rest(tracker):
            tracker = self._begin_anew(tracker)
        _remember(tracker)
        return tracker

    def _begin_anew(self, tracker: DialogueStateTracker) -> DialogueStateTracker:
        events = [event.as_dict() for event in short_session(tracker)]
        # One time for all rows: the store reads what is not older than the session's start. The
        # events themselves keep their own times, by which Rasa sees that a session expired.
        now = time.time()
        mine = self.SQLEvent.sender_id == tracker.sender_id
        with self.engine.begin() as connection:
            connection.execute(sa.delete(self.SQLEvent).where(mine))
            connection.execute(_insert(self.SQLEvent), [_row(tracker.sender_id, e, now) for e in events])
        return DialogueStateTracker.from_dict(tracker.sender_id, events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what was added since the tracker was loaded, in one statement.

        `SQLTrackerStore` counts the stored events first and adds the new ones as objects: three times
        the work. A tracker that was not loaded here is left to it.
        """
        stored = getattr(tracker, STORED, None)
        if stored is None:
            await super().save(tracker)
            return
        await self.stream_events(tracker)
        events = [event.as_dict() for event in itertools.islice(tracker.events, stored, None)]
        if events:
            rows = [_row(tracker.sender_id, event, event["timestamp"]) for event in events]
            with self.engine.begin() as connection:
                connection.execute(_insert(self.SQLEvent), rows)
        _remember(tracker)


def _remember(tracker: DialogueStateTracker) -> None:
    """The gateway never sends two messages of one conversation at once: nobody else adds to it."""
    setattr(tracker, STORED, len(tracker.events))


def _insert(table: Any) -> Any:
    return table.__table__.insert()


def _row(sender_id: str, data: Dict[str, Any], timestamp: float) -> Dict[str, Any]:
    return {
        "sender_id": sender_id,
        "type_name": data["event"],
        "timestamp": timestamp,
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def short_session(tracker: DialogueStateTracker) -> List[Event]:
    """A session that leaves the tracker in the same state: its slots and loop, then the last turn.

    Repeating the last turn's own slot events over the final values ends in the final values.
    """
    state: List[Event] = [SessionStarted()]
    state += [SlotSet(slot.name, slot.value) for slot in tracker.slots.values() if slot.has_been_set]
    if tracker.active_loop_name:
        state.append(ActiveLoop(tracker.active_loop_name))
    state.append(ActionExecuted(ACTION_LISTEN_NAME))
    return state + _last_turn(tracker)


def _last_turn(tracker: DialogueStateTracker) -> List[Event]:
    events = list(tracker.events)
    for position in range(len(events) - 1, -1, -1):
        if isinstance(events[position], UserUttered):
            return events[position:]
    return []


def _at_rest(tracker: DialogueStateTracker) -> bool:
    """Whether the last turn is complete; a session is not cut in the middle of one."""
    return tracker.latest_action_name == ACTION_LISTEN_NAME


def _default_url() -> str:
    DEFAULT_PATH.parent.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{DEFAULT_PATH}"


def _tune_sqlite(connection: Any, _record: object) -> None:
    # A turn pays for its commit. NORMAL in WAL mode survives a crash of the process.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=10000")
