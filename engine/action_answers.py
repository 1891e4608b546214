"""Checking the action server's answers with a schema that is itself checked once, not on every turn.

Rasa 3.6.21 calls `jsonschema.validate` in `RemoteAction._validate_action_result`, which first validates
Rasa's own constant schema: most of a turn's time. The check of the answer stays what it was. Measured in
docs/decisions/turn-time.md.
"""

from functools import lru_cache
from typing import Any, Dict

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction


@lru_cache(maxsize=1)
def _validator() -> Any:
    schema = RemoteAction.action_response_format_spec()
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def _validate(_action: RemoteAction, result: Dict[str, Any]) -> bool:
    """Raises jsonschema.ValidationError, as Rasa's own check does."""
    _validator().validate(result)
    return True


def check_schema_once() -> None:
    """Let every `RemoteAction` of this process use the prepared validator."""
    RemoteAction._validate_action_result = _validate
