"""What VK sends, as far as it is read here. Version 5.199, https://dev.vk.com/api/community-events/"""

import json
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from bot.errors import AvtootvetError

CHATS = 2_000_000_000  # peers from here on are chats of several people

_MAX_EVENT_ID = 64
_MAX_SECONDS = 2**33


class BadEvent(AvtootvetError):
    """VK sent what no version of its API describes; it is skipped."""


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Event(_In):
    """The envelope of everything that happens in the community."""

    type: str
    event_id: str = Field(min_length=1, max_length=_MAX_EVENT_ID)
    object: dict[str, Any]


class Size(_In):
    url: str = ""
    width: int = 0


class Media(_In):
    """The fields of photos, documents, voice messages, product cards … that are of use."""

    id: int | None = None
    owner_id: int | None = None
    access_key: str | None = None
    url: str | None = None
    title: str | None = None
    link_mp3: str | None = None
    sizes: tuple[Size, ...] = ()
    images: tuple[Size, ...] = Field((), description="of a sticker")
    external_id: str | None = None
    sku: str | None = None


class Attached(_In):
    type: str
    media: Media

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_type(cls, raw: Any) -> Any:
        """`{"type": "photo", "photo": {…}}`."""
        if not isinstance(raw, dict):
            return raw
        kind = raw.get("type")
        return {"type": kind, "media": raw.get(kind) or {}}

    @field_validator("media", mode="wrap")
    @classmethod
    def _of_an_unknown_form(cls, raw: Any, read_media: ValidatorFunctionWrapHandler) -> Any:
        try:
            return read_media(raw)
        except ValidationError:
            return Media()  # an attachment must not cost the message


class Coordinates(_In):
    latitude: float
    longitude: float


class Place(_In):
    title: str | None = None


class Geo(_In):
    coordinates: Coordinates | None = None
    place: Place | None = None


class Forwarded(_In):
    from_id: int
    text: str = ""
    attachments: tuple[Attached, ...] = ()


class Quoted(_In):
    conversation_message_id: int | None = None


class Message(_In):
    peer_id: int
    from_id: int
    conversation_message_id: int = Field(ge=1, description="its number in the chat, the same for both sides")
    date: int = Field(ge=0, le=_MAX_SECONDS)
    text: str = ""
    payload: Any = Field(None, description="JSON of the pressed button")
    ref: str | None = Field(None, description="of the link vk.me/…?ref=…")
    attachments: tuple[Attached, ...] = ()
    fwd_messages: tuple[Forwarded, ...] = ()
    reply_message: Quoted | None = None
    geo: Geo | None = None
    admin_author_id: int | None = Field(None, description="who of the community wrote it by hand")


class ClientInfo(_In):
    inline_keyboard: bool = True


class NewMessage(_In):
    message: Message
    client_info: ClientInfo = ClientInfo()


class Press(_In):
    """A callback button."""

    user_id: int
    peer_id: int
    event_id: str = Field(max_length=_MAX_EVENT_ID, description="of the press, for the answer to it")
    payload: Any = None


class Permission(_In):
    """Messages of the community were allowed or forbidden."""

    user_id: int


def read[Shape: BaseModel](shape: type[Shape], raw: Any) -> Shape:
    """Raises BadEvent that names the fields and quotes nothing."""
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, e["loc"])) or shape.__name__ for e in error.errors())
        raise BadEvent(f"не понято: {places}") from error


def read_payload(payload: Any) -> dict[str, Any]:
    """A button's payload; empty when it is no object."""
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return {}
    return payload if isinstance(payload, dict) else {}
