"""VK's events → what the inbox stores."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from bot.channels.base import Attachment, AttachmentKind, Incoming, IncomingKind
from bot.channels.vk.wire import (
    CHATS,
    Attached,
    Event,
    Geo,
    Media,
    Message,
    NewMessage,
    Permission,
    Press,
    read,
    read_payload,
)
from bot.contract import Abilities

CHANNEL = "vk"
ABILITIES = Abilities(buttons=True, albums=True, contact_button=False)
WITHOUT_BUTTONS = Abilities(buttons=False, albums=True, contact_button=False)

# Our buttons carry their keys under this name; other programs of a community have other payloads.
KEY = "k"
_MAX_KEY = 32

_START = "начать"

_KINDS: dict[str, AttachmentKind] = {
    "photo": "photo",
    "video": "video",
    "audio_message": "voice",
    "doc": "document",
    "sticker": "sticker",
    "market": "product",
}


def to_incoming(account: str, event: Event, received_at: dt.datetime) -> Incoming | None:
    """None for what is nothing to a conversation. Raises BadEvent."""
    match event.type:
        case "message_new":
            new = read(NewMessage, event.object)
            abilities = None if new.client_info.inline_keyboard else WITHOUT_BUTTONS
            return from_history(account, new.message, abilities)
        case "message_reply":
            return from_history(account, read(Message, event.object))
        case "message_edit":
            return _edited(account, event.event_id, read(Message, event.object))
        case "message_event":
            return _pressed(account, event.event_id, read(Press, event.object), received_at)
        case "message_allow":
            return _permission(account, event, "unblocked", received_at)
        case "message_deny":
            return _permission(account, event, "blocked", received_at)
        case _:
            return None


def from_history(account: str, message: Message, abilities: Abilities | None = None) -> Incoming | None:
    """A message of the customer, or one that a person of the dealership wrote to him past the bot."""
    if not is_customer(message.peer_id):
        return None
    update_id = message_update_id(message.peer_id, message.conversation_message_id)
    if message.from_id != message.peer_id:
        # What the bot itself sends comes back without an author.
        by_hand = message.admin_author_id is not None
        return _incoming(account, update_id, message, kind="staff", text=message.text) if by_hand else None
    said = _said(account, message)
    return _incoming(account, update_id, message, abilities=abilities, **said)


def message_update_id(peer_id: int, number: int) -> str:
    """The identity of a message, whether an event or the chat's history tells of it."""
    return f"m{peer_id}:{number}"


def is_customer(peer_id: int) -> bool:
    """Not a chat of several people, not a community."""
    return 0 < peer_id < CHATS


def _said(account: str, message: Message) -> dict[str, Any]:
    payload = read_payload(message.payload)
    key = _key(payload)
    if key is not None:
        return {"kind": "button", "text": message.text, "button": key}
    if payload.get("command") == "start" or message.text.strip().casefold() == _START:
        return {"kind": "start"}
    return {"kind": "text", "text": _text(account, message)}


def _edited(account: str, event_id: str, message: Message) -> Incoming | None:
    if not is_customer(message.peer_id) or message.from_id != message.peer_id:
        return None
    return _incoming(account, _event_update_id(event_id), message, kind="edit", text=_text(account, message))


def _incoming(account: str, update_id: str, message: Message, **more: Any) -> Incoming:
    quoted = message.reply_message.conversation_message_id if message.reply_message else None
    return Incoming(
        channel=CHANNEL,
        account=account,
        update_id=update_id,
        chat_id=str(message.peer_id),
        message_id=str(message.conversation_message_id),
        reply_to=str(quoted) if quoted else None,
        listing_ref=_product_ref(message) or message.ref,
        attachments=tuple(_attachments(message)),
        sent_at=dt.datetime.fromtimestamp(message.date, dt.UTC),
        **more,
    )


def _pressed(account: str, event_id: str, press: Press, received_at: dt.datetime) -> Incoming | None:
    key = _key(read_payload(press.payload))
    if key is None or not is_customer(press.peer_id):
        return None
    return Incoming(
        channel=CHANNEL,
        account=account,
        update_id=_event_update_id(event_id),
        chat_id=str(press.peer_id),
        kind="button",
        button=key,
        sent_at=received_at,
    )


def _permission(account: str, event: Event, kind: IncomingKind, received_at: dt.datetime) -> Incoming | None:
    user_id = read(Permission, event.object).user_id
    if not is_customer(user_id):
        return None
    return Incoming(
        channel=CHANNEL,
        account=account,
        update_id=_event_update_id(event.event_id),
        chat_id=str(user_id),
        kind=kind,
        sent_at=received_at,
    )


def _event_update_id(event_id: str) -> str:
    return f"e{event_id}"


def _key(payload: dict[str, Any]) -> str | None:
    key = payload.get(KEY)
    return key if isinstance(key, str) and 0 < len(key) <= _MAX_KEY else None


def _text(account: str, message: Message) -> str:
    """What he wrote. Without a word of his own, what he forwards speaks for him."""
    own = "\n".join([message.text, *_shared_links(message)]).strip()
    if own:
        return own
    return "\n".join(f.text for f in message.fwd_messages if f.text and f.from_id != -int(account))


def _shared_links(message: Message) -> Iterator[str]:
    """Addresses that the button «Поделиться» of a site leaves beside the text."""
    for attached in message.attachments:
        url = attached.media.url if attached.type == "link" else None
        if url and url not in message.text:
            yield url


def _product_ref(message: Message) -> str | None:
    """The car of a product card: the number it has in our feed, else the card's address."""
    for attached in message.attachments:
        if attached.type == "market":
            media = attached.media
            return media.external_id or media.sku or media.url
    return None


def _attachments(message: Message) -> Iterator[Attachment]:
    forwarded = (attached for one in message.fwd_messages for attached in one.attachments)
    for attached in (*message.attachments, *forwarded):
        if attached.type != "link":
            yield _attachment(attached)
    if message.geo is not None:
        yield _location(message.geo)


def _attachment(attached: Attached) -> Attachment:
    media = attached.media
    kind = _KINDS.get(attached.type, "other")
    return Attachment(kind=kind, ref=_address(media) or _name(attached), title=media.title or None)


def _address(media: Media) -> str | None:
    largest = max((*media.sizes, *media.images), key=lambda size: size.width, default=None)
    return (largest.url if largest else None) or media.url or media.link_mp3


def _name(attached: Attached) -> str | None:
    """`video-1_2_key`: how VK names what has no address."""
    media = attached.media
    if media.owner_id is None or media.id is None:
        return None
    return "_".join(filter(None, (f"{attached.type}{media.owner_id}", str(media.id), media.access_key)))


def _location(geo: Geo) -> Attachment:
    place = geo.coordinates
    return Attachment(
        kind="location",
        ref=f"{place.latitude},{place.longitude}" if place else None,
        title=geo.place.title if geo.place else None,
    )
