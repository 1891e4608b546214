"""What we read of Bitrix24's answers."""

from enum import IntEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator
from pydantic.alias_generators import to_camel

from bot.leads.crm.bitrix24.portal import SYSTEM
from bot.leads.crm.http import understood
from bot.leads.crm.text import same_phone

# With the lead's uid it is the mark by which a repeated delivery finds its record.
ORIGINATOR = "avtootvet"


class Kind(IntEnum):
    """entityTypeId"""

    LEAD = 1
    DEAL = 2
    CONTACT = 3

    @property
    def code(self) -> str:
        return self._name_.lower()


class _Multifield(BaseModel):
    value: str


class Listed(BaseModel):
    """What we read of a record in a list."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: int
    originator_id: str | None = None

    @property
    def is_ours(self) -> bool:
        return self.originator_id == ORIGINATOR


class Item(Listed):
    """What we read of a record."""

    kind: Kind  # the one that was asked for
    name: str | None = None
    opportunity: float | None = None
    origin_id: str | None = None
    stage_id: str | None = None
    stage_semantic_id: str | None = None
    contact_ids: tuple[int, ...] = ()
    fm: tuple[_Multifield, ...] = ()

    @field_validator("contact_ids", "fm", mode="before")
    @classmethod
    def _null_is_empty(cls, value: object) -> object:
        return value or ()

    @property
    def record(self) -> str:
        return f"{self.kind.code}:{self.id}"

    def is_of(self, uid: str) -> bool:
        return self.is_ours and self.origin_id == uid

    def has(self, phone: str) -> bool:
        """However a person has written it since."""
        return any(same_phone(phone, field.value) for field in self.fm)


class _Many(BaseModel):
    items: tuple[Listed, ...]


class _Comment(BaseModel):
    text: str | None = Field(None, alias="COMMENT")


_ITEM = TypeAdapter(Item)
MANY = TypeAdapter(_Many)
COMMENTS = TypeAdapter(tuple[_Comment, ...])
IDS: TypeAdapter[list[int]] = TypeAdapter(list[int])


def one_item(kind: Kind, result: Any) -> Item:
    """The record of an answer {"item": {…}}. Raises CrmDelayed."""
    body = result.get("item") if isinstance(result, dict) else None
    return understood(_ITEM, {**body, "kind": kind} if isinstance(body, dict) else body, SYSTEM)
