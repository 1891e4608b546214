"""Frames of the WebSocket, both ways. The browser's side of them is static/connection.js."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

MAX_TEXT = 4000

# A frame holds one message; JSON may spell a character as two escapes of six bytes.
MAX_FRAME = MAX_TEXT * 12 + 1024

MAX_PENDING = 50


class _In(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$", description="made by the browser, a UUID")]


class Hello(_In):
    """The first frame of every connection."""

    type: Literal["hello"]
    chat: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{32}$", description="None at the first visit")
    after: int = Field(0, ge=0, description="id of the last message that the browser has")
    pending: tuple[ClientId, ...] = Field((), max_length=MAX_PENDING, description="sent, not known stored")


class _Sent(_In):
    id: ClientId = Field(description="the same when it is sent again after a lost connection")
    car: str | None = Field(None, max_length=512, description="deep link that the chat was opened with")


class Say(_Sent):
    type: Literal["say"]
    text: str = Field(min_length=1, max_length=MAX_TEXT)

    @field_validator("text")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("пустое сообщение")
        return value


class Press(_Sent):
    type: Literal["press"]
    key: str = Field(max_length=32)


CLIENT_FRAME: TypeAdapter[Hello | Say | Press] = TypeAdapter(
    Annotated[Hello | Say | Press, Field(discriminator="type")]
)


class ShownButton(_Out):
    title: str
    key: str


class ShownCard(_Out):
    title: str
    text: str
    picture: str | None
    button: str
    key: str


class ShownFile(_Out):
    kind: Literal["photo", "video", "voice", "file"] = Field(description="the last is only to be downloaded")
    url: str
    name: str
    size: int | None = Field(description="bytes")


class Shown(_Out):
    """A message of the history as the browser draws it; it may come again, corrected."""

    id: int
    author: Literal["me", "bot", "staff"]
    text: str
    at: str = Field(description="ISO 8601, UTC")
    buttons: tuple[ShownButton, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    pictures: tuple[str, ...] = ()
    video: str | None = None
    files: tuple[ShownFile, ...] = ()
    quote: str | None = Field(None, description="what of the customer's own it answers")


class Ready(_Out):
    type: Literal["ready"] = "ready"
    chat: str
    fresh: bool = Field(description="`history` begins anew: forget what was shown before")
    history: tuple[Shown, ...]
    stored: dict[str, int] = Field(description="message ids of those `pending` that had arrived")
    typing: bool
    staff: str | None = Field(description="the person who answers now")


class News(_Out):
    type: Literal["news"] = "news"
    messages: tuple[Shown, ...]
    typing: bool
    staff: str | None


class Stored(_Out):
    type: Literal["stored"] = "stored"
    id: str
    message: int = Field(description="its id in the history")


class Slow(_Out):
    """Too many messages: send it again after `seconds`."""

    type: Literal["slow"] = "slow"
    id: str
    seconds: float


class Refused(_Out):
    """It will not be taken, now or later."""

    type: Literal["refused"] = "refused"
    id: str
    text: str


ServerFrame = Ready | News | Stored | Slow | Refused
