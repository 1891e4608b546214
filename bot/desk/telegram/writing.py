"""What people write in a customer's topic goes to him, whatever messenger he uses.

Not what begins with «//», which is a note, and not commands. The first word of a person takes the
conversation; where nobody works on the customer any more, it opens a ticket for him.
"""

from collections.abc import Sequence

from aiogram.types import Message as TelegramMessage
from sqlalchemy import select

from bot.channels.base import File, Outgoing
from bot.channels.files import MAX_BYTES
from bot.contract import OpenedTicket
from bot.conversations import Conversation, Message
from bot.db import utcnow
from bot.desk import speak
from bot.desk.albums import join, wait_for_more
from bot.desk.attention import lock
from bot.desk.models import DeskMessage, DeskTopic, Ticket
from bot.desk.staff import Staff
from bot.desk.telegram.dialogue import KINDS
from bot.desk.telegram.files import Written, is_notice, megabytes, read, text_of
from bot.desk.telegram.rooms import Room
from bot.desk.tickets import claim, open_ticket, staff_said
from bot.outbox.models import DeliveredMessage

NOTE = "//"
ALBUM_LIMIT = 10

WRITTEN_FIRST = "Сотрудник написал клиенту сам."
NOT_A_TOPIC = (
    "Клиенты не видят того, что пишут здесь и в темах, созданных вручную. "
    "Чтобы ответить клиенту, напишите в его теме. Подсказки: /help."
)
NOTHING_TO_SEND = "Такое сообщение клиенту не отправить (опрос, игра, история). Он его не увидит."
TOO_BIG = (
    "Клиенту не отправлено: {what}, {size}. Telegram отдаёт боту файлы только до {limit}. "
    "Пришлите файл поменьше или ссылку на него."
)
WORDS_TOO = " Подпись тоже не ушла: повторите её отдельно."
TOO_LATE_FOR_A_NOTE = "Сообщение уже у клиента: заметкой оно не станет, можно только исправить текст."


async def wrote(room: Room, message: TelegramMessage, staff: Staff) -> None:
    if is_notice(message):
        return
    topic = await room.topic(message.message_thread_id if message.is_topic_message else None)
    if topic is None:
        await room.hint(NOT_A_TOPIC)
    elif await _is_note(room, message):
        await room.remember(message.message_id, topic, None, message.media_group_id)
    elif (written := read(message)).empty:
        room.tell(NOTHING_TO_SEND, topic.conversation_id)
    elif (file := written.too_big_for(await _channel(room, topic))) is not None:
        # Not even its words: «вот видео» without one would read like a promise that was kept.
        room.tell(_too_big(file, written.text), topic.conversation_id, loud=True)
    else:
        outbox_id = await _say(room, message, topic, staff, written)
        await room.remember(message.message_id, topic, outbox_id, message.media_group_id)


async def corrected(room: Room, message: TelegramMessage) -> None:
    """What was a note stays one: nothing goes to the customer that was not meant for him when written."""
    said = await room.message(message.message_id)
    if said is None or said.outbox_id is None or message.location or message.contact:
        return
    conversation_id = (await room.session.get_one(DeskTopic, said.topic_id)).conversation_id
    text = text_of(message)
    if not text and message.media_group_id is not None:
        return  # the words of the album stand under another item
    if text.startswith(NOTE):
        room.tell(TOO_LATE_FOR_A_NOTE, conversation_id)
        return
    conversation = await lock(room.session, conversation_id)
    # By the update: several corrections may fall into one second.
    origin = room.origin(f"edit:{room.update_id}")
    await speak.correct(room.session, conversation, said.outbox_id, text, origin)


async def ticket_to_answer(room: Room, conversation: Conversation, staff: Staff) -> Ticket:
    """Claimed, by this person unless it was by another before. The conversation is locked."""
    tickets = await room.unclosed(conversation.id) or [await _opened(room, conversation, staff)]
    for ticket in tickets:
        if ticket.status == "open" or ticket.past_bot_at is not None:
            await claim(room.session, ticket.id, staff)
    return next((ticket for ticket in tickets if ticket.claimed_by == staff.id), tickets[0])


async def answers_others_too(room: Room, answered: Ticket, staff: Staff, outbox_id: int) -> None:
    """Departments that share a group answer in one topic: nobody waits for another word there."""
    for ticket in await room.unclosed(answered.conversation_id):
        if ticket.id != answered.id and ticket.waiting_since is not None:
            await staff_said(room.session, ticket, staff, utcnow(), outbox_id)


async def _opened(room: Room, conversation: Conversation, staff: Staff) -> Ticket:
    before = await room.latest(conversation.id)
    wanted = OpenedTicket(
        department=before.department if before is not None else room.departments[0],
        reason="topic",
        topic=before.topic if before is not None else "other",
        car_id=before.car_id if before is not None else None,
        summary=WRITTEN_FIRST,
    )
    return await open_ticket(room.session, conversation, wanted, room.dealer, staff=staff)


async def _say(room: Room, message: TelegramMessage, topic: DeskTopic, staff: Staff, written: Written) -> int:
    """Id of the row that carries it."""
    conversation = await lock(room.session, topic.conversation_id)
    ticket = await ticket_to_answer(room, conversation, staff)
    outgoing = Outgoing(text=written.text, files=written.files, reply_to=await _quoted(room, message, topic))
    album = await _album(room, message)
    if album is not None and await join(room.session, conversation, album, outgoing):
        return album
    row = await speak.say(
        room.session, conversation, ticket, staff, outgoing, room.origin(message.message_id)
    )
    await answers_others_too(room, ticket, staff, row.id)
    if message.media_group_id is not None:
        wait_for_more(row)
    return row.id


async def _channel(room: Room, topic: DeskTopic) -> str:
    return (await room.session.get_one(Conversation, topic.conversation_id)).channel


def _too_big(file: File, words: str) -> str:
    what = f"{KINDS[file.kind]} «{file.name}»" if file.name else KINDS[file.kind]
    told = TOO_BIG.format(what=what, size=megabytes(file.size or 0), limit=megabytes(MAX_BYTES))
    return told + WORDS_TOO if words.strip() else told


async def _is_note(room: Room, message: TelegramMessage) -> bool:
    """With one item of an album the whole of it; the words usually stand under the first."""
    if text_of(message).startswith(NOTE):
        return True
    before = await _before_in_album(room, message)
    return before is not None and before.outbox_id is None


async def _album(room: Room, message: TelegramMessage) -> int | None:
    """The row that carries what came of the album before."""
    before = await _before_in_album(room, message)
    return before.outbox_id if before is not None else None


async def _before_in_album(room: Room, message: TelegramMessage) -> DeskMessage | None:
    if message.media_group_id is None:
        return None
    query = select(DeskMessage).where(
        DeskMessage.group_id == room.group_id,
        # Numbers of one album follow each other; with people writing at once there may be gaps.
        DeskMessage.message_id.between(message.message_id - 5 * ALBUM_LIMIT, message.message_id - 1),
        DeskMessage.album == message.media_group_id,
    )
    return (await room.session.scalars(query.order_by(DeskMessage.message_id.desc()).limit(1))).first()


async def _quoted(room: Room, message: TelegramMessage, topic: DeskTopic) -> str | None:
    """The channel's id of what is answered: the customer's words, or what he was told before."""
    answered = message.reply_to_message
    known = await room.message(answered.message_id) if answered is not None else None
    if known is None or known.topic_id != topic.id:
        return None
    if known.outbox_id is not None:
        return await _delivered(room, known.outbox_id)
    return await _external_id(room, known.history_id)


async def _delivered(room: Room, outbox_id: int) -> str | None:
    query = select(DeliveredMessage.external_id).where(DeliveredMessage.outbox_id == outbox_id)
    ids: Sequence[str] = (await room.session.scalars(query)).all()
    return min(ids, key=lambda external_id: (len(external_id), external_id), default=None)


async def _external_id(room: Room, history_id: int | None) -> str | None:
    message = await room.session.get(Message, history_id) if history_id is not None else None
    if message is None or message.outbox_id is None:
        return message.external_id if message is not None else None
    return await _delivered(room, message.outbox_id)
