"""Methods that put messages without files into a chat."""

import aiogram.types as tg
from aiogram.methods import SendChatAction, SendContact, SendLocation, SendMessage
from aiogram.types import Message

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.checks import check_text
from tests.emulators.telegram.errors import BadRequest
from tests.emulators.telegram.forum import GENERAL, GroupChat
from tests.emulators.telegram.methods.access import chat_to_write
from tests.emulators.telegram.methods.delivery import deliver

ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


async def send_message(account: Account, call: SendMessage) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    text, entities = check_text(call.text, call.parse_mode, call.entities)
    return deliver(account, chat, call, [{"text": text, "entities": entities}], call.reply_markup)[0]


async def send_location(account: Account, call: SendLocation) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    if abs(call.latitude) > 90 or abs(call.longitude) > 180:
        raise BadRequest("wrong location specified")
    location = tg.Location(latitude=call.latitude, longitude=call.longitude)
    return deliver(account, chat, call, [{"location": location}], call.reply_markup)[0]


async def send_contact(account: Account, call: SendContact) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    if not call.phone_number.strip() or not call.first_name.strip():
        raise BadRequest("phone number and first name must be non-empty")
    contact = tg.Contact(
        phone_number=call.phone_number, first_name=call.first_name, last_name=call.last_name, vcard=call.vcard
    )
    return deliver(account, chat, call, [{"contact": contact}], call.reply_markup)[0]


async def send_chat_action(account: Account, call: SendChatAction) -> bool:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    if call.action not in ACTIONS:
        raise BadRequest("wrong parameter action in request")
    # Unlike messages, actions name General by its number.
    if isinstance(chat, GroupChat) and call.message_thread_id not in (None, GENERAL):
        chat.open_topic(call.message_thread_id)
    chat.actions.append(call.action)
    return True
