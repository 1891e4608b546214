"""`/health`, `/ready` and `/metrics`: is it alive, can it answer, and how is it doing."""

import datetime as dt
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Channel
from bot.db import Sessions, utcnow
from bot.desk.models import Ticket
from bot.inbox.models import InboxUpdate
from bot.leads.claim import waiting_leads
from bot.metrics import Backlog, Metrics
from bot.outbox.failed import failed_since
from bot.outbox.models import OutboxMessage
from bot.turn.rasa import Rasa

LATELY = dt.timedelta(hours=24)

# What proxies add.
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@runtime_checkable
class Watched(Protocol):
    """A channel that knows whether its messenger talks to it."""

    @property
    def alive(self) -> bool: ...


@dataclass(frozen=True)
class Monitoring:
    sessions: Sessions
    rasa: Rasa
    channels: Mapping[str, Channel]
    metrics: Metrics
    token: str | None = None  # of /metrics

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/health", self.health)
        app.router.add_get("/ready", self.ready)
        app.router.add_get("/metrics", self.expose)

    async def health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(self, _request: web.Request) -> web.Response:
        """503 while nobody can be answered. A messenger that is away does not stop the others."""
        needed = {"database": await _answers(self.sessions), "rasa": await self.rasa.ready()}
        channels = {
            name: channel.alive for name, channel in self.channels.items() if isinstance(channel, Watched)
        }
        return web.json_response(
            {**needed, "channels": channels}, status=200 if all(needed.values()) else 503
        )

    async def expose(self, request: web.Request) -> web.Response:
        if not may_measure(request, self.token):
            raise web.HTTPForbidden(text="/metrics: METRICS_TOKEN, docs/guides/operations.md\n")
        body = self.metrics.expose(await backlog(self.sessions))
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def may_measure(request: web.Request, token: str | None) -> bool:
    """With a token whoever presents it; without, only who connects from this machine or its network."""
    if token is not None:
        presented = request.headers.get("Authorization", "")
        return hmac.compare_digest(presented.encode(), f"Bearer {token}".encode())
    # Behind a proxy everybody comes from its address: told by what it adds, or by the public name asked for.
    forwarded = any(name in request.headers for name in FORWARDED)
    return not forwarded and _is_near(request.remote) and _is_local(request.host)


def _is_near(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_private
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    return "." not in name or _is_near(name.strip("[]"))


async def _answers(sessions: Sessions) -> bool:
    try:
        async with sessions() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


async def backlog(sessions: Sessions) -> Backlog | None:
    """None when the database does not answer."""
    try:
        async with sessions() as session:
            return await _backlog(session)
    except (SQLAlchemyError, OSError):
        return None


async def _backlog(session: AsyncSession) -> Backlog:
    now = utcnow()
    inbox, inbox_since = (await session.execute(waiting_updates())).one()
    outbox, outbox_since = (await session.execute(queued_messages())).one()
    leads = await waiting_leads(session)
    return Backlog(
        inbox_waiting=inbox,
        inbox_oldest=_seconds(now, inbox_since),
        outbox_queued=outbox,
        outbox_oldest=_seconds(now, outbox_since),
        open_tickets=await session.scalar(open_tickets()) or 0,
        failed_lately=await failed_since(session, now - LATELY),
        leads_waiting={system: number for system, number, _ in leads},
        leads_oldest={system: _seconds(now, since) for system, _, since in leads},
    )


def waiting_updates() -> Select[int, dt.datetime | None]:
    return select(func.count(), func.min(InboxUpdate.received_at)).where(InboxUpdate.done_at.is_(None))


def queued_messages() -> Select[int, dt.datetime | None]:
    return select(func.count(), func.min(OutboxMessage.created_at)).where(OutboxMessage.status == "queued")


def open_tickets() -> Select[int]:
    # The first condition is that of the index.
    return select(func.count()).where(Ticket.status != "closed", Ticket.status == "open")


def _seconds(now: dt.datetime, since: dt.datetime | None) -> float:
    return (now - since).total_seconds() if since is not None else 0.0
