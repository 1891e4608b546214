"""Browser → inbox: one WebSocket for each open chat."""

import asyncio
import logging
import secrets
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Incoming
from bot.channels.site.hub import Listener, Pace
from bot.channels.site.outgoing import SiteChannel
from bot.channels.site.transcript import (
    ACCOUNT,
    CHANNEL,
    Answering,
    Transcript,
    knows,
    read,
    stored_ids,
    update_id,
)
from bot.channels.site.wire import (
    CLIENT_FRAME,
    MAX_FRAME,
    MAX_TEXT,
    Hello,
    News,
    Press,
    Ready,
    Refused,
    Say,
    ServerFrame,
    Slow,
    Stored,
)
from bot.conversations import find_conversation
from bot.db import Sessions, utcnow
from bot.inbox import Inbox
from bot.outbox import find_choice

HELLO_TIMEOUT = 10.0  # seconds
HEARTBEAT = 25.0  # seconds; below the usual minute after which proxies drop a silent connection
GOODBYE = 3.0  # seconds to wait for the browser's answer to a close
STALE_BUTTON = "Эта кнопка уже не действует. Напишите, пожалуйста, словами."

log = logging.getLogger(__name__)


class BadFrame(Exception):
    """The browser sent what no page of ours sends; the text is the reason of the close."""


@dataclass
class Gate:
    """Takes WebSocket connections and knows the open ones."""

    sessions: Sessions
    inbox: Inbox
    channel: SiteChannel
    answering: Answering
    pace: Pace = field(default_factory=Pace)
    _open: set[web.WebSocketResponse] = field(default_factory=set)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=GOODBYE, max_msg_size=MAX_FRAME, heartbeat=HEARTBEAT)
        await socket.prepare(request)
        self._open.add(socket)
        try:
            await self._serve(socket)
        except ConnectionError:
            log.debug("site chat left")
        except BadFrame as error:
            await _close(socket, WSCloseCode.POLICY_VIOLATION, str(error))
        except (SQLAlchemyError, OSError):
            await _without_database(socket)
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """The gateway stops; the pages connect again by themselves."""
        await asyncio.gather(*(_close(s, WSCloseCode.GOING_AWAY, "перезапуск") for s in tuple(self._open)))

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        hello = await _hello(socket)
        chat = hello.chat or secrets.token_urlsafe(24)
        with self.channel.hub.listen(chat) as listener:
            visit = Visit(self, socket, listener)
            await visit.greet(hello)
            tail = asyncio.create_task(visit.tail())
            try:
                await visit.listen()
            finally:
                visit.leave()
                await tail


@dataclass
class Visit:
    """One connection of one chat."""

    gate: Gate
    socket: web.WebSocketResponse
    listener: Listener
    # What was stored is acknowledged before the tail shows it, so that the page can tell it is the same.
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _left: bool = False

    @property
    def chat(self) -> str:
        return self.listener.chat

    async def greet(self, hello: Hello) -> None:
        async with self.gate.sessions() as session:
            known = hello.after > 0 and await knows(session, self.chat, hello.after)
            after = hello.after if known else 0
            transcript = await read(session, self.chat, after, self.gate.answering)
            stored = await stored_ids(session, self.chat, hello.pending)
        self.listener.seen = transcript.pulse
        await self._send(
            Ready(
                chat=self.chat,
                fresh=not known,
                history=transcript.messages,
                stored=stored,
                typing=transcript.pulse.typing,
                staff=transcript.staff,
            )
        )

    async def listen(self) -> None:
        """Take frames until the browser leaves."""
        async for frame in self.socket:
            if frame.type is not WSMsgType.TEXT:
                continue  # an error frame: aiohttp has closed the socket with its own reason
            match _parse(frame.data):
                case Hello():
                    raise BadFrame("приветствие уже было")
                case Say() as say:
                    await self._take(say, say.text, button=None)
                case Press() as press:
                    await self._press(press)

    async def tail(self) -> None:
        """Show what is new in the database, until `leave`.

        It is never cancelled: aiosqlite would leave the connection of an interrupted query open.
        """
        try:
            while not self._left:
                await self.listener.wake.wait(60.0)
                await self._catch_up()
        except ConnectionError:
            log.debug("site chat left")
        except (SQLAlchemyError, OSError):
            await _without_database(self.socket)

    def leave(self) -> None:
        self._left = True
        self.listener.wake.notify()

    async def _catch_up(self) -> None:
        async with self._lock:
            if self._left:
                return
            news = await self._news()
            if news.messages or news.pulse.typing != self.listener.seen.typing:
                frame = News(messages=news.messages, typing=news.pulse.typing, staff=news.staff)
                await self._send(frame)
            self.listener.seen = news.pulse

    async def _news(self) -> Transcript:
        async with self.gate.sessions() as session:
            return await read(session, self.chat, self.listener.seen.last_id, self.gate.answering)

    async def _press(self, press: Press) -> None:
        async with self.gate.sessions() as session:
            conversation = await find_conversation(session, CHANNEL, ACCOUNT, self.chat)
            choice = await find_choice(session, conversation.id, press.key) if conversation else None
        if choice is None:
            await self._send(Refused(id=press.id, text=STALE_BUTTON))
            return
        await self._take(press, choice.title, button=press.key)

    async def _take(self, sent: Say | Press, text: str, button: str | None) -> None:
        wait = self.gate.pace.wait(self.chat)
        if wait > 0:
            await self._send(Slow(id=sent.id, seconds=round(wait, 1)))
            return
        incoming = Incoming(
            channel=CHANNEL,
            account=ACCOUNT,
            update_id=update_id(self.chat, sent.id),
            chat_id=self.chat,
            message_id=sent.id,
            kind="text" if button is None else "button",
            text=text,
            button=button,
            listing_ref=sent.car,
            sent_at=utcnow(),
        )
        async with self._lock:
            await self.gate.inbox.accept(incoming, self.gate.channel.burst_window)
            async with self.gate.sessions() as session:
                stored = await stored_ids(session, self.chat, [sent.id])
            await self._send(Stored(id=sent.id, message=stored[sent.id]))
        self.gate.channel.hub.nudge(self.chat)  # the same chat may be open in another tab

    async def _send(self, frame: ServerFrame) -> None:
        await self.socket.send_str(frame.model_dump_json())


async def _hello(socket: web.WebSocketResponse) -> Hello:
    try:
        async with asyncio.timeout(HELLO_TIMEOUT):
            frame = await socket.receive()
    except TimeoutError as error:
        raise BadFrame("нет приветствия") from error
    if frame.type is not WSMsgType.TEXT:
        raise BadFrame("нет приветствия")
    hello = _parse(frame.data)
    if not isinstance(hello, Hello):
        raise BadFrame("сначала приветствие")
    return hello


def _parse(data: str) -> Hello | Say | Press:
    try:
        return CLIENT_FRAME.validate_json(data)
    except ValidationError as error:
        kinds = {problem["type"] for problem in error.errors(include_input=False, include_url=False)}
        too_long = "string_too_long" in kinds
        raise BadFrame(f"сообщение длиннее {MAX_TEXT} знаков" if too_long else "кадр не понят") from error


async def _without_database(socket: web.WebSocketResponse) -> None:
    log.exception("site chat without database")
    await _close(socket, WSCloseCode.TRY_AGAIN_LATER, "бот временно недоступен")


async def _close(socket: web.WebSocketResponse, code: WSCloseCode, reason: str) -> None:
    await socket.close(code=code, message=reason.encode())
