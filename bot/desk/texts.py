"""What the desk itself says: to the people of the departments, and where no person's name is known."""

from bot.desk.models import EventKind, TicketStatus

SOMEBODY = "сотрудник"
A_PERSON_ANSWERS = "клиенту отвечает сотрудник"
ANSWERED_IN_MESSENGER = "Сотрудник ответил клиенту сам, в переписке мессенджера."
BEFORE_IT = "До этого спросил: «{question}»."
BOT_ANSWERED = "Бот ответил: «{answer}»."
NOT_DELIVERED = "Не доставлено клиенту: «{words}». Причина: {reason}."
NOT_CORRECTED = "Исправление до клиента не дошло: «{words}». Причина: {reason}."
REFUSED = "мессенджер его не принял"
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

WAITS = "{customer} ждёт ответа {waited}."
CALL = "{customer} ждёт ответа {waited}. Помогите, пожалуйста."
MOVED = "Никто не ответил за {waited}, обращение передано {whom}."
RESOLVE = (
    "обращение ещё не закрыто ({customer}), поэтому бот в этой переписке молчит. "
    "Если вопрос решён, нажмите «Закрыть» или «Вернуть боту»."
)
# In the general topic of another group, where nothing of a customer may stay.
GROUP_FAILS = (
    "Группа не работает: {departments}. Причина: {error}. Администратору больше скажет bot desk check. "
)
NOBODY_WAITS = "Ответа там никто не ждёт."
WAIT_UNSEEN = "Там ждут ответа и никому не видны клиенты: {customers}. Забрать обращение сюда: {commands}"
GROUP_WORKS = "Группа снова работает: {departments}."
TAKE = "/take_{ticket}"  # understood by bot.desk.telegram.commands
CALL_ELSEWHERE = (
    "клиент ждёт ответа {waited}, а группа, где его видно, не работает ({department}). "
    f"Забрать обращение сюда: {TAKE}"
)
MOVED_ELSEWHERE = (
    "клиент ждал ответа {waited}, а группа, где его видно, не работает ({department}). "
    "Обращение передано {whom}."
)
TOLD = "Сейчас все сотрудники заняты, поэтому передал ваш вопрос {whom}. Вам ответят здесь {within}."

RATE = "Как вам ответили?"
RATE_IN_WORDS = "Как вам ответили? Напишите цифру от 1 до 5, где 5 — отлично, а 1 — очень плохо."
STARS = {5: "5 — отлично", 4: "4 — хорошо", 3: "3 — нормально", 2: "2 — плохо", 1: "1 — очень плохо"}
RATED = "Спасибо, учтём."
RATED_LATE = (
    "Спасибо, но оценку можно поставить только в первые сутки. "
    "Если что-то осталось не так, напишите, передам сотрудникам."
)
RATING = "Клиент поставил оценку: {stars} из 5."


def spoken(minutes: int) -> str:
    """«3 минуты», «1 ч 5 мин»: how long something takes."""
    hours, rest = divmod(minutes, 60)
    if hours:
        return f"{hours} ч {rest} мин" if rest else f"{hours} ч"
    return f"{minutes} {_form(minutes, 'минуту', 'минуты', 'минут')}"


def minutes_within(minutes: int) -> str:
    """«в течение 10 минут»."""
    return f"в течение {minutes} {_form(minutes, 'минуты', 'минут', 'минут')}"


def _form(number: int, one: str, few: str, many: str) -> str:
    tens, units = number % 100, number % 10
    if 11 <= tens <= 14 or units == 0 or units >= 5:
        return many
    return one if units == 1 else few
