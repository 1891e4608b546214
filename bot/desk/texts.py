"""What the desk itself says: to the people of the departments, and where no person's name is known."""

from bot.desk.models import EventKind, TicketStatus

SOMEBODY = "сотрудник"
A_PERSON_ANSWERS = "клиенту отвечает сотрудник"
ANSWERED_IN_MESSENGER = "Сотрудник ответил клиенту сам, в переписке мессенджера."
BEFORE_IT = "До этого спросил: «{question}»."
BOT_ANSWERED = "Бот ответил: «{answer}»."
NOT_DELIVERED = "Не доставлено клиенту: «{words}». Причина: {error}."
FILES_ONLY = "файл"

STATUSES: dict[TicketStatus, str] = {"open": "ждёт", "claimed": "в работе", "closed": "закрыто"}
EVENTS: dict[EventKind, str] = {
    "opened": "открыто",
    "added": "дополнено",
    "claimed": "взято в работу",
    "answered": "клиенту ответили",
    "transferred": "передано другому отделу",
    "closed": "закрыто",
    "reminded": "отделу напомнили",
    "escalated": "передано руководителю",
    "told": "клиента предупредили о задержке",
    "undelivered": "сообщение не доставлено",
    "rated": "клиент поставил оценку",
}
