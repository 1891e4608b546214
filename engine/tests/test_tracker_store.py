"""A long conversation keeps its memory and loses its weight."""

import asyncio
import time
from pathlib import Path
from typing import Iterator

import pytest
from rasa.core.tracker_store import create_tracker_store
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from engine.tracker_store import CompactingTrackerStore

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask_price]
actions: [action_answer]
forms: {phone_form: {required_slots: []}}
slots:
  car: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  city: {type: any, influence_conversation: false, mappings: [{type: custom}]}
"""
)
SENDER = "site:main:1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CompactingTrackerStore]:
    store = CompactingTrackerStore(DOMAIN, host=f"sqlite:///{tmp_path}/rasa.db", max_events=20)
    yield store
    store.engine.dispose()


def load(store: CompactingTrackerStore) -> DialogueStateTracker:
    return asyncio.run(store.get_or_create_tracker(SENDER))


def turn(store: CompactingTrackerStore, number: int, said_at: float = 0) -> DialogueStateTracker:
    tracker = load(store)
    said = UserUttered(f"вопрос {number}", intent={"name": "ask_price", "confidence": 1.0})
    said.timestamp = said_at or time.time()
    for event in (
        said,
        SlotSet("car", number),
        ActionExecuted("action_answer"),
        BotUttered(f"ответ {number}"),
        ActionExecuted("action_listen"),
    ):
        tracker.update(event)
    asyncio.run(store.save(tracker))
    return tracker


def row_count(store: CompactingTrackerStore) -> int:
    with store.session_scope() as session:
        return session.query(store.SQLEvent).count()


def test_events_stay_few_and_no_event_is_stored_twice(store: CompactingTrackerStore) -> None:
    for number in range(60):
        tracker = turn(store, number)
        assert len(tracker.events) <= 25
        assert row_count(store) == len(tracker.events)


def test_slots_outlive_the_cut(store: CompactingTrackerStore) -> None:
    tracker = load(store)
    tracker.update(SlotSet("city", "Казань"))
    asyncio.run(store.save(tracker))
    for number in range(30):
        turn(store, number)
    assert load(store).get_slot("city") == "Казань"
    assert load(store).get_slot("car") == 29


def test_active_loop_outlives_the_cut(store: CompactingTrackerStore) -> None:
    tracker = load(store)
    tracker.update(ActiveLoop("phone_form"))
    asyncio.run(store.save(tracker))
    for number in range(30):
        turn(store, number)
    assert load(store).active_loop_name == "phone_form"


def test_the_last_message_keeps_its_time_so_that_the_session_can_expire(
    store: CompactingTrackerStore,
) -> None:
    for number in range(4):
        turn(store, number, said_at=1000.0 + number)
    cut = load(store)
    last = cut.get_last_event_for(UserUttered)
    assert len(cut.events) < 20
    assert last is not None
    assert (last.text, last.timestamp) == ("вопрос 3", 1003.0)


def test_a_cut_tracker_loads_the_same_again(store: CompactingTrackerStore) -> None:
    for number in range(5):
        turn(store, number)
    first, second = load(store), load(store)
    assert [e.as_dict() for e in first.events] == [e.as_dict() for e in second.events]
    assert first.latest_action_name == "action_listen"


def test_an_unfinished_turn_is_not_cut(store: CompactingTrackerStore) -> None:
    tracker = load(store)
    for number in range(30):
        tracker.update(BotUttered(f"часть {number}"))
    tracker.update(ActionExecuted("action_answer"))
    asyncio.run(store.save(tracker))
    assert len(load(store).events) == len(tracker.events)


def test_other_conversations_are_left_alone(store: CompactingTrackerStore) -> None:
    other = asyncio.run(store.get_or_create_tracker("site:main:2"))
    for number in range(30):
        turn(store, number)
    assert asyncio.run(store.retrieve("site:main:2")).events == other.events


def test_rasa_makes_the_store_from_endpoints_yml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RASA_DATABASE_URL", raising=False)
    endpoints = Path(__file__).parents[2] / "endpoints.yml"
    monkeypatch.setenv("ACTION_SERVER_URL", "http://127.0.0.1:1/webhook")
    from rasa.utils.endpoints import read_endpoint_config

    config = read_endpoint_config(str(endpoints), endpoint_type="tracker_store")
    assert isinstance(config, EndpointConfig)
    store = create_tracker_store(config, DOMAIN)
    assert isinstance(store, CompactingTrackerStore)
    with store.engine.connect() as connection:
        assert connection.execute("PRAGMA journal_mode").scalar() == "wal"
    assert (tmp_path / "var" / "rasa.db").exists()
