"""Calls of the systems outside: a lead has moved on there.

    POST /crm/bitrix24          outgoing webhook: form, auth[application_token]
    POST /crm/amocrm?key=…      webhook of the account: form, unsigned, so the address holds a key
    POST /crm/webhook           {"event": "stage", "uid": …, "stage": …}, signed as what we send there

Of Bitrix24 and amoCRM only the numbers of the records are taken; their stage is read by the API. Each
address is there only when its secret is set. What is not ours, and what was taken before, is answered 200:
else it would be repeated, and amoCRM switches off the webhook of who refuses many calls.
"""

import hmac
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Sessions
from bot.leads.crm.amocrm.changed import changed_leads
from bot.leads.crm.calls import is_first
from bot.leads.crm.webhook import SIGNATURE, is_signed
from bot.leads.looks import called
from bot.leads.models import Lead, LeadDelivery, Stage
from bot.leads.stages import move
from bot.settings import Settings

COME_AGAIN = {"Retry-After": "30"}  # seconds
MOST_FIELDS = 2000  # of a form

_BITRIX24 = {"ONCRMLEADUPDATE": "lead", "ONCRMDEALUPDATE": "deal"}
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)

log = logging.getLogger(__name__)


class _Moved(BaseModel):
    model_config = ConfigDict(extra="forbid")

    event: Literal["stage"]
    uid: str = Field(pattern=r"^[\w-]{1,32}$")  # PostgreSQL keeps no text with a zero byte
    stage: Stage


def add_crm_hooks(app: web.Application, settings: Settings, sessions: Sessions) -> None:
    """The addresses of the systems that are set and have a secret for the way back."""
    if settings.bitrix24_webhook is not None and settings.bitrix24_hook_token is not None:
        app.router.add_post("/crm/bitrix24", Hooks(sessions, settings.bitrix24_hook_token).bitrix24)
    if settings.amocrm_url is not None and settings.amocrm_hook_key is not None:
        app.router.add_post("/crm/amocrm", Hooks(sessions, settings.amocrm_hook_key).amocrm)
    if settings.leads_webhook_url is not None and settings.leads_webhook_secret is not None:
        app.router.add_post("/crm/webhook", Hooks(sessions, settings.leads_webhook_secret).webhook)


@dataclass(frozen=True)
class Hooks:
    sessions: Sessions
    secret: SecretStr

    async def bitrix24(self, request: web.Request) -> web.Response:
        form = await _form(request)
        self._check(form.get("auth[application_token]", ""))
        kind, number = _BITRIX24.get(form.get("event", "")), form.get("data[FIELDS][ID]", "")
        known = kind is not None and _NUMBER.fullmatch(number)
        return await self._look("bitrix24", [f"{kind}:{number}"] if known else [])

    async def amocrm(self, request: web.Request) -> web.Response:
        self._check(request.query.get("key", ""))
        return await self._look("amocrm", sorted(await changed_leads(request.content)))

    async def webhook(self, request: web.Request) -> web.Response:
        body = await request.read()  # bounded by the application's client_max_size
        if not is_signed(self._secret, request.headers, body, time.time()):
            raise web.HTTPForbidden
        try:
            told = _Moved.model_validate_json(body)
        except ValidationError:
            raise web.HTTPBadRequest(text='{"event": "stage", "uid": …, "stage": …}\n') from None
        return await self._stored(partial(_move, told, request.headers[SIGNATURE]))

    @property
    def _secret(self) -> bytes:
        return self.secret.get_secret_value().encode()

    def _check(self, presented: str) -> None:
        if not hmac.compare_digest(presented.encode("utf-8", "replace"), self._secret):
            raise web.HTTPForbidden

    async def _look(self, system: str, records: Collection[str]) -> web.Response:
        return await self._stored(partial(called, system=system, records=records))

    async def _stored(self, store: Callable[[AsyncSession], Awaitable[None]]) -> web.Response:
        try:
            async with self.sessions.begin() as session:
                await store(session)
        except (SQLAlchemyError, OSError) as error:
            log.error("call of a crm not stored", extra={"kind": type(error).__name__})
            return web.Response(status=503, headers=COME_AGAIN)
        return web.Response(text="ok")


async def _move(told: _Moved, signature: str, session: AsyncSession) -> None:
    """Only a lead that this system was told of, and each call once."""
    if not await is_first(session, signature):
        log.warning("call of a crm repeated")
        return
    known = select(Lead.id).join(LeadDelivery, LeadDelivery.lead_id == Lead.id)
    its = LeadDelivery.system == "webhook", LeadDelivery.record.is_not(None)
    lead_id = await session.scalar(known.where(Lead.uid == told.uid, *its))
    if lead_id is not None:
        await move(session, lead_id, told.stage, by="webhook")


async def _form(request: web.Request) -> dict[str, str]:
    body = await request.read()  # bounded by the application's client_max_size
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise web.HTTPBadRequest from None
