"""The client of the Bot API, and what its errors mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.types import Message
from aiogram.utils.token import TokenValidationError

from bot.errors import DeliveryDelayed, DeliveryError, SettingsError, Unreachable

# Below the time that the outbox gives to a part, so that Telegram's silence has its own name.
REQUEST_TIMEOUT = 25.0

# A wrong token is mended by the admin, a second poller ends: what waits is sent then.
_MAY_PASS = (
    TelegramNetworkError,
    TelegramServerError,
    TelegramConflictError,
    TelegramUnauthorizedError,
    TelegramNotFound,
    ClientDecodeError,
)


def make_bot(token: str, api_url: str) -> Bot:
    """Opens nothing. Raises SettingsError."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url), timeout=REQUEST_TIMEOUT)
    try:
        return Bot(token, session=session)
    except TokenValidationError as error:
        raise SettingsError(
            "TELEGRAM_TOKEN не похож на ключ бота. Скопируйте его у @BotFather целиком: "
            "число, двоеточие, буквы и цифры."
        ) from error


# aiogram names the model of an answer anew for each call, and pydantic makes it anew (4 ms) when nobody
# has kept it.
ANSWERS = (Response[Message], Response[list[Message]], Response[bool], Response[list[Any]])


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates without a look inside: one update of an unknown shape must not cost the others."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: list[str]


@contextmanager
def telling_delivery() -> Iterator[None]:
    """Errors of the client become those that the outbox knows."""
    try:
        yield
    except (TelegramAPIError, ClientDecodeError) as error:
        raise as_delivery_error(error) from error


def as_delivery_error(error: TelegramAPIError | ClientDecodeError) -> DeliveryError:
    if isinstance(error, TelegramRetryAfter):
        return DeliveryDelayed("Telegram просит подождать", retry_after=error.retry_after)
    if isinstance(error, TelegramForbiddenError):
        return Unreachable(f"клиент заблокировал бота или удалил аккаунт ({error.message})")
    if isinstance(error, _MAY_PASS):
        return DeliveryDelayed(describe(error))
    return DeliveryError(describe(error))


def describe(error: TelegramAPIError | ClientDecodeError) -> str:
    """For logs and the outbox: the client's own errors hold addresses with the token, or a whole answer."""
    if isinstance(error, TelegramNetworkError):
        return f"нет связи с Telegram ({type(error.__cause__ or error).__name__})"
    if isinstance(error, TelegramServerError):
        return "в Telegram неполадка"
    return "ответ Telegram не прочитан" if isinstance(error, ClientDecodeError) else error.message
