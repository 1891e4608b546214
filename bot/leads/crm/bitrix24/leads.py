"""Leads in Bitrix24; a contact and a deal on portals that work without leads.

After creation the record belongs to the people who work with it: what they entered is never overwritten,
only empty fields are filled, and new facts come as comments of the timeline.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bot.leads.crm.base import CrmRefused, LeadCard
from bot.leads.crm.bitrix24.items import COMMENTS, IDS, MANY, ORIGINATOR, Item, Kind, Listed, one_item
from bot.leads.crm.bitrix24.portal import SYSTEM, NotFound, Portal
from bot.leads.crm.http import understood
from bot.leads.crm.text import NAMELESS, Told, news, one_line, title, told
from bot.leads.models import Stage

_SUCCESS, _FAILURE = "S", "F"  # semantics of a stage; every other is under way
_ENDS: dict[str | None, Stage] = {_SUCCESS: "deal", _FAILURE: "lost"}
_WITHOUT_LEADS = "2"  # crm.settings.mode.get
_PAGE = 50

# Customers' words must not become markup that mentions a person or loads a picture.
_AS_TEXT = str.maketrans({"[": "［", "]": "］", "<": "‹", ">": "›"})


class Bitrix24:
    """Records are «lead:17» or «deal:17»."""

    name = "bitrix24"

    def __init__(
        self, portal: Portal, zone: ZoneInfo, stages: Mapping[str, Stage] = MappingProxyType({})
    ) -> None:
        """`stages`: the portal's own «STATUS_ID» or «C1:STAGE» → ours; ends need none."""
        self._portal = portal
        self._zone = zone
        self._stages = stages

    async def deliver(self, card: LeadCard, record: str | None) -> str:
        item = await self._get(*_parsed(record)) if record is not None else None
        if item is None:
            item = await self._find_or_create(card)
        else:
            await self._fill(item, card)
        await self._tell(item, card)
        return item.record

    async def forget(self, record: str) -> None:
        """The record goes to the portal's recycle bin, with its timeline and a contact that we made for it.

        A sale is kept: the dealership needs it for the contract, and a person decides.
        """
        item = await self._get(*_parsed(record))
        if item is None:
            return
        if item.stage_semantic_id == _SUCCESS:
            raise CrmRefused(
                f"Клиент просит удалить его данные, но запись {record} в {SYSTEM} успешно завершена. "
                "Решите, что нужно хранить по договору, а остальное удалите вручную."
            )
        kept = [number for number in item.contact_ids if not await self._forget_contact(number, item)]
        await self._delete(item.kind, item.id)
        if kept:
            raise CrmRefused(
                f"Запись {record} удалена, но {SYSTEM} знает клиента и без неё (контакт {kept[0]}). "
                "Решите, что нужно хранить, а остальное удалите вручную."
            )

    async def stage(self, record: str, uid: str) -> Stage | None:
        item = await self._get(*_parsed(record))
        if item is None or not item.is_of(uid):
            return None
        if item.kind is Kind.LEAD and item.stage_semantic_id == _SUCCESS:
            return await self._stage_of_sale(item)
        return self._ours(item)

    async def _stage_of_sale(self, lead: Item) -> Stage:
        """A lead that was processed well is no sale yet: the deal made of it goes on."""
        deals = await self._list(Kind.DEAL, {"leadId": lead.id})
        latest = await self._get(Kind.DEAL, deals[-1].id) if deals else None
        return (latest and self._ours(latest)) or "worksheet"

    def _ours(self, item: Item) -> Stage | None:
        return self._stages.get(item.stage_id or "") or _ENDS.get(item.stage_semantic_id)

    async def _find_or_create(self, card: LeadCard) -> Item:
        kind = await self._kind()
        item = await self._marked(kind, card.uid)
        if item is None:
            return await self._create(kind, card)
        await self._fill(item, card)
        return item

    async def _kind(self) -> Kind:
        mode = await self._portal.call("crm.settings.mode.get")
        return Kind.DEAL if str(mode) == _WITHOUT_LEADS else Kind.LEAD

    async def _get(self, kind: Kind, number: int) -> Item | None:
        try:
            result = await self._portal.call("crm.item.get", {"entityTypeId": kind, "id": number})
        except NotFound:
            return None
        return one_item(kind, result)

    async def _list(self, kind: Kind, condition: dict[str, Any]) -> tuple[Listed, ...]:
        """The records that fit, oldest first; a page of 50 is more than one customer has."""
        result = await self._portal.call(
            "crm.item.list",
            {
                "entityTypeId": kind,
                "select": ["id", "originatorId"],
                "filter": condition,
                "order": {"id": "ASC"},
            },
        )
        return understood(MANY, result, SYSTEM).items

    async def _marked(self, kind: Kind, uid: str) -> Item | None:
        """The record of an earlier delivery whose answer was lost."""
        found = await self._list(kind, {"=originatorId": ORIGINATOR, "=originId": uid})
        return await self._get(kind, found[0].id) if found else None

    async def _create(self, kind: Kind, card: LeadCard) -> Item:
        contacts = (await self._contacts_with(card.phone))[:1]
        fields = {
            "title": title(card),
            "comments": _plain(card.summary),
            "sourceId": "WEB",
            "sourceDescription": _plain(f"{card.channel}. {card.source}" if card.source else card.channel),
            "opened": "Y",
            **_mark(card),
            **_money(card),
            **_responsible(card),
            **{f"utm{key.capitalize()}": value for key, value in card.utm.items()},
        }
        if kind is Kind.LEAD:
            fields |= _person(card)
        elif not contacts:
            contacts = [await self._add_contact(card)]
        return await self._add(kind, fields | ({"contactIds": contacts} if contacts else {}))

    async def _add(self, kind: Kind, fields: dict[str, Any]) -> Item:
        result = await self._portal.call("crm.item.add", {"entityTypeId": kind, "fields": fields})
        return one_item(kind, result)

    async def _add_contact(self, card: LeadCard) -> int:
        """A repeat finds it by its phone."""
        person = {**_person(card), "name": card.name or NAMELESS}
        return (await self._add(Kind.CONTACT, person | _mark(card) | _responsible(card))).id

    async def _contacts_with(self, phone: str) -> list[int]:
        """Existing contacts with this number, however it was typed, oldest first."""
        values = [phone, "8" + phone[2:]] if phone.startswith("+7") else [phone]
        found = await self._portal.call(
            "crm.duplicate.findbycomm", {"type": "PHONE", "values": values, "entity_type": "CONTACT"}
        )
        contacts = found.get("CONTACT", []) if isinstance(found, dict) else []  # none: an empty list
        ids = understood(IDS, contacts, SYSTEM)
        return sorted(ids)

    async def _fill(self, item: Item, card: LeadCard) -> None:
        """What became known since, where the people left the field empty. Phones are only ever added."""
        money = {} if item.opportunity else _money(card)
        person = _unknown(item, card) if item.kind is Kind.LEAD else {}
        await self._update(item, money | person)
        if item.kind is Kind.DEAL:
            await self._fill_contacts(item, card)

    async def _fill_contacts(self, deal: Item, card: LeadCard) -> None:
        for number in deal.contact_ids:
            contact = await self._get(Kind.CONTACT, number)
            if contact is not None and contact.is_ours:
                await self._update(contact, _unknown(contact, card))

    async def _update(self, item: Item, fields: dict[str, Any]) -> None:
        if fields:
            await self._portal.call(
                "crm.item.update", {"entityTypeId": item.kind, "id": item.id, "fields": fields}
            )

    async def _tell(self, item: Item, card: LeadCard) -> None:
        text = news(card, await self._told(item, card.uid), self._zone)
        if text is not None:
            comment = {"ENTITY_ID": item.id, "ENTITY_TYPE": item.kind.code, "COMMENT": _plain(text)}
            await self._portal.call("crm.timeline.comment.add", {"fields": comment})

    async def _told(self, item: Item, uid: str) -> Told:
        """By our latest comment, however many the people have written since."""
        query = {
            "filter": {"ENTITY_ID": item.id, "ENTITY_TYPE": item.kind.code},
            "order": {"ID": "DESC"},
        }
        start = 0
        while True:
            page = await self._portal.call("crm.timeline.comment.list", query | {"start": start})
            comments = understood(COMMENTS, page, SYSTEM)
            found = told(uid, (comment.text or "" for comment in comments))
            if found is not None or len(comments) < _PAGE:
                return found or Told()
            start += _PAGE

    async def _forget_contact(self, number: int, item: Item) -> bool:
        """Whether nothing is left to a person: a contact of ours goes with the last record that needs it."""
        contact = await self._get(Kind.CONTACT, number)
        if contact is None:
            return True
        others = [deal for deal in await self._list(Kind.DEAL, {"contactId": number}) if deal.id != item.id]
        if contact.is_ours and not others:
            await self._delete(Kind.CONTACT, number)
        return contact.is_ours and all(deal.is_ours for deal in others)

    async def _delete(self, kind: Kind, number: int) -> None:
        await self._portal.call("crm.item.delete", {"entityTypeId": kind, "id": number})


def _parsed(record: str) -> tuple[Kind, int]:
    kind, _, number = record.partition(":")
    if kind not in (Kind.LEAD.code, Kind.DEAL.code) or not number.isdecimal():
        raise CrmRefused(f"«{one_line(record)[:40]}» не запись {SYSTEM}: нужно «lead:17» или «deal:17».")
    return Kind[kind.upper()], int(number)


def _mark(card: LeadCard) -> dict[str, str]:
    return {"originatorId": ORIGINATOR, "originId": card.uid}


def _person(card: LeadCard) -> dict[str, Any]:
    person: dict[str, Any] = {"fm": [{"typeId": "PHONE", "valueType": "MOBILE", "value": card.phone}]}
    return person | ({"name": card.name} if card.name else {})


def _unknown(item: Item, card: LeadCard) -> dict[str, Any]:
    """Of the person, what the record does not say yet."""
    person = _person(card)
    if item.name and item.name != NAMELESS:
        person.pop("name", None)
    if item.has(card.phone):
        person.pop("fm")
    return person


def _money(card: LeadCard) -> dict[str, Any]:
    if card.price is None:
        return {}
    return {"opportunity": card.price, "currencyId": "RUB", "isManualOpportunity": "Y"}


def _responsible(card: LeadCard) -> dict[str, int]:
    if card.responsible_id is None:
        return {}
    if not card.responsible_id.isdecimal():
        raise CrmRefused(
            f"Номер сотрудника в {SYSTEM} ({card.responsible}) должен быть числом. Исправьте dealer.yml."
        )
    return {"assignedById": int(card.responsible_id)}


def _plain(text: str) -> str:
    return text.translate(_AS_TEXT)
