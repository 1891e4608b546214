"""Cards and dialogues as Telegram's HTML."""

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.desk.card import Card, Fact
from bot.desk.names import name_of, visible
from bot.desk.telegram.render import (
    TEXT_LIMIT,
    Line,
    alert,
    card_buttons,
    card_html,
    cut,
    posts,
    topic_name,
    units,
)
from tests.emulators.telegram.markup import read_html

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)

hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=6000)


def card(*facts: Fact, status: str = "open", lead_id: int | None = None, title: str = "Иван") -> Card:
    return Card(title, facts, ticket_id=7, status=status, lead_id=lead_id)  # type: ignore[arg-type]


def plain(html: str) -> str:
    return read_html(html)[0]


def presses(of: Card, departments: int = 5) -> list[str | None]:
    rows = card_buttons(of, departments=departments).inline_keyboard
    return [button.callback_data for row in rows for button in row]


def test_what_people_wrote_is_shown_as_they_wrote_it() -> None:
    html = card_html(card(Fact("Клиент", "<b>Иван & Ко</b>")))
    assert plain(html) == "Клиент: <b>Иван & Ко</b>"


def test_a_link_leads_only_into_the_web() -> None:
    assert 'href="https://a.example/?a=1&amp;b=2"' in card_html(
        card(Fact("Автомобиль", "Rio", "https://a.example/?a=1&b=2"))
    )
    assert "href" not in card_html(card(Fact("Автомобиль", "Rio", "javascript:alert(1)")))


def test_the_buttons_are_those_that_make_sense() -> None:
    assert presses(card(status="open")) == ["take:7", "move:7", "tpl:7", "close:7"]
    assert presses(card(status="claimed")) == ["back:7", "close:7", "move:7", "tpl:7"]
    assert presses(card(status="closed")) == ["write:7"]
    assert presses(card(status="closed", lead_id=3)) == ["write:7", "stage:3"]
    assert presses(card(status="open"), departments=1) == ["take:7", "tpl:7", "close:7"]


def test_one_line_alone_says_no_time_and_lines_together_do() -> None:
    line = Line("Клиент", "Здравствуйте", NOON)
    assert [plain(text) for text in posts([line], MOSCOW)[0]] == ["Клиент: Здравствуйте"]
    assert [plain(text) for text in posts([line, Line("Бот", "Добрый день", NOON)], MOSCOW)[0]] == [
        "12:00 Клиент: Здравствуйте\n12:00 Бот: Добрый день"
    ]


def test_a_quote_stands_before_the_answer_to_it() -> None:
    line = Line("Клиент", "Эта", NOON, quote="Rio или Solaris?")
    assert plain(posts([line], MOSCOW)[0][0]) == "Клиент: «Rio или Solaris?»\nЭта"


@given(st.lists(st.tuples(hostile, hostile), min_size=1, max_size=6))
def test_no_post_is_longer_than_telegram_takes_and_no_line_is_left_behind(
    said: list[tuple[str, str]],
) -> None:
    waiting = [Line("Имя " + author[:100], words, NOON, quote=words[:100]) for author, words in said]
    while waiting:
        shown, taken = posts(waiting, MOSCOW)
        assert taken > 0
        assert all(0 < units(plain(text)) <= TEXT_LIMIT for text in shown)
        waiting = waiting[taken:]


@given(st.lists(hostile, max_size=8))
def test_a_card_always_fits_into_a_message(values: list[str]) -> None:
    facts = (Fact("Клиент", "Иван"), *(Fact("Суть", value) for value in values))
    assert 0 < units(plain(card_html(card(*facts)))) <= TEXT_LIMIT


@given(hostile, st.integers(1))
def test_a_topic_has_a_name_that_telegram_takes(name: str, number: int) -> None:
    shown = topic_name(card(title=name_of(name, number)))
    assert visible(shown)
    assert units(shown) <= 128


@given(hostile, st.integers(10, 200))
def test_what_is_cut_fits(text: str, limit: int) -> None:
    assert units(cut(text, limit)) <= limit


def test_an_alert_names_forty_and_counts_the_rest() -> None:
    text = plain(alert([f"жалоба {number}" for number in range(45)]))
    assert text.startswith("Новых обращений: 45.")
    assert text.endswith("40. жалоба 39\nи ещё 5")
