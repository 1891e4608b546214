"""Canned answers in a topic: a list to choose from, one filled with what is known, sent as it is or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aiogram.types import InlineKeyboardMarkup

from bot.channels.base import Outgoing
from bot.conversations import Conversation
from bot.desk import speak
from bot.desk.attention import lock
from bot.desk.filling import GAP, facts, fill
from bot.desk.models import DeskTopic, Ticket
from bot.desk.staff import Staff
from bot.desk.telegram.keys import keyboard, mark_of
from bot.desk.telegram.people import ANONYMOUS
from bot.desk.telegram.rooms import Room
from bot.desk.telegram.writing import answers_others_too, ticket_to_answer
from bot.desk.templates import Template
from bot.leads.words import topic_title

LISTED = 12  # buttons, one in a row

SEARCH = "Найти другой: <code>/t слово</code>"
NONE_FOUND = "Шаблонов со словами «{query}» нет. Темы: {topics}."
NONE_AT_ALL = "Шаблонов пока нет: их добавляет администратор в data/templates.yml."
HOW_TO_USE = "Нажмите на текст, чтобы скопировать и изменить, или отправьте как есть."
HAS_GAPS = "Нажмите на текст, чтобы скопировать, впишите пропуски и отправьте сообщением."
SENT = "Отправлено клиенту:"


@dataclass(frozen=True)
class Page:
    html: str
    markup: InlineKeyboardMarkup | None = None


@dataclass(frozen=True)
class Filled:
    """A template for one customer, in the name of one person."""

    template: Template
    text: str

    @property
    def has_gaps(self) -> bool:
        return GAP in self.text

    @property
    def mark(self) -> str:
        """Changes with the text: what is sent is what was shown."""
        return mark_of(self.text)


def found(room: Room, ticket: Ticket, query: str) -> Page:
    """What the words of `/t` find; without words, the answers about the ticket's own topic."""
    if not query.strip():
        return about(room, ticket, ticket.topic)
    templates = room.templates.search(query)
    if not templates:
        return Page(escape(NONE_FOUND.format(query=_short(query), topics=_topics(room))))
    return _list(f"Нашлось: {min(len(templates), LISTED)}. Выберите ответ.", templates, ticket)


def about(room: Room, ticket: Ticket, topic: str) -> Page:
    """All of a topic, or of no topic in particular when it has none."""
    templates = room.templates.about(topic) or room.templates.about("other") or room.templates.all()
    if not templates:
        return Page(NONE_AT_ALL)
    head = f"Готовые ответы: {escape(topic_title(templates[0].topic).lower())}.\n{SEARCH}"
    return _list(head, templates, ticket)


async def filled(room: Room, ticket: Ticket, template: Template, staff: Staff) -> Filled:
    conversation = await room.session.get_one(Conversation, ticket.conversation_id)
    known = await facts(
        room.session,
        conversation,
        car_id=ticket.car_id or conversation.focus_car_id,
        department=ticket.department,
        name=None if staff.name == ANONYMOUS else staff.name,
        dealer=room.dealer,
    )
    return Filled(template, fill(template.text, known))


def shown(answer: Filled, ticket: Ticket) -> Page:
    template = answer.template
    back = ("‹ К списку", f"tplof:{ticket.id}:{template.topic}")
    send_it = ("Отправить", f"tplsend:{ticket.id}:{template.key}:{answer.mark}")
    hint = HAS_GAPS if answer.has_gaps else HOW_TO_USE
    html = f"<b>{escape(template.title)}</b>\n\n<code>{escape(answer.text)}</code>\n\n{hint}"
    return Page(html, keyboard([back] if answer.has_gaps else [send_it, back]))


async def send(room: Room, topic: DeskTopic, answer: Filled, staff: Staff, message_id: int) -> Page:
    """To the customer; `message_id` is that of the group's message in which it was chosen."""
    conversation = await lock(room.session, topic.conversation_id)
    held = await ticket_to_answer(room, conversation, staff)
    origin = room.origin(f"{message_id}:{answer.template.key}")
    row = await speak.say(room.session, conversation, held, staff, Outgoing(text=answer.text), origin)
    await answers_others_too(room, held, staff, row.id)
    await room.remember(message_id, topic, row.id)
    return Page(f"{SENT}\n\n{escape(answer.text)}\n\n— {escape(staff.name)}")


def _list(head: str, templates: Sequence[Template], ticket: Ticket) -> Page:
    buttons = [(each.title, f"tplshow:{ticket.id}:{each.key}") for each in templates[:LISTED]]
    return Page(head, keyboard(buttons))


def _topics(room: Room) -> str:
    titles = dict.fromkeys(topic_title(each.topic).lower() for each in room.templates.all())
    return ", ".join(titles) or "пока никаких"


def _short(query: str) -> str:
    return " ".join(query.split())[:100]
