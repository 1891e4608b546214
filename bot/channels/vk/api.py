"""The VK API of one community, through vk_api.

That library waits for every answer and does one call at a time: calls are made in a few threads, each
with a client of its own.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import requests
from aiolimiter import AsyncLimiter
from jconfig import MemoryConfig
from requests.adapters import HTTPAdapter
from vk_api import VkApiGroup
from vk_api.exceptions import TOO_MANY_RPS_CODE, ApiError, ApiHttpError, Captcha

from bot.errors import AvtootvetError

API_URL = "https://api.vk.ru"
API_VERSION = "5.199"

WORKERS = 4
# A community's key may make 20 calls a second. A pair at once, so that a reply does not wait for the
# typing sign before it; then a little slower, so that no second holds more.
PAIR, PAIRS_EVERY = 2, 2 / 18  # seconds

# Seconds to connect and to wait for an answer; below the time that the outbox gives to one part.
TIMEOUT = (5.0, 15.0)

TOKEN_REFUSED = frozenset({5, 27})
_PASSING = frozenset({1, 6, 10})


class VkError(AvtootvetError):
    """A call of the VK API brought nothing."""


class VkSilent(VkError):
    """No usable answer: the network, a time-out, an error of the server, something that is not JSON."""

    retry = True


class UploadSilent(VkSilent):
    """The upload server, another machine than the API, took no file."""


class VkRefused(VkError):
    """VK answered with an error. Codes: https://dev.vk.com/reference/errors"""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"ошибка {code} ВКонтакте: {message}")
        self.code = code
        self.retry = code in _PASSING


class Vk:
    """`call` raises VkSilent or VkRefused."""

    def __init__(self, token: str, group_id: int, url: str = API_URL) -> None:
        self.group_id = group_id
        self.account = str(group_id)
        self._token = token
        self._url = url
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vk")
        self._own = threading.local()
        self._pace = AsyncLimiter(PAIR, PAIRS_EVERY)

    async def call(self, method: str, **params: str | int) -> Any:
        """The `response` of a method."""
        await self._pace.acquire()
        return await self._in_thread(partial(self._call, method, params))

    async def upload(self, address: str, field: str, name: str, content: bytes) -> Any:
        """What the upload server says of a file. Raises UploadSilent."""
        return await self._in_thread(partial(self._upload, address, {field: (name, content)}))

    @property
    def is_busy(self) -> bool:
        """Whether a call would have to wait now."""
        return not self._pace.has_capacity()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _call(self, method: str, params: dict[str, str | int]) -> Any:
        try:
            answer = self._client().method(method, params, raw=True)
        except ApiError as error:
            raise VkRefused(error.code, str(error.error.get("error_msg", ""))) from error
        except Captcha as error:
            raise VkRefused(error.code, "нужна капча") from error
        except ApiHttpError as error:
            raise VkSilent(f"{method}: ответ {error.response.status_code}") from error
        except requests.RequestException as error:
            # Its text holds addresses; the kind says enough.
            raise VkSilent(f"{method}: {type(error).__name__}") from error
        if not isinstance(answer, dict) or "response" not in answer:
            raise VkSilent(f"{method}: непонятный ответ")
        return answer["response"]

    def _upload(self, address: str, file: dict[str, tuple[str, bytes]]) -> Any:
        try:
            answer = self._client().http.post(address, files=file, timeout=TIMEOUT)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            raise UploadSilent(f"загрузка файла: {type(error).__name__}") from error

    def _client(self) -> Any:
        if not hasattr(self._own, "client"):
            self._own.client = _new_client(self._token, self._url)
        return self._own.client


class _ToApi(HTTPAdapter):
    """Sends what vk_api addresses to VK to `url`, and never waits for ever."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = self._url + (request.url or "").removeprefix(API_URL)
        return super().send(request, *args, **{**options, "timeout": TIMEOUT})


def _new_client(token: str, url: str) -> VkApiGroup:
    session = requests.Session()
    session.trust_env = False  # neither .netrc nor proxies meant for other programs
    session.mount(API_URL, _ToApi(url.rstrip("/")))
    client = VkApiGroup(token=token, api_version=API_VERSION, session=session, config=MemoryConfig)
    # The library would repeat the call again and again, in a recursion, and hold the thread.
    del client.error_handlers[TOO_MANY_RPS_CODE]
    return client
