"""Leads in amoCRM.

After creation the lead belongs to the people who work with it: what they entered is never overwritten,
only empty fields are filled, and new facts come as notes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bot.leads.crm.amocrm.account import Account
from bot.leads.crm.amocrm.entities import CREATED, ENTITIES, ENTITY, NOTES, Entity, Note
from bot.leads.crm.amocrm.keys import SYSTEM
from bot.leads.crm.amocrm.numbers import numbers
from bot.leads.crm.base import CrmRefused, LeadCard, Numbers
from bot.leads.crm.http import understood
from bot.leads.crm.text import NAMELESS, Told, national, news, one_line, title, told
from bot.leads.models import Stage

FORGOTTEN = "Данные удалены по просьбе клиента"

_TAG = "avtootvet"
_MASKED = {
    "name": FORGOTTEN,
    "first_name": "",
    "last_name": "",
    "custom_fields_values": [{"field_code": "PHONE", "values": None}],
}
_WON, _LOST = 142, 143  # the same numbers in every pipeline
_ENDS: dict[int | None, Stage] = {_WON: "deal", _LOST: "lost"}
_PAGE = 250
# A clock of theirs that is behind ours must not hide a lead that was created a moment ago.
_CLOCKS = 3600


class AmoCrm:
    """Records are ids of leads."""

    name = "amocrm"

    def __init__(
        self,
        account: Account,
        zone: ZoneInfo,
        *,
        uid_field: int | None = None,
        pipeline: int | None = None,
        stages: Mapping[int, Stage] = MappingProxyType({}),
    ) -> None:
        """`uid_field`: a text field of leads that holds our mark; without it the mark is a tag.

        `stages`: number of a pipeline's status → ours; ends need none.
        """
        self._account = account
        self._zone = zone
        self._uid_field = uid_field
        self._pipeline = pipeline
        self._stages = stages

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        lead = await self._lead(_number(record)) if record is not None else None
        lead = lead or await self._marked(card)
        if lead is None:
            number = await self._create(card)
        else:
            number = lead.id
            await self._fill(lead, card)
        await self._tell(number, card)
        return str(number)

    async def forget(self, record: str) -> None:
        """amoCRM deletes nothing by its API: names, phones and our notes are overwritten.

        A sale is kept: the dealership needs it for the contract, and a person decides.
        """
        lead = await self._lead(_number(record))
        if lead is None:
            return
        if lead.status_id == _WON:
            raise CrmRefused(
                f"Клиент просит удалить его данные, но сделка {record} в {SYSTEM} успешно завершена. "
                "Решите, что нужно хранить по договору, а остальное удалите вручную."
            )
        await self._blank_notes(lead.id)
        await self._account.patch(f"leads/{lead.id}", {"name": FORGOTTEN})
        kept = [c.id for c in lead.embedded.contacts if not await self._forget_contact(c.id)]
        if kept:
            raise CrmRefused(
                f"Сделка {record} очищена, но {SYSTEM} знает клиента и без неё (контакт {kept[0]}). "
                "Решите, что нужно хранить, а остальное удалите вручную."
            )

    async def stage(self, record: str, uid: str) -> Stage | None:
        lead = await self._lead(_number(record))
        if lead is None or not self._is_marked(lead, uid):
            return None
        return self._stages.get(lead.status_id or 0) or _ENDS.get(lead.status_id)

    async def numbers(self) -> Sequence[Numbers]:
        return await numbers(self._account)

    async def _lead(self, number: int) -> Entity | None:
        body = await self._account.get(f"leads/{number}", {"with": "contacts"})
        return None if body is None else understood(ENTITY, body, SYSTEM)

    async def _marked(self, card: LeadCard) -> Entity | None:
        """The lead of an earlier delivery whose answer was lost.

        Read from the list of the latest leads: amoCRM's search knows a new lead only after a while.
        """
        query = {
            "filter[created_at][from]": str(int(card.created_at.timestamp()) - _CLOCKS),
            "order[created_at]": "asc",
        }
        async for lead in self._all("leads", query):
            if self._is_marked(lead, card.uid):
                return await self._lead(lead.id)
        return None

    def _is_marked(self, lead: Entity, uid: str) -> bool:
        if self._uid_field is None:
            return _tag(uid) in lead.tags
        fields = lead.custom_fields_values or ()
        return any(f.field_id == self._uid_field and any(v.value == uid for v in f.values) for f in fields)

    async def _create(self, card: LeadCard) -> int:
        contact = await self._contact_with(card.phone)
        lead = {
            "name": title(card),
            **({"price": card.price} if card.price is not None else {}),
            **({"pipeline_id": self._pipeline} if self._pipeline is not None else {}),
            **_responsible(card),
            "custom_fields_values": [*self._mark(card), *_utm(card)] or None,
            "_embedded": {
                "tags": [{"name": _TAG}, *([{"name": _tag(card.uid)}] if self._uid_field is None else [])],
                "contacts": [_person(card) if contact is None else {"id": contact.id}],
            },
        }
        created = understood(CREATED, await self._account.post("leads/complex", [lead]), SYSTEM)
        if not created:
            raise CrmRefused(
                f"{SYSTEM} не сообщил номер новой сделки. Проверьте воронку и отправьте ещё раз."
            )
        return created[0].id

    def _mark(self, card: LeadCard) -> list[dict[str, Any]]:
        if self._uid_field is None:
            return []
        return [{"field_id": self._uid_field, "values": [{"value": card.uid}]}]

    async def _contact_with(self, phone: str) -> Entity | None:
        """The search looks at every field: what it finds is compared with the number."""
        async for contact in self._all("contacts", {"query": national(phone)}):
            if contact.has(phone):
                return contact
        return None

    async def _fill(self, lead: Entity, card: LeadCard) -> None:
        """What became known since, where the people left the field empty. Phones are only ever added."""
        if not lead.price and card.price is not None:
            await self._account.patch(f"leads/{lead.id}", {"price": card.price})
        if len(lead.embedded.contacts) == 1:
            await self._fill_contact(lead.embedded.contacts[0].id, card)

    async def _fill_contact(self, number: int, card: LeadCard) -> None:
        contact = await self._contact(number)
        if contact is None:
            return
        changed: dict[str, Any] = {}
        if card.name and contact.name in (None, "", NAMELESS):
            changed["first_name"] = card.name
        if not contact.has(card.phone):
            # The values given replace those there were.
            changed["custom_fields_values"] = [_phones([*contact.phones(), card.phone])]
        if changed:
            await self._account.patch(f"contacts/{number}", changed)

    async def _contact(self, number: int) -> Entity | None:
        body = await self._account.get(f"contacts/{number}", {"with": "leads"})
        return None if body is None else understood(ENTITY, body, SYSTEM)

    async def _tell(self, number: int, card: LeadCard) -> None:
        before = Told()
        async for page in self._notes(number):
            found = told(card.uid, (note.text for note in page))
            if found is not None:
                before = found
                break
        text = news(card, before, self._zone)
        if text is not None:
            await self._account.post(
                f"leads/{number}/notes", [{"note_type": "common", "params": {"text": text}}]
            )

    async def _blank_notes(self, number: int) -> None:
        """Notes of ours, which hold the dialogue; what the people wrote is theirs to delete."""
        notes = [note async for page in self._notes(number) for note in page]
        ours = [note.id for note in notes if f"Метка {_TAG}:" in note.text]
        if ours:
            blank = {"note_type": "common", "params": {"text": FORGOTTEN}}
            await self._account.patch(f"leads/{number}/notes", [{"id": note, **blank} for note in ours])

    async def _forget_contact(self, number: int) -> bool:
        """Whether nothing is left to a person: a contact is masked with the last of our leads."""
        contact = await self._contact(number)
        if contact is None:
            return True
        linked = [await self._lead(lead.id) for lead in contact.embedded.leads]
        remembered = [lead for lead in linked if lead is not None and lead.name != FORGOTTEN]
        if not remembered:
            await self._account.patch(f"contacts/{number}", _MASKED)
        return all(_TAG in lead.tags for lead in remembered)

    async def _notes(self, number: int) -> AsyncIterator[list[Note]]:
        """Pages of the lead's notes, newest first."""
        query = {"filter[note_type][]": "common", "order[id]": "desc"}
        async for rows in self._pages(f"leads/{number}/notes", "notes", query):
            yield understood(NOTES, rows, SYSTEM)

    async def _all(self, path: str, query: dict[str, str]) -> AsyncIterator[Entity]:
        async for rows in self._pages(path, path, query):
            for entity in understood(ENTITIES, rows, SYSTEM):
                yield entity

    async def _pages(self, path: str, key: str, query: dict[str, str]) -> AsyncIterator[list[Any]]:
        page = 1
        while True:
            body = await self._account.get(path, {**query, "limit": str(_PAGE), "page": str(page)})
            rows = body.get("_embedded", {}).get(key, []) if isinstance(body, dict) else []
            yield rows
            if len(rows) < _PAGE:
                return
            page += 1


def _number(record: str) -> int:
    if not record.isdecimal():
        raise CrmRefused(f"«{one_line(record)[:40]}» не номер сделки {SYSTEM}.")
    return int(record)


def _tag(uid: str) -> str:
    return f"{_TAG} {uid}"


def _person(card: LeadCard) -> dict[str, Any]:
    return {"first_name": card.name or NAMELESS, "custom_fields_values": [_phones([card.phone])]}


def _phones(phones: list[str]) -> dict[str, Any]:
    return {"field_code": "PHONE", "values": [{"value": phone, "enum_code": "WORK"} for phone in phones]}


def _utm(card: LeadCard) -> list[dict[str, Any]]:
    return [
        {"field_code": f"UTM_{key.upper()}", "values": [{"value": value}]} for key, value in card.utm.items()
    ]


def _responsible(card: LeadCard) -> dict[str, int]:
    if card.responsible_id is None:
        return {}
    if not card.responsible_id.isdecimal():
        raise CrmRefused(
            f"Номер сотрудника в {SYSTEM} ({card.responsible}) должен быть числом. Исправьте dealer.yml."
        )
    return {"responsible_user_id": int(card.responsible_id)}
