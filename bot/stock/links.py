"""Links that open the chat in a messenger with the car already known, and their QR pictures, for ads."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import aiohttp
import segno
from pydantic import SecretStr

from bot.errors import AvtootvetError, SettingsError
from bot.settings import Settings
from bot.stock.models import Car

TIMEOUT = aiohttp.ClientTimeout(total=15)
VK_VERSION = "5.199"

PictureKind = Literal["png", "svg"]

_TELEGRAM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{4,31}")
_VK_NAME = re.compile(r"[A-Za-z0-9_.]{2,32}")


class MessengerSilent(AvtootvetError):
    """A messenger did not tell the name of the bot or the community."""

    retry = True


@dataclass(frozen=True)
class Names:
    """How the dealer's accounts are called in links; None when there is no such account."""

    telegram: str | None
    vk: str | None

    def links(self, car: Car) -> dict[str, str]:
        """Messenger → address. `car12` is what `actions.focus` reads."""
        found = {
            "telegram": f"https://t.me/{self.telegram}?start=car{car.id}" if self.telegram else None,
            "vk": f"https://vk.me/{self.vk}?ref=car{car.id}" if self.vk else None,
        }
        return {messenger: link for messenger, link in found.items() if link}


async def find_names(settings: Settings) -> Names:
    """From the settings, or asked of the messengers. Raises SettingsError and MessengerSilent."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as http:
        names = Names(await _telegram_name(settings, http), await _vk_name(settings, http))
    if names == Names(None, None):
        raise SettingsError(
            "неизвестно, на какого бота вести. Укажите в .env TELEGRAM_BOT_NAME или VK_SCREEN_NAME "
            "либо подключите бота ключом: TELEGRAM_TOKEN, VK_TOKEN."
        )
    return names


async def _telegram_name(settings: Settings, http: aiohttp.ClientSession) -> str | None:
    if settings.telegram_bot_name:
        return _checked(settings.telegram_bot_name, _TELEGRAM_NAME, "TELEGRAM_BOT_NAME")
    token = _secret(settings.telegram_token)
    if token is None:
        return None
    answer = await _ask(http, "Telegram", f"{settings.telegram_api_url.rstrip('/')}/bot{token}/getMe", {})
    return _told(answer, "Telegram", _TELEGRAM_NAME, "result", "username")


async def _vk_name(settings: Settings, http: aiohttp.ClientSession) -> str | None:
    if settings.vk_screen_name:
        return _checked(settings.vk_screen_name, _VK_NAME, "VK_SCREEN_NAME")
    token = _secret(settings.vk_token)
    if token is None:
        return None
    url = f"{settings.vk_api_url.rstrip('/')}/method/groups.getById"
    answer = await _ask(http, "ВКонтакте", url, {"access_token": token, "v": VK_VERSION})
    return _told(answer, "ВКонтакте", _VK_NAME, "response", "groups", 0, "screen_name")


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() or None if value is not None else None


def _checked(written: str, pattern: re.Pattern[str], setting: str) -> str:
    """The name itself: people also write it with «@» or as an address."""
    name = written.strip().rstrip("/").rpartition("/")[2].removeprefix("@")
    if not pattern.fullmatch(name):
        raise SettingsError(f"{setting}: «{written}» не похоже на имя. Пример: avtosever_bot")
    return name


async def _ask(http: aiohttp.ClientSession, messenger: str, url: str, form: Mapping[str, str]) -> Any:
    """The answer as JSON. No error names the address or the form: they hold the key."""
    try:
        async with http.post(url, data=form) as response:
            return await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise MessengerSilent(f"{messenger} не отвечает: {type(error).__name__}. Повторите позже.") from None


def _told(answer: Any, messenger: str, pattern: re.Pattern[str], *path: str | int) -> str:
    try:
        for step in path:
            answer = answer[step]
    except (KeyError, IndexError, TypeError):
        raise MessengerSilent(f"{messenger} не назвал имя: проверьте ключ в .env.") from None
    if not isinstance(answer, str) or not pattern.fullmatch(answer):
        raise MessengerSilent(f"{messenger} не назвал имя, на которое можно сослаться.")
    return answer


def write_csv(path: Path, cars: Sequence[Car], names: Names) -> None:
    """For a spreadsheet: with the mark by which Excel knows UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(("№", "Машина", "Год", "VIN", "Telegram", "ВКонтакте"))
        for car in cars:
            links = names.links(car)
            row = (car.id, f"{car.make} {car.model}", car.year or "", car.vin or "")
            table.writerow([*map(_harmless, row), links.get("telegram", ""), links.get("vk", "")])


def _harmless(cell: object) -> str:
    """A feed's text must not become a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def draw_codes(folder: Path, cars: Sequence[Car], names: Names, kind: PictureKind) -> int:
    """A QR picture for each link: `car12-hyundai-solaris-2019-telegram.png`. Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = 0
    for car in cars:
        for messenger, link in names.links(car).items():
            path = folder / f"{file_name(car)}-{messenger}.{kind}"
            # Level M is read with a seventh of it torn or dirty; 12 pixels a module suit a printed ad.
            segno.make_qr(link, error="m").save(str(path), scale=12)
            drawn += 1
    return drawn


def file_name(car: Car) -> str:
    words = (car.make, car.model, str(car.year or ""))
    parts = [re.sub(r"[^\w]+", "-", word).strip("-").casefold() for word in words]
    return "-".join(filter(None, (f"car{car.id}", *parts)))[:100]
