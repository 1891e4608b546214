"""What a message says: its text, and attachments that are kept for people."""

from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from aiogram.enums import ContentType
from aiogram.types import Contact, Message

from bot.channels.base import Attachment, AttachmentKind

# Everything else that Telegram knows is a notice of its own («сообщение закреплено»): nobody said it.
KINDS: dict[str, AttachmentKind] = {
    ContentType.PHOTO: "photo",
    ContentType.LIVE_PHOTO: "photo",
    ContentType.VIDEO: "video",
    ContentType.ANIMATION: "video",
    ContentType.VOICE: "voice",
    ContentType.VIDEO_NOTE: "video_note",
    ContentType.DOCUMENT: "document",
    ContentType.STICKER: "sticker",
    ContentType.LOCATION: "location",
    ContentType.VENUE: "location",
    ContentType.CONTACT: "contact",
    ContentType.AUDIO: "other",
    ContentType.DICE: "other",
    ContentType.POLL: "other",
    ContentType.STORY: "other",
    ContentType.PAID_MEDIA: "other",
    ContentType.CHECKLIST: "other",
    ContentType.GAME: "other",
    ContentType.RICH_MESSAGE: "other",
    ContentType.UNKNOWN: "other",
}


@dataclass(frozen=True)
class Content:
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    own_phone: str | None = None


def read_content(message: Message) -> Content | None:
    """None for a notice that Telegram itself puts into the chat."""
    kind = message.content_type
    if kind == ContentType.TEXT:
        return Content(message.text or "")
    if kind not in KINDS:
        return None
    if message.contact:
        return _read_contact(message, message.contact)
    if message.sticker and message.sticker.emoji:
        # A picture of «👍»: a courtesy, not something left unread.
        return Content(message.sticker.emoji)
    attachment = Attachment(kind=KINDS[kind], ref=_reference(message), title=_file_name(message))
    return Content(message.caption or "", (attachment,))


def _read_contact(message: Message, contact: Contact) -> Content:
    """Own only when the card is the sender's: anybody's can be forwarded."""
    number = international(contact.phone_number)
    own = message.from_user is not None and contact.user_id == message.from_user.id
    title = " ".join(filter(None, (contact.first_name, contact.last_name)))
    return Content(
        text=number or contact.phone_number,
        attachments=(Attachment(kind="contact", ref=None, title=title),),
        own_phone=number if own else None,
    )


def international(number: str) -> str | None:
    """E.164. Telegram leaves out the plus; a phone book may hold «8 900 …»."""
    digits = "".join(filter(str.isdecimal, number))
    for written, region in ((f"+{digits}", None), (digits, "RU")):
        try:
            parsed = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def _reference(message: Message) -> str | None:
    if place := message.location or (message.venue and message.venue.location):
        return f"{place.latitude},{place.longitude}"
    return next(_file_ids(message), None)


def _file_ids(message: Message) -> Iterator[str]:
    sizes = message.photo or (message.live_photo and message.live_photo.photo)
    if sizes:
        yield sizes[-1].file_id  # the largest
    files = (
        message.video,
        message.animation,
        message.voice,
        message.video_note,
        message.document,
        message.sticker,
        message.audio,
    )
    yield from (file.file_id for file in files if file)


def _file_name(message: Message) -> str | None:
    file = message.document or message.video or message.audio
    return file.file_name if file else None
