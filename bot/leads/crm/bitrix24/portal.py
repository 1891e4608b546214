"""Calls of one Bitrix24 portal by an inbound webhook: pace, and what its errors ask of us.

Codes and limits: https://apidocs.bitrix24.ru/error-codes.html, https://apidocs.bitrix24.ru/limits.html
"""

import re
import time
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter

from bot.leads.crm.base import CrmBusy, CrmDelayed, CrmRefused
from bot.leads.crm.http import FOR_ADMIN, TIMEOUT, Answer, ask

SYSTEM = "Битрикс24"

# The portal's bucket drains two calls a second and blocks beyond fifty; others may share our address.
BURST, PER_SECOND = 10, 2

_BUSY = 10.0  # seconds after which the bucket has drained enough
_METHOD_TIRED = 600.0  # the window in which the run time of a method is counted

_FOR_ADMIN = {
    **dict.fromkeys(
        ("NO_AUTH_FOUND", "INVALID_CREDENTIALS", "expired_token", "invalid_token"),
        "не принял вебхук. Создайте новый с правом CRM и впишите его адрес в BITRIX24_WEBHOOK.",
    ),
    "insufficient_scope": "не даёт вебхуку работать с CRM. Отметьте в настройках вебхука право CRM (crm).",
    **dict.fromkeys(
        ("ACCESS_DENIED", "user_access_error", "allowed_only_intranet_user"),
        "не даёт прав сотруднику, от имени которого создан вебхук, или тариф не включает REST. "
        "Дайте ему права на чтение, добавление, изменение и удаление в CRM и проверьте тариф.",
    ),
    "INVALID_REQUEST": "принимает вебхуки только по https. Исправьте адрес в BITRIX24_WEBHOOK.",
    "PORTAL_DELETED": "сообщает, что портал удалён. Проверьте адрес в BITRIX24_WEBHOOK.",
    "ERROR_METHOD_NOT_FOUND": "не знает нужного метода. Обновите коробочную версию или исправьте адрес.",
    "OVERLOAD_LIMIT": "закрыл портал из-за перегрузки. Напишите в поддержку Битрикс24.",
}
_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")


class NotFound(CrmRefused):
    """There is no such record, or not any more."""


class Portal:
    """`call` raises CrmDelayed, CrmRefused or NotFound."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        webhook: str,
        *,
        pace: AsyncLimiter | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = session
        self._webhook = webhook.rstrip("/")
        self._pace = pace or AsyncLimiter(BURST, BURST / PER_SECOND)
        self._timeout = timeout

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """The `result` of a method."""
        await self._pace.acquire()
        url = f"{self._webhook}/{method}.json"
        answer = await ask(
            self._session, "POST", url, system=SYSTEM, json=params or {}, timeout=self._timeout
        )
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.ok or "result" not in body:
            raise _meaning(method, answer, body)
        return body["result"]


def _meaning(method: str, answer: Answer, body: dict[str, Any]) -> CrmDelayed | CrmRefused:
    code = _code(body.get("error"))
    if code == "NOT_FOUND" or (code == "" and answer.status == 404):
        return NotFound(f"{SYSTEM} не нашёл запись ({method}).")
    if code == "QUERY_LIMIT_EXCEEDED" or (answer.status == 429 and code != "OPERATION_TIME_LIMIT"):
        return CrmBusy(f"{SYSTEM} просит обращаться реже.", answer.retry_after or _BUSY)
    if code == "OPERATION_TIME_LIMIT":
        return CrmBusy(f"{SYSTEM} просит передышки для метода {method}.", _reset(body))
    if code in _FOR_ADMIN:
        return CrmDelayed(f"{SYSTEM} {_FOR_ADMIN[code]}", retry_after=FOR_ADMIN)
    if answer.status in (401, 403):
        return CrmDelayed(f"{SYSTEM} {_FOR_ADMIN['NO_AUTH_FOUND']}", retry_after=FOR_ADMIN)
    if answer.is_passing:
        return CrmDelayed(f"В {SYSTEM} неполадка (ответ {answer.status}). Отправим ещё раз сами.")
    if answer.ok or answer.status in range(300, 400):
        return CrmDelayed(
            f"По адресу из BITRIX24_WEBHOOK отвечает не {SYSTEM} (ответ {answer.status}). Проверьте адрес.",
            retry_after=FOR_ADMIN,
        )
    return CrmRefused(
        f"{SYSTEM} не принял данные ({method}: {code or answer.status}). "
        "Проверьте обязательные поля лида и номер сотрудника в dealer.yml, потом отправьте ещё раз."
    )


def _code(error: Any) -> str:
    """The code alone: descriptions may repeat what was sent."""
    name = str(error.get("code", "")) if isinstance(error, dict) else str(error or "")
    return name if _CODE.fullmatch(name) else ""


def _reset(body: dict[str, Any]) -> float:
    """Seconds until the method may be called again."""
    clock = body.get("time")
    moment = clock.get("operating_reset_at") if isinstance(clock, dict) else None
    if not isinstance(moment, int | float):
        return _METHOD_TIRED
    return min(max(moment - time.time(), 1.0), _METHOD_TIRED)
