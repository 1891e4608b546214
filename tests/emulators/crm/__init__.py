"""CRMs and mailboxes for tests: local servers that answer, refuse and lose answers as the real ones do."""

from tests.emulators.crm.amocrm import AmoCrmServer
from tests.emulators.crm.bitrix24 import Bitrix24Server
from tests.emulators.crm.smtp import LOCALHOST, SmtpServer
from tests.emulators.crm.webhook import WebhookReceiver

__all__ = ["LOCALHOST", "AmoCrmServer", "Bitrix24Server", "SmtpServer", "WebhookReceiver"]
