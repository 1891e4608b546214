"""The address at which a visitor's browser gets a file that was sent to him."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import select

from bot.channels.base import File
from bot.channels.files import Files, FileUnavailable, Opened
from bot.channels.site.corrections import outgoing
from bot.channels.site.files import PROOF, appearance, file_name, media_type, proof
from bot.channels.site.places import RETRY_AFTER, Places
from bot.channels.site.transcript import ACCOUNT, CHANNEL
from bot.conversations import Conversation, Message
from bot.db import Sessions
from bot.errors import DeliveryError

PATH = f"/site/files/{{message:[0-9]{{1,9}}}}/{{position:[0-9]{{1,2}}}}/{{proof:[0-9a-f]{{{PROOF}}}}}"
# Seconds for one file: 20 MB at half a megabit. Who takes it more slowly, or not at all, loses his place.
LONGEST = 300.0

log = logging.getLogger(__name__)


class Downloads:
    def __init__(self, sessions: Sessions, files: Files, places: Places) -> None:
        self._sessions = sessions
        self._files = files
        self._places = places

    async def send(self, request: web.Request) -> web.StreamResponse:
        chat, file = await self._own(request)
        async with self._places.take(chat):
            return await self._fetch(request, file)

    async def _fetch(self, request: web.Request, file: File) -> web.StreamResponse:
        try:
            async with self._files.open(file) as opened:
                return await _stream(request, file, opened)
        except FileUnavailable as error:
            raise web.HTTPGone(text=str(error)) from error
        except DeliveryError as error:
            raise web.HTTPServiceUnavailable(headers=RETRY_AFTER) from error

    async def _own(self, request: web.Request) -> tuple[str, File]:
        """Chat and file that the address names, if the proof is of that chat. Raises HTTPNotFound."""
        message_id, position = int(request.match_info["message"]), int(request.match_info["position"])
        query = (
            select(Message, Conversation.chat_id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.id == message_id, Conversation.channel == CHANNEL, Conversation.account == ACCOUNT)
        )
        async with self._sessions() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            raise web.HTTPNotFound
        message, chat = found
        files = outgoing(message).files
        known = hmac.compare_digest(proof(chat, message_id, position), request.match_info["proof"])
        if not known or position >= len(files):
            raise web.HTTPNotFound
        return chat, files[position]


async def _stream(request: web.Request, file: File, opened: Opened) -> web.StreamResponse:
    first, last = _range(request, opened.size)
    response = _head(request, file, opened.size, first, last)
    left = last - first
    try:
        async with asyncio.timeout(LONGEST):
            async for piece in _cut(opened, first, last):
                if not response.prepared:  # not sooner: until then a failure can still be told
                    await response.prepare(request)
                await response.write(piece)
                left -= len(piece)
    except DeliveryError as error:
        if not response.prepared:
            raise
        log.warning("site file broke off", extra={"reason": str(error)})
    except TimeoutError:
        _hang_up(request)
    except ConnectionError:  # players ask for the next piece elsewhere, people leave
        log.debug("site file left")
    if left and opened.size is not None:
        response.force_close()  # shorter than it was told to be: the browser sees that
    return response


def _hang_up(request: web.Request) -> None:
    """An end in good order would wait for who takes nothing."""
    log.info("site file taken too slowly")
    if request.transport is not None:
        request.transport.abort()


def _head(request: web.Request, file: File, size: int | None, first: int, last: int) -> web.StreamResponse:
    shown = appearance(file) != "file"
    response = web.StreamResponse(
        headers={
            "Content-Type": media_type(file),
            "Content-Disposition": f"{_way(shown)}; filename*=UTF-8''{quote(file_name(file), safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, max-age=86400, immutable",
        }
    )
    if size is not None:
        response.headers["Accept-Ranges"] = "bytes"
        response.content_length = last - first
    if size is not None and "Range" in request.headers:
        response.set_status(206)
        response.headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    return response


def _way(shown: bool) -> str:
    return "inline" if shown else "attachment"


async def _cut(opened: Opened, first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes of the range; those before it are read and dropped, as not every keeper can skip."""
    at = 0
    async for piece in opened.pieces:
        wanted = piece[max(0, first - at) : max(0, last - at)]
        at += len(piece)
        if wanted:
            yield wanted
        if at >= last:
            return


def _range(request: web.Request, size: int | None) -> tuple[int, int]:
    """From where to where, in bytes. Safari plays no sound and no video without it."""
    if size is None:
        return 0, 2**63
    try:
        first, last, _ = request.http_range.indices(size)
    except ValueError:
        first, last = 0, 0
    if first >= last and size:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return first, last
