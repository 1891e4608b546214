"""Which systems the settings name, and what is said about half of a setting."""

from pathlib import Path

import aiohttp
import pytest

from bot.dealer import load_dealer
from bot.errors import SettingsError
from bot.leads.crm.amocrm import Tokens
from bot.leads.crm.base import Crm
from bot.leads.crm.configured import configured
from bot.settings import ROOT, Settings
from tests.spine import DEALER

SECRET = "very-secret-value"
MAIL = {
    "mail_host": "smtp.salon.example",
    "mail_from": "bot@salon.example",
    "mail_to": "a@b.example, c@d.example",
}
OAUTH = {
    "amocrm_client_id": "id",
    "amocrm_client_secret": SECRET,
    "amocrm_redirect_uri": "https://salon.example/",
}


class NoTokens:
    async def load(self) -> Tokens | None:
        return None

    async def save(self, tokens: Tokens) -> None:
        raise AssertionError("nothing is to be saved")


def named(http: aiohttp.ClientSession, **values: object) -> dict[str, Crm]:
    return configured(Settings(_env_file=None, **values), http, DEALER, NoTokens())  # type: ignore[arg-type]


async def test_nothing_is_named(http: aiohttp.ClientSession) -> None:
    assert named(http) == {}


def test_the_stages_of_a_crm_are_named_in_dealer_yml(tmp_path: Path) -> None:
    (tmp_path / "dealer.yml").write_text(_with_stages("visit"), encoding="utf-8")
    stages = load_dealer(tmp_path / "dealer.yml").crm_stages
    assert (stages.bitrix24, stages.amocrm) == ({"C1:NEW": "worksheet"}, {5: "visit"})
    (tmp_path / "dealer.yml").write_text(_with_stages("won"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"crm_stages\.amocrm\.5"):
        load_dealer(tmp_path / "dealer.yml")


def _with_stages(stage: str) -> str:
    dealer = (ROOT / "dealer.yml").read_text(encoding="utf-8")
    return f'{dealer}\ncrm_stages: {{bitrix24: {{"C1:NEW": worksheet}}, amocrm: {{5: {stage}}}}}\n'


async def test_everything_is_named(http: aiohttp.ClientSession) -> None:
    crms = named(
        http,
        bitrix24_webhook="https://salon.bitrix24.ru/rest/1/secret/",
        amocrm_url="https://salon.amocrm.ru",
        amocrm_token=SECRET,
        leads_webhook_url="https://crm.salon.example/leads",
        leads_webhook_secret=SECRET,
        **MAIL,
    )
    assert list(crms) == ["bitrix24", "amocrm", "mail", "webhook"]


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"bitrix24_webhook": f"https://salon.bitrix24.ru/{SECRET}"}, "Скопируйте его целиком"),
        ({"amocrm_url": "salon.amocrm.ru", "amocrm_token": SECRET}, "https://салон.amocrm.ru"),
        ({"amocrm_url": "https://salon.amocrm.ru"}, "AMOCRM_TOKEN или все три"),
        (
            {"amocrm_url": "https://salon.amocrm.ru", **OAUTH, "amocrm_redirect_uri": None},
            "AMOCRM_TOKEN или все три",
        ),
        ({**MAIL, "mail_to": ""}, "MAIL_FROM и MAIL_TO"),
        ({**MAIL, "mail_from": "bot"}, "«bot» не похоже на адрес"),
        ({**MAIL, "mail_user": "bot"}, "нужны вместе"),
        ({"leads_webhook_url": "https://crm.salon.example/leads"}, "LEADS_WEBHOOK_SECRET"),
        ({"leads_webhook_url": "crm", "leads_webhook_secret": SECRET}, "не похож на адрес"),
    ],
)
async def test_half_a_setting_is_told(
    http: aiohttp.ClientSession, values: dict[str, object], advice: str
) -> None:
    with pytest.raises(SettingsError, match=advice) as told:
        named(http, **values)
    assert SECRET not in str(told.value)


async def test_rotating_keys_of_amocrm_are_enough(http: aiohttp.ClientSession) -> None:
    assert list(named(http, amocrm_url="https://salon.amocrm.ru", **OAUTH)) == ["amocrm"]
