"""What every channel gives to the inbox and takes from the outbox."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bot.contract import Abilities, Card

AttachmentKind = Literal[
    "photo", "video", "voice", "video_note", "document", "sticker", "location", "contact", "product", "other"
]

IncomingKind = Literal["text", "edit", "button", "start", "staff", "blocked", "unblocked"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attachment(_Frozen):
    kind: AttachmentKind
    ref: str | None = Field(None, description="file id or address in the channel")
    title: str | None = Field(None, description="file name, or the name of a product card")


class Incoming(_Frozen):
    """One update of a channel, as the inbox stores it. (channel, account, update_id) is its identity.

    `kind` says who did what: the customer wrote (`text`), corrected a message (`edit`), pressed a
    `button`, opened the chat (`start`), forbade or allowed messages again (`blocked`, `unblocked`); or
    one of the dealer's people wrote to him past the bot, in the messenger itself (`staff`).
    """

    channel: str
    account: str = Field(description="the dealer's bot, community or site widget")
    update_id: str
    chat_id: str = Field(description="the customer's chat within channel and account")
    kind: IncomingKind
    text: str = ""
    message_id: str | None = Field(None, description="the channel's id; an edit has that of what it corrects")
    reply_to: str | None = Field(None, description="the channel's id of the message that this one quotes")
    button: str | None = Field(None, description="opaque key of the pressed button, see bot.outbox")
    listing_ref: str | None = Field(None, description="deep link or page the customer came from")
    attachments: tuple[Attachment, ...] = ()
    name: str | None = None
    own_phone: str | None = Field(None, description="E.164; the channel vouches that it is the customer's")
    abilities: Abilities | None = Field(None, description="of his app or chat, if unlike the channel's")
    sent_at: dt.datetime


class Button(_Frozen):
    title: str
    key: str = Field(description="opaque: the payload itself stays on the server")


FileKind = Literal["photo", "video", "voice", "video_note", "document", "sticker"]


class File(_Frozen):
    """A file that a person of the dealership sends. Its bytes are fetched when it is delivered."""

    kind: FileKind
    source: str = Field(description="where it is: «telegram:<file id>», see bot.channels.files")
    name: str | None = Field(None, description="file name; of a sticker, the emoji that it stands for")
    mime: str | None = None
    size: int | None = Field(None, description="bytes, when the messenger tells")


class Outgoing(_Frozen):
    """One message to the customer: text, then pictures, files or cards, then buttons."""

    text: str = ""
    buttons: tuple[Button, ...] = ()
    pictures: tuple[str, ...] = Field((), description="addresses of an album, in order")
    video_url: str | None = None
    cards: tuple[Card, ...] = Field((), description="their payloads hold button keys here")
    ask_contact: bool = Field(False, description="show the channel's own share-my-number button")
    files: tuple[File, ...] = Field((), description="several photos and videos are one album")
    reply_to: str | None = Field(None, description="the channel's id of the customer's message it quotes")
    edits: int | None = Field(None, description="row of the outbox whose text this one replaces")


class Channel(Protocol):
    name: str
    abilities: Abilities
    burst_window: float  # seconds

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        """What is delivered, and repeated after a failure, one by one; the same for the same message."""
        ...

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        """Deliver one part and return the channel's ids of the messages it became.

        `send_key` is the same on every try of one part. Raises DeliveryDelayed, Unreachable or
        DeliveryError.
        """
        ...

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        """Make what was delivered say `message` now; only its text differs from before.

        `external_ids` are what `send` returned for all its parts, in order. Repeating it does no harm.
        Raises as `send` does.
        """
        ...

    async def typing(self, chat_id: str) -> None:
        """Show that an answer is being written; never raises."""
        ...
