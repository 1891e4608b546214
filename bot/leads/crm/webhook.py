"""Leads for a system of the dealer's own: signed JSON to one address.

    POST, Content-Type: application/json
    X-Avtootvet-Timestamp: seconds since 1970
    X-Avtootvet-Signature: hex of HMAC-SHA256(secret, timestamp + "." + body)
    Idempotency-Key: the same when the same content is sent again
    {"event": "lead", "record": id or null, "lead": {…}} or {"event": "forget", "record": id}

The receiver keeps one record per `lead.uid` and may answer {"id": …}, its own name for it. Where the lead
is now it tells by a POST to /crm/webhook, signed in the same way, see `bot.leads.crm.hooks`.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from bot.leads.crm.base import CrmBusy, CrmDelayed, CrmRefused, LeadCard
from bot.leads.crm.http import FOR_ADMIN, Answer, ask

SYSTEM = "Приёмник контактов"
TIMEOUT = 15.0
OLDEST = 300.0  # seconds that a signature is believed
SIGNATURE = "X-Avtootvet-Signature"
_BUSY = 60.0  # seconds, when it does not say how many
_LONGEST_ID = 200
_LONGEST_MOMENT = 12


class Webhook:
    """Records are what the receiver calls them, else the lead's uid."""

    name = "webhook"

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        secret: str,
        *,
        timeout: float = TIMEOUT,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._url = url
        self._secret = secret.encode()
        self._timeout = timeout
        self._now = now

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        event = {"event": "lead", "record": record, "lead": card.model_dump(mode="json")}
        answer = await self._post(event, key=f"{card.uid}.{card.revision}")
        return _id(answer) or record or card.uid

    async def forget(self, record: str) -> None:
        digest = hashlib.sha256(record.encode()).hexdigest()[:32]
        await self._post({"event": "forget", "record": record}, key=f"forget.{digest}")

    async def _post(self, event: dict[str, Any], key: str) -> Answer:
        body = json.dumps(event, ensure_ascii=False).encode()
        moment = str(int(self._now()))
        headers = {
            "Content-Type": "application/json",
            "X-Avtootvet-Timestamp": moment,
            SIGNATURE: signature(self._secret, moment, body),
            "Idempotency-Key": key,
        }
        answer = await ask(
            self._session,
            "POST",
            self._url,
            system=SYSTEM,
            data=body,
            headers=headers,
            timeout=self._timeout,
        )
        if not answer.ok:
            raise _meaning(answer)
        return answer


def signature(secret: bytes, moment: str, body: bytes) -> str:
    return hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """By the same secret, and not long ago; within that time `bot.leads.crm.calls` knows it again."""
    moment = headers.get("X-Avtootvet-Timestamp", "")
    if not moment.isdecimal() or len(moment) > _LONGEST_MOMENT or abs(now - int(moment)) > OLDEST:
        return False
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
    return hmac.compare_digest(given, signature(secret, moment, body).encode())


def _id(answer: Answer) -> str | None:
    name = answer.body.get("id") if isinstance(answer.body, dict) else None
    if not isinstance(name, str | int) or isinstance(name, bool):
        return None
    text = str(name)
    return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() else None


def _meaning(answer: Answer) -> CrmDelayed | CrmRefused:
    if answer.status == 429:
        return CrmBusy(f"{SYSTEM} просит подождать (ответ 429).", answer.retry_after or _BUSY)
    if answer.is_passing:
        return CrmDelayed(
            f"{SYSTEM} просит подождать (ответ {answer.status}). Отправим ещё раз сами.",
            retry_after=answer.retry_after,
        )
    if answer.status in (401, 403):
        return CrmDelayed(
            f"{SYSTEM} не принял подпись (ответ {answer.status}). Сверьте LEADS_WEBHOOK_SECRET.",
            retry_after=FOR_ADMIN,
        )
    if answer.status < 400:
        return CrmDelayed(
            f"{SYSTEM} отвечает по другому адресу ({answer.status}). Исправьте LEADS_WEBHOOK_URL.",
            retry_after=FOR_ADMIN,
        )
    return CrmRefused(
        f"{SYSTEM} не принял контакт (ответ {answer.status}). "
        "Посмотрите его журнал, исправьте и отправьте ещё раз."
    )
