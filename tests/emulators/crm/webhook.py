"""A system of the dealer's own that is told of leads: checks the signature, keeps one record per uid."""

import hashlib
import hmac
import json
import time
from typing import Any

from aiohttp import web

from tests.emulators.crm.server import Server

SECRET = "webhook-secret"
OLDEST = 300  # seconds a signature is believed


class WebhookReceiver(Server):
    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}  # by uid
        self.forgotten: list[str] = []
        self.keys: list[str] = []  # Idempotency-Key of every request that was taken
        self.answers_with_id = True
        self.app.router.add_post("/leads", self._receive)

    @property
    def address(self) -> str:
        return f"{self.url}/leads?key=in-the-address"

    def name_of(self, request: web.Request) -> str:
        return request.path.strip("/")

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not _is_signed(request, body):
            return web.json_response({"error": "signature"}, status=401)
        event = json.loads(body)
        self.keys.append(request.headers["Idempotency-Key"])
        match event:
            case {"event": "lead", "record": _, "lead": {"uid": uid}}:
                self.records[uid] = event["lead"]
                return web.json_response({"id": f"crm-{uid}"} if self.answers_with_id else {})
            case {"event": "forget", "record": record}:
                self.forgotten.append(record)
                return web.json_response({})
        self.violations.append(f"event {sorted(event)}")
        return web.json_response({"error": "event"}, status=400)


def signed(body: bytes, *, secret: str = SECRET, moment: int | None = None) -> dict[str, str]:
    """Headers of a call to the gateway."""
    at = str(int(time.time()) if moment is None else moment)
    mark = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Avtootvet-Timestamp": at, "X-Avtootvet-Signature": mark}


def _is_signed(request: web.Request, body: bytes) -> bool:
    moment = request.headers["X-Avtootvet-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    fresh = abs(time.time() - int(moment)) < OLDEST
    return fresh and hmac.compare_digest(expected, request.headers["X-Avtootvet-Signature"])
