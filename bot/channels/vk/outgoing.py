"""Outbox → VK."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import batched

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.channels.base import Button, Outgoing
from bot.channels.pictures import read_picture
from bot.channels.text import split_text
from bot.channels.uploads import Uploads
from bot.channels.vk.api import Vk, VkError, VkRefused, VkSilent
from bot.channels.vk.incoming import ABILITIES, CHANNEL
from bot.channels.vk.keyboard import as_lines, keyboard
from bot.channels.vk.patience import Patience
from bot.channels.vk.photos import Photos, ReadPicture
from bot.channels.vk.refusals import delivery_error
from bot.contract import Card
from bot.db import Sessions

# VK takes 4096; the rest is for the titles of buttons that it may refuse to show.
MAX_TEXT = 3600
MAX_PICTURES = 10

TYPING_EVERY = 5.0  # seconds; the sign goes out after ten

_BAD_PARAMETER = 100
_KEYBOARD_REFUSED = frozenset({911, 912})

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
    uploaded_anew: bool = False


class VkChannel:
    name = CHANNEL
    abilities = ABILITIES

    def __init__(
        self,
        api: Vk,
        sessions: Sessions,
        burst_window: float = 1.0,
        read_picture: ReadPicture = read_picture,
    ) -> None:
        self.burst_window = burst_window
        self.api = api
        self.patience = Patience()
        self._photos = Photos(api, Uploads(sessions, CHANNEL, api.account), read_picture)

    @property
    def alive(self) -> bool:
        """Whether events come in: False from the first trouble until it is over."""
        return not self.patience.in_trouble

    def parts(self, message: Outgoing) -> Sequence[Outgoing]:
        """Each is one message of VK: a text, up to ten pictures, buttons. The buttons are on the last."""
        parts = [*_texts_and_albums(message), *map(_card, message.cards)]
        if message.buttons and parts:
            parts[-1] = parts[-1].model_copy(update={"buttons": parts[-1].buttons + message.buttons})
        return parts

    async def send(self, chat_id: str, part: Outgoing, send_key: int) -> Sequence[str]:
        try:
            return await self._send(chat_id, part, send_key)
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
        photos = await self._photos.names(part.pictures)
        draft = _Draft(part.text, part.buttons, photos, with_preview=part.video_url is not None)
        while draft.text or draft.photos or draft.buttons:
            try:
                return [await self._post(chat_id, _shown(draft), send_key)]
            except VkRefused as refusal:
                draft = await self._concede(draft, part, refusal)
        log.warning("vk album left out")
        return []

    async def _concede(self, draft: _Draft, part: Outgoing, refusal: VkRefused) -> _Draft:
        """What VK does not like about a message is given up, the text never. Else raises `refusal`."""
        if refusal.code in _KEYBOARD_REFUSED and draft.buttons:
            log.warning("vk shows no buttons", extra={"code": refusal.code})
            return _in_words(draft)
        if refusal.code == _BAD_PARAMETER and draft.photos and not draft.uploaded_anew:
            await self._photos.forget(part.pictures)
            return replace(draft, photos=await self._photos.names(part.pictures), uploaded_anew=True)
        if refusal.code == _BAD_PARAMETER and draft.photos:
            return replace(draft, photos=())
        raise refusal

    async def _post(self, chat_id: str, draft: _Draft, send_key: int) -> str:
        """The number of the message in the chat, which a quote of it will name."""
        # Only `peer_ids` brings the number of the message, `peer_id` brings its id.
        answer = await self.api.call(
            "messages.send", peer_ids=chat_id, random_id=send_key, **_parameters(draft)
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
    return draft if draft.text or draft.photos else _in_words(draft)


def _in_words(draft: _Draft) -> _Draft:
    text = f"{draft.text}\n\n{as_lines(draft.buttons)}".strip()
    return replace(draft, text=text, buttons=())


def _parameters(draft: _Draft) -> dict[str, str | int]:
    parameters: dict[str, str | int] = {
        "message": draft.text,
        "dont_parse_links": int(not draft.with_preview),
        "disable_mentions": 1,
    }
    if draft.photos:
        parameters["attachment"] = ",".join(draft.photos)
    if draft.buttons:
        parameters["keyboard"] = keyboard(draft.buttons)
    return parameters


def _texts_and_albums(message: Outgoing) -> list[Outgoing]:
    video = _reachable(message.video_url)
    text = f"{message.text}\n\nВидео: {video}".strip() if video else message.text
    texts = [Outgoing(text=piece) for piece in split_text(text, MAX_TEXT)]
    if video:
        texts[-1] = texts[-1].model_copy(update={"video_url": video})
    albums = list(batched(message.pictures, MAX_PICTURES))
    if texts and albums:
        texts[-1] = texts[-1].model_copy(update={"pictures": albums.pop(0)})
    return texts + [Outgoing(pictures=album) for album in albums]


def _card(card: Card) -> Outgoing:
    return Outgoing(
        text=f"{card.title}\n{card.text}".strip(),
        pictures=(card.picture,) if card.picture else (),
        buttons=(Button(title=card.button, key=card.payload),),
    )


def _reachable(url: str | None) -> str | None:
    """An address that the customer's own app can open."""
    return url if url and url.startswith(("https://", "http://")) else None
