"""The systems that the settings name."""

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import aiohttp

from bot.dealer import Dealer
from bot.errors import SettingsError
from bot.leads.crm.amocrm import Account, AmoCrm, Integration, LongLivedKey, RotatingKeys, TokenStore
from bot.leads.crm.amocrm.keys import Keys
from bot.leads.crm.base import Crm
from bot.leads.crm.bitrix24 import Bitrix24, Portal
from bot.leads.crm.mail import PORTS, Mail, MailServer, is_address
from bot.leads.crm.webhook import Webhook
from bot.settings import Settings

_BITRIX24 = re.compile(r"https?://[^/\s]+/rest/\d+/\w+/?")
_HTTP = re.compile(r"https?://[^/\s]+.*")


def configured(
    settings: Settings, session: aiohttp.ClientSession, dealer: Dealer, tokens: TokenStore
) -> dict[str, Crm]:
    """By name; empty when none is set. Opens nothing. Raises SettingsError."""
    return {crm.name: crm for crm in _each(settings, session, dealer, tokens)}


def _each(
    settings: Settings, session: aiohttp.ClientSession, dealer: Dealer, tokens: TokenStore
) -> Iterator[Crm]:
    if settings.bitrix24_webhook is not None:
        portal = Portal(session, _bitrix24(settings.bitrix24_webhook.get_secret_value()))
        yield Bitrix24(portal, dealer.zone, dealer.crm_stages.bitrix24)
    if settings.amocrm_url is not None:
        yield _amocrm(settings, session, settings.amocrm_url, dealer, tokens)
    if settings.mail_host is not None:
        yield _mail(settings, settings.mail_host, dealer.zone)
    if settings.leads_webhook_url is not None:
        yield _webhook(settings, session, settings.leads_webhook_url.get_secret_value())


def _bitrix24(webhook: str) -> str:
    if not _BITRIX24.fullmatch(webhook):
        raise SettingsError(
            "BITRIX24_WEBHOOK не похож на адрес входящего вебхука. "
            "Скопируйте его целиком: https://салон.bitrix24.ru/rest/1/секрет/"
        )
    return webhook


def _amocrm(
    settings: Settings, session: aiohttp.ClientSession, url: str, dealer: Dealer, tokens: TokenStore
) -> AmoCrm:
    if not _HTTP.fullmatch(url):
        raise SettingsError("AMOCRM_URL не похож на адрес. Нужен вид https://салон.amocrm.ru")
    account = Account(session, url, _amocrm_keys(settings, session, url, tokens))
    return AmoCrm(
        account,
        dealer.zone,
        uid_field=settings.amocrm_uid_field,
        pipeline=settings.amocrm_pipeline_id,
        stages=dealer.crm_stages.amocrm,
    )


def _amocrm_keys(settings: Settings, session: aiohttp.ClientSession, url: str, tokens: TokenStore) -> Keys:
    if settings.amocrm_token is not None:
        return LongLivedKey(settings.amocrm_token.get_secret_value())
    name, secret, address = (
        settings.amocrm_client_id,
        settings.amocrm_client_secret,
        settings.amocrm_redirect_uri,
    )
    if name is None or secret is None or address is None:
        raise SettingsError(
            "Для amoCRM нужен AMOCRM_TOKEN или все три: "
            "AMOCRM_CLIENT_ID, AMOCRM_CLIENT_SECRET, AMOCRM_REDIRECT_URI."
        )
    code = settings.amocrm_code.get_secret_value() if settings.amocrm_code is not None else None
    integration = Integration(name, secret.get_secret_value(), address, code)
    return RotatingKeys(session, url, integration, tokens)


def _mail(settings: Settings, host: str, zone: ZoneInfo) -> Mail:
    sender, recipients = settings.mail_from, settings.mail_to
    if sender is None or not recipients:
        raise SettingsError("Для почты нужны MAIL_FROM и MAIL_TO.")
    wrong = [address for address in (sender, *recipients) if not is_address(address)]
    if wrong:
        raise SettingsError(f"MAIL_FROM или MAIL_TO: «{wrong[0]}» не похоже на адрес почты.")
    if (settings.mail_user is None) != (settings.mail_password is None):
        raise SettingsError("MAIL_USER и MAIL_PASSWORD нужны вместе.")
    password = settings.mail_password
    server = MailServer(
        host,
        settings.mail_security,
        settings.mail_port or PORTS[settings.mail_security],
        settings.mail_user,
        password.get_secret_value() if password is not None else None,
    )
    return Mail(server, sender, recipients, zone)


def _webhook(settings: Settings, session: aiohttp.ClientSession, url: str) -> Webhook:
    if settings.leads_webhook_secret is None:
        raise SettingsError(
            "Для LEADS_WEBHOOK_URL нужен LEADS_WEBHOOK_SECRET: им подписывается каждый запрос."
        )
    if not _HTTP.fullmatch(url):
        raise SettingsError("LEADS_WEBHOOK_URL не похож на адрес. Нужен вид https://crm.example.ru/avtootvet")
    return Webhook(session, url, settings.leads_webhook_secret.get_secret_value())
