"""What we read of amoCRM's answers."""

from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from bot.leads.crm.text import same_phone


class _Value(BaseModel):
    value: Any = None


class _CustomField(BaseModel):
    field_id: int | None = None
    field_code: str | None = None
    values: tuple[_Value, ...] = ()


class _Tag(BaseModel):
    name: str


class _Linked(BaseModel):
    id: int


class _Embedded(BaseModel):
    tags: tuple[_Tag, ...] = ()
    contacts: tuple[_Linked, ...] = ()
    leads: tuple[_Linked, ...] = ()


class Entity(BaseModel):
    """A lead or a contact, as far as we read it."""

    id: int
    name: str | None = None
    price: int | None = None
    status_id: int | None = None
    custom_fields_values: tuple[_CustomField, ...] | None = None
    embedded: _Embedded = Field(default_factory=_Embedded, alias="_embedded")

    @property
    def tags(self) -> set[str]:
        return {tag.name for tag in self.embedded.tags}

    def phones(self) -> list[str]:
        fields = self.custom_fields_values or ()
        return [str(v.value) for f in fields if f.field_code == "PHONE" for v in f.values]

    def has(self, phone: str) -> bool:
        """However a person has written it."""
        return any(same_phone(phone, known) for known in self.phones())


class _Params(BaseModel):
    text: str | None = None


class Note(BaseModel):
    id: int
    params: _Params | None = None

    @property
    def text(self) -> str:
        return (self.params and self.params.text) or ""


ENTITY = TypeAdapter(Entity)
ENTITIES: TypeAdapter[list[Entity]] = TypeAdapter(list[Entity])
NOTES: TypeAdapter[list[Note]] = TypeAdapter(list[Note])
CREATED: TypeAdapter[list[_Linked]] = TypeAdapter(list[_Linked])
