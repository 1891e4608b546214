"""What the people of the dealership find about a customer, in each system, by his numbers."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from tests.emulators.crm.bitrix24 import LEAD
from tests.journeys.salon import Salon


@dataclass(frozen=True)
class Told:
    facts: dict[str, str]  # label → value, as told last
    dialogue: str


@dataclass(frozen=True)
class Record:
    title: str
    phones: tuple[str, ...]
    responsible: str  # the name
    told: Told


def records(salon: Salon, numbers: Collection[str]) -> dict[str, list[Record]]:
    """By system; numbers are E.164."""
    everything = {
        "bitrix24": _in_bitrix24(salon),
        "amocrm": _in_amocrm(salon),
        "mailbox": _in_mailbox(salon),
        "webhook": _in_webhook(salon),
    }
    wanted = set(numbers)
    return {system: [r for r in found if wanted & set(r.phones)] for system, found in everything.items()}


def _in_bitrix24(salon: Salon) -> Iterator[Record]:
    for item in salon.bitrix24.of(LEAD):
        yield Record(
            title=item["title"],
            phones=tuple(field["value"] for field in item["fm"]),
            responsible=_person(salon, "bitrix24", str(item["assignedById"])),
            told=_told(salon.bitrix24.told(f"lead:{item['id']}")),
        )


def _in_amocrm(salon: Salon) -> Iterator[Record]:
    for number, lead in salon.amocrm.leads.items():
        contacts = [contact["id"] for contact in lead["_embedded"]["contacts"]]
        yield Record(
            title=lead["name"],
            phones=tuple(phone for contact in contacts for phone in salon.amocrm.phones(contact)),
            responsible=_person(salon, "amocrm", str(lead["responsible_user_id"])),
            told=_told(salon.amocrm.told(str(number))),
        )


def _in_mailbox(salon: Salon) -> Iterator[Record]:
    """The letters about one lead are a thread; the latest says everything."""
    threads = {letter["References"]: number for number, letter in enumerate(salon.mailbox.letters)}
    for number in threads.values():
        letter = salon.mailbox.letters[number]
        body = letter.get_body(("plain",))
        assert body is not None
        told = _told([body.get_content().replace("\r\n", "\n")])
        yield Record(
            title=letter["Subject"],
            phones=tuple(filter(None, [told.facts.get("Телефон")])),
            responsible=_person(salon, "mail", salon.mailbox.recipients[number][0]),
            told=told,
        )


def _in_webhook(salon: Salon) -> Iterator[Record]:
    for card in salon.webhook.records.values():
        if f"crm-{card['uid']}" in salon.webhook.forgotten:
            continue
        facts = {
            "Телефон": card["phone"],
            "Что дальше": card["step"],
            "Клиент": card["name"],
            "Автомобиль": card["car"],
            "Отдел": card["department"],
            "Ответственный": card["responsible"],
            "Откуда": card["channel"],
            **card["wishes"],
        }
        yield Record(
            title=card["step"],
            phones=(card["phone"],),
            responsible=card["responsible"],
            told=Told(
                facts={label: value for label, value in facts.items() if value},
                dialogue="\n".join(f"{line['author']}: {line['text']}" for line in card["dialogue"]),
            ),
        )


def _told(texts: Iterable[str]) -> Told:
    """Of comments or letters, oldest first: facts, then what was said since the one before."""
    facts: dict[str, str] = {}
    dialogue = ""
    for text in texts:
        head, _, said = text.partition("Разговор\n")
        dialogue += said
        facts = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line) or facts
    return Told(facts, dialogue)


def _person(salon: Salon, system: str, number: str) -> str:
    found = [person.name for person in salon.people if person.id_in(system) == number]
    assert found, f"{system} не знает сотрудника {number}"
    return found[0]
