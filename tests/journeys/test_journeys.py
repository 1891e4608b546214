"""Customers' ways from the first word to the CRMs, in both messengers, through the real processes.

A journey has `numbers`: all that the customer ever types, E.164. `xxx` in them and in his words are digits
that are his own in each messenger. A step is what he does: `opens` (the link of this car), `says`, `edits`
(his last message), `gives` (his number, by the messenger's button where it has one), `pictures`, `presses`.
Of the answer: `expect` (regular expressions, found in this order), `never`, `replies` (messages, else one).

`leads` is what each system knows of him at that moment: so many records, with these `facts` (regular
expressions), `without` those, and `dialogue` in them. `forgotten`: no system knows him any more.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from bot.leads.models import LeadDelivery
from bot.settings import ROOT
from tests.journeys.phones import InTelegram, InVk, Phone
from tests.journeys.records import Record, records
from tests.journeys.salon import Salon

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN_DIGITS = {"telegram": "300", "vk": "301"}
# The longest wait: Bitrix24 takes two calls a second.
PATIENCE = 120.0  # seconds
LOOKED_EVERY = 0.05

STEP = "Что дальше"  # by which the records of one customer differ


def journeys() -> Iterator[Any]:
    for path in sorted((ROOT / "tests" / "journeys").glob("*.yml")):
        for messenger, digits in OWN_DIGITS.items():
            for journey in yaml.safe_load(path.read_text(encoding="utf-8").replace("xxx", digits)):
                yield pytest.param(messenger, journey, id=f"{messenger}: {journey['journey']}")


@pytest.mark.parametrize(("messenger", "journey"), list(journeys()))
async def test_journey(salon: Salon, messenger: str, journey: dict[str, Any]) -> None:
    phone = InTelegram(salon.telegram) if messenger == "telegram" else InVk(salon.vk)
    for step in journey["steps"]:
        if "leads" in step:
            await everything_told(salon)
            check_leads(salon, records(salon, journey["numbers"]), step["leads"])
        elif "forgotten" in step:
            await everything_told(salon)
            check_forgotten(salon, journey["numbers"])
        else:
            await talk(phone, step)
    assert phone.unread == []
    assert salon.violations == []


async def talk(phone: Phone, step: dict[str, Any]) -> None:
    assert phone.unread == []
    act(phone, step)
    messages = [await phone.reads() for _ in range(step.get("replies", 1))]
    check(step, "\n".join(message.text for message in messages).replace("\u00a0", " "))


def act(phone: Phone, step: dict[str, Any]) -> None:
    match step:
        case {"opens": car}:
            phone.opens(car)
        case {"says": text}:
            phone.says(text)
        case {"edits": text}:
            phone.edits(text)
        case {"gives": number}:
            phone.gives(number)
        case {"pictures": count}:
            phone.sends_pictures(count)
        case {"presses": title}:
            phone.presses(title)
        case _:
            raise ValueError(f"неизвестный шаг {step}")


def check(step: dict[str, Any], text: str) -> None:
    position = 0
    for pattern in step.get("expect", ()):
        match = re.compile(pattern, re.IGNORECASE | re.DOTALL).search(text, position)
        assert match, f"«{pattern}» не найдено после знака {position}: {step} → {text!r}"
        position = match.end()
    for pattern in step.get("never", ()):
        assert not re.search(pattern, text, re.IGNORECASE), f"«{pattern}» найдено: {step} → {text!r}"


async def everything_told(salon: Salon) -> None:
    """Until no system is to be told of anything. Raises TimeoutError."""
    queued = select(func.count()).select_from(LeadDelivery).where(LeadDelivery.status == "queued")
    async with asyncio.timeout(PATIENCE), salon.sessions() as session:
        while await session.scalar(queued):
            await session.rollback()
            await asyncio.sleep(LOOKED_EVERY)


def check_leads(salon: Salon, found: dict[str, list[Record]], expected: list[dict[str, Any]]) -> None:
    for system, known in found.items():
        by_step = {record.told.facts[STEP]: record for record in known}
        assert len(known) == len(by_step), f"{system}: {known}"
        assert sorted(by_step) == sorted(lead["facts"][STEP] for lead in expected), system
        for lead in expected:
            check_lead(salon, system, by_step[lead["facts"][STEP]], lead)


def check_lead(salon: Salon, system: str, record: Record, expected: dict[str, Any]) -> None:
    facts = record.told.facts
    for label, pattern in expected["facts"].items():
        assert re.fullmatch(pattern, facts.get(label, "")), f"{system}, {label}: {facts}"
    for label in expected.get("without", ()):
        assert label not in facts, f"{system}: {facts}"
    for words in expected["dialogue"]:
        assert words in record.told.dialogue, f"{system}: «{words}» нет в {record.told.dialogue!r}"
    assert facts[STEP] in record.title
    department = next(d for d in salon.dealer.departments.values() if d.title == facts["Отдел"])
    assert record.responsible == facts["Ответственный"]
    assert department.person(record.responsible) is not None


def check_forgotten(salon: Salon, numbers: list[str]) -> None:
    assert {system: known for system, known in records(salon, numbers).items() if known} == {}
    # The timeline of a record that is deleted in Bitrix24 goes with it.
    kept = str((salon.bitrix24.items, salon.amocrm.leads, salon.amocrm.contacts, salon.amocrm.notes))
    assert not [number for number in numbers if number.removeprefix("+7") in kept], kept
