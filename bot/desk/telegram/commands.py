"""Commands of a group. Telegram takes Latin letters only; what they do is said in Russian."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from aiogram.types import BotCommand, Message

from bot.desk.attention import lock
from bot.desk.models import DeskTopic, Outcome, Ticket
from bot.desk.staff import Staff
from bot.desk.telegram import canned
from bot.desk.telegram.answers import Answer, Nod, Post
from bot.desk.telegram.buttons import CLOSED_ALREADY, departments, end, taken
from bot.desk.telegram.keys import keyboard
from bot.desk.telegram.rooms import Room
from bot.desk.tickets import Claimed, claim, transfer
from bot.desk.trouble import is_shown

_COMMAND = re.compile(r"/(?P<name>\w{1,32})(?:@(?P<bot>\w+))?(?:\s+(?P<words>.*))?", re.DOTALL)

MENU = [
    BotCommand(command="t", description="Готовый ответ: /t кредит"),
    BotCommand(command="take", description="Взять разговор"),
    BotCommand(command="back", description="Вернуть разговор боту"),
    BotCommand(command="move", description="Передать другому отделу"),
    BotCommand(command="close", description="Закрыть обращение"),
    BotCommand(command="help", description="Как отвечать клиентам"),
    BotCommand(command="id", description="Номер группы и ваш номер"),
]
HELP = "\n".join(
    [
        "Всё, что вы пишете в теме клиента, уходит ему: текст, фото, голосовые, файлы. "
        "Исправили сообщение — оно исправится и у клиента. Ответили на его слова — он увидит, на какие.",
        "Клиент не увидит команды и то, что начинается с <code>//</code>: это заметки для коллег.",
        "",
        "/take — взять разговор, бот замолчит (первое ваше сообщение тоже его берёт)",
        "/t слово — найти готовый ответ",
        "/back — вернуть разговор боту",
        "/move — передать другому отделу",
        "/close — закрыть обращение",
        "/id — номер группы и ваш номер, для dealer.yml",
    ]
)
# Made by the desk, to be touched: bot.desk.texts.CALL_ELSEWHERE.
_FETCH = re.compile(r"take_(?P<ticket>[0-9]{1,9})", re.ASCII)
FETCHED = "Обращение ваше: тема клиента сейчас будет здесь, пишите прямо в ней."
SHOWN_THERE = "Обращение видно в своей группе, забирать его не нужно: {department}."
NO_TICKET = "Такого обращения нет."
ONLY_IN_TOPIC = "Эта команда работает в теме клиента."
NO_SUCH = "Такой команды нет, клиент её не увидел. Подсказка: /help"
NOTHING_OPEN = "Открытого обращения здесь нет. Напишите клиенту — оно откроется само."
WHERE_TO = "Кому передать?"


@dataclass(frozen=True)
class Command:
    name: str
    words: str
    message: Message

    @property
    def thread(self) -> int | None:
        return self.message.message_thread_id if self.message.is_topic_message else None

    def post(self, page: canned.Page) -> Post:
        return Post(self.thread, page.html, page.markup)

    def say(self, words: str) -> Post:
        return Post(self.thread, escape(words))

    def nod(self) -> Nod:
        return Nod(self.message.message_id)


def read_command(message: Message, bot_name: str | None) -> Command | None:
    """None for what is no command, or another bot's. A note begins with two of these strokes."""
    found = _COMMAND.fullmatch(message.text or "")
    if found is None:
        return None
    name = found["name"].lower()
    others = bot_name is not None and (found["bot"] or bot_name).lower() != bot_name.lower()
    return Command("" if others else name, (found["words"] or "").strip(), message)


def numbers(command: Command) -> Post:
    """Of the group and of who asks, for dealer.yml; everywhere, as a group is connected by them."""
    writer = command.message.from_user
    asking = f"\nВаш номер: <code>{writer.id}</code>" if writer is not None and not writer.is_bot else ""
    return Post(command.thread, f"Номер группы: <code>{command.message.chat.id}</code>{asking}")


async def carry_out(room: Room, command: Command, staff: Staff) -> Sequence[Answer]:
    match command.name:
        case "":
            return []
        case "id":
            return [numbers(command)]
        case "help" | "start":
            return [Post(command.thread, HELP)]
    if (fetched := _FETCH.fullmatch(command.name)) is not None:
        return [command.say(await _fetch(room, int(fetched["ticket"]), staff))]
    deed = _DEEDS.get(command.name)
    if deed is None:
        return [command.say(NO_SUCH)]
    topic = await room.topic(command.thread)
    return await deed(room, command, topic, staff) if topic is not None else [command.say(ONLY_IN_TOPIC)]


async def _fetch(room: Room, ticket_id: int, staff: Staff) -> str:
    """Out of a group that does not work, where nobody sees it; the number can be made up."""
    ticket = await room.session.get(Ticket, ticket_id)
    if ticket is None:
        return NO_TICKET
    await lock(room.session, ticket.conversation_id)
    await room.session.refresh(ticket)
    if ticket.status == "closed":
        return CLOSED_ALREADY
    if ticket.department not in room.departments:
        if await is_shown(room.session, room.dealer, ticket.department):
            there = room.dealer.departments[room.dealer.known_department(ticket.department)]
            return SHOWN_THERE.format(department=there.title)
        moved = await transfer(room.session, ticket.id, room.departments[0], staff, room.dealer)
        ticket = moved or ticket
    result = await claim(room.session, ticket.id, staff)
    return FETCHED if isinstance(result, Claimed) else taken(result)


async def _templates(room: Room, command: Command, topic: DeskTopic, staff: Staff) -> Sequence[Answer]:
    ticket = await _of_topic(room, topic)
    return [command.post(canned.found(room, ticket, command.words)) if ticket else command.say(NOTHING_OPEN)]


async def _of_topic(room: Room, topic: DeskTopic) -> Ticket | None:
    """What is to be answered here, else what was answered last."""
    tickets = await room.unclosed(topic.conversation_id)
    return tickets[0] if tickets else await room.latest(topic.conversation_id)


async def _take(room: Room, command: Command, topic: DeskTopic, staff: Staff) -> Sequence[Answer]:
    results = [
        await claim(room.session, ticket.id, staff) for ticket in await room.unclosed(topic.conversation_id)
    ]
    refused = next((result for result in results if not isinstance(result, Claimed)), None)
    if refused is not None or not results:
        return [command.say(taken(refused) if refused is not None else NOTHING_OPEN)]
    return [command.nod()]


async def _close(room: Room, command: Command, topic: DeskTopic, staff: Staff) -> Sequence[Answer]:
    return await _end(room, command, topic, staff, "answered")


async def _give_back(room: Room, command: Command, topic: DeskTopic, staff: Staff) -> Sequence[Answer]:
    return await _end(room, command, topic, staff, "returned")


async def _end(
    room: Room, command: Command, topic: DeskTopic, staff: Staff, outcome: Outcome
) -> Sequence[Answer]:
    tickets = await room.unclosed(topic.conversation_id)
    for ticket in tickets:
        await end(room, ticket, staff, outcome)
    return [command.nod() if tickets else command.say(CLOSED_ALREADY)]


async def _move(room: Room, command: Command, topic: DeskTopic, staff: Staff) -> Sequence[Answer]:
    tickets = await room.unclosed(topic.conversation_id)
    if not tickets:
        return [command.say(NOTHING_OPEN)]
    return [Post(command.thread, WHERE_TO, keyboard(departments(room, tickets[0])))]


_Deed = Callable[[Room, Command, DeskTopic, Staff], Awaitable[Sequence[Answer]]]
_DEEDS: Mapping[str, _Deed] = {
    "t": _templates,
    "take": _take,
    "close": _close,
    "back": _give_back,
    "move": _move,
}
