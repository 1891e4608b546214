"""Requests to one amoCRM account: key, pace, and what its errors ask of us.

Codes and limits: https://www.amocrm.ru/developers/content/crm_platform/error-codes
"""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter

from bot.leads.crm.amocrm.keys import SYSTEM, Keys
from bot.leads.crm.base import CrmBusy, CrmDelayed, CrmRefused
from bot.leads.crm.http import FOR_ADMIN, TIMEOUT, Answer, ask

PER_SECOND = 6  # seven are allowed; whoever goes on beyond is shut out by address

_BUSY = 10.0
_FOR_ADMIN = {
    401: "не принял ключ. Проверьте, что интеграция включена, и обновите AMOCRM_TOKEN или AMOCRM_CODE.",
    402: "не оплачен. Оплатите аккаунт, контакты дождутся и уйдут сами.",
    403: "закрыл доступ. Проверьте права того, кто выдал ключ; если обращений было слишком много, "
    "доступ откроется сам или через поддержку.",
}
_WORD = re.compile(r"[\w.\-\[\]]{1,80}", re.ASCII)


class Account:
    """Each request raises CrmDelayed or CrmRefused."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        keys: Keys,
        *,
        pace: AsyncLimiter | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = session
        self._url = f"{url.rstrip('/')}/api/v4"
        self._keys = keys
        # One at a time: a burst of seven and what follows it would be too many within one second.
        self._pace = pace or AsyncLimiter(1, 1 / PER_SECOND)
        self._timeout = timeout

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """None when there is no such thing, or the list is empty (204)."""
        answer = await self._ask("GET", path, params=params)
        return None if answer.status in (204, 404) else _body(path, answer)

    async def post(self, path: str, body: Any) -> Any:
        return _body(path, await self._ask("POST", path, json=body))

    async def patch(self, path: str, body: Any) -> Any:
        return _body(path, await self._ask("PATCH", path, json=body))

    async def _ask(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        key = await self._keys.current()
        answer = await self._once(method, path, key, json, params)
        if answer.status == 401:  # refused before anything was done: safe to repeat
            answer = await self._once(method, path, await self._keys.renewed(key), json, params)
        return answer

    async def _once(
        self, method: str, path: str, key: str, json: Any, params: Mapping[str, str] | None
    ) -> Answer:
        await self._pace.acquire()
        return await ask(
            self._session,
            method,
            f"{self._url}/{path}",
            system=SYSTEM,
            json=json,
            params=params,
            headers={"Authorization": f"Bearer {key}"},
            timeout=self._timeout,
        )


def _body(path: str, answer: Answer) -> Any:
    if answer.ok:
        return answer.body
    raise _meaning(path, answer)


def _meaning(path: str, answer: Answer) -> CrmDelayed | CrmRefused:
    if answer.status in _FOR_ADMIN:
        return CrmDelayed(f"{SYSTEM} {_FOR_ADMIN[answer.status]}", retry_after=FOR_ADMIN)
    if answer.status == 429:
        return CrmBusy(f"{SYSTEM} просит обращаться реже.", answer.retry_after or _BUSY)
    if answer.is_passing:
        return CrmDelayed(f"В {SYSTEM} неполадка (ответ {answer.status}). Отправим ещё раз сами.")
    if answer.status in range(300, 400):
        return CrmDelayed(
            f"По адресу из AMOCRM_URL отвечает не {SYSTEM}. Нужен адрес вида https://салон.amocrm.ru.",
            retry_after=FOR_ADMIN,
        )
    complaints = ", ".join(_complaints(answer.body)) or str(answer.status)
    return CrmRefused(
        f"{SYSTEM} не принял данные ({_without_numbers(path)}: {complaints}). Проверьте AMOCRM_UID_FIELD, "
        "AMOCRM_PIPELINE_ID и номер сотрудника в dealer.yml, потом отправьте ещё раз."
    )


def _complaints(body: Any) -> list[str]:
    """Fields and codes alone: details may repeat what was sent."""
    groups = body.get("validation-errors", []) if isinstance(body, dict) else []
    errors = [e for group in groups if isinstance(group, dict) for e in group.get("errors", [])]
    return [
        f"{error.get('path')} {error.get('code')}"
        for error in errors
        if isinstance(error, dict)
        and _WORD.fullmatch(str(error.get("path")))
        and _WORD.fullmatch(str(error.get("code")))
    ]


def _without_numbers(path: str) -> str:
    return re.sub(r"/\d+", "", path)
