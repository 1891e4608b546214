"""Requests to systems outside: bounded in time and size, with errors that hold neither keys nor people."""

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import TypeAdapter, ValidationError

from bot.leads.crm.base import CrmDelayed

# Bitrix24 ends a request of its own after 60 s; whoever is silent for half of that is asked again later.
TIMEOUT = 30.0
LARGEST = 16 * 1024 * 1024

# Seconds to wait when only a person can mend it: a key, a right, an unpaid account.
FOR_ADMIN = 900.0
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any  # None when there is none, or when it is not JSON
    retry_after: float | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """An error that says nothing of the request itself."""
        return self.status in (408, 425, 429) or self.status >= 500


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    system: str,
    json: Any = None,
    data: bytes | None = None,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,  # noqa: ASYNC109 (aiohttp's own, it ends the connection too)
) -> Answer:
    """Raises CrmDelayed when nothing usable came back; whether it was done is not known then.

    The causes are left out: the texts of aiohttp hold addresses, and an address may hold the key.
    """
    try:
        async with session.request(
            method,
            url,
            json=json,
            data=data,
            params=params,
            headers=headers,
            allow_redirects=False,  # a request with a person's data goes nowhere else
            timeout=aiohttp.ClientTimeout(total=timeout),
        ) as response:
            body = await _read(response, system)
            return Answer(response.status, _parsed(body), _seconds(response.headers.get("Retry-After")))
    except TimeoutError:
        raise CrmDelayed(f"{system} не ответил за {timeout:.0f} с. Отправим ещё раз сами.") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        kind = type(error).__name__
        raise CrmDelayed(f"{system} недоступен ({kind}). Отправим ещё раз сами.") from None


async def _read(response: aiohttp.ClientResponse, system: str) -> bytes:
    body = bytearray()
    async for block in response.content.iter_chunked(1 << 16):
        body += block
        if len(body) > LARGEST:
            raise CrmDelayed(f"{system} прислал слишком большой ответ. Проверьте адрес в настройках.")
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return jsonlib.loads(body) if body else None
    except ValueError:
        return None


def _seconds(header: str | None) -> float | None:
    """Retry-After as a number; the form with a date is left to the usual back-off."""
    return min(float(header), _LONGEST_WAIT) if header and header.isdecimal() else None


def understood[T](shape: TypeAdapter[T], value: Any, system: str) -> T:
    """The answer in the shape we rely on. Pydantic's own error would tell the values."""
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise CrmDelayed(
            f"{system} ответил не так, как описано в его документации ({where or 'тело'}). "
            "Проверьте адрес в настройках."
        ) from None
