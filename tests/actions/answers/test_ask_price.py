"""Price and haggling: numeric fields only, nothing promised."""

from bot.contract import CapturedLead, OpenedTicket
from tests.actions.dialogue import Dialogue, aspect, entity
from tests.actions.stock import IDS


async def test_the_price(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_price")
    assert "1 190 000 ₽" in said
    assert said.asked_for == "manager_price"


async def test_haggling_says_the_policy_of_the_dealership(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_price", entities=aspect("ask_price", "bargain"))
    assert solaris.dealer.policies.haggling in said


async def test_discounts_with_their_conditions(talk: Dialogue) -> None:
    said = await talk.ask("ask_price", listing_ref=f"car{IDS['jolion_new']}")
    assert "в трейд-ин — 150 000 ₽, при покупке в кредит — 100 000 ₽, со страховкой — 50 000 ₽" in said
    assert "выгода до 250 000 ₽, и цена будет 2 249 000 ₽" in said


async def test_vat_known_and_unknown(talk: Dialogue) -> None:
    known = await talk.ask(
        "ask_price", listing_ref=f"car{IDS['jolion_new']}", entities=aspect("ask_price", "vat")
    )
    assert "Цена с НДС." in known
    unknown = await talk.ask("ask_price", focus_car_id=IDS["rio"], entities=aspect("ask_price", "vat"))
    assert "с НДС ли цена" in unknown
    assert "Цена с НДС" not in unknown


async def test_an_unknown_price_is_unknown(talk: Dialogue) -> None:
    said = await talk.ask("ask_price", listing_ref=f"car{IDS['mystery']}")
    assert "цена Haima 7X" in said
    assert "₽" not in said
    assert said.titles == ["Уточнить у менеджера"]


async def test_a_counter_offer_is_not_promised_and_reaches_the_manager_with_the_number(
    solaris: Dialogue,
) -> None:
    said = await solaris.ask(
        "ask_price",
        text="за 1050 заберу",
        entities=[entity("amount", 1_050_000), *aspect("ask_price", "counter_offer")],
    )
    assert "1 190 000 ₽" in said
    assert "1 050 000 ₽" in said
    assert "обещать не буду" in said
    assert said.asked_for == "manager_price"
    assert not said.all(OpenedTicket)
    given = await solaris.ask("give_phone", entities=[entity("phone", "+79161234567", valid=True)])
    lead = given.one(CapturedLead)
    assert (lead.step, lead.topic, lead.details["offer"]) == ("manager_price", "price", 1_050_000)


async def test_a_counter_offer_after_two_refusals_goes_to_the_manager_at_once(solaris: Dialogue) -> None:
    solaris.meta["phone_refusals"] = 2
    said = await solaris.ask("ask_price", text="отдадите за миллион?", entities=[entity("amount", 1_000_000)])
    ticket = said.one(OpenedTicket)
    assert ticket.department == "used_cars"
    assert "1\u00a0000\u00a0000" in ticket.summary
    assert said.asked_for is None


async def test_a_bare_second_offer_is_scaled_to_the_price(solaris: Dialogue) -> None:
    await solaris.ask("ask_price", text="за миллион", entities=[entity("amount", 1_000_000)])
    said = await solaris.ask("nlu_fallback", text="1100")
    assert said.one(OpenedTicket).summary.endswith("1\u00a0100\u00a0000\u00a0₽")


async def test_the_cars_own_price_is_no_offer(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_price", entities=[entity("amount", 1_190_000)])
    assert "предложение" not in said


async def test_dear_gets_the_policy_and_the_next_step(solaris: Dialogue) -> None:
    said = await solaris.ask("ask_price", text="дорого", entities=aspect("ask_price", "too_dear"))
    assert said.paragraphs[0] == solaris.dealer.policies.haggling
    assert said.asked_for == "manager_price"
    assert "Уточнить у менеджера" not in said.titles


async def test_why_so_cheap_gets_the_policy_and_an_honest_unknown(solaris: Dialogue) -> None:
    said = await solaris.ask(
        "ask_price", text="почему такой дешёвый", entities=aspect("ask_price", "why_cheap")
    )
    assert solaris.dealer.policies.haggling in said
    assert "почему такая цена" in said
    assert said.titles == ["Уточнить у менеджера"]
