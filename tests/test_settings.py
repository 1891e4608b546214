"""What is written in .env, and what is left empty there."""

import pytest

from bot.settings import Settings


@pytest.mark.parametrize(
    "name",
    [
        "METRICS_TOKEN",
        "TELEGRAM_TOKEN",
        "TELEGRAM_SECRET",
        "VK_GROUP_ID",
        "VK_SECRET",
        "BITRIX24_HOOK_TOKEN",
        "AMOCRM_HOOK_KEY",
        "LEADS_WEBHOOK_SECRET",
    ],
)
def test_a_name_without_a_value_sets_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Else who presents an empty secret would be believed."""
    monkeypatch.setenv(name, "")
    assert getattr(Settings(_env_file=None), name.lower()) is None
