"""Settings from the environment and `.env`. Secrets have no defaults."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'avtootvet.db'}", description="SQLite or PostgreSQL of the gateway"
    )
    rasa_database_url: str = Field(
        f"sqlite:///{ROOT / 'var' / 'rasa.db'}",
        description="where Rasa keeps its conversations; the same for Rasa and the gateway",
    )
    dealer_file: Path = Field(ROOT / "dealer.yml", description="the dealership: addresses, people, terms")
    rasa_url: Annotated[tuple[str, ...], NoDecode] = Field(
        ("http://127.0.0.1:5005",), description="Rasa servers, separated by commas"
    )
    actions_port: int = Field(5055, description="port of the action server on this machine")
    http_port: int = Field(8080, description="port of the site chat and the webhooks")
    http_host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 behind a reverse proxy")
    public_url: str | None = Field(None, description="how the world reaches the gateway, for links")
    burst_window: float | None = Field(
        None, ge=0, le=30, description="seconds to wait for the rest of a burst (site 0.3, messengers 1.0)"
    )
    metrics_token: SecretStr | None = Field(
        None, description="who presents it may read /metrics from anywhere; empty: only from this network"
    )
    telegram_bot_name: str | None = Field(None, description="for links; without it TELEGRAM_TOKEN tells")
    vk_screen_name: str | None = Field(None, description="for links; without it VK_TOKEN tells")
    stock_feeds: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="files or addresses of the feeds, separated by commas"
    )
    telegram_token: SecretStr | None = Field(None, description="the bot's key; empty: no Telegram")
    telegram_api_url: str = Field("https://api.telegram.org", description="server of the Bot API")
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling", description="ask Telegram for updates, or be told at PUBLIC_URL"
    )
    telegram_secret: SecretStr | None = Field(None, description="what proves that a webhook is Telegram's")
    vk_token: SecretStr | None = Field(None, description="the community's key; empty: no VK")
    vk_group_id: int | None = Field(None, gt=0, description="number of the community")
    vk_api_url: str = Field("https://api.vk.ru", description="server of the VK API")
    vk_mode: Literal["longpoll", "callback"] = Field(
        "longpoll", description="ask VK for events, or be told at PUBLIC_URL/vk/callback"
    )
    vk_secret: SecretStr | None = Field(None, description="what proves that a callback is VK's")
    vk_confirmation: str | None = Field(None, description="the answer that VK wants once for a new address")

    bitrix24_webhook: SecretStr | None = Field(None, description="inbound webhook; empty: no Bitrix24")
    bitrix24_hook_token: SecretStr | None = Field(
        None, description="proves that a call to PUBLIC_URL/crm/bitrix24 is the portal's"
    )
    amocrm_url: str | None = Field(None, description="https://….amocrm.ru; empty: no amoCRM")
    amocrm_token: SecretStr | None = Field(None, description="long-lived key of an integration, or:")
    amocrm_client_id: str | None = Field(None, description="id of an integration with rotating keys")
    amocrm_client_secret: SecretStr | None = Field(None, description="its secret")
    amocrm_redirect_uri: str | None = Field(None, description="its address, as written in the integration")
    amocrm_code: SecretStr | None = Field(None, description="its authorization code, needed once")
    amocrm_uid_field: int | None = Field(None, gt=0, description="text field of leads that holds our mark")
    amocrm_pipeline_id: int | None = Field(
        None, gt=0, description="pipeline of new leads; empty: the main one"
    )
    amocrm_hook_key: SecretStr | None = Field(
        None, description="the key in PUBLIC_URL/crm/amocrm?key=…, invented by you"
    )
    mail_host: str | None = Field(None, description="mail server; empty: no e-mail about leads")
    mail_port: int | None = Field(None, description="empty: 465, 587 or 25, by MAIL_SECURITY")
    mail_security: Literal["ssl", "starttls", "none"] = Field("ssl", description="how the letter travels")
    mail_user: str | None = Field(None, description="login; empty: the server asks for none")
    mail_password: SecretStr | None = Field(None, description="its password")
    mail_from: str | None = Field(None, description="sender's address")
    mail_to: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="who gets every lead, besides its manager; separated by commas"
    )
    leads_webhook_url: SecretStr | None = Field(
        None, description="address that is told of leads; empty: none"
    )
    leads_webhook_secret: SecretStr | None = Field(None, description="signs what is told")

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_not_set(cls, value: object, info: ValidationInfo) -> object:
        """`NAME=` of .env. An empty secret would be known to everybody."""
        optional = cls.model_fields[info.field_name or ""].default is None
        return None if value == "" and optional else value

    @field_validator("rasa_url", "stock_feeds", "mail_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value


def load_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("настройки не приняты:\n  " + "\n  ".join(lines)) from error
