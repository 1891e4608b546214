"""From the bot to a person and back, through the real processes: customers in each channel, the people of
the departments in their groups in Telegram.

It is noon at the dealership (`tests.stack`). Each journey has a name of its own for its customer, by which
his topic is found. The departments take turns: into each group go 20 messages a minute.
"""

import pytest

from tests.journeys.department import hears, matches, topic_of, until
from tests.journeys.phones import InTelegram, InVk, Phone, Read
from tests.journeys.salon import Salon
from tests.journeys.visitor import visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOLARIS, NEW_TIGGO = 21, 1  # by their numbers in the sample stock


async def test_what_the_bot_does_not_know_is_found_out_in_vk_and_given_to_another_department(
    salon: Salon,
) -> None:
    boris = InVk(salon.vk, "Борис Лосев")
    alexey, nikolay = salon.staff["Алексей Громов"], salon.staff["Николай Беляев"]
    boris.opens(SOLARIS)
    await boris.reads()
    boris.says("почему продают?")
    await reads(boris, "Не указано|нет данных", "Уточнить у менеджера")
    boris.presses("Уточнить у менеджера")
    await reads(boris, "Передал отделу автомобилей с пробегом, чтобы проверили")

    name = "Борис Лосев · Hyundai Solaris 2019"
    seen = await topic_of(salon, "used_cars", name)
    await seen.says_on_card("ВКонтакте", "бот не знает ответа", "Уточнить: почему продают")
    alexey.sends_photo("Хозяин пересел на минивэн, вот объявление", topic=seen.topic)
    assert (await reads(boris, "^Хозяин пересел")).pictures == 1
    boris.says("ясно. мой номер 8 921 301-77-01, а масло у вас поменяют?")
    await seen.shows("Клиент: ясно. мой номер")
    await seen.says_on_card(r"Телефон: \+7 ?921")

    alexey.presses("Передать", seen.card)
    await until(lambda: "Сервис" in seen.card.buttons, "отделов", lambda: str(seen.card.buttons))
    alexey.presses("Сервис", seen.card)
    await hears(alexey, "Передали сервису")
    await seen.shows("передаёт обращение сервису")
    await seen.is_closed()

    there = await topic_of(salon, "service", name)
    await there.shows("почему продают", "Алексей Громов: Хозяин пересел", "Клиент: ясно. мой номер")
    nikolay.says("Когда удобно?", topic=there.topic)
    await reads(boris, "^Когда удобно")
    boris.says("в субботу")
    await there.shows("Клиент: в субботу")
    nikolay.sends_voice(topic=there.topic)
    assert (await boris.reads()).pictures == 1
    await there.says_on_card("ведёт Николай Беляев")
    nikolay.presses("Вернуть боту", there.card)
    await hears(nikolay, "снова отвечает бот")
    boris.says("а какой у неё вин?")
    read = await reads(boris, "VIN")
    assert not matches("номер для связи|оставьте номер|напишите номер", read.text)
    nothing_else(salon, boris)


async def test_a_person_is_asked_for(salon: Salon) -> None:
    anna = InTelegram(salon.telegram, "Анна")
    olga, pavel = salon.staff["Ольга Демидова"], salon.staff["Павел Рогов"]
    anna.opens(NEW_TIGGO)
    await anna.reads()
    anna.says("какой на неё кредит, если взнос миллион и на 3 года?")
    await reads(anna, "в месяц")
    anna.says("позовите человека")
    await reads(anna, "Передал вашу просьбу кредитному отделу. Ответят в течение 20 минут")

    seen = await topic_of(salon, "credit", "Анна · Chery Tiggo 7 Pro Max 2026")
    await seen.says_on_card(
        "Анна", "Telegram", "Tiggo 7", "Цена: .*₽", "просит ответа человека", "взнос 1 000 000 ₽", "ждёт с"
    )
    olga.presses("Взять", seen.card)
    pavel.presses("Взять", seen.card)
    await hears(olga, "Разговор ваш")
    await hears(pavel, "Уже ведёт Ольга Демидова")
    await seen.says_on_card("ведёт Ольга Демидова")

    olga.says("Здравствуйте! Это Ольга.", topic=seen.topic)
    await reads(anna, "^Здравствуйте! Это Ольга.$")
    anna.says("а одобрят?")
    question = await seen.shows("Клиент: а одобрят")
    said = olga.says("Скорее всего", topic=seen.topic, reply_to=question)
    assert (await reads(anna, "^Скорее всего$")).quotes == "а одобрят?"
    olga.edits(said, "Решает банк")
    await until(lambda: "Решает банк" in anna.chat, "исправленного", lambda: str(anna.chat))
    anna.sends_pictures(1)
    await seen.shows(r"Клиент: \[фото\]", "^$")

    olga.says("// не обещай", topic=seen.topic)
    olga.sends_album(3, caption="Предложения", topic=seen.topic)
    assert (await reads(anna, "^Предложения$")).pictures == 3
    olga.sends_voice(topic=seen.topic)
    olga.sends_document("Анкета.pdf", topic=seen.topic)
    assert [(await anna.reads()).pictures for _ in range(2)] == [1, 1]

    olga.presses("Закрыть", seen.card)
    await reads(anna, "Как вам ответили")
    anna.presses("5")
    await reads(anna, "Спасибо")
    await seen.shows("оценку: 5 из 5")
    anna.says("напомните, сколько она стоит?")
    read = await reads(anna, "₽")
    assert not matches("какой автомобиль|какая модель", read.text)
    nothing_else(salon, anna)


async def test_the_bot_is_not_sure(salon: Salon) -> None:
    vera = InTelegram(salon.telegram, "Вера")
    marina = salon.staff["Марина Лаптева"]
    vera.says("на каких условиях")
    assert (await vera.reads()).buttons  # what may have been meant
    vera.says("на каких условиях")
    await reads(vera, "Передал.*отделу новых автомобилей")

    seen = await topic_of(salon, "new_cars", "Вера")
    await seen.says_on_card("бот не понял вопрос", "Суть: на каких условиях")
    marina.says("Здравствуйте! Вы про покупку или про обмен?", topic=seen.topic)
    await reads(vera, "Вы про покупку или про обмен")
    vera.says("на каких условиях")
    await seen.shows("Клиент: на каких условиях")
    marina.says("Секунду, уточню", topic=seen.topic)
    await reads(vera, "^Секунду, уточню$")  # what the bot would have said comes before
    await seen.says_on_card("ведёт Марина Лаптева")
    marina.presses("Вернуть боту", seen.card)
    await hears(marina, "снова отвечает бот")
    vera.says("где вы находитесь?")
    await reads(vera, "Карта:")
    nothing_else(salon, vera)


async def test_nobody_is_there_until_the_evening(salon: Salon) -> None:
    denis = salon.staff["Денис Орлов"]
    async with visitor(salon.url) as guest:
        await guest.says("оцените в трейд-ин мою гранту 2018, 90 тыс км")
        assert matches("Lada Granta 2018", (await guest.reads())["text"])
        await guest.says("а с битым крылом возьмёте?")
        await guest.reads()
        await guest.says("позовите человека")
        promised = (await guest.reads())["text"]
        assert matches("отделу трейд-ин.*сегодня после 18:00.*номер.*сегодня с 18:00", promised), promised

        group = salon.groups["trade_in"]
        await until(lambda: len(group.topics) == 1, "темы", lambda: str(group.topics))
        seen = await topic_of(salon, "trade_in", group.topics[0].name)
        await seen.says_on_card(
            "Сайт", "своя машина Lada Granta, 2018, 90 000 км", "Обещали ответить: до 18:20"
        )
        denis.says("Добрый день! Ориентир на днях назову.", topic=seen.topic)
        said = await guest.reads()
        assert (said["author"], said["text"]) == ("staff", "Добрый день! Ориентир на днях назову.")
        denis.sends_document("Отчёт.pdf", b"%PDF-report", topic=seen.topic)
        [file] = (await guest.reads())["files"]
        assert await guest.opens(file) == b"%PDF-report"
    assert salon.violations == []


async def test_a_complaint(salon: Salon) -> None:
    galina = InVk(salon.vk, "Галина Рощина")
    igor = salon.staff["Игорь Савельев"]
    galina.opens(NEW_TIGGO)
    await galina.reads()
    galina.says("вчера ваш менеджер мне нахамил по телефону, хочу пожаловаться руководству")
    read = await reads(galina, "Мне жаль.*Передал вашу жалобу отделу новых автомобилей")
    assert not matches("номер", read.text)

    seen = await topic_of(salon, "new_cars", "Галина Рощина · Chery Tiggo 7 Pro Max 2026")
    await seen.says_on_card("Почему: жалоба", "нахамил по телефону")
    igor.says("/take", topic=seen.topic)
    await seen.says_on_card("ведёт Игорь Савельев")
    igor.says("Галина, простите нас. Разберусь сегодня.", topic=seen.topic)
    await reads(galina, "простите нас")
    igor.says("/close", topic=seen.topic)
    await reads(galina, "Как вам ответили")
    galina.presses("2")
    await reads(galina, "Спасибо")
    await seen.shows("оценку: 2 из 5")
    nothing_else(salon, galina)


async def reads(phone: Phone, *patterns: str) -> Read:
    """One message, and nothing besides it."""
    read = await phone.reads()
    shown = "\n".join((read.text, *read.buttons))
    for pattern in patterns:
        assert matches(pattern, shown), f"«{pattern}» нет в {shown!r}"
    return read


def nothing_else(salon: Salon, phone: Phone) -> None:
    assert phone.unread == []
    assert salon.violations == []
