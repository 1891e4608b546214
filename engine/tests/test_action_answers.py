"""The prepared check of the action server's answers refuses what Rasa's own refuses."""

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction

from engine.action_answers import check_schema_once

GOOD = {
    "events": [{"event": "slot", "name": "wish", "value": {"price_max": 1}}],
    "responses": [{"text": "Да"}],
}
BAD = [
    {"events": "none"},
    {"events": [{"name": "wish"}], "responses": []},
    {"responses": "Да"},
]


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> RemoteAction:
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    return RemoteAction("action_answer", None)


def test_a_good_answer_passes(action: RemoteAction) -> None:
    check_schema_once()
    assert action._validate_action_result(GOOD)


@pytest.mark.parametrize("answer", BAD)
def test_bad_answers_are_refused_as_by_rasa(action: RemoteAction, answer: dict) -> None:
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(answer)
    check_schema_once()
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(answer)
