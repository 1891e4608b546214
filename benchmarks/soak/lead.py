"""What a captured lead adds to a turn, in processor time of this process, which plays the gateway."""

import time
from statistics import median

from bot.db import Sessions
from tests.leads.telling import GIVEN, lead
from tests.spine import Spine, incoming, says, spine

SYSTEMS = ("bitrix24", "mail")
WARM_UP = 10  # customers


async def lead_cost(sessions: Sessions, customers: int) -> float:
    """Seconds: the median of what each customer's turn with his number took beyond a plain one of his."""
    async with spine(sessions, systems=SYSTEMS) as gateway:
        costs = [await _difference(gateway, number) for number in range(WARM_UP + customers)]
    return median(costs[WARM_UP:])


async def _difference(gateway: Spine, number: int) -> float:
    plain = await _turn(gateway, number, {"text": "Хорошо."})
    return await _turn(gateway, number, {"text": "Хорошо."}, lead(f"+7900{number:07}"), GIVEN) - plain


async def _turn(gateway: Spine, number: int, *replies: dict[str, object]) -> float:
    gateway.rasa.answers.append(says(*replies))
    await gateway.receive(incoming("да", chat=f"customer {number}"))
    begun = time.process_time()
    await gateway.do_turns()
    return time.process_time() - begun
