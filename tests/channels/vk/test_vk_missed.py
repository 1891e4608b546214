"""Messages that no event told of are found in the chats, once."""

from collections.abc import Callable

from bot.desk.models import Ticket
from tests.channels.vk.listener import Listener
from tests.emulators.vk import Customer, VkEmulator

NewListener = Callable[[], Listener]


async def test_who_waited_before_the_first_start_is_answered(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Есть кто?")
    anna.says("Сколько стоит Solaris?")
    async with new_listener() as listener:
        assert await listener.texts(2) == ["Есть кто?", "Сколько стоит Solaris?"]


async def test_found_and_told_is_one_message(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    async with new_listener() as listener:
        await listener.polls()
        anna.says("Раз")
        await listener.texts(1)
    anna.says("Два")
    async with new_listener() as listener:
        await listener.texts(2)  # found in the chat, then told by the event
        anna.says("Три")
        assert await listener.texts(3) == ["Раз", "Два", "Три"]


async def test_lost_events_of_many_customers(vk: VkEmulator, listener: Listener) -> None:
    people = [vk.customer(f"Клиент {n}") for n in range(12)]
    with vk.feed.losing():
        for person in people:
            person.says("Раз")
            person.says("Два")
    texts = await listener.texts(24)
    assert (texts.count("Раз"), texts.count("Два")) == (12, 12)
    assert vk.violations == []


async def test_only_chats_with_something_new_are_looked_into(
    vk: VkEmulator, listener: Listener, anna: Customer
) -> None:
    anna.says("Раз")
    await listener.texts(1)
    boris = vk.customer("Борис")
    with vk.feed.losing():
        boris.says("Два")
    await listener.texts(2)
    looked = [call.params["peer_id"] for call in vk.calls("messages.getHistory")]
    assert looked == [str(boris.user_id)]


async def test_what_a_person_has_answered_is_left_alone(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Вопрос")
    vk.manager().replies(anna, "Ответ")
    boris = vk.customer("Борис")
    boris.says("И мне")
    async with new_listener() as listener:
        assert await listener.texts(1) == ["И мне"]
        await listener.polls()
        assert await listener.texts(1) == ["И мне"]


async def test_a_person_who_answered_in_between_has_the_conversation(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Вопрос")
    vk.manager().replies(anna, "Ответ")
    anna.says("А ещё?")
    async with new_listener() as listener:
        assert await listener.texts(3) == ["Вопрос", "Ответ", "А ещё?"]
        assert [ticket.status for ticket in await listener.rows(Ticket)] == ["claimed"]


async def test_what_the_bot_has_answered_is_not_asked_again(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Старое")
    vk.community.answer(anna.user_id, "Ответ другой программы")
    anna.says("Новое")
    async with new_listener() as listener:
        assert await listener.texts(1) == ["Новое"]


async def test_a_lost_message_before_a_word_of_the_bot_is_found_and_keeps_its_place(
    vk: VkEmulator, listener: Listener, anna: Customer
) -> None:
    anna.says("Раз")
    await listener.texts(1)
    with vk.feed.losing():
        anna.says("Два")
        vk.community.answer(anna.user_id, "Ответ на первое")
        anna.says("Три")
    assert await listener.texts(3) == ["Раз", "Два", "Три"]


async def test_after_a_stop_the_events_tell_what_came_in_its_order(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    async with new_listener() as listener:
        anna.says("Раз")
        await listener.texts(1)
    anna.says("Два")
    vk.community.answer(anna.user_id, "Ответ на первое")
    anna.says("Три")
    async with new_listener() as listener:
        assert await listener.texts(3) == ["Раз", "Два", "Три"]


async def test_after_a_day_vk_would_not_let_us_answer(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Вчерашнее")["date"] -= 25 * 3600
    boris = vk.customer("Борис")
    boris.says("Сегодняшнее")
    async with new_listener() as listener:
        await listener.polls()
        assert await listener.texts(1) == ["Сегодняшнее"]


async def test_the_position_waits_until_all_is_found(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    async with new_listener() as listener:
        await listener.polls()
        before = await listener.reader.position()
        vk.misbehave("error", 10, method="messages.getConversations", times=None)
        with vk.feed.losing():
            anna.says("Потерянное")
        await listener.stumbles(2)
        assert await listener.reader.position() == before
        vk.faults.clear()
        assert await listener.texts(1) == ["Потерянное"]


async def test_a_chat_of_several_people_is_not_read(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    stranger = anna.says("Из беседы")
    stranger |= {"peer_id": 2_000_000_001}
    boris = vk.customer("Борис")
    boris.says("Раз")
    async with new_listener() as listener:
        await listener.polls()
        assert await listener.texts(1) == ["Раз"]


async def test_a_gateway_that_died_leaves_nothing_behind(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    """Its lease ends, and the next one reads from the stored position on."""
    dead = new_listener()
    await dead.__aenter__()
    await dead.polls()
    anna.says("Раз")
    await dead.texts(1)
    await dead.polls()
    dead.die()
    anna.says("Два")
    await dead.reader.release()  # as the end of the lease does
    async with new_listener() as listener:
        anna.says("Три")
        assert await listener.texts(3) == ["Раз", "Два", "Три"]


async def test_a_chat_that_vk_does_not_show_silences_nobody_else(
    vk: VkEmulator, new_listener: NewListener, anna: Customer
) -> None:
    anna.says("Раз")
    vk.misbehave("error", 917, method="messages.getHistory", times=None)
    async with new_listener() as listener:
        await listener.polls()
        vk.customer("Борис").says("Два")
        assert await listener.texts(1) == ["Два"]
