"""What the buttons in a topic do. The data of a button are believed only as far as its topic goes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from sqlalchemy import select

from bot.conversations import Conversation
from bot.customers.persons import known
from bot.desk.attention import lock
from bot.desk.models import DeskTopic, Outcome, Ticket
from bot.desk.staff import Staff
from bot.desk.telegram import canned
from bot.desk.telegram.answers import Answer, Buttons, Post, Rewrite, Toast
from bot.desk.telegram.canned import Page
from bot.desk.telegram.keys import Press, keyboard, mark_of, read_press
from bot.desk.telegram.render import card_buttons
from bot.desk.telegram.rooms import Room
from bot.desk.telegram.writing import ticket_to_answer
from bot.desk.texts import SOMEBODY
from bot.desk.tickets import Claimed, Gone, TakenBy, claim, close, transfer
from bot.leads import stages
from bot.leads.models import LeadConversation, Stage
from bot.leads.words import STAGES

OLD = "Эта кнопка устарела: смотрите карточку в теме клиента."
TAKEN = "Разговор ваш: пишите прямо в теме, всё уйдёт клиенту."
TAKEN_BY = "Уже ведёт {name}."
REOPENED = "Обращение снова ваше: тема сейчас откроется, пишите прямо в ней."
CLOSED_ALREADY = "Обращение уже закрыто."
ELSEWHERE = "Обращение уже передали: {department}."
CLOSED = "Закрыто. Если клиент напишет снова, ответит бот."
RETURNED = "Клиенту снова отвечает бот. На прошлые сообщения он отвечать не станет."
MOVED = "Передали {whom}."
MOVED_NOTICE = "{name} передаёт обращение {whom}."
MOVED_ALREADY = "Не передано: обращение уже закрыто или уже там."
STAGE_SET = "Стадия: {stage}."
NO_TEMPLATE = "Этого шаблона больше нет."
TEXT_CHANGED = "Текст с тех пор изменился: посмотрите и нажмите ещё раз."
HAS_GAPS = "В тексте остались пропуски: скопируйте его и впишите."
SENT = "Отправлено клиенту."
BACK = "‹ Назад"


@dataclass(frozen=True)
class Pressed:
    """A button, the message that it is under and the topic that this is in."""

    query_id: str
    press: Press
    message_id: int
    topic: DeskTopic
    staff: Staff

    @property
    def on_card(self) -> bool:
        return self.topic.card_message_id == self.message_id

    def toast(self, words: str = "") -> Toast:
        return Toast(self.query_id, words)


async def pressed(room: Room, query: CallbackQuery, staff: Staff) -> Sequence[Answer]:
    press, topic = read_press(query.data), await _topic(room, query)
    deed = _DEEDS.get(press.deed) if press is not None else None
    if press is None or topic is None or deed is None or query.message is None:
        return [Toast(query.id, OLD)]
    return await deed(room, Pressed(query.id, press, query.message.message_id, topic, staff))


async def _topic(room: Room, query: CallbackQuery) -> DeskTopic | None:
    """Of messages that are old, Telegram tells no more than the number."""
    if isinstance(query.message, Message) and query.message.is_topic_message:
        return await room.topic(query.message.message_thread_id)
    return await room.topic_of_card(query.message.message_id) if query.message is not None else None


def _of_ticket(
    deed: Callable[[Room, Pressed, Ticket], Awaitable[Sequence[Answer]]],
) -> Callable[[Room, Pressed], Awaitable[Sequence[Answer]]]:
    """For a ticket of this very customer that is still this group's."""

    async def checked(room: Room, pressed: Pressed) -> Sequence[Answer]:
        await lock(room.session, pressed.topic.conversation_id)  # it does not change hands meanwhile
        ticket = await room.session.get(Ticket, pressed.press.number)
        if ticket is None or ticket.conversation_id != pressed.topic.conversation_id:
            return [pressed.toast(OLD)]
        if ticket.department not in room.departments:
            there = room.dealer.departments[room.dealer.known_department(ticket.department)]
            return [pressed.toast(ELSEWHERE.format(department=there.title))]
        return await deed(room, pressed, ticket)

    return checked


@_of_ticket
async def _take(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    return [pressed.toast(taken(await claim(room.session, ticket.id, pressed.staff)))]


def taken(result: Claimed | TakenBy | Gone) -> str:
    match result:
        case Claimed():
            return TAKEN
        case TakenBy(name):
            return TAKEN_BY.format(name=name)
        case Gone():
            return CLOSED_ALREADY


@_of_ticket
async def _write(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    """The poster opens the topic of a customer who is attended to."""
    conversation = await lock(room.session, ticket.conversation_id)
    held = await ticket_to_answer(room, conversation, pressed.staff)
    if held.claimed_by != pressed.staff.id:
        return [pressed.toast(TAKEN_BY.format(name=held.claimed_name or SOMEBODY))]
    return [pressed.toast(REOPENED)]


@_of_ticket
async def _close(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    return [pressed.toast(await end(room, ticket, pressed.staff, "answered"))]


@_of_ticket
async def _give_back(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    return [pressed.toast(await end(room, ticket, pressed.staff, "returned"))]


async def end(room: Room, ticket: Ticket, staff: Staff, outcome: Outcome) -> str:
    ended = await close(room.session, ticket.id, staff, outcome)
    if ended is None:
        return CLOSED_ALREADY
    return CLOSED if outcome == "answered" else RETURNED


@_of_ticket
async def _offer_departments(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    buttons = [*departments(room, ticket), (BACK, f"card:{ticket.id}")]
    return [pressed.toast(), Buttons(pressed.message_id, keyboard(buttons))]


def departments(room: Room, ticket: Ticket) -> list[tuple[str, str]]:
    """Where it may be given."""
    return [
        (_capitalised(department.title), f"moveto:{ticket.id}:{mark_of(key)}")
        for key, department in room.dealer.departments.items()
        if key != ticket.department
    ]


@_of_ticket
async def _move(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    wanted = next((key for key in room.dealer.departments if mark_of(key) == pressed.press.choice), "")
    moved = await transfer(room.session, ticket.id, wanted, pressed.staff, room.dealer)
    if moved is None:
        return [pressed.toast(MOVED_ALREADY), await _usual(room, pressed)]
    whom = room.dealer.departments[wanted].whom
    words = MOVED_NOTICE.format(whom=whom, name=pressed.staff.name)
    # In another group a new topic tells of it.
    room.tell(words, pressed.topic.conversation_id, loud=wanted in room.departments)
    return [pressed.toast(MOVED.format(whom=whom)), await _usual(room, pressed)]


async def _show_card(room: Room, pressed: Pressed) -> Sequence[Answer]:
    return [pressed.toast(), await _usual(room, pressed)]


async def _usual(room: Room, pressed: Pressed) -> Buttons:
    """The buttons of the card as it stands; none under other messages, whose choice is made."""
    return Buttons(pressed.message_id, await _of_card(room, pressed.topic) if pressed.on_card else None)


async def _of_card(room: Room, topic: DeskTopic) -> InlineKeyboardMarkup | None:
    conversation = await room.session.get_one(Conversation, topic.conversation_id)
    card = await room.cards.of(room.session, conversation, room.departments)
    return card_buttons(card, departments=len(room.dealer.departments)) if card is not None else None


async def _offer_stages(room: Room, pressed: Pressed) -> Sequence[Answer]:
    if not await _is_his(room, pressed):
        return [pressed.toast(OLD)]
    lead = pressed.press.number
    buttons = [(_capitalised(title), f"stageto:{lead}:{stage}") for stage, title in STAGES.items()]
    return [pressed.toast(), Buttons(pressed.message_id, keyboard([*buttons, (BACK, f"card:{lead}")]))]


async def _set_stage(room: Room, pressed: Pressed) -> Sequence[Answer]:
    stage: Stage | None = next((each for each in STAGES if each == pressed.press.choice), None)
    if stage is None or not await _is_his(room, pressed):
        return [pressed.toast(OLD)]
    await stages.move(room.session, pressed.press.number, stage, by="staff")
    return [pressed.toast(STAGE_SET.format(stage=STAGES[stage])), await _usual(room, pressed)]


async def _is_his(room: Room, pressed: Pressed) -> bool:
    """Whether the customer of the topic has told of the lead, in whichever channel."""
    conversation = await room.session.get_one(Conversation, pressed.topic.conversation_id)
    customer = await known(room.session, conversation)
    told = select(LeadConversation.lead_id).where(
        LeadConversation.lead_id == pressed.press.number,
        LeadConversation.conversation_id.in_(customer.conversation_ids),
    )
    return await room.session.scalar(told.limit(1)) is not None


@_of_ticket
async def _offer_templates(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    page = canned.about(room, ticket, ticket.topic)
    return [pressed.toast(), Post(pressed.topic.thread_id, page.html, page.markup)]


@_of_ticket
async def _list_templates(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    return [pressed.toast(), _rewritten(pressed, canned.about(room, ticket, pressed.press.choice))]


@_of_ticket
async def _show_template(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    template = room.templates.find(pressed.press.choice)
    if template is None:
        return [pressed.toast(NO_TEMPLATE)]
    answer = await canned.filled(room, ticket, template, pressed.staff)
    return [pressed.toast(), _rewritten(pressed, canned.shown(answer, ticket))]


@_of_ticket
async def _send_template(room: Room, pressed: Pressed, ticket: Ticket) -> Sequence[Answer]:
    template = room.templates.find(pressed.press.choice)
    if template is None:
        return [pressed.toast(NO_TEMPLATE)]
    answer = await canned.filled(room, ticket, template, pressed.staff)
    if answer.mark != pressed.press.mark:
        return [pressed.toast(TEXT_CHANGED), _rewritten(pressed, canned.shown(answer, ticket))]
    if answer.has_gaps:
        return [pressed.toast(HAS_GAPS)]
    page = await canned.send(room, pressed.topic, answer, pressed.staff, pressed.message_id)
    return [pressed.toast(SENT), _rewritten(pressed, page)]


def _rewritten(pressed: Pressed, page: Page) -> Rewrite:
    return Rewrite(pressed.message_id, page.html, page.markup)


def _capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]


_DEEDS: Mapping[str, Callable[[Room, Pressed], Awaitable[Sequence[Answer]]]] = {
    "take": _take,
    "write": _write,
    "close": _close,
    "back": _give_back,
    "move": _offer_departments,
    "moveto": _move,
    "card": _show_card,
    "stage": _offer_stages,
    "stageto": _set_stage,
    "tpl": _offer_templates,
    "tplof": _list_templates,
    "tplshow": _show_template,
    "tplsend": _send_template,
}
