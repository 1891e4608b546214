"""A Bitrix24 portal with an inbound webhook: records, duplicates, the timeline, limits and errors.

After the documentation of bitrix24/b24restdocs: unknown fields are ignored, `fm` is only ever added to and
comes with crm.item.get alone, lists have pages of 50, nothing found by phone is an empty list.
"""

import itertools
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.emulators.crm.server import Server

SECRET = "s3cretwebhook"
APPLICATION_TOKEN = "51856fefc120afa4b628cc82d3935cce"  # of an outgoing webhook
LEAD, DEAL, CONTACT = 1, 2, 3
ENTITY_TYPES = {"lead": LEAD, "deal": DEAL, "contact": CONTACT}
PAGE = 50

_COMMON = {
    "title": str,
    "sourceId": str,
    "sourceDescription": str,
    "comments": str,
    "opened": str,
    "assignedById": int,
    "originatorId": str,
    "originId": str,
    **dict.fromkeys(("utmSource", "utmMedium", "utmCampaign", "utmContent", "utmTerm"), str),
}
_MONEY = {"opportunity": int | float, "currencyId": str, "isManualOpportunity": str}
_PERSON = {"name": str, "secondName": str, "lastName": str, "fm": list}
FIELDS: dict[int, dict[str, Any]] = {
    LEAD: {**_COMMON, **_MONEY, **_PERSON, "contactIds": list, "stageId": str},
    DEAL: {**_COMMON, **_MONEY, "contactIds": list, "stageId": str, "categoryId": int, "leadId": int},
    CONTACT: {name: kind for name, kind in (_COMMON | _PERSON).items() if name != "title"},
}
FLAGS = ("opened", "isManualOpportunity")


class Refusal(Exception):
    def __init__(self, status: int, code: str, description: str = "", **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": code, "error_description": description, **more}


class Bitrix24Server(Server):
    """`leads=False`: a portal that works without leads; `capacity` and `drain` (a second): its bucket."""

    def __init__(self, *, leads: bool = True, capacity: int = 50, drain: float = 2.0) -> None:
        super().__init__()
        self.leads = leads
        self.users = {1, 7}
        self.items: dict[tuple[int, int], dict[str, Any]] = {}
        self.comments: list[dict[str, Any]] = []
        self._ids = itertools.count(101)
        self._bucket = _Bucket(capacity, drain)
        self.app.router.add_post("/rest/{user}/{secret}/{method}", self._call)

    @property
    def webhook(self) -> str:
        return f"{self.url}/rest/1/{SECRET}/"

    def of(self, kind: int) -> list[dict[str, Any]]:
        return [item for (item_kind, _), item in self.items.items() if item_kind == kind]

    def staff_adds(self, kind: int, **fields: Any) -> int:
        """A record that was there before, or that the people of the dealership made."""
        return self._add(kind, fields)["id"]

    def staff_comments(self, record: str, text: str, times: int = 1) -> None:
        kind, number = record.split(":")
        for _ in range(times):
            self._comment(int(number), kind, text)

    def staff_moves(self, record: str, stage: str, semantics: str = "P") -> None:
        kind, number = record.split(":")
        moved = self.items[ENTITY_TYPES[kind], int(number)]
        moved |= {"stageId": stage, "stageSemanticId": semantics}

    @staticmethod
    def call(record: str, token: str = APPLICATION_TOKEN) -> dict[str, str]:
        """The form that an outgoing webhook posts when a record has changed."""
        kind, number = record.split(":")
        return {
            "event": f"ONCRM{kind.upper()}UPDATE",
            "event_handler_id": "201",
            "data[FIELDS][ID]": number,
            "ts": "1790000000",
            "auth[domain]": "salon.bitrix24.ru",
            "auth[member_id]": "a223c6b3710f85df22e9377d6c4f7553",
            "auth[application_token]": token,
        }

    def told(self, record: str) -> list[str]:
        kind, number = record.split(":")
        return [
            comment["COMMENT"]
            for comment in self.comments
            if (comment["ENTITY_TYPE"], comment["ENTITY_ID"]) == (kind, number)
        ]

    def name_of(self, request: web.Request) -> str:
        return request.match_info.get("method", "").removesuffix(".json")

    async def _call(self, request: web.Request) -> web.Response:
        try:
            if not self._bucket.take():
                self.violations.append("too many calls")
                raise Refusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
            if request.match_info["secret"] != SECRET:
                raise Refusal(401, "NO_AUTH_FOUND", "Wrong authorization data")
            result = self._method(self.name_of(request))(await request.json())
            return web.json_response({"result": result, "time": {"operating": 0}})
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    def _method(self, name: str) -> Callable[[dict[str, Any]], Any]:
        methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "crm.settings.mode.get": lambda _: 1 if self.leads else 2,
            "crm.item.get": lambda p: {"item": self._found(p)},
            "crm.item.list": self._list,
            "crm.item.add": self._item_add,
            "crm.item.update": self._item_update,
            "crm.item.delete": self._item_delete,
            "crm.duplicate.findbycomm": self._find_by_comm,
            "crm.timeline.comment.add": self._comment_add,
            "crm.timeline.comment.list": self._comment_list,
        }
        if name not in methods:
            self.violations.append(f"unknown method {name}")
            raise Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
        return methods[name]

    def _found(self, params: dict[str, Any]) -> dict[str, Any]:
        item = self.items.get((params.get("entityTypeId", 0), params.get("id", 0)))
        if item is None:
            raise Refusal(400, "NOT_FOUND", "Элемент не найден")
        return item

    def _list(self, params: dict[str, Any]) -> dict[str, Any]:
        kind, condition = params["entityTypeId"], params.get("filter", {})
        for name in (key.lstrip("=") for key in condition):
            if name == "fm" or name not in {"contactId", *FIELDS[kind]}:
                raise Refusal(400, "100", f"Invalid filter: field '{name}' is not allowed in filter")
        found = [
            item
            for item in self.of(kind)
            if all(_fits(item, key.lstrip("="), value) for key, value in condition.items())
        ]
        select = params.get("select", ["*"])
        rows = [item if "*" in select else {name: item.get(name) for name in select} for item in found]
        return {"items": rows[:PAGE]}

    def _item_add(self, params: dict[str, Any]) -> dict[str, Any]:
        kind = params["entityTypeId"]
        if kind == LEAD and not self.leads:
            self.violations.append("a lead on a portal without leads")
        added = self._add(kind, self._checked(kind, params["fields"]))
        return {"item": {name: value for name, value in added.items() if name != "fm"}}

    def _add(self, kind: int, fields: dict[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        item = {"id": number, "entityTypeId": kind, "stageSemanticId": "P", **fields}
        item["fm"] = self._multifields(fields.get("fm", []))
        self.items[kind, number] = item
        return item

    def _item_update(self, params: dict[str, Any]) -> dict[str, Any]:
        item = self._found(params)
        fields = self._checked(params["entityTypeId"], params["fields"])
        item["fm"] += self._multifields(fields.pop("fm", []))
        item.update(fields)
        return {"item": item}

    def _item_delete(self, params: dict[str, Any]) -> list[Any]:
        item = self._found(params)
        del self.items[item["entityTypeId"], item["id"]]
        return []

    def _checked(self, kind: int, fields: dict[str, Any]) -> dict[str, Any]:
        """Without what is ignored; a value of a wrong type is refused, and repeated in the description."""
        known = FIELDS[kind]
        self.violations += [f"field {name} is ignored" for name in fields if name not in known]
        for name, value in fields.items():
            wrong_flag = name in FLAGS and value not in ("Y", "N")
            if name in known and (wrong_flag or not isinstance(value, known[name])):
                raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f"{name}: {value} в {fields}")
        if fields.get("assignedById", 1) not in self.users:
            raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f"assignedById в {fields}")
        for contact in fields.get("contactIds", []):
            if (CONTACT, contact) not in self.items:
                raise Refusal(400, "NOT_FOUND", f"contact {contact}")
        return {name: value for name, value in fields.items() if name in known}

    def _multifields(self, fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for field in fields:
            if field.get("typeId") != "PHONE" or not field.get("value"):
                self.violations.append(f"multifield {sorted(field)}")
        return [{"id": next(self._ids), **field} for field in fields]

    def _find_by_comm(self, params: dict[str, Any]) -> Any:
        if params.get("type") not in ("PHONE", "EMAIL") or not 0 < len(params.get("values", [])) <= 20:
            raise Refusal(400, "", "type and values are required")
        wanted = {_digits(value) for value in params["values"]}
        kind = ENTITY_TYPES[params["entity_type"].lower()]
        found = [
            item["id"] for item in self.of(kind) if wanted & {_digits(field["value"]) for field in item["fm"]}
        ]
        return {params["entity_type"]: found} if found else []

    def _comment_add(self, params: dict[str, Any]) -> int:
        fields = params["fields"]
        if not fields.get("COMMENT"):
            raise Refusal(400, "INVALID_ARG_VALUE", "Empty comment")
        if (ENTITY_TYPES[fields["ENTITY_TYPE"]], fields["ENTITY_ID"]) not in self.items:
            raise Refusal(400, "OWNER_NOT_FOUND", "Owner not found")
        return self._comment(fields["ENTITY_ID"], fields["ENTITY_TYPE"], fields["COMMENT"])

    def _comment(self, number: int, kind: str, text: str) -> int:
        comment = {
            "ID": str(next(self._ids)),
            "ENTITY_ID": str(number),
            "ENTITY_TYPE": kind,
            "COMMENT": text,
        }
        self.comments.append(comment)
        return int(comment["ID"])

    def _comment_list(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = {name: str(params["filter"][name]) for name in ("ENTITY_ID", "ENTITY_TYPE")}
        found = [c for c in self.comments if all(c[name] == value for name, value in wanted.items())]
        found.sort(key=lambda c: int(c["ID"]), reverse=params.get("order", {}).get("ID") == "DESC")
        start = params.get("start", 0)
        return found[start : start + PAGE]


class _Bucket:
    """Fills by one with each call, drains steadily, and blocks when it is full."""

    def __init__(self, capacity: int, drain: float) -> None:
        self._capacity = capacity
        self._drain = drain
        self._level = 0.0
        self._since = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self._level = max(0.0, self._level - (now - self._since) * self._drain)
        self._since = now
        if self._level + 1 > self._capacity:
            return False
        self._level += 1
        return True


def _fits(item: dict[str, Any], name: str, value: Any) -> bool:
    if name == "contactId":
        return value in item.get("contactIds", [])
    return bool(item.get(name) == value)


def _digits(phone: str) -> str:
    return "".join(filter(str.isdecimal, phone))
