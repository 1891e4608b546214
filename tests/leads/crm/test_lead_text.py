"""A lead in words."""

from bot.leads.crm.text import Told, facts, news, same_phone, title, told
from tests.leads.crm.cards import MOMENT, PHONE, ZONE, card, line


def test_facts_read_as_a_manager_reads_them() -> None:
    assert facts(card(advertising=True)) == {
        "Клиент": "Анна Петрова",
        "Телефон": PHONE,
        "Что дальше": "Тест-драйв",
        "Тема": "Запись в салон",
        "Автомобиль": "Hyundai Solaris, 2019, белый",
        "Карточка": "https://salon.example/cars/12",
        "VIN": "Z94CT41DBKR123456",
        "Цена": "1 250 000 ₽",
        "Когда звонить": "после 18",
        "Отдел": "отдел автомобилей с пробегом",
        "Ответственный": "Алексей Громов",
        "Откуда": "Telegram",
        "Источник": "объявление на Авито",
        "Реклама": "source: yandex, campaign: solaris",
        "Согласие на рекламу": "есть",
        "Коротко": "Хочет проехать на Solaris в субботу.",
    }


def test_what_is_not_known_is_left_out() -> None:
    told_of = facts(
        card(name=None, car=None, car_url=None, vin=None, price=None, source=None, utm={}, wishes={})
    )
    assert "Клиент" not in told_of
    assert not {"Автомобиль", "Карточка", "VIN", "Цена", "Источник", "Реклама"} & set(told_of)


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert title(card(car=None)) == "Тест-драйв"
    assert title(card(car="Лада\n Гранта")) == "Тест-драйв: Лада Гранта"
    assert len(title(card(car="а" * 500))) == 200


def test_the_dialogue_has_the_dealers_time() -> None:
    text = news(card(), Told(), ZONE)
    assert text is not None
    assert f"{MOMENT.astimezone(ZONE):%d.%m %H:%M} Клиент: Можно проехать?" in text


def test_what_was_told_is_read_from_the_latest_comment_of_this_lead() -> None:
    first = news(card(), Told(), ZONE)
    assert first is not None
    before = told("lead-5f1c", ["Звонил", first])
    assert before is not None
    assert news(card(), before, ZONE) is None
    assert told("lead-9", [first]) is None


def test_a_mark_within_a_comment_is_not_a_mark() -> None:
    assert told("lead-5f1c", ["Метка avtootvet: lead-5f1c 000000000000 99\n и ещё слова"]) is None


def test_two_messages_of_one_second_are_both_told() -> None:
    first = card(dialogue=(line("один", 0),))
    comment = news(first, Told(), ZONE)
    assert comment is not None
    before = told("lead-5f1c", [comment])
    assert before is not None
    later = line("два", 0).model_copy(update={"at": MOMENT.replace(microsecond=1)})
    added = news(card(dialogue=(*first.dialogue, later)), before, ZONE)
    assert added is not None
    assert "два" in added
    assert "один" not in added


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert same_phone("+79001234567", "8 (900) 123-45-67")
    assert not same_phone("+79001234567", "+79001234568")


def test_the_revision_is_of_the_content() -> None:
    assert card().revision == card().revision
    assert card().revision != card(stage="visit").revision
