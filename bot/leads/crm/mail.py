"""Leads as letters to the department, for dealers without a CRM or besides it."""

import asyncio
import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from zoneinfo import ZoneInfo

from bot.leads.crm.base import CrmDelayed, CrmRefused, LeadCard
from bot.leads.crm.http import FOR_ADMIN
from bot.leads.crm.letter import letter, please_forget

log = logging.getLogger(__name__)

Security = Literal["ssl", "starttls", "none"]
PORTS: dict[Security, int] = {"ssl": 465, "starttls": 587, "none": 25}
TIMEOUT = 30.0

_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", re.ASCII)


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    security: Security
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)


class Mail:
    """Records are «uid.revision» of the latest letter, and the manager's address if he got it.

    Each new revision of a lead is a letter in the same thread; the same revision is not sent again. After
    an unclear time-out it may come twice, with one Message-ID.
    """

    name = "mail"

    def __init__(self, server: MailServer, sender: str, recipients: tuple[str, ...], zone: ZoneInfo) -> None:
        self._server = server
        self._sender = sender
        self._recipients = recipients
        self._zone = zone

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        # Those who get the letters are those who move the lead: its stage alone is no news to them.
        card = card.model_copy(update={"stage": "contact"})
        sent = " ".join(filter(None, (f"{card.uid}.{card.revision}", card.responsible_id)))
        if sent != record:
            recipients = self._all(card.responsible_id)
            message = letter(
                card,
                sender=self._sender,
                recipients=recipients,
                zone=self._zone,
                is_update=record is not None,
            )
            await self._send(message, recipients)
        return sent

    async def forget(self, record: str) -> None:
        """Letters cannot be taken back: those who got them are asked to delete them."""
        revision, _, manager = record.partition(" ")
        recipients = self._all(manager or None)
        message = please_forget(revision.rpartition(".")[0], sender=self._sender, recipients=recipients)
        await self._send(message, recipients)

    def _all(self, manager: str | None) -> tuple[str, ...]:
        if manager is None or manager in self._recipients:
            return self._recipients
        if not is_address(manager):
            raise CrmRefused("В dealer.yml у сотрудника неверный адрес почты. Исправьте и отправьте ещё раз.")
        return (manager, *self._recipients)

    async def _send(self, message: EmailMessage, recipients: tuple[str, ...]) -> None:
        refused = await asyncio.to_thread(_send, self._server, self._sender, recipients, message)
        if refused:
            log.warning("some recipients were refused", extra={"codes": sorted(refused)})


def _send(server: MailServer, sender: str, recipients: tuple[str, ...], message: EmailMessage) -> list[int]:
    """Codes of the recipients that were refused while others got the letter."""
    with _told(server), _connected(server) as smtp:
        refused = smtp.send_message(message, from_addr=sender, to_addrs=recipients)
        return [code for code, _ in refused.values()]


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    with _open(server) as smtp:
        if server.security == "starttls":
            smtp.starttls(context=server.trust)
        if server.user is not None and server.password is not None:
            smtp.login(server.user, server.password)
        yield smtp


def _open(server: MailServer) -> smtplib.SMTP:
    if server.security == "ssl":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=server.trust)
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout)


@contextmanager
def _told(server: MailServer) -> Iterator[None]:
    """Errors of the mail become ours; what the server said is left out, it may name people."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise _meaning(error, server) from None


def _meaning(error: smtplib.SMTPException | OSError, server: MailServer) -> CrmDelayed | CrmRefused:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _recipients_refused([code for code, _ in error.recipients.values()])
        case smtplib.SMTPAuthenticationError():
            return _for_admin("не принял логин и пароль. Проверьте MAIL_USER и MAIL_PASSWORD")
        case smtplib.SMTPNotSupportedError():
            return _for_admin("не умеет того, что выбрано. Проверьте MAIL_SECURITY, MAIL_PORT и MAIL_USER")
        case ssl.SSLError():
            return _for_admin(
                "не поддержал защищённое соединение. Проверьте MAIL_HOST, MAIL_PORT и MAIL_SECURITY"
            )
        case smtplib.SMTPSenderRefused() if error.smtp_code >= 500:
            return _for_admin("не принял отправителя. Проверьте MAIL_FROM")
        case smtplib.SMTPResponseException() if error.smtp_code >= 500:
            return CrmRefused(
                f"Почтовый сервер не принял письмо (код {error.smtp_code}). "
                "Проверьте, не считает ли он письма бота спамом, и отправьте ещё раз."
            )
        case smtplib.SMTPResponseException():
            return CrmDelayed(f"Почтовый сервер просит подождать (код {error.smtp_code}).")
    return CrmDelayed(
        f"Почтовый сервер {server.host} недоступен ({type(error).__name__}). Отправим ещё раз сами."
    )


def _recipients_refused(codes: list[int]) -> CrmDelayed | CrmRefused:
    if any(code < 500 for code in codes):
        return CrmDelayed("Почтовый сервер просит подождать с этими получателями.")
    return CrmRefused(
        "Почтовый сервер не принял ни одного получателя. "
        "Проверьте MAIL_TO и адрес сотрудника в dealer.yml и отправьте ещё раз."
    )


def _for_admin(trouble: str) -> CrmDelayed:
    return CrmDelayed(f"Почтовый сервер {trouble}.", retry_after=FOR_ADMIN)
