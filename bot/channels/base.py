"""What every channel gives to the inbox and takes from the outbox."""

import datetime as dt
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.contract import Abilities, Card

AttachmentKind = Literal[
    "photo", "video", "voice", "video_note", "document", "sticker", "location", "contact", "other"
]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attachment(_Frozen):
    kind: AttachmentKind
    ref: str | None = Field(None, description="file id or address in the channel")


class Incoming(_Frozen):
    """One update of a channel, as the inbox stores it. (channel, account, update_id) is its identity."""

    channel: str
    account: str = Field(description="the dealer's bot, community or site widget")
    update_id: str
    chat_id: str = Field(description="the customer's chat within channel and account")
    kind: Literal["text", "edit", "button", "start"]
    text: str = ""
    button: str | None = Field(None, description="opaque key of the pressed button, see bot.outbox")
    listing_ref: str | None = Field(None, description="deep link or page the customer came from")
    attachments: tuple[Attachment, ...] = ()
    name: str | None = None
    sent_at: dt.datetime


class Button(_Frozen):
    title: str
    key: str = Field(description="opaque: the payload itself stays on the server")


class Outgoing(_Frozen):
    """One message to the customer: text, then pictures or cards, then buttons."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    pictures: tuple[str, ...] = Field((), description="addresses of an album, in order")
    video_url: str | None = None
    cards: tuple[Card, ...] = Field((), description="their payloads hold button keys here")
    ask_contact: bool = Field(False, description="show the channel's own share-my-number button")


class Channel(Protocol):
    name: str
    abilities: Abilities
    burst_window: float  # seconds

    async def send(self, chat_id: str, message: Outgoing, send_key: int) -> str | None:
        """Deliver and return the channel's message id.

        `send_key` is the same on every try of one row. Raises DeliveryDelayed or DeliveryError.
        """
        ...

    async def typing(self, chat_id: str) -> None:
        """Show that an answer is being written; never raises."""
        ...
