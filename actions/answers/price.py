"""Price and haggling: numeric fields only; a counter-offer goes to a manager, nothing is promised."""

from actions import wording
from actions.answers.common import ask_which_car, its, unknown
from actions.handover import to_department
from actions.memory import Pending
from actions.nextstep import may_ask
from actions.say import Answer, Say, say
from actions.turn import Turn
from bot.stock.models import Car

UNKNOWN_ASPECTS = {
    "cash": "условия при оплате наличными",
    "why_cheap": "почему такая цена",
    "recycling_fee": "уплачен ли утилизационный сбор",
}
# With these the dealer's policy is told: it says what the price is made of and whether it can move.
PRICED_ASPECTS = {"bargain", "discount", "final", "counter_offer", "too_dear", "why_cheap"}


async def answer(turn: Turn) -> Answer:
    car, aspects = turn.car, turn.heard.aspects("ask_price")
    if car is None:
        known = [say("utter_price_haggling", policy=turn.dealer.policies.haggling)]
        return ask_which_car(turn, "ask_price", *(known if PRICED_ASPECTS & set(aspects) else ()))
    offer = _counter_offer(turn, car)
    if offer:
        return _to_manager(turn, car, offer)
    result = Answer(step="manager_price")
    if car.price is None:
        result.add(unknown(turn, f"цена {wording.car_name(car)}", "price"))
        return result
    result.says = [*_price(turn, car, car.price, aspects), *_discounts(car)]
    if PRICED_ASPECTS & set(aspects):
        result.says.append(say("utter_price_haggling", policy=turn.dealer.policies.haggling))
    missing = [UNKNOWN_ASPECTS[a] for a in aspects if a in UNKNOWN_ASPECTS]
    if "vat" in aspects and car.with_vat is None:
        missing.append("с НДС ли цена")
    elif "vat" in aspects:
        result.says.append(say("utter_price_with_vat" if car.with_vat else "utter_price_without_vat"))
    if missing:
        result.add(unknown(turn, wording.listing(missing), "price"))
    return result


def _price(turn: Turn, car: Car, price: int, aspects: tuple[str, ...]) -> list[Say]:
    """Who finds a car dear, or cheap, has its price before his eyes."""
    if turn.car_is_known and set(aspects) and set(aspects) <= {"too_dear", "why_cheap"}:
        return []
    return [say("utter_price", price=wording.money(price), **its(car))]


def _counter_offer(turn: Turn, car: Car) -> int | None:
    """A sum named in price talk that is not the car's own price."""
    pending = turn.pending
    offer = turn.heard.first("amount") or turn.heard.first("amount", role="max")
    number = turn.heard.lone_number
    if offer is None and number and pending and pending.awaits == "counter_offer":
        offer = roubles_of(number, car.price)
    return int(offer) if offer and offer != car.price else None


def roubles_of(number: float, near: int | None) -> int | None:
    """«1100» and «1.1» in a talk about a million-rouble car are 1 100 000 ₽."""
    for scale in (1, 1_000, 1_000_000):
        value = number * scale
        if near and 0.3 * near <= value <= 1.5 * near:
            return round(value)
    return round(number) if number >= 100_000 else None


def _to_manager(turn: Turn, car: Car, offer: int) -> Answer:
    turn.await_(Pending(awaits="counter_offer", topic="price"))
    says = [say("utter_price", price=wording.money(car.price), **its(car))] if car.price else []
    if may_ask(turn, "manager_price"):
        says.append(say("utter_price_counter_offer", offer=wording.money(offer)))
        return Answer(says, step="manager_price", details={"offer": offer})
    # No number will come with it, so the manager answers here in the chat.
    summary = f"Предлагает {wording.money(offer)}"
    passed = to_department(turn, "price", reason="topic", text="utter_price_offer_passed", summary=summary)
    heard = say("utter_price_offer_heard", offer=wording.money(offer))
    return Answer(
        [*says, heard, *passed.says], passed.effects, step="manager_price", details={"offer": offer}
    )


def _discounts(car: Car) -> list[Say]:
    """Conditional discounts of the row, each with its condition."""
    kinds = (
        ("в трейд-ин", car.tradein_discount),
        ("при покупке в кредит", car.credit_discount),
        ("со страховкой", car.insurance_discount),
    )
    known = [f"{name} — {wording.money(value)}" for name, value in kinds if value]
    says = [say("utter_price_discounts", discounts=", ".join(known))] if known else []
    if car.max_discount and car.price:
        lowest = car.price - car.max_discount
        says.append(
            say("utter_price_max_discount", discount=wording.money(car.max_discount),
                price=wording.money(lowest))
        )  # fmt: skip
    return says
