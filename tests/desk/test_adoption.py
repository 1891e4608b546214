"""A department that dealer.yml does not have any more leaves nobody waiting."""

from bot.db import Sessions
from bot.desk.adoption import adopt
from bot.desk.models import Ticket
from tests.desk.telegram_desk import visitor
from tests.spine import DEALER


async def test_its_customers_wait_for_the_default_department(sessions: Sessions) -> None:
    ivan, anna = await visitor(sessions, "Иван"), await visitor(sessions, "Анна")
    await ivan.is_handed_over("motorcycles", status="claimed", claimed_by="telegram:1", claimed_name="Олег")
    await anna.is_handed_over("motorcycles", summary="Хочет мотоцикл.")
    await anna.is_handed_over(DEALER.default_department, summary="Хочет скидку.")
    await adopt(sessions, DEALER)
    await adopt(sessions, DEALER)
    async with sessions() as session:
        tickets = [await session.get_one(Ticket, number) for number in (1, 2, 3)]
    assert [(t.department, t.status, t.claimed_name) for t in tickets] == [
        (DEALER.default_department, "open", None),
        ("motorcycles", "closed", None),
        (DEALER.default_department, "open", None),
    ]
    assert tickets[2].summary == "Хочет мотоцикл.\nХочет скидку."
