"""Outbox → VK."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.channels.base import Button, Outgoing
from bot.channels.files import Files
from bot.channels.pictures import read_picture
from bot.channels.uploads import Uploads
from bot.channels.vk.api import Vk, VkError, VkRefused, VkSilent
from bot.channels.vk.files import Attachments
from bot.channels.vk.incoming import ABILITIES, CHANNEL
from bot.channels.vk.keyboard import as_lines, keyboard
from bot.channels.vk.parts import parts
from bot.channels.vk.patience import Patience
from bot.channels.vk.photos import Photos, ReadPicture
from bot.channels.vk.refusals import delivery_error
from bot.db import Sessions
from bot.errors import DeliveryError

TYPING_EVERY = 5.0  # seconds; the sign goes out after ten

_BAD_PARAMETER = 100
_KEYBOARD_REFUSED = frozenset({911, 912})
_QUOTE_REFUSED = frozenset({_BAD_PARAMETER, 913, 921})

log = logging.getLogger(__name__)


class _Refusal(BaseModel):
    code: int
    description: str = ""


class _Sent(BaseModel):
    conversation_message_id: int | None = None
    error: _Refusal | None = None


_ANSWER = TypeAdapter(tuple[_Sent])


@dataclass(frozen=True)
class _Draft:
    text: str
    buttons: tuple[Button, ...]
    photos: Sequence[str]  # their names in VK
    with_preview: bool
    files: Sequence[str] = ()  # of people: their names in VK
    quoted: str | None = None
    uploaded_anew: bool = False

    @property
    def attachments(self) -> Sequence[str]:
        return [*self.photos, *self.files]


class VkChannel:
    name = CHANNEL
    abilities = ABILITIES

    def __init__(
        self,
        api: Vk,
        sessions: Sessions,
        files: Files,
        burst_window: float = 1.0,
        read_picture: ReadPicture = read_picture,
    ) -> None:
        self.burst_window = burst_window
        self.api = api
        self.patience = Patience()
        uploads = Uploads(sessions, CHANNEL, api.account)
        self._photos = Photos(api, uploads, read_picture)
        self._files = Attachments(api, uploads, files)

    @property
    def alive(self) -> bool:
        """Whether events come in: False from the first trouble until it is over."""
        return not self.patience.in_trouble

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        return parts(message)

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        try:
            return await self._send(chat_id, part, send_key)
        except VkError as error:
            raise delivery_error(error) from error

    async def edit(self, chat_id: str, external_ids: Sequence[str], message: Outgoing) -> None:
        """The text is in the first message; its attachments are named again, or VK takes them away."""
        now = parts(message)
        if not now or len(now) != len(external_ids):
            raise DeliveryError("у клиента не всё это сообщение: отправьте исправленное ещё раз")
        try:
            draft = await self._draft(chat_id, now[0])
            await self.api.call(
                "messages.edit",
                peer_id=chat_id,
                cmid=external_ids[0],
                keep_forward_messages=1,
                **_content(draft),
            )
        except VkError as error:
            raise delivery_error(error) from error

    async def typing(self, chat_id: str) -> None:
        """Until the task is cancelled. A busy API is left to the messages."""
        try:
            while True:
                if not self.api.is_busy:
                    await self.api.call("messages.setActivity", peer_id=chat_id, type="typing")
                await asyncio.sleep(TYPING_EVERY)
        except VkError as error:
            log.debug("vk typing not shown", extra={"reason": str(error)})

    async def _send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        """Nothing when not one photo of an album is left: what comes after it does not wait for it."""
        draft = await self._draft(chat_id, part)
        while draft.text or draft.attachments or draft.buttons:
            try:
                return [await self._post(chat_id, _shown(draft), send_key)]
            except VkRefused as refusal:
                draft = await self._concede(chat_id, draft, part, refusal)
        log.warning("vk album left out")
        return []

    async def _draft(self, chat_id: str, part: Outgoing) -> _Draft:
        return _Draft(
            part.text,
            part.buttons,
            await self._photos.names(part.pictures),
            with_preview=part.video_url is not None,
            files=await self._files.names(chat_id, part.files),
            quoted=part.reply_to,
        )

    async def _concede(self, chat_id: str, draft: _Draft, part: Outgoing, refusal: VkRefused) -> _Draft:
        """What VK does not like about a message is given up, texts and people's files never.

        Else raises `refusal`.
        """
        if refusal.code in _KEYBOARD_REFUSED and draft.buttons:
            log.warning("vk shows no buttons", extra={"code": refusal.code})
            return _in_words(draft)
        if refusal.code in _QUOTE_REFUSED and draft.quoted:
            return replace(draft, quoted=None)  # the customer has deleted it perhaps
        if refusal.code == _BAD_PARAMETER and draft.attachments and not draft.uploaded_anew:
            await self._photos.forget(part.pictures)
            await self._files.forget(part.files)
            anew = await self._draft(chat_id, part)
            return replace(draft, photos=anew.photos, files=anew.files, uploaded_anew=True)
        if refusal.code == _BAD_PARAMETER and draft.photos:
            return replace(draft, photos=())
        raise refusal

    async def _post(self, chat_id: str, draft: _Draft, send_key: int) -> str:
        """The number of the message in the chat, which a quote of it will name."""
        # Only `peer_ids` brings the number of the message, `peer_id` brings its id.
        answer = await self.api.call(
            "messages.send",
            peer_ids=chat_id,
            random_id=send_key,
            **_content(draft),
            **_around(chat_id, draft),
        )
        try:
            [sent] = _ANSWER.validate_python(answer)
        except ValidationError as error:
            raise VkSilent("messages.send: непонятный ответ") from error
        if sent.error is not None:
            raise VkRefused(sent.error.code, sent.error.description)
        return str(sent.conversation_message_id or "")


def _shown(draft: _Draft) -> _Draft:
    """VK takes no buttons that are under nothing."""
    return draft if draft.text or draft.attachments else _in_words(draft)


def _in_words(draft: _Draft) -> _Draft:
    text = f"{draft.text}\n\n{as_lines(draft.buttons)}".strip()
    return replace(draft, text=text, buttons=())


def _content(draft: _Draft) -> dict[str, str | int]:
    content: dict[str, str | int] = {
        "message": draft.text,
        "dont_parse_links": int(not draft.with_preview),
        "disable_mentions": 1,
    }
    if draft.attachments:
        content["attachment"] = ",".join(draft.attachments)
    return content


def _around(chat_id: str, draft: _Draft) -> dict[str, str | int]:
    around: dict[str, str | int] = {}
    if draft.buttons:
        around["keyboard"] = keyboard(draft.buttons)
    if draft.quoted:
        # `reply_to` would want the other number of the message, which its event does not tell.
        quote = {"peer_id": int(chat_id), "conversation_message_ids": [int(draft.quoted)], "is_reply": True}
        around["forward"] = json.dumps(quote)
    return around
