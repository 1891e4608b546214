"""Objects of aiogram as they look in JSON on the wire."""

from typing import Any

from pydantic import BaseModel


def wire(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, list):
        return [wire(item) for item in value]
    return value
