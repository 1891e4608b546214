"""The systems that the settings name, with what they keep in our database."""

from dataclasses import dataclass

import aiohttp

from bot.db import Sessions
from bot.dealer import Dealer
from bot.leads.crm.amocrm import Tokens
from bot.leads.crm.base import Crm
from bot.leads.crm.configured import configured
from bot.leads.models import CrmTokens
from bot.settings import Settings
from bot.upsert import insert


def open_crms(
    settings: Settings, http: aiohttp.ClientSession, sessions: Sessions, dealer: Dealer
) -> dict[str, Crm]:
    """By name; empty when none is set. Asks nobody. Raises SettingsError."""
    return configured(settings, http, dealer, StoredTokens(sessions, "amocrm"))


def system_names(settings: Settings) -> tuple[str, ...]:
    """Which systems are set, without connecting to any."""
    marks = {
        "bitrix24": settings.bitrix24_webhook,
        "amocrm": settings.amocrm_url,
        "mail": settings.mail_host,
        "webhook": settings.leads_webhook_url,
    }
    return tuple(name for name, mark in marks.items() if mark is not None)


@dataclass(frozen=True)
class StoredTokens:
    """The keys of one system, committed before anybody uses them."""

    sessions: Sessions
    system: str

    async def load(self) -> Tokens | None:
        async with self.sessions() as session:
            row = await session.get(CrmTokens, self.system)
        if row is None:
            return None
        return Tokens(access=row.access, refresh=row.refresh, expires_at=row.expires_at)

    async def save(self, tokens: Tokens) -> None:
        values = {"access": tokens.access, "refresh": tokens.refresh, "expires_at": tokens.expires_at}
        async with self.sessions.begin() as session:
            await session.execute(
                insert(session, CrmTokens)
                .values(system=self.system, **values)
                .on_conflict_do_update(index_elements=["system"], set_=values)
            )
