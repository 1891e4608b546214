"""Reading, typing, and finding what was missed."""

from tests.emulators.vk import Customer, VkEmulator
from tests.emulators.vk.real_client import GROUP, Client, refusal


async def test_unanswered_are_found_and_leave_when_answered(
    vk: VkEmulator, client: Client, anna: Customer
) -> None:
    vk.customer("Молчун")
    found = await client("messages.getConversations", filter="unanswered")
    [item] = found["items"]
    assert (found["count"], item["conversation"]["peer"]["id"]) == (1, anna.user_id)
    assert item["last_message"]["text"] == "Здравствуйте"
    await client.send(anna, "Добрый день")
    assert (await client("messages.getConversations", filter="unanswered"))["count"] == 0
    assert (await client("messages.getConversations"))["count"] == 1


async def test_answered_by_mark(client: Client, anna: Customer) -> None:
    await client("messages.markAsAnsweredConversation", peer_id=anna.user_id, answered=1)
    assert (await client("messages.getConversations", filter="unanswered"))["count"] == 0


async def test_unread_are_counted_until_read(client: Client, anna: Customer) -> None:
    anna.says("Есть кто?")
    found = await client("messages.getConversations", filter="unread")
    assert found["items"][0]["conversation"]["unread_count"] == 2
    await client("messages.markAsRead", peer_id=anna.user_id, mark_conversation_as_read=1)
    assert (await client("messages.getConversations", filter="unread"))["items"] == []
    wrong = client("messages.markAsRead", peer_id=anna.user_id, mark_conversation_as_read=True)
    assert await refusal(wrong) == 100


async def test_conversations_come_in_pages_newest_first(vk: VkEmulator, client: Client) -> None:
    people = [vk.customer(name) for name in ("Анна", "Борис", "Вера")]
    for person in people:
        person.says("Здравствуйте")
    page = await client("messages.getConversations", count=1, offset=1)
    assert (page["count"], page["items"][0]["conversation"]["peer"]["id"]) == (3, people[1].user_id)
    assert await refusal(client("messages.getConversations", count=201)) == 100


async def test_history_is_newest_first(client: Client, anna: Customer) -> None:
    second = anna.says("Есть Солярис?")
    history = await client("messages.getHistory", peer_id=anna.user_id)
    assert [message["text"] for message in history["items"]] == ["Есть Солярис?", "Здравствуйте"]
    older = await client("messages.getHistory", peer_id=anna.user_id, start_message_id=second["id"], offset=1)
    assert [message["text"] for message in older["items"]] == ["Здравствуйте"]
    oldest = await client("messages.getHistory", peer_id=anna.user_id, rev=1, count=1)
    assert [message["text"] for message in oldest["items"]] == ["Здравствуйте"]
    assert await refusal(client("messages.getHistory", peer_id=anna.user_id, count=201)) == 100
    assert await refusal(client("messages.getHistory", peer_id=5)) == 936


async def test_messages_by_id(client: Client, anna: Customer) -> None:
    message = anna.says("Есть Солярис?")
    found = await client("messages.getById", message_ids=f"{message['id']},10000")
    assert [one["text"] for one in found["items"]] == ["Есть Солярис?"]
    assert await refusal(client("messages.getById")) == 100


async def test_typing_is_seen(client: Client, anna: Customer) -> None:
    await client("messages.setActivity", peer_id=anna.user_id, type="typing")
    assert anna.typing_seen == 1
    assert await refusal(client("messages.setActivity", peer_id=anna.user_id, type="dancing")) == 100
    assert await refusal(client("messages.setActivity", type="typing")) == 100


async def test_permission_follows_the_customer(client: Client, anna: Customer) -> None:
    async def allowed() -> int:
        call = client("messages.isMessagesFromGroupAllowed", group_id=GROUP, user_id=anna.user_id)
        return int((await call)["is_allowed"])

    assert await allowed() == 1
    anna.denies()
    assert await allowed() == 0
    anna.allows()
    assert await allowed() == 1
    assert await refusal(client("messages.isMessagesFromGroupAllowed", group_id=GROUP, user_id=5)) == 113
