"""A dealership as the outside sees it: two messengers in front of the gateway, four systems behind it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.db import Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.migrate import migrate
from bot.people import Person
from bot.settings import ROOT
from bot.stock.importing import import_feed
from bot.supervise import SAMPLE_STOCK
from tests.emulators.crm import AmoCrmServer, Bitrix24Server, SmtpServer, WebhookReceiver
from tests.emulators.crm.amocrm import TOKEN as AMOCRM_TOKEN
from tests.emulators.crm.webhook import SECRET as WEBHOOK_SECRET
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.vk import VkEmulator
from tests.stack import Stack, free_port, started

TELEGRAM_TOKEN, VK_TOKEN, VK_GROUP = "4200000001:journeys", "vk1.a.journeys", 7
# What is said in one breath is one turn; here nobody says more than one thing in a breath.
BURST_WINDOW = "0.1"  # seconds


@dataclass(frozen=True)
class Salon:
    dealer: Dealer
    sessions: Sessions
    telegram: TelegramEmulator
    vk: VkEmulator
    bitrix24: Bitrix24Server
    amocrm: AmoCrmServer
    webhook: WebhookReceiver
    mailbox: SmtpServer

    @property
    def people(self) -> list[Person]:
        return [person for department in self.dealer.departments.values() for person in department.people]

    @property
    def violations(self) -> list[object]:
        """What the gateway did that a messenger or a system forbids."""
        servers = (self.telegram, self.vk, self.bitrix24, self.amocrm, self.webhook)
        return [violation for server in servers for violation in server.violations]


@asynccontextmanager
async def opened_salon(stack: Stack, folder: Path) -> AsyncIterator[Salon]:
    """A gateway of its own beside the Rasa and the actions of `stack`."""
    dealer_file, database_url = folder / "dealer.yml", f"sqlite:///{folder / 'journeys.db'}"
    dealer_file.write_text(_with_staff_known_outside(), encoding="utf-8")
    await migrate(database_url)
    async with AsyncExitStack() as opened:
        salon = Salon(
            dealer=load_dealer(dealer_file),
            sessions=await opened.enter_async_context(database(database_url)),
            telegram=await opened.enter_async_context(TelegramEmulator(TELEGRAM_TOKEN)),
            vk=await opened.enter_async_context(VkEmulator(VK_TOKEN, VK_GROUP)),
            bitrix24=await opened.enter_async_context(Bitrix24Server()),
            amocrm=await opened.enter_async_context(AmoCrmServer()),
            webhook=await opened.enter_async_context(WebhookReceiver()),
            mailbox=await opened.enter_async_context(SmtpServer()),
        )
        # The same cars in the same order: the actions read them in the database of the stack.
        await import_feed(salon.sessions, str(SAMPLE_STOCK))
        _register_staff(salon)
        env = {
            **_environment(salon, stack),
            "DATABASE_URL": database_url,
            "DEALER_FILE": str(dealer_file),
        }
        async with _gateway(env, folder / "gateway.log"):
            yield salon


def _with_staff_known_outside() -> str:
    """Our dealer.yml, where each person has an address and a number in the CRMs."""
    written = yaml.safe_load((ROOT / "dealer.yml").read_text(encoding="utf-8"))
    numbers = itertools.count(11)
    for department in written["departments"].values():
        for person in department["people"]:
            number = str(next(numbers))
            person |= {
                "email": f"manager{number}@salon.example",
                "crm": {"bitrix24": number, "amocrm": number},
            }
    return yaml.safe_dump(written, allow_unicode=True)


def _register_staff(salon: Salon) -> None:
    for person in salon.people:
        salon.bitrix24.users.add(int(person.crm.bitrix24 or 0))
        salon.amocrm.users.add(int(person.crm.amocrm or 0))


def _environment(salon: Salon, stack: Stack) -> dict[str, str]:
    return {
        "RASA_URL": stack.rasa_url,
        "RASA_DATABASE_URL": stack.rasa_database_url,
        "BURST_WINDOW": BURST_WINDOW,
        "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": salon.telegram.url,
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": str(VK_GROUP),
        "VK_API_URL": salon.vk.url,
        "BITRIX24_WEBHOOK": salon.bitrix24.webhook,
        "AMOCRM_URL": salon.amocrm.url,
        "AMOCRM_TOKEN": AMOCRM_TOKEN,
        "AMOCRM_UID_FIELD": str(salon.amocrm.uid_field),
        "LEADS_WEBHOOK_URL": salon.webhook.address,
        "LEADS_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "MAIL_HOST": "127.0.0.1",
        "MAIL_PORT": str(salon.mailbox.port),
        "MAIL_SECURITY": "none",
        "MAIL_FROM": "bot@salon.example",
        "MAIL_TO": "leads@salon.example",
    }


@asynccontextmanager
async def _gateway(env: dict[str, str], log: Path) -> AsyncIterator[None]:
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as running:
        # From a thread: while it starts and stops it talks to the servers of this loop.
        gateway = started("gateway", url=url, log=log, env={**env, "HTTP_PORT": port})
        await asyncio.to_thread(running.enter_context, gateway)
        try:
            yield
        finally:
            await asyncio.to_thread(running.close)
