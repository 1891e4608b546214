"""A lead in words, for the people who will call: what is told, and what is new since it was told."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.leads.crm.base import LeadCard, Line

LONGEST_TITLE = 200
NAMELESS = "Клиент из чата"
# Characters of dialogue in one comment; systems cut or refuse much longer ones.
LONGEST_DIALOGUE = 15_000

# The last line of every comment of ours. What people wrote comes before it, so nobody can feign it.
_MARK = re.compile(r"Метка avtootvet: (?P<uid>\S+) (?P<digest>[0-9a-f]{12}) (?P<until>\d+)\s*\Z")


@dataclass(frozen=True, slots=True)
class Told:
    """What our latest comment has said."""

    digest: str = ""
    until: int = 0  # microseconds since 1970 of the last message


def title(card: LeadCard) -> str:
    return one_line(f"{card.step}: {card.car}" if card.car else card.step)[:LONGEST_TITLE]


def one_line(text: str) -> str:
    return " ".join(text.split())


def same_phone(one: str, other: str) -> bool:
    """However people have written it."""
    return national(one) == national(other)


def national(phone: str) -> str:
    """The last ten digits: what +7 and 8 have in common."""
    return "".join(filter(str.isdecimal, phone))[-10:]


def roubles(amount: int) -> str:
    return f"{amount:,} ₽".replace(",", " ")


def facts(card: LeadCard) -> dict[str, str]:
    """Everything but the dialogue, as label and value."""
    found = {
        "Клиент": card.name,
        "Телефон": card.phone,
        "Что дальше": card.step,
        "Тема": card.topic,
        "Автомобиль": card.car,
        "Карточка": card.car_url,
        "VIN": card.vin,
        "Цена": roubles(card.price) if card.price is not None else None,
        **card.wishes,
        "Отдел": card.department,
        "Ответственный": card.responsible,
        "Откуда": card.channel,
        "Источник": card.source,
        "Реклама": ", ".join(f"{key}: {value}" for key, value in card.utm.items()),
        "Согласие на рекламу": "есть" if card.advertising else "нет",
        "Коротко": card.summary,
    }
    return {label: one_line(value) for label, value in found.items() if value}


def dialogue(lines: Iterable[Line], zone: ZoneInfo) -> str:
    """The talk, a message each line or more; the beginning of a long one is left out."""
    text = "\n".join(f"{line.at.astimezone(zone):%d.%m %H:%M} {line.author}: {line.text}" for line in lines)
    if len(text) <= LONGEST_DIALOGUE:
        return text
    return "…начало разговора опущено\n" + text[-LONGEST_DIALOGUE:]


def told(uid: str, comments: Iterable[str]) -> Told | None:
    """By our latest comment among these, newest first; None: there is none of ours."""
    for comment in comments:
        mark = _MARK.search(comment)
        if mark is not None and mark["uid"] == uid:
            return Told(mark["digest"], int(mark["until"]))
    return None


def news(card: LeadCard, before: Told, zone: ZoneInfo) -> str | None:
    """A comment with what is new since, and our mark; None: nothing is."""
    blocks = []
    digest = _digest(card)
    if digest != before.digest:
        blocks.append("\n".join(f"{label}: {value}" for label, value in facts(card).items()))
    lines = [line for line in card.dialogue if _micros(line) > before.until]
    if lines:
        blocks.append("Разговор\n" + dialogue(lines, zone))
    if not blocks:
        return None
    until = max((_micros(line) for line in lines), default=before.until)
    return "\n\n".join([*blocks, f"Метка avtootvet: {card.uid} {digest} {until}"])


def _digest(card: LeadCard) -> str:
    return hashlib.sha256("\n".join(facts(card).values()).encode()).hexdigest()[:12]


def _micros(line: Line) -> int:
    return int(line.at.timestamp() * 1_000_000)
