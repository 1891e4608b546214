"""What a customer has corrected is told in his topic, whenever he did it."""

from bot.db import Sessions
from bot.desk.telegram.pace import GroupPace
from tests.desk.telegram_desk import PATIENCE, Visitor, desk_of, eventually, texts, visitor
from tests.emulators.telegram import Group, TelegramEmulator, Topic

TOLD = "Клиент исправил: «Приеду в 15» → «Приеду в 17»"


async def shown(
    telegram: TelegramEmulator, sessions: Sessions, group: Group
) -> tuple[Visitor, int, int, Topic]:
    """A customer, his message, his ticket, and the topic that shows them."""
    ivan = await visitor(sessions)
    said = await ivan.says("Приеду в 15")
    ticket = await ivan.is_handed_over()
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        topic = await group.next_topic(PATIENCE)
        await eventually(lambda: len(topic.received) == 2)
    return ivan, said, ticket, topic


async def test_a_correction_at_the_very_end_is_told(telegram: TelegramEmulator, sessions: Sessions) -> None:
    group = telegram.group()
    ivan, said, ticket, topic = await shown(telegram, sessions, group)
    await ivan.corrects(said, "Приеду в 17")
    await ivan.ticket_is_closed(ticket)
    async with desk_of(telegram, sessions, {"used_cars": group.id}):
        await eventually(lambda: topic.closed and TOLD in texts(topic))


async def test_a_correction_while_another_department_has_him_is_told_where_the_words_were_shown(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    """He may be given back there, and then what is shown already is not shown again."""
    group, other = telegram.group(), telegram.group()
    ivan, said, ticket, topic = await shown(telegram, sessions, group)
    await ivan.ticket_becomes(ticket, department="credit")
    async with desk_of(telegram, sessions, {"used_cars": group.id, "credit": other.id}) as desk:
        elsewhere = await other.next_topic(PATIENCE)
        await eventually(lambda: topic.closed and len(elsewhere.received) == 2)
        await ivan.corrects(said, "Приеду в 17")
        desk.wake.notify()
        await eventually(lambda: TOLD in texts(topic) and TOLD in texts(elsewhere))


async def test_a_correction_between_two_hand_overs_is_told_when_the_topic_is_open_again(
    telegram: TelegramEmulator, sessions: Sessions
) -> None:
    group, pace = telegram.group(), GroupPace(limit=1000, window=1.0)
    ivan, said, ticket, topic = await shown(telegram, sessions, group)
    await ivan.ticket_is_closed(ticket)
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=pace):
        await eventually(lambda: topic.closed)
    await ivan.corrects(said, "Приеду в 17")
    await ivan.is_handed_over()
    pace.hold(1)  # the first look finds no room to open the topic
    async with desk_of(telegram, sessions, {"used_cars": group.id}, pace=pace):
        await eventually(lambda: not topic.closed and TOLD in texts(topic))
