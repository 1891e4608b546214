"""A file as the fields of the message that carries it."""

from mimetypes import guess_type
from typing import Any

import aiogram.types as tg

from tests.emulators.telegram.files import Kind, StoredFile

Content = dict[str, Any]


def as_content(file: StoredFile) -> Content:
    common: Content = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.data)}
    mime_type, _ = guess_type(file.name)
    match file.kind:
        case Kind.PHOTO:
            return {"photo": file.photo_sizes()}
        case Kind.VIDEO:
            video = tg.Video(
                **common, width=640, height=360, duration=5, file_name=file.name, mime_type=mime_type
            )
            return {"video": video}
        case Kind.DOCUMENT:
            return {"document": tg.Document(**common, file_name=file.name, mime_type=mime_type)}
        case Kind.VOICE:
            return {"voice": tg.Voice(**common, duration=3, mime_type="audio/ogg")}
        case Kind.VIDEO_NOTE:
            return {"video_note": tg.VideoNote(**common, length=240, duration=3)}
        case Kind.STICKER:
            sticker = tg.Sticker(
                **common, type="regular", width=512, height=512, is_animated=False, is_video=False, emoji="👍"
            )
            return {"sticker": sticker}
