"""What the desk itself says: to the people of the departments, and where no person's name is known."""

SOMEBODY = "сотрудник"
A_PERSON_ANSWERS = "клиенту отвечает сотрудник"
ANSWERED_IN_MESSENGER = "Сотрудник ответил клиенту сам, в переписке мессенджера."
BEFORE_IT = "До этого спросил: «{question}»."
BOT_ANSWERED = "Бот ответил: «{answer}»."
NOT_DELIVERED = "Не доставлено клиенту: «{words}». Причина: {error}."
FILES_ONLY = "файл"
