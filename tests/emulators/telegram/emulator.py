"""The HTTP server of the Bot API that the real client library talks to."""

import asyncio
import itertools
import random
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiogram.types import User
from aiohttp import web

from tests.emulators.telegram.account import Account
from tests.emulators.telegram.arguments import METHODS, Arguments, parse, read_arguments, unknown_arguments
from tests.emulators.telegram.chat import PrivateChat
from tests.emulators.telegram.clock import Clock
from tests.emulators.telegram.control import control
from tests.emulators.telegram.customer import Customer
from tests.emulators.telegram.errors import Refused, TooLarge, Unauthorized, UnknownMethod
from tests.emulators.telegram.files import MEGABYTE, UPLOAD_LIMIT
from tests.emulators.telegram.forum import BotMember, GroupChat
from tests.emulators.telegram.group import Group
from tests.emulators.telegram.methods import HANDLERS
from tests.emulators.telegram.mishaps import Mishap, Mishaps, Trouble
from tests.emulators.telegram.owner import Owner
from tests.emulators.telegram.wire import wire

FIRST_USER = 1_000_001
# An album of ten photos and its fields.
MAX_REQUEST = 10 * UPLOAD_LIMIT + MEGABYTE


@dataclass(frozen=True)
class Violation:
    """A call that breaks a rule that its caller could have known."""

    method: str
    description: str


class TelegramEmulator:
    """`async with TelegramEmulator(token=…) as telegram:` serves at `telegram.url`."""

    def __init__(self, token: str, port: int = 0, seed: int = 0) -> None:
        chance = random.Random(seed)
        self.account = Account(token, chance)
        self.mishaps = Mishaps(chance)
        self.violations: list[Violation] = []
        self.calls: list[str] = []  # names of the methods, in order
        self.customers: dict[int, Customer] = {}  # of private chats
        self._port = port
        self._users = itertools.count(FIRST_USER)
        self._owners: list[Owner] = []
        self._runner = web.AppRunner(
            self._application(), access_log=None, handler_cancellation=True, shutdown_timeout=0
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.account.set_webhook(None)
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def clock(self) -> Clock:
        return self.account.clock

    def customer(
        self, name: str = "Анна", *, user_id: int | None = None, phone: str = "", at: Owner | None = None
    ) -> Customer:
        """A new person, or one known by the id; `at` makes the chat one with a business account."""
        user_id = user_id or next(self._users)
        user = User(id=user_id, is_bot=False, first_name=name, language_code="ru")
        self.account.users[user_id] = user
        chat = PrivateChat(user, at.connection if at else None, ids=self.account.message_ids)
        chat = self.account.chats.setdefault(chat.key, chat)
        customer = Customer(self.account, chat, phone or f"7916{user_id % 10**7:07d}")
        if at is None:
            self.customers[user_id] = customer
        return customer

    def owner(self, name: str = "Пётр") -> Owner:
        return Owner(self.account, self._person(name))

    def group(self, title: str = "Отдел продаж", forum: bool = True, chat_id: int | None = None) -> Group:
        """With the bot as an administrator; a small negative id makes it a basic group."""
        owner = self._person("Владелец")
        bot = BotMember(self.account.me)
        chat = GroupChat(chat_id or self.account.new_group_id(), title, forum, bot, owner.id)
        self.account.groups[chat.id] = chat
        return Group(self.account, chat, owner, self._person)

    @property
    def group_limit(self) -> tuple[int, float]:
        """Messages of the bot in a group in so many seconds."""
        return self.account.group_limit.messages, self.account.group_limit.window

    @group_limit.setter
    def group_limit(self, limit: tuple[int, float]) -> None:
        self.account.group_limit.messages, self.account.group_limit.window = limit

    def file(self, file_id: str) -> bytes:
        """What somebody has sent; LookupError for an id that was never given."""
        found = self.account.files.find(file_id)
        if found is None:
            raise LookupError(f"no such file: {file_id}")
        return found.data

    def misbehave(self, trouble: Trouble, method: str = "*", **details: Any) -> None:
        """Once, unless `times` or `probability` say otherwise; details are the fields of Mishap."""
        self.mishaps.order(Mishap(trouble=trouble, method=method, **details))

    def behave(self) -> None:
        self.mishaps.clear()

    def _person(self, name: str) -> User:
        first, _, last = name.partition(" ")
        user = User(id=next(self._users), is_bot=False, first_name=first, last_name=last or None)
        self.account.users[user.id] = user
        return user

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_REQUEST)
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        application.add_subapp("/control", control(self))
        return application

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.calls.append(method)
        try:
            return await self._answer(request, method)
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(method, TooLarge())
        except Refused as refusal:
            return self._refuse(method, refusal)

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        arguments = await read_arguments(request)
        mishap = self.mishaps.pick(method, arguments.values.get("chat_id"))
        if mishap and mishap.trouble is Trouble.DROP:
            return _hang_up(request)
        if mishap and mishap.trouble is Trouble.DELAY:
            await asyncio.sleep(mishap.seconds)
        if mishap and (refusal := mishap.refusal()):
            raise refusal
        result = await self._carry_out(request.match_info["token"], method, arguments)
        return await _spoilt(mishap) or web.json_response({"ok": True, "result": wire(result)})

    async def _carry_out(self, token: str, method: str, arguments: Arguments) -> object:
        if token != self.account.token:
            raise Unauthorized
        model = METHODS.get(method.lower())
        handler = HANDLERS.get(model) if model else None
        if model is None or handler is None:
            raise UnknownMethod
        for name in sorted(unknown_arguments(model, arguments)):
            self.violations.append(Violation(method, f"unknown parameter {name}"))
        return await handler(self.account, parse(model, arguments))

    def _refuse(self, method: str, refusal: Refused) -> web.Response:
        if refusal.fault:
            self.violations.append(Violation(method, str(refusal)))
        body: dict[str, object] = {
            "ok": False,
            "error_code": refusal.status,
            "description": str(refusal),
        }
        if refusal.parameters:
            body["parameters"] = refusal.parameters
        return web.json_response(body, status=refusal.status)

    async def _download(self, request: web.Request) -> web.Response:
        file = self.account.files.at(request.match_info["path"])
        if request.match_info["token"] != self.account.token:
            return self._refuse("file", Unauthorized())
        if file is None:
            return self._refuse("file", UnknownMethod())
        return web.Response(body=file.data, content_type="application/octet-stream")


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def _spoilt(mishap: Mishap | None) -> web.Response | None:
    """The answer that should have been one."""
    match mishap.trouble if mishap else None:
        case Trouble.SILENCE:
            # The server cancels this when the caller hangs up.
            await asyncio.Event().wait()
        case Trouble.BAD_JSON:
            return web.Response(text='{"ok": true, "result":', content_type="application/json")
    return None
