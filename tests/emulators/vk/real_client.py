"""The real vk_api client, brought to the emulator."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
import requests
from jconfig import MemoryConfig
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from vk_api import VkApi
from vk_api.exceptions import ApiError
from vk_api.vk_api import VkApiGroup

from tests.emulators.vk import Customer

TOKEN = "vk1.a.token"
GROUP = 777


class ToEmulator(HTTPAdapter):
    """vk_api knows one host; its requests go to the emulator, and do not wait for ever."""

    def __init__(self, url: str, patience: float) -> None:
        super().__init__()
        self._url = url
        self._patience = patience

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        request.url = str(request.url).replace("https://api.vk.ru", self._url, 1)
        return super().send(request, *args, **options | {"timeout": self._patience})


class Client:
    """vk_api in a thread: `await client("messages.send", peer_id=1, …)`."""

    def __init__(
        self, url: str, *, token: str = TOKEN, version: str = "5.199", patience: float = 10.0
    ) -> None:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://api.vk.ru/", ToEmulator(url, patience))
        self.vk: VkApi = VkApiGroup(token=token, api_version=version, session=session, config=MemoryConfig)

    async def __call__(self, name: str, **values: Any) -> Any:
        return await asyncio.to_thread(self.vk.method, name, values)

    async def send(self, customer: Customer, text: str = "", random_id: int = 0, **more: Any) -> Any:
        values = {"peer_id": customer.user_id, "message": text, "random_id": random_id, **more}
        return await self("messages.send", **values)


async def refusal(call: Awaitable[Any]) -> int:
    """The code of the error that the call ends with."""
    with pytest.raises(ApiError) as refused:
        await call
    return int(refused.value.code)
