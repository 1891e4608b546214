"""A dealership as the outside sees it: two messengers in front of the gateway, four systems behind it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.db import Sessions, database
from bot.dealer import Dealer, load_dealer
from bot.migrate import migrate
from bot.people import Person
from bot.stock.importing import import_feed
from bot.supervise import SAMPLE_STOCK
from tests.emulators.crm import AmoCrmServer, Bitrix24Server, SmtpServer, WebhookReceiver
from tests.emulators.crm.amocrm import TOKEN as AMOCRM_TOKEN
from tests.emulators.crm.webhook import SECRET as WEBHOOK_SECRET
from tests.emulators.telegram import Group, Staff, TelegramEmulator
from tests.emulators.vk import VkEmulator
from tests.stack import Stack, free_port, started

VK_TOKEN = "vk1.a.journeys"
# The one Rasa knows customers by the account that they write to: each gateway has accounts of its own.
_accounts = itertools.count(1)
# What is said in one breath is one turn; here nobody says more than one thing in a breath.
BURST_WINDOW = "0.1"  # seconds


@dataclass(frozen=True)
class Salon:
    dealer: Dealer
    sessions: Sessions
    telegram: TelegramEmulator
    groups: Mapping[str, Group]  # of the departments
    staff: Mapping[str, Staff]  # by their names
    vk: VkEmulator
    url: str  # of the gateway
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
    port, account = free_port(), next(_accounts)
    await migrate(database_url)
    async with AsyncExitStack() as opened:
        telegram = await opened.enter_async_context(TelegramEmulator(f"42{account:08}:journeys"))
        groups, staff = _write_dealer(dealer_file, stack.dealer_file, telegram)
        salon = Salon(
            dealer=load_dealer(dealer_file),
            sessions=await opened.enter_async_context(database(database_url)),
            telegram=telegram,
            groups=groups,
            staff=staff,
            vk=await opened.enter_async_context(VkEmulator(VK_TOKEN, account)),
            url=f"http://127.0.0.1:{port}",
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
            "HTTP_PORT": str(port),
        }
        async with _gateway(salon.url, env, folder / "gateway.log"):
            yield salon


def _write_dealer(
    path: Path, source: Path, telegram: TelegramEmulator
) -> tuple[dict[str, Group], dict[str, Staff]]:
    """Each department has a group with its people in it, and each of them an address and numbers."""
    written = yaml.safe_load(source.read_text(encoding="utf-8"))
    groups = {key: telegram.group(found["title"]) for key, found in written["departments"].items()}
    staff: dict[str, Staff] = {}
    numbers = itertools.count(11)
    for key, department in written["departments"].items():
        department["desk"] = {"telegram": groups[key].id}
        for person in department["people"]:
            number = str(next(numbers))
            staff[person["name"]] = groups[key].member(person["name"])
            person |= {
                "email": f"manager{number}@salon.example",
                "crm": {"bitrix24": number, "amocrm": number},
                "telegram": staff[person["name"]].id,
            }
    path.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    return groups, staff


def _register_staff(salon: Salon) -> None:
    for person in salon.people:
        salon.bitrix24.users.add(int(person.crm.bitrix24 or 0))
        salon.amocrm.users.add(int(person.crm.amocrm or 0))


def _environment(salon: Salon, stack: Stack) -> dict[str, str]:
    return {
        "RASA_URL": stack.rasa_url,
        "RASA_DATABASE_URL": stack.rasa_database_url,
        "BURST_WINDOW": BURST_WINDOW,
        "TELEGRAM_TOKEN": salon.telegram.account.token,
        "TELEGRAM_API_URL": salon.telegram.url,
        "VK_TOKEN": VK_TOKEN,
        "VK_GROUP_ID": str(salon.vk.community.group_id),
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
async def _gateway(url: str, env: dict[str, str], log: Path) -> AsyncIterator[None]:
    with ExitStack() as running:
        # From a thread: while it starts and stops it talks to the servers of this loop.
        gateway = started("gateway", url=url, log=log, env=env)
        await asyncio.to_thread(running.enter_context, gateway)
        try:
            yield
        finally:
            await asyncio.to_thread(running.close)
