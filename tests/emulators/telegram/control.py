"""HTTP by which scripts play the customers and order trouble.

POST   /control/customers                  {"user_id", "name", "phone"}
POST   /control/customers/{id}/{deed}      arguments of the deed (says, presses, sends_photo, …)
GET    /control/customers/{id}/received
GET    /control/sent?after=N               what the bot sent to anybody, from the Nth on
POST   /control/updates                    {"kind", "body", "chat"}: any update, right or wrong
POST   /control/mishaps                    a Mishap · DELETE forgets all
PATCH  /control/conduct                    {"shuffled", "repeat_probability", "flood_control"}
POST   /control/clock                      {"hours": 25}
GET    /control/state                      calls, violations and pending updates
"""

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from tests.emulators.telegram.chat import Chat, Received
from tests.emulators.telegram.customer import Customer
from tests.emulators.telegram.mishaps import Mishap
from tests.emulators.telegram.wire import wire

if TYPE_CHECKING:
    from tests.emulators.telegram.emulator import TelegramEmulator

DEEDS = {
    deed.__name__: deed
    for deed in (
        Customer.says,
        Customer.starts,
        Customer.replies,
        Customer.edits,
        Customer.deletes,
        Customer.presses,
        Customer.blocks,
        Customer.unblocks,
        Customer.shares_contact,
        Customer.sends_photo,
        Customer.sends_album,
        Customer.sends_video,
        Customer.sends_voice,
        Customer.sends_video_note,
        Customer.sends_sticker,
        Customer.sends_document,
        Customer.sends_location,
    )
}


class NewCustomer(BaseModel, extra="forbid"):
    user_id: int | None = None
    name: str = "Анна"
    phone: str = ""


class RawUpdate(BaseModel, extra="forbid"):
    kind: str
    body: Any
    chat: int = 0


class Conduct(BaseModel, extra="forbid"):
    shuffled: bool | None = None
    repeat_probability: float | None = None
    flood_control: bool | None = None


def control(telegram: "TelegramEmulator") -> web.Application:
    application = web.Application(middlewares=[_explain])
    desk = _Control(telegram)
    application.add_routes(
        [
            web.post("/customers", desk.add_customer),
            web.post("/customers/{id}/{deed}", desk.act),
            web.get("/customers/{id}/received", desk.received),
            web.get("/sent", desk.sent),
            web.post("/updates", desk.add_update),
            web.post("/mishaps", desk.misbehave),
            web.delete("/mishaps", desk.behave),
            web.patch("/conduct", desk.conduct),
            web.post("/clock", desk.forward),
            web.get("/state", desk.state),
        ]
    )
    return application


class _Control:
    def __init__(self, telegram: "TelegramEmulator") -> None:
        self._telegram = telegram
        self._account = telegram.account

    async def add_customer(self, request: web.Request) -> web.Response:
        customer = self._telegram.customer(**NewCustomer(**await _json(request)).model_dump())
        return web.json_response({"user_id": customer.id})

    async def act(self, request: web.Request) -> web.Response:
        deed = DEEDS.get(request.match_info["deed"])
        if deed is None:
            raise web.HTTPNotFound(text="no such deed")
        return web.json_response({"result": wire(deed(self._customer(request), **await _json(request)))})

    async def received(self, request: web.Request) -> web.Response:
        return web.json_response([_seen(each) for each in self._customer(request).received])

    async def sent(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", "0"))
        return web.json_response([_delivered(*each) for each in self._account.sent[after:]])

    async def add_update(self, request: web.Request) -> web.Response:
        update = RawUpdate(**await _json(request))
        self._account.updates.add(update.kind, update.body, (None, update.chat))
        return web.json_response({})

    async def misbehave(self, request: web.Request) -> web.Response:
        self._telegram.mishaps.order(Mishap(**await _json(request)))
        return web.json_response({})

    async def behave(self, request: web.Request) -> web.Response:
        self._telegram.behave()
        return web.json_response({})

    async def conduct(self, request: web.Request) -> web.Response:
        wanted = Conduct(**await _json(request))
        updates, flood = self._account.updates, self._account.flood
        if wanted.shuffled is not None:
            updates.shuffled = wanted.shuffled
        if wanted.repeat_probability is not None:
            updates.repeat_probability = wanted.repeat_probability
        if wanted.flood_control is not None:
            flood.on = wanted.flood_control
        return web.json_response({})

    async def forward(self, request: web.Request) -> web.Response:
        self._account.clock.forward(**await _json(request))
        return web.json_response({})

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "calls": Counter(self._telegram.calls),
                "violations": [asdict(each) for each in self._telegram.violations],
                "pending_updates": len(self._account.updates),
                "sent": len(self._account.sent),
            }
        )

    def _customer(self, request: web.Request) -> Customer:
        customer = self._telegram.customers.get(int(request.match_info["id"]))
        if customer is None:
            raise web.HTTPNotFound(text="no such customer")
        return customer


@web.middleware
async def _explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A script's mistake is told to the script."""
    try:
        return await handler(request)
    except (LookupError, TypeError, ValueError, ValidationError) as error:
        return web.Response(status=400, text=f"{type(error).__name__}: {error}")


async def _json(request: web.Request) -> dict[str, Any]:
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise ValueError("an object is expected")
    return body


def _seen(received: Received) -> dict[str, object]:
    return {
        "message_id": received.message_id,
        "time": received.time.timestamp(),
        "text": received.text,
        "file_ids": received.file_ids,
        "buttons": received.buttons,
        "edits": received.edits,
        "deleted": received.deleted,
    }


def _delivered(chat: Chat, received: Received) -> dict[str, object]:
    business = received.messages[0].business_connection_id
    return {"chat_id": chat.id, "business_connection_id": business, **_seen(received)}
