"""A mail server for tests: RFC 5321 as far as a sending client needs it, TLS and refusals included."""

import asyncio
import base64
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

# Key and certificate of nobody, for 127.0.0.1; made by openssl, good for a hundred years.
LOCALHOST = Path(__file__).with_name("localhost.pem")

USER, PASSWORD = "bot@salon.example", "mail-password"


class SmtpServer:
    """`security`: what is offered; with a login unless it is none."""

    def __init__(self, security: Literal["ssl", "starttls", "none"] = "none") -> None:
        self.security = security
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []  # of each letter
        self.refused: dict[str, int] = {}  # address → code
        self.codes: dict[str, int] = {}  # command → code, as "DATA": after the letter was read
        self.hangs_up_after_data = False
        self._hangs_once = False
        self.hanging = asyncio.Event()  # set when it was so
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        context = _context() if self.security == "ssl" else None
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=context)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def hang_once(self) -> None:
        """The next letter is taken, and its sender never hears of it."""
        self._hangs_once = True

    def draws_a_hang(self) -> bool:
        hangs, self._hangs_once = self._hangs_once, False
        if hangs:
            self.hanging.set()
        return hangs

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            await _Talk(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has gone
        finally:
            self._talks.discard(talk)
            writer.close()


class _Talk:
    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._is_known = server.security == "none"
        self._is_secure = server.security == "ssl"
        self._recipients: list[str] = []

    async def run(self) -> None:
        await self._say("220 mail.salon.example ESMTP")
        while line := (await self._reader.readline()).decode().rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                await self._say("221 bye")
                return
            if not await self._answer(verb, line):
                return

    async def _answer(self, verb: str, line: str) -> bool:
        """Whether the talk goes on."""
        code = self._server.codes.get(verb)
        if code is not None and verb != "DATA":
            await self._say(f"{code} no, {line}")
            return True
        match verb:
            case "EHLO" | "HELO":
                await self._say(*self._abilities())
            case "STARTTLS":
                await self._say("220 go ahead")
                await self._writer.start_tls(_context())
                self._is_secure = True
            case "AUTH":
                await self._authenticate(line)
            case "MAIL" if not self._is_known:
                await self._say("530 authentication required")
            case "MAIL" | "RSET" | "NOOP":
                self._recipients = []
                await self._say("250 ok")
            case "RCPT":
                await self._recipient(line[line.index("<") + 1 : line.index(">")])
            case "DATA":
                return await self._data()
            case _:
                await self._say("500 what?")
        return True

    def _abilities(self) -> list[str]:
        lines = ["mail.salon.example", "8BITMIME"]
        if self._server.security == "starttls" and not self._is_secure:
            lines.append("STARTTLS")
        elif not self._is_known:
            lines.append("AUTH PLAIN")
        return [f"250{'-' if line is not lines[-1] else ' '}{line}" for line in lines]

    async def _authenticate(self, line: str) -> None:
        given = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
        self._is_known = self._is_secure and given == [USER, PASSWORD]
        await self._say("235 welcome" if self._is_known else "535 wrong name or password")

    async def _recipient(self, address: str) -> None:
        code = self._server.refused.get(address)
        if code is not None:
            await self._say(f"{code} <{address}> no such mailbox")
            return
        self._recipients.append(address)
        await self._say("250 ok")

    async def _data(self) -> bool:
        await self._say("354 go on")
        raw = (await self._reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        code = self._server.codes.get("DATA")
        if code is not None:
            await self._say(f"{code} rejected for {self._recipients}")
            return True
        letter = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=default)
        assert isinstance(letter, EmailMessage)
        self._server.letters.append(letter)
        self._server.recipients.append(self._recipients)
        if self._server.draws_a_hang():
            await self._reader.read()
            return False
        if self._server.hangs_up_after_data:
            self._writer.transport.abort()
            return False
        await self._say("250 kept")
        return True

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOCALHOST)
    return context
