"""What is waited for and what is said while Telegram does not answer."""

import asyncio

import pytest
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe

from bot.channels.telegram.patience import LONGEST_PAUSE, PAUSE_FOR_ADMIN, Patience, rest, unless_stopped

OFFLINE = TelegramNetworkError(method=GetMe(), message="ClientConnectorError: /bot1:secret/getMe")


def test_pauses_grow_and_are_bounded() -> None:
    patience = Patience()
    pauses = [patience.pause(OFFLINE) for _ in range(50)]
    assert pauses[0] <= 1.0 < pauses[3]
    assert max(pauses) <= LONGEST_PAUSE


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (TelegramRetryAfter(method=GetMe(), message="flood", retry_after=17), 17),
        (TelegramUnauthorizedError(method=GetMe(), message="Unauthorized"), PAUSE_FOR_ADMIN),
    ],
)
def test_some_troubles_have_their_own_pause(error: Exception, seconds: float) -> None:
    assert Patience().pause(error) == seconds


def test_a_trouble_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    patience = Patience()
    for error in (OFFLINE, OFFLINE, TelegramServerError(method=GetMe(), message=""), OFFLINE):
        patience.pause(error)
    patience.reward()
    patience.reward()
    said = [vars(record).get("reason", record.message) for record in caplog.records]
    assert said == [
        "нет связи с Telegram (TelegramNetworkError)",
        "в Telegram неполадка",
        "нет связи с Telegram (TelegramNetworkError)",
        "telegram answers again",
    ]


def test_another_poller_is_named(caplog: pytest.LogCaptureFixture) -> None:
    Patience().pause(TelegramConflictError(method=GetMe(), message="Conflict: only one bot instance"))
    assert vars(caplog.records[0])["reason"] == "Conflict: only one bot instance"


def test_a_defect_shows_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise KeyError("update_id")
    except KeyError as error:
        Patience().pause(error)
    assert "test_a_defect_shows_where_it_is" in caplog.text


async def test_a_stop_ends_a_rest_and_a_request() -> None:
    stop, forever = asyncio.Event(), asyncio.create_task(asyncio.Event().wait())
    stop.set()
    await rest(stop, 1000)
    assert await unless_stopped(stop, forever) is None
    assert forever.cancelled()
