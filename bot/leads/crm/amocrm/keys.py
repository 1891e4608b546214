"""Keys of amoCRM: a long-lived one, or a pair whose refresh token changes with every use.

A refresh token works once and lives three months; an access token lives a day; a code, 20 minutes.
https://www.amocrm.ru/developers/content/oauth/step-by-step
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.leads.crm.base import CrmDelayed
from bot.leads.crm.http import FOR_ADMIN, TIMEOUT, Answer, ask, understood

SYSTEM = "amoCRM"

# How long another gateway may take to keep the pair that it was given, and how often it is looked for.
_PATIENCE, _STEP = 5.0, 0.25
_EARLY = 300.0  # seconds before its end an access token is not begun to be used


class Tokens(BaseModel):
    model_config = ConfigDict(frozen=True)

    access: str = Field(repr=False)
    refresh: str = Field(repr=False)
    expires_at: float = Field(description="seconds since 1970, of `access`")


class TokenStore(Protocol):
    """Keeps the one valid pair. What `save` has returned from must survive a crash."""

    async def load(self) -> Tokens | None: ...

    async def save(self, tokens: Tokens) -> None: ...


class Keys(Protocol):
    async def current(self) -> str: ...

    async def renewed(self, refused: str) -> str:
        """Another key than the one that was refused. Raises CrmDelayed."""
        ...


@dataclass(frozen=True, slots=True)
class LongLivedKey:
    key: str = field(repr=False)

    async def current(self) -> str:
        return self.key

    async def renewed(self, refused: str) -> str:
        raise CrmDelayed(
            f"{SYSTEM} не принял ключ. Создайте новый долгосрочный ключ интеграции и впишите в AMOCRM_TOKEN.",
            retry_after=FOR_ADMIN,
        )


@dataclass(frozen=True, slots=True)
class Integration:
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    code: str | None = field(repr=False)  # needed once, until there are tokens


class _Granted(BaseModel):
    access_token: str
    refresh_token: str
    expires_in: float


_GRANTED = TypeAdapter(_Granted)


class RotatingKeys:
    """One refresher at a time; another gateway's new pair is taken from the store."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        integration: Integration,
        store: TokenStore,
        *,
        timeout: float = TIMEOUT,
        patience: float = _PATIENCE,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._patience = patience
        self._url = f"{url.rstrip('/')}/oauth2/access_token"
        self._integration = integration
        self._store = store
        self._timeout = timeout
        self._now = now
        self._one = asyncio.Lock()

    async def current(self) -> str:
        async with self._one:
            tokens = await self._store.load()
            if tokens is None:
                tokens = await self._begin()
            elif tokens.expires_at - _EARLY <= self._now():
                tokens = await self._refresh(tokens)
            return tokens.access

    async def renewed(self, refused: str) -> str:
        async with self._one:
            tokens = await self._store.load()
            if tokens is None:
                tokens = await self._begin()
            elif tokens.access == refused:
                tokens = await self._refresh(tokens)
            return tokens.access

    async def _begin(self) -> Tokens:
        if self._integration.code is None:
            raise _reconnect()
        answer = await self._ask({"grant_type": "authorization_code", "code": self._integration.code})
        if not answer.ok:
            raise _reconnect()
        return await self._keep(answer)

    async def _refresh(self, old: Tokens) -> Tokens:
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": old.refresh})
        if answer.ok:
            return await self._keep(answer)
        # Used already: by another gateway, which keeps the new pair, or the admin has begun anew.
        return await self._kept_by_another(old) or await self._begin()

    async def _kept_by_another(self, old: Tokens) -> Tokens | None:
        """Between its answer and its commit there is a moment in which the store still has the old pair."""
        deadline = time.monotonic() + self._patience
        while (tokens := await self._store.load()) is None or tokens == old:
            if time.monotonic() >= deadline:
                return None
            await asyncio.sleep(_STEP)
        return tokens

    async def _ask(self, grant: dict[str, str]) -> Answer:
        body = {
            "client_id": self._integration.client_id,
            "client_secret": self._integration.client_secret,
            "redirect_uri": self._integration.redirect_uri,
            **grant,
        }
        answer = await ask(self._session, "POST", self._url, system=SYSTEM, json=body, timeout=self._timeout)
        if answer.is_passing:
            raise CrmDelayed(
                f"{SYSTEM} не выдаёт ключи (ответ {answer.status}). Отправим ещё раз сами.",
                retry_after=answer.retry_after,
            )
        return answer

    async def _keep(self, answer: Answer) -> Tokens:
        """Saved before it is used: the old pair is worth nothing from now on."""
        granted = understood(_GRANTED, answer.body, SYSTEM)
        tokens = Tokens(
            access=granted.access_token,
            refresh=granted.refresh_token,
            expires_at=self._now() + granted.expires_in,
        )
        await self._store.save(tokens)
        return tokens


def _reconnect() -> CrmDelayed:
    return CrmDelayed(
        f"{SYSTEM} не принял ключи интеграции. Получите в её настройках новый код авторизации "
        "(он действует 20 минут), впишите в AMOCRM_CODE и перезапустите бота.",
        retry_after=FOR_ADMIN,
    )
