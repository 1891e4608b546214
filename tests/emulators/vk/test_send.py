"""messages.send: who can be written to, what may be in a message, and what the customer then sees."""

import pytest

from tests.emulators.vk import Customer, VkEmulator, market_item
from tests.emulators.vk.real_client import GROUP, Client, refusal


async def test_the_customer_gets_the_message(vk: VkEmulator, client: Client, anna: Customer) -> None:
    message_id = await client.send(anna, "Добрый день", random_id=5)
    message = await anna.next_message()
    assert (message["id"], message["text"], message["from_id"]) == (message_id, "Добрый день", -GROUP)
    assert vk.sent == anna.received == [message]
    assert vk.violations == []


async def test_user_id_is_as_good_as_peer_id(client: Client, anna: Customer) -> None:
    await client("messages.send", user_id=anna.user_id, message="Добрый день", random_id=1)
    assert [message["text"] for message in anna.received] == ["Добрый день"]


async def test_the_same_random_id_is_sent_once(client: Client, anna: Customer) -> None:
    first = await client.send(anna, "Добрый день", random_id=5)
    assert await client.send(anna, "Добрый день", random_id=5) == first
    assert await client.send(anna, "Добрый день", random_id=6) != first
    assert len(anna.received) == 2


async def test_random_id_counts_for_each_customer(vk: VkEmulator, client: Client, anna: Customer) -> None:
    boris = vk.customer("Борис Орлов")
    boris.says("Здравствуйте")
    await client.send(anna, "Добрый день", random_id=5)
    await client.send(boris, "Добрый день", random_id=5)
    assert len(boris.received) == 1


async def test_random_id_is_forgotten_after_an_hour(vk: VkEmulator, client: Client, anna: Customer) -> None:
    await client.send(anna, "Добрый день", random_id=5)
    vk.clock.advance(hours=1)
    await client.send(anna, "Добрый день", random_id=5)
    assert len(anna.received) == 2


async def test_random_id_zero_is_not_checked(client: Client, anna: Customer) -> None:
    await client.send(anna, "Добрый день", random_id=0)
    await client.send(anna, "Добрый день", random_id=0)
    assert len(anna.received) == 2


@pytest.mark.parametrize("random_id", ["", str(2**31), "first"])
async def test_random_id_is_required_and_has_32_bits(client: Client, anna: Customer, random_id: str) -> None:
    call = client("messages.send", peer_id=anna.user_id, message="Да", random_id=random_id)
    assert await refusal(call) == 100


async def test_several_customers_at_once(vk: VkEmulator, client: Client, anna: Customer) -> None:
    silent = vk.customer("Борис Орлов")
    answers = await client(
        "messages.send", peer_ids=f"{anna.user_id},{silent.user_id}", message="Добрый день", random_id=1
    )
    sent, refused = answers
    assert sent["message_id"] == anna.received[0]["id"]
    assert (refused["peer_id"], refused["error"]["code"]) == (silent.user_id, 901)
    assert "message_id" not in refused


async def test_who_never_wrote_cannot_be_written_to(vk: VkEmulator, client: Client) -> None:
    assert await refusal(client.send(vk.customer(), "Добрый день")) == 901
    assert vk.violations == []


async def test_who_denied_messages_cannot_be_written_to(client: Client, anna: Customer) -> None:
    anna.denies()
    assert await refusal(client.send(anna, "Добрый день")) == 901
    anna.allows()
    await client.send(anna, "Добрый день")
    assert len(anna.received) == 1


async def test_after_a_day_of_silence_it_is_too_late(vk: VkEmulator, client: Client, anna: Customer) -> None:
    vk.clock.advance(hours=24, seconds=1)
    assert await refusal(client.send(anna, "Добрый день")) == 950
    anna.says("Я снова здесь")
    await client.send(anna, "Добрый день")


@pytest.mark.parametrize(("peer_id", "code"), [(5, 936), (-GROUP, 936), (2_000_000_001, 917), (0, 100)])
async def test_unknown_peers(client: Client, peer_id: int, code: int) -> None:
    call = client("messages.send", peer_id=peer_id, message="Добрый день", random_id=1)
    assert await refusal(call) == code


async def test_length_of_a_message(client: Client, anna: Customer) -> None:
    await client.send(anna, "я" * 4096)
    assert await refusal(client.send(anna, "я" * 4097)) == 914
    assert await refusal(client.send(anna, " \n")) == 100


async def test_intents_need_a_subscription(client: Client, anna: Customer) -> None:
    assert await refusal(client.send(anna, "Добрый день", intent="customer_support")) == 943
    assert await refusal(client.send(anna, "Добрый день", intent="advert")) == 100


@pytest.mark.parametrize("attachment", ["photo1_1", "photo-777_1", "video1_1", "картинка"])
async def test_only_known_attachments(client: Client, anna: Customer, attachment: str) -> None:
    assert await refusal(client.send(anna, attachment=attachment)) == 100


async def test_a_product_card_is_attached(client: Client, anna: Customer) -> None:
    card = market_item(GROUP, "Hyundai Solaris, 2019", 1_150_000)
    anna.sends_market(card)
    await client.send(anna, attachment=f"market-{GROUP}_{card['id']}")
    assert anna.received[0]["attachments"][0]["market"]["price"]["amount"] == "115000000"


async def test_a_reply_names_a_message_that_exists(client: Client, anna: Customer) -> None:
    question = anna.says("Почём?")
    await client.send(anna, "Миллион", reply_to=question["id"])
    assert await refusal(client.send(anna, "Миллион", reply_to=10_000)) == 100


async def test_payload_of_a_message_is_bounded(client: Client, anna: Customer) -> None:
    assert await refusal(client.send(anna, "Да", payload="1" * 1001)) == 100
