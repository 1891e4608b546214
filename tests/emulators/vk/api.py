"""api.vk.ru/method/<name>: token, version and pace are checked, then the method is called."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.emulators.vk.community import Community
from tests.emulators.vk.docs import FileRefused
from tests.emulators.vk.errors import CUSTOMERS_DOING, VkError, error_body
from tests.emulators.vk.longpoll import LongPoll
from tests.emulators.vk.methods import METHODS, Call
from tests.emulators.vk.params import Params
from tests.emulators.vk.photos import PictureRefused

Form = Mapping[str, str | bytes | web.FileField]

OLDEST_VERSION = (5, 131)
# A second, less one step of a caller that keeps the pace: what the network squeezes is not his mistake.
SECOND = 0.95
SECRETS = frozenset({"access_token"})


@dataclass(frozen=True)
class Violation:
    """A mistake of the caller, found by the emulator."""

    where: str
    what: str


@dataclass(frozen=True)
class Made:
    """A call as it came, without the token."""

    method: str
    params: Mapping[str, str]


class Api:
    def __init__(self, community: Community, longpoll: LongPoll, rate_limit: int | None) -> None:
        self.url = ""
        self.rate_limit = rate_limit  # calls a second; None: as many as come
        self.calls: list[Made] = []
        self.violations: list[Violation] = []
        self._community = community
        self._longpoll = longpoll
        self._recent: deque[float] = deque()

    async def call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        form = await request.post()
        given = {**request.query, **{key: str(value) for key, value in form.items()}}
        shown = {key: value for key, value in given.items() if key not in SECRETS}
        self.calls.append(Made(name, shown))
        try:
            return web.json_response({"response": self._answer(name, given)})
        except VkError as error:
            if error.code not in CUSTOMERS_DOING:
                self._violate(name, f"[{error.code}] {error}")
            return web.json_response(error_body(error, name, shown))

    def _answer(self, name: str, given: Mapping[str, str]) -> Any:
        self._check_caller(given)
        if name not in METHODS:
            raise VkError(3)
        params = Params(given)
        answer = METHODS[name](Call(self._community, self._longpoll, self.url, params))
        for unknown in params.unknown:
            self._violate(name, f"unknown parameter {unknown}")
        return answer

    def _check_caller(self, given: Mapping[str, str]) -> None:
        if _version(given.get("v", "")) < OLDEST_VERSION:
            raise VkError(8, "versions below 5.131 are deprecated, version param should be passed as v")
        if given.get("access_token") != self._community.token:
            raise VkError(5, "invalid access_token (4).")
        if not self._in_pace():
            raise VkError(6)

    def _in_pace(self) -> bool:
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= SECOND:
            self._recent.popleft()
        if self.rate_limit is not None and len(self._recent) >= self.rate_limit:
            return False
        self._recent.append(now)
        return True

    async def upload(self, request: web.Request) -> web.Response:
        """The upload server."""
        address, form = request.match_info["address"], await request.post()
        if self._community.docs.knows(address):
            return self._upload_file(address, form)
        return self._upload_photo(address, form)

    def _upload_photo(self, address: str, form: Form) -> web.Response:
        """A picture it does not take comes back as an empty list, like VK's does."""
        field = form.get("photo")
        try:
            if not isinstance(field, web.FileField) or len(form) != 1:
                raise PictureRefused("one multipart field `photo` with a file name is expected")
            return web.json_response(self._community.photos.upload(address, field.file.read()))
        except PictureRefused as refused:
            self._violate("upload", str(refused))
            return web.json_response({"server": 0, "photo": "[]", "hash": ""})

    def _upload_file(self, address: str, form: Form) -> web.Response:
        """What people send is their choice: a file it does not take is no mistake of the caller."""
        field = form.get("file")
        try:
            if not isinstance(field, web.FileField) or len(form) != 1:
                self._violate("upload", "one multipart field `file` with a file name is expected")
                raise FileRefused("no file")
            return web.json_response(self._community.docs.upload(address, field.filename, field.file.read()))
        except FileRefused as refused:
            return web.json_response({"error": str(refused)})

    def _violate(self, where: str, what: str) -> None:
        self.violations.append(Violation(where, what))


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else (0,)
