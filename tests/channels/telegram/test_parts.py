"""What one message becomes in Telegram."""

from bot.channels.base import Button, Outgoing
from bot.channels.telegram.keyboards import inline
from bot.channels.telegram.parts import CAPTION_LIMIT, TEXT_LIMIT, parts
from bot.contract import Card

BUTTONS = (Button(title="Белый", key="1.0"), Button(title="Чёрный", key="1.1"))


def pictures(count: int) -> tuple[str, ...]:
    return tuple(f"https://example.ru/{n}.jpg" for n in range(count))


def card(**fields: object) -> Card:
    known: dict[str, object] = {
        "car_id": 1,
        "title": "Лада Гранта",
        "text": "900 000 ₽",
        "button": "Подробнее",
        "payload": "1.2",
    }
    return Card.model_validate(known | fields)


def test_a_text_with_buttons_is_one_message() -> None:
    message = Outgoing(text="Который?", buttons=BUTTONS)
    assert parts(message) == (message,)


def test_a_long_text_has_its_buttons_under_the_last_piece() -> None:
    text = "\n\n".join("слово " * 300 for _ in range(5))
    first, *_, last = sent = parts(Outgoing(text=text, buttons=BUTTONS))
    assert len(sent) > 1
    assert all(len(part.text) <= TEXT_LIMIT for part in sent)
    assert (first.buttons, last.buttons) == ((), BUTTONS)


def test_emoji_count_twice_and_are_never_cut() -> None:
    sent = parts(Outgoing(text="🚗" * 5000))
    assert "".join(part.text for part in sent) == "🚗" * 5000
    assert max(len(part.text.encode("utf-16-le")) // 2 for part in sent) <= TEXT_LIMIT


def test_a_short_text_is_the_caption_of_the_pictures() -> None:
    message = Outgoing(text="Вот снимки", pictures=pictures(3))
    assert parts(message) == (message,)


def test_pictures_come_ten_at_a_time_with_the_text_under_the_first() -> None:
    sent = parts(Outgoing(text="Вот снимки", pictures=pictures(21)))
    assert [(part.text, len(part.pictures)) for part in sent] == [("Вот снимки", 10), ("", 10), ("", 1)]


def test_a_text_that_no_caption_holds_follows_the_pictures() -> None:
    text = "слово " * (CAPTION_LIMIT // 5)
    sent = parts(Outgoing(text=text, pictures=pictures(2)))
    assert [(part.text, len(part.pictures)) for part in sent] == [("", 2), (text.strip(), 0)]


def test_an_album_cannot_hold_buttons() -> None:
    sent = parts(Outgoing(text="Нравится?", pictures=pictures(2), buttons=BUTTONS))
    assert sent == (Outgoing(pictures=pictures(2)), Outgoing(text="Нравится?", buttons=BUTTONS))


def test_the_number_is_asked_for_under_the_pictures() -> None:
    sent = parts(Outgoing(text="Оставите номер?", pictures=pictures(2), ask_contact=True))
    assert sent == (Outgoing(pictures=pictures(2)), Outgoing(text="Оставите номер?", ask_contact=True))


def test_buttons_and_the_number_need_a_message_each() -> None:
    sent = parts(Outgoing(text="Есть два.\n\nОставите номер?", buttons=BUTTONS, ask_contact=True))
    assert sent == (
        Outgoing(text="Есть два.", buttons=BUTTONS),
        Outgoing(text="Оставите номер?", ask_contact=True),
    )


def test_a_single_paragraph_keeps_its_buttons() -> None:
    sent = parts(Outgoing(text="Который? И номер?", buttons=BUTTONS, ask_contact=True))
    assert sent == (Outgoing(text="Который? И номер?", buttons=BUTTONS),)


def test_each_card_is_a_message_after_the_text() -> None:
    grant, vesta = card(), card(title="Лада Веста")
    sent = parts(Outgoing(text="Нашёл два", cards=(grant, vesta)))
    assert [(part.text, part.cards) for part in sent] == [
        ("Нашёл два", ()),
        ("Лада Гранта\n900 000 ₽", (grant,)),
        ("Лада Веста\n900 000 ₽", (vesta,)),
    ]


def test_a_video_is_a_link() -> None:
    sent = parts(Outgoing(text="Вот она", video_url="https://example.ru/v"))
    assert [part.text for part in sent] == ["Вот она\n\nВидео: https://example.ru/v"]


def test_nothing_to_say() -> None:
    assert parts(Outgoing(text="  ")) == ()


def test_the_same_message_has_the_same_parts() -> None:
    message = Outgoing(text="слово " * 2000, pictures=pictures(12), buttons=BUTTONS, cards=(card(),))
    assert parts(message) == parts(message)


def test_two_short_buttons_share_a_row() -> None:
    titles = ["Да", "Нет", "Позвоните мне, пожалуйста", "Белый", "Чёрный", "Серый"]
    rows = inline([Button(title=title, key="1.0") for title in titles]).inline_keyboard
    assert [[button.text for button in row] for row in rows] == [
        ["Да", "Нет"],
        ["Позвоните мне, пожалуйста"],
        ["Белый", "Чёрный"],
        ["Серый"],
    ]
