"""From the bot to a person and back, through the real processes: customers in each channel, the people of
the departments in their groups in Telegram.

It is noon at the dealership (`tests.stack`). Each journey has a name of its own for its customer, by which
his topic is found.
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
    alexey, olga = salon.staff["Алексей Громов"], salon.staff["Ольга Демидова"]
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
    boris.says("ясно. мой номер 8 921 301-77-01, посчитайте мне кредит")
    await seen.shows("Клиент: ясно. мой номер")
    await seen.says_on_card(r"Телефон: \+7 ?921")

    alexey.presses("Передать", seen.card)
    await until(lambda: "Кредитный отдел" in seen.card.buttons, "отделов", lambda: str(seen.card.buttons))
    alexey.presses("Кредитный отдел", seen.card)
    await hears(alexey, "Передали кредитному отделу")
    await seen.shows("Обращение передано кредитному отделу")
    await seen.is_closed()

    there = await topic_of(salon, "credit", name)
    await there.shows("почему продают", "Алексей Громов: Хозяин пересел", "Клиент: ясно. мой номер")
    olga.says("Взнос какой?", topic=there.topic)
    await reads(boris, "^Взнос какой")
    boris.says("300 тысяч")
    await there.shows("Клиент: 300 тысяч")
    olga.sends_voice(topic=there.topic)
    assert (await boris.reads()).pictures == 1
    await there.says_on_card("ведёт Ольга Демидова")
    olga.presses("Вернуть боту", there.card)
    await hears(olga, "снова отвечает бот")
    boris.says("а какой у неё вин?")
    read = await reads(boris, "VIN")
    assert not matches("номер для связи|оставьте номер|напишите номер", read.text)
    nothing_else(salon, boris)


async def test_a_person_is_asked_for(salon: Salon) -> None:
    anna = InTelegram(salon.telegram, "Анна")
    marina, igor = salon.staff["Марина Лаптева"], salon.staff["Игорь Савельев"]
    anna.opens(NEW_TIGGO)
    await anna.reads()
    anna.says("позовите человека")
    await reads(anna, "Передал вашу просьбу отделу новых автомобилей. Ответят в течение 10 минут")

    seen = await topic_of(salon, "new_cars", "Анна · Chery Tiggo 7 Pro Max 2026")
    await seen.says_on_card("Анна", "Telegram", "Tiggo 7", "Цена: .*₽", "просит ответа человека", "ждёт с")
    marina.presses("Взять", seen.card)
    igor.presses("Взять", seen.card)
    await hears(marina, "Разговор ваш")
    await hears(igor, "Уже ведёт Марина Лаптева")
    await seen.says_on_card("ведёт Марина Лаптева")

    marina.says("Здравствуйте! Это Марина.", topic=seen.topic)
    await reads(anna, "^Здравствуйте! Это Марина.$")
    anna.says("а багажник какой?")
    question = await seen.shows("Клиент: а багажник какой")
    said = marina.says("Большой", topic=seen.topic, reply_to=question)
    assert (await reads(anna, "^Большой$")).quotes == "а багажник какой?"
    marina.edits(said, "475 литров")
    await until(lambda: "475 литров" in anna.chat, "исправленного", lambda: str(anna.chat))
    anna.sends_pictures(1)
    await seen.shows(r"Клиент: \[фото\]", "^$")

    marina.says("// скидку не обещай", topic=seen.topic)
    marina.sends_album(3, caption="Багажник", topic=seen.topic)
    assert (await reads(anna, "^Багажник$")).pictures == 3
    marina.sends_voice(topic=seen.topic)
    marina.sends_document("Комплектация.pdf", topic=seen.topic)
    assert [(await anna.reads()).pictures for _ in range(2)] == [1, 1]

    marina.presses("Закрыть", seen.card)
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
    pavel = salon.staff["Павел Рогов"]
    vera.says("а если как в прошлый раз")
    await reads(vera, "боюсь ошибиться|об этом|верно понял")
    vera.says("а если как в прошлый раз")
    await reads(vera, "Передал.*кредитному отделу")

    seen = await topic_of(salon, "credit", "Вера")
    await seen.says_on_card("бот не понял вопрос .кредит", "Суть: а если как в прошлый раз")
    pavel.says("Здравствуйте! Вы уже брали у нас кредит?", topic=seen.topic)
    await reads(vera, "Вы уже брали у нас кредит")
    vera.says("а если как в прошлый раз")
    await seen.shows("Клиент: а если как в прошлый раз")
    pavel.says("Секунду, уточню", topic=seen.topic)
    await reads(vera, "^Секунду, уточню$")  # what the bot would have said comes before
    await seen.says_on_card("ведёт Павел Рогов")
    pavel.presses("Вернуть боту", seen.card)
    await hears(pavel, "снова отвечает бот")
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
    rustam = salon.staff["Рустам Валиев"]
    galina.opens(SOLARIS)
    await galina.reads()
    galina.says("вчера ваш менеджер мне нахамил по телефону, хочу пожаловаться руководству")
    read = await reads(galina, "Мне жаль.*Передал вашу жалобу отделу автомобилей с пробегом")
    assert not matches("номер", read.text)

    seen = await topic_of(salon, "used_cars", "Галина Рощина · Hyundai Solaris 2019")
    await seen.says_on_card("Почему: жалоба", "нахамил по телефону")
    rustam.says("/take", topic=seen.topic)
    await seen.says_on_card("ведёт Рустам Валиев")
    rustam.says("Галина, простите нас. Разберусь сегодня.", topic=seen.topic)
    await reads(galina, "простите нас")
    rustam.says("/close", topic=seen.topic)
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
