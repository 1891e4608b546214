"""Methods that send files, one by one or as an album."""

import secrets

import aiogram.types as tg
from aiogram.methods import (
    SendDocument,
    SendMediaGroup,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
)
from aiogram.types import Message

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.checks import check_caption
from tests.emulators.telegram.content import Content, as_content
from tests.emulators.telegram.errors import BadRequest, Unlucky
from tests.emulators.telegram.files import Kind
from tests.emulators.telegram.methods.access import chat_to_write
from tests.emulators.telegram.methods.delivery import SendFile, deliver

ALBUM_LIMITS = range(2, 11)
_ALBUM_KINDS = {"photo": Kind.PHOTO, "video": Kind.VIDEO, "document": Kind.DOCUMENT}


async def send_photo(account: Account, call: SendPhoto) -> Message:
    return await _send_captioned(account, call, Kind.PHOTO, call.photo)


async def send_video(account: Account, call: SendVideo) -> Message:
    return await _send_captioned(account, call, Kind.VIDEO, call.video)


async def send_document(account: Account, call: SendDocument) -> Message:
    return await _send_captioned(account, call, Kind.DOCUMENT, call.document)


async def send_voice(account: Account, call: SendVoice) -> Message:
    return await _send_captioned(account, call, Kind.VOICE, call.voice)


async def send_video_note(account: Account, call: SendVideoNote) -> Message:
    return await _send_file(account, call, Kind.VIDEO_NOTE, call.video_note, {})


async def send_sticker(account: Account, call: SendSticker) -> Message:
    return await _send_file(account, call, Kind.STICKER, call.sticker, {})


async def send_media_group(account: Account, call: SendMediaGroup) -> list[Message]:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    _check_album(call)
    group = secrets.token_hex(8)
    contents = [
        {**await _album_item(account, number, item), "media_group_id": group}
        for number, item in enumerate(call.media, start=1)
    ]
    return deliver(account, chat, call, contents)


async def _send_captioned(
    account: Account,
    call: SendPhoto | SendVideo | SendDocument | SendVoice,
    kind: Kind,
    file: tg.InputFileUnion,
) -> Message:
    caption, entities = check_caption(call.caption, call.parse_mode, call.caption_entities)
    return await _send_file(account, call, kind, file, {"caption": caption, "caption_entities": entities})


async def _send_file(
    account: Account, call: SendFile, kind: Kind, file: tg.InputFileUnion, rest: Content
) -> Message:
    chat = chat_to_write(account, call.chat_id, call.business_connection_id)
    content = {**as_content(await account.files.take(kind, file)), **rest}
    return deliver(account, chat, call, [content], call.reply_markup)[0]


def _check_album(call: SendMediaGroup) -> None:
    if len(call.media) not in ALBUM_LIMITS:
        raise BadRequest("an album must have from 2 to 10 items")
    types = {str(item.type) for item in call.media}
    if not types <= set(_ALBUM_KINDS) or ("document" in types and len(types) > 1):
        raise BadRequest("can't use the media of the specified type in the album")


async def _album_item(account: Account, number: int, item: tg.MediaUnion) -> Content:
    caption, entities = check_caption(item.caption, item.parse_mode, item.caption_entities)
    try:
        file = await account.files.take(_ALBUM_KINDS[str(item.type)], item.media)
    except Unlucky as problem:
        reason = str(problem).removeprefix(f"{problem.prefix}: ")
        raise Unlucky(f'failed to send message #{number} with the error message "{reason}"') from problem
    return {**as_content(file), "caption": caption, "caption_entities": entities}
