"""An amoCRM account: leads, contacts, notes, keys that change with every use, limits and errors.

After the official PHP SDK and its documentation: empty lists are 204, errors are problem+json, values of a
field that is given replace those it had, nothing is ever deleted.
"""

import itertools
import time
from collections import deque
from typing import Any

from aiohttp import web

from tests.emulators.crm.server import Handler, Server

TOKEN = "long-lived-key"
CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, CODE = "client", "client-secret", "https://salon.example/", "code-1"
DAY = 86_400
PER_SECOND = 7
# A second, less one step of a caller that keeps the pace: what the network squeezes is not his mistake.
SECOND = 0.95
WON = 142

_LEAD = {"name": str, "price": int, "pipeline_id": int, "status_id": int, "responsible_user_id": int}
_CONTACT = {"name": str, "first_name": str, "last_name": str}
_CODES = {"UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM", "PHONE", "EMAIL"}


class Problem(Exception):
    def __init__(self, status: int, title: str, **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.body = {"title": title, "type": "https://httpstatus.es", "status": status, **more}


class AmoCrmServer(Server):
    def __init__(self, *, per_second: int = PER_SECOND) -> None:
        super().__init__()
        self.users = {7}
        self.pipelines = {31}
        self.uid_field = 5501
        self.leads: dict[int, dict[str, Any]] = {}
        self.contacts: dict[int, dict[str, Any]] = {}
        self.notes: dict[int, list[dict[str, Any]]] = {}
        self.valid_access = {TOKEN}
        self.valid_refresh: str | None = None
        self.code: str | None = CODE
        self.granted: list[str] = []  # grant types that were served
        self._ids = itertools.count(1001)
        self._per_second = per_second
        self._recent: deque[float] = deque()
        self.app.middlewares.append(self._answering)
        self.app.router.add_post("/oauth2/access_token", self._grant, name="oauth")
        self.app.router.add_post("/api/v4/leads/complex", self._complex, name="complex")
        for path, name, listed in (
            ("leads", "lead", self._list_leads),
            ("contacts", "contact", self._list_contacts),
        ):
            self.app.router.add_get(f"/api/v4/{path}", listed, name=path)
            self.app.router.add_get(f"/api/v4/{path}/{{id:\\d+}}", self._get, name=name)
            self.app.router.add_patch(f"/api/v4/{path}/{{id:\\d+}}", self._patch, name=f"change.{name}")
        for path, name, listed in (
            ("users", "users", self._list_users),
            ("leads/pipelines", "pipelines", self._list_pipelines),
            ("leads/custom_fields", "fields", self._list_fields),
        ):
            self.app.router.add_get(f"/api/v4/{path}", listed, name=name)
        notes = "/api/v4/leads/{id:\\d+}/notes"
        self.app.router.add_get(notes, self._list_notes, name="notes")
        self.app.router.add_post(notes, self._add_notes, name="add.note")
        self.app.router.add_patch(notes, self._change_notes, name="change.notes")

    def name_of(self, request: web.Request) -> str:
        return request.match_info.route.name or ""

    def told(self, record: str) -> list[str]:
        return [note["params"]["text"] for note in self.notes.get(int(record), [])]

    def staff_adds_contact(self, name: str, phone: str) -> int:
        number = next(self._ids)
        values = [{"field_code": "PHONE", "values": [{"value": phone, "enum_code": "WORK"}]}]
        self.contacts[number] = {"id": number, "name": name, "custom_fields_values": values}
        return number

    def staff_adds_lead(self, name: str, contact: int | None = None) -> int:
        number = next(self._ids)
        links = [{"id": contact}] if contact is not None else []
        self.leads[number] = {
            "id": number,
            "name": name,
            "price": 0,
            "status_id": 1,
            "created_at": int(time.time()),
            "custom_fields_values": None,
            "_embedded": {"tags": [], "contacts": links},
        }
        return number

    def staff_moves(self, record: str, status: int) -> None:
        self.leads[int(record)]["status_id"] = status

    def call(self, record: str) -> dict[str, str]:
        """The form that the account's webhook posts when a lead has changed its status."""
        moved = {"id": record, "status_id": "142", "old_status_id": "1", "pipeline_id": "31"}
        form = {f"leads[status][0][{name}]": value for name, value in moved.items()}
        return form | {"account[id]": "29013640", "account[subdomain]": "salon"}

    def phones(self, contact: int) -> list[str]:
        return _phones(self.contacts[contact])

    @web.middleware
    async def _answering(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith("/api/"):
                self._check_caller(request)
            return await handler(request)
        except Problem as problem:
            return web.json_response(
                problem.body, status=problem.status, content_type="application/problem+json"
            )

    def _check_caller(self, request: web.Request) -> None:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid_access:
            raise Problem(401, "Unauthorized", detail="Неверный логин или пароль")
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= SECOND:
            self._recent.popleft()
        if len(self._recent) >= self._per_second:
            self.violations.append("too many requests")
            raise Problem(429, "Too Many Requests")
        self._recent.append(now)

    async def _grant(self, request: web.Request) -> web.Response:
        given = await request.json()
        expected = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT_URI}
        if any(given.get(name) != value for name, value in expected.items()):
            raise Problem(401, "Unauthorized", hint="Client authentication failed")
        match given["grant_type"]:
            case "authorization_code" if given.get("code") == self.code and self.code is not None:
                self.code = None
            case "refresh_token" if given.get("refresh_token") == self.valid_refresh is not None:
                pass
            case _:
                raise Problem(400, "Некорректный запрос", hint="Token has been revoked")
        self.granted.append(given["grant_type"])
        return web.json_response(self.grant())

    def grant(self) -> dict[str, Any]:
        """A new pair; the old refresh token is worth nothing from now on."""
        number = next(self._ids)
        access, self.valid_refresh = f"access-{number}", f"refresh-{number}"
        self.valid_access = {access}
        return {
            "token_type": "Bearer",
            "expires_in": DAY,
            "access_token": access,
            "refresh_token": self.valid_refresh,
        }

    async def _complex(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not isinstance(body, list) or not 0 < len(body) <= 50:
            raise _invalid("", "FieldMissing", body)
        return web.json_response([self._create(lead) for lead in body])

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        embedded = given.pop("_embedded", {})
        self._check(given, _LEAD)
        contacts = embedded.get("contacts", [])
        if len(contacts) > 1:
            raise _invalid("_embedded.contacts", "TooMany", embedded)
        links = [{"id": self._linked(contact)} for contact in contacts]
        number = self.staff_adds_lead(given.get("name", ""))
        tags = [{"id": next(self._ids), **tag} for tag in embedded.get("tags", [])]
        self.leads[number] |= {**given, "_embedded": {"tags": tags, "contacts": links}}
        return {
            "id": number,
            "contact_id": links[0]["id"] if links else None,
            "request_id": ["0"],
            "merged": False,
        }

    def _linked(self, contact: dict[str, Any]) -> int:
        if "id" in contact:
            if contact["id"] not in self.contacts:
                raise _invalid("_embedded.contacts.0.id", "NotSupportedChoice", contact)
            return int(contact["id"])
        self._check(contact, _CONTACT)
        number = next(self._ids)
        self.contacts[number] = {"id": number, "name": contact.get("first_name", ""), **contact}
        return number

    def _check(self, given: dict[str, Any], known: dict[str, type]) -> None:
        for name, value in given.items():
            if name == "custom_fields_values":
                self._check_fields(value or [])
            elif name not in known or not isinstance(value, known[name]):
                raise _invalid(name, "InvalidType", given)
        if given.get("responsible_user_id", 7) not in self.users:
            raise _invalid("responsible_user_id", "NotSupportedChoice", given)
        if given.get("pipeline_id", 31) not in self.pipelines:
            raise _invalid("pipeline_id", "NotSupportedChoice", given)

    def _check_fields(self, fields: list[dict[str, Any]]) -> None:
        for field in fields:
            if field.get("field_code") not in _CODES and field.get("field_id") != self.uid_field:
                raise _invalid("custom_fields_values.0.field_id", "NotSupportedChoice", field)

    async def _list_leads(self, request: web.Request) -> web.Response:
        since = int(request.query.get("filter[created_at][from]", "0"))
        rows = [lead for lead in self.leads.values() if lead["created_at"] >= since]
        # Contacts come only to who asks for them.
        plain = [{**lead, "_embedded": {"tags": lead["_embedded"]["tags"]}} for lead in rows]
        return _page(request, "leads", plain)

    async def _list_contacts(self, request: web.Request) -> web.Response:
        query = request.query.get("query", "")
        rows = [c for c in self.contacts.values() if query in _digits(str(c))]
        return _page(request, "contacts", rows)

    async def _list_users(self, request: web.Request) -> web.Response:
        return _page(request, "users", [{"id": 7, "name": "Алексей Громов", "email": "gromov@salon.example"}])

    async def _list_pipelines(self, request: web.Request) -> web.Response:
        statuses = [{"id": 5, "name": "Рабочий лист"}, {"id": WON, "name": "Успешно реализовано"}]
        sales = {"id": 31, "name": "Продажи", "is_main": True, "_embedded": {"statuses": statuses}}
        return _page(request, "pipelines", [sales])

    async def _list_fields(self, request: web.Request) -> web.Response:
        others = {"id": 5500, "name": "Скидка", "type": "numeric"}
        ours = {"id": self.uid_field, "name": "Автоответ", "type": "text"}
        return _page(request, "custom_fields", [others, ours])

    async def _get(self, request: web.Request) -> web.Response:
        entity = self._found(request)
        if entity is None:
            return web.Response(status=204)
        wanted = request.query.get("with", "")
        links = entity.get("_embedded", {})
        if self.name_of(request) == "contact" and wanted == "leads":
            own = [lead for lead in self.leads.values() if _links_to(lead, entity["id"])]
            links = {"leads": [{"id": lead["id"]} for lead in own]}
        elif wanted != "contacts":
            links = {name: value for name, value in links.items() if name != "contacts"}
        return web.json_response({**entity, "_embedded": links})

    async def _patch(self, request: web.Request) -> web.Response:
        entity, given = self._found(request), await request.json()
        if entity is None:
            raise Problem(404, "Not Found")
        self._check(given, _LEAD if "lead" in self.name_of(request) else _CONTACT)
        fields = given.pop("custom_fields_values", None)
        if fields is not None:
            given["custom_fields_values"] = _replaced(entity.get("custom_fields_values") or [], fields)
        if given.get("first_name"):
            given["name"] = given["first_name"]
        entity |= given
        return web.json_response({"id": entity["id"]})

    def _found(self, request: web.Request) -> dict[str, Any] | None:
        entities = self.contacts if "contact" in self.name_of(request) else self.leads
        return entities.get(int(request.match_info["id"]))

    async def _list_notes(self, request: web.Request) -> web.Response:
        notes = self.notes.get(int(request.match_info["id"]), [])
        ordered = sorted(notes, key=lambda n: n["id"], reverse=request.query.get("order[id]") == "desc")
        return _page(request, "notes", ordered)

    async def _add_notes(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        if number not in self.leads:
            raise Problem(404, "Not Found")
        added = []
        for note in await request.json():
            if note.get("note_type") != "common" or not note.get("params", {}).get("text"):
                raise _invalid("0.params.text", "FieldMissing", note)
            added.append({"id": self.add_note(number, note["params"]["text"])})
        return web.json_response({"_embedded": {"notes": added}})

    def add_note(self, lead: int, text: str) -> int:
        number = next(self._ids)
        self.notes.setdefault(lead, []).append(
            {"id": number, "entity_id": lead, "note_type": "common", "params": {"text": text}}
        )
        return number

    async def _change_notes(self, request: web.Request) -> web.Response:
        notes = {note["id"]: note for note in self.notes.get(int(request.match_info["id"]), [])}
        for change in await request.json():
            if change.get("id") not in notes:
                raise _invalid("0.id", "NotSupportedChoice", change)
            notes[change["id"]]["params"] = change["params"]
        return web.json_response({"_embedded": {"notes": []}})


def _page(request: web.Request, key: str, rows: list[dict[str, Any]]) -> web.Response:
    limit, page = int(request.query.get("limit", "50")), int(request.query.get("page", "1"))
    if limit > 250:
        raise Problem(400, "Bad Request")
    shown = rows[(page - 1) * limit : page * limit]
    if not shown:
        return web.Response(status=204)
    return web.json_response({"_page": page, "_embedded": {key: shown}})


def _invalid(path: str, code: str, given: Any) -> Problem:
    """The detail repeats what was sent."""
    errors = [{"code": code, "path": path, "detail": f"неверно: {given}"}]
    return Problem(400, "Bad Request", **{"validation-errors": [{"request_id": "0", "errors": errors}]})


def _replaced(old: list[dict[str, Any]], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    codes = {field.get("field_code") for field in given}
    kept = [field for field in old if field.get("field_code") not in codes]
    return kept + [field for field in given if field["values"]]


def _links_to(lead: dict[str, Any], contact: int) -> bool:
    return contact in {linked["id"] for linked in lead["_embedded"].get("contacts", [])}


def _phones(contact: dict[str, Any]) -> list[str]:
    fields = contact.get("custom_fields_values") or []
    return [v["value"] for f in fields if f.get("field_code") == "PHONE" for v in f["values"]]


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, text))
