"""The four systems that leads go to, each with its adapter, so that one test holds for all."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import aiohttp
from aiolimiter import AsyncLimiter

from bot.leads.crm.amocrm import Account, AmoCrm, LongLivedKey
from bot.leads.crm.base import Crm
from bot.leads.crm.bitrix24 import Bitrix24, Portal
from bot.leads.crm.mail import Mail, MailServer
from bot.leads.crm.webhook import Webhook
from tests.emulators.crm import AmoCrmServer, Bitrix24Server, SmtpServer, WebhookReceiver
from tests.emulators.crm.amocrm import TOKEN
from tests.emulators.crm.bitrix24 import LEAD
from tests.emulators.crm.server import Server
from tests.emulators.crm.webhook import SECRET
from tests.spine import DEALER

WITH_MARKS = ("bitrix24", "amocrm")  # where a record is found again by the mark of its lead
SYSTEMS = (*WITH_MARKS, "mail", "webhook")

# Refused; connection ended; done and its answer lost; done and the connection ended.
Trouble = Literal["error", "drop", "lost", "cut"]


@dataclass(frozen=True)
class System:
    crm: Crm
    settings: dict[str, str]  # by which a gateway of its own is told of it
    be_in: Callable[[Trouble | None], None]  # from now on, every request
    stop_before_the_answer: Callable[[], None]  # of the next request that makes a record
    hanging: Callable[[], object]  # waits for that
    arrivals: Callable[[], list[str]]  # the name of each lead that came, as often as it came
    marks: Callable[[], list[str]]  # the uid of each record that whoever keeps their promises has
    forgotten: Callable[[], int]  # how many customers it was told to forget


@asynccontextmanager
async def system(name: str) -> AsyncIterator[System]:
    async with aiohttp.ClientSession() as http, _KINDS[name](http) as found:
        yield found


@asynccontextmanager
async def _bitrix24(http: aiohttp.ClientSession) -> AsyncIterator[System]:
    async with Bitrix24Server(capacity=10_000) as server:
        yield System(
            Bitrix24(Portal(http, server.webhook, pace=_unhurried()), DEALER.zone),
            {"BITRIX24_WEBHOOK": server.webhook},
            _in_trouble(server),
            lambda: server.misbehave("crm.item.add", "hang"),
            server.hanging.wait,
            lambda: [item["originId"] for item in server.of(LEAD)],
            lambda: [item["originId"] for item in server.of(LEAD)],
            lambda: server.requests.count("crm.item.delete"),
        )
        assert server.violations == []


@asynccontextmanager
async def _amocrm(http: aiohttp.ClientSession) -> AsyncIterator[System]:
    async with AmoCrmServer(per_second=10_000) as server:
        account = Account(http, server.url, LongLivedKey(TOKEN), pace=_unhurried())
        yield System(
            AmoCrm(account, DEALER.zone),
            {"AMOCRM_URL": server.url, "AMOCRM_TOKEN": TOKEN},
            _in_trouble(server),
            lambda: server.misbehave("complex", "hang"),
            server.hanging.wait,
            lambda: [_tagged(lead) for lead in server.leads.values()],
            lambda: [_tagged(lead) for lead in server.leads.values()],
            lambda: server.requests.count("change.lead"),
        )
        assert server.violations == []


@asynccontextmanager
async def _mail(_http: aiohttp.ClientSession) -> AsyncIterator[System]:
    sender, recipient = "bot@salon.example", "zayavki@salon.example"
    async with SmtpServer() as server:
        settings = {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": str(server.port), "MAIL_SECURITY": "none"}

        def be_in(trouble: Trouble | None) -> None:
            server.codes = (
                {"MAIL": 451}
                if trouble == "error"
                else {"EHLO": 421, "HELO": 421}
                if trouble == "drop"
                else {}
            )
            server.hangs_up_after_data = trouble in ("lost", "cut")

        yield System(
            Mail(MailServer("127.0.0.1", "none", server.port), sender, (recipient,), DEALER.zone),
            {**settings, "MAIL_FROM": sender, "MAIL_TO": recipient},
            be_in,
            server.hang_once,
            server.hanging.wait,
            lambda: [str(letter["Message-ID"]) for letter in server.letters],
            # One Message-ID is one letter: the promise ends there, see docs/guides/crm.md.
            lambda: [name[1:].partition(".")[0] for name in {str(m["Message-ID"]) for m in server.letters}],
            lambda: sum("Удалите данные" in str(letter["Subject"]) for letter in server.letters),
        )


@asynccontextmanager
async def _webhook(http: aiohttp.ClientSession) -> AsyncIterator[System]:
    async with WebhookReceiver() as server:
        yield System(
            Webhook(http, server.address, SECRET),
            {"LEADS_WEBHOOK_URL": server.address, "LEADS_WEBHOOK_SECRET": SECRET},
            _in_trouble(server),
            lambda: server.misbehave("leads", "hang"),
            server.hanging.wait,
            lambda: server.keys,
            # Whoever keeps what comes by its key keeps each once.
            lambda: [key.partition(".")[0] for key in set(server.keys) if not key.startswith("forget")],
            lambda: len(server.forgotten),
        )
        assert server.violations == []


_KINDS = {"bitrix24": _bitrix24, "amocrm": _amocrm, "mail": _mail, "webhook": _webhook}


def _in_trouble(server: Server) -> Callable[[Trouble | None], None]:
    return lambda trouble: setattr(server, "always", trouble)


def _unhurried() -> AsyncLimiter:
    return AsyncLimiter(10_000, 1)


def _tagged(lead: dict[str, object]) -> str:
    embedded = lead["_embedded"]
    assert isinstance(embedded, dict)
    return next(tag["name"].removeprefix("avtootvet ") for tag in embedded["tags"] if " " in tag["name"])
