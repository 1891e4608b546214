"""Canned answers: found by their words, filled with what is known, read again when the file changes."""

import itertools
import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from bot.conversations import Conversation
from bot.db import Sessions
from bot.dealer import Dealer
from bot.desk import desk_cli
from bot.desk.filling import GAP, PLACES, facts, fill, unknown_places, week_in_words
from bot.desk.templates import FILE, Template, Templates, read_templates
from bot.errors import SettingsError
from bot.hours import Week
from bot.stock.models import Car
from tests.desk.telegram_desk import visitor
from tests.spine import DEALER

ONE = "- {key: one, title: Раз, topic: other, text: Первый ответ}\n"


_moments = itertools.count(1)


def written(path: Path, text: str) -> Path:
    """Each at another moment, however coarse the clock of the file system is."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (next(_moments),) * 2)
    return path


async def known_facts(sessions: Sessions, dealer: Dealer = DEALER, **known: object) -> dict[str, str]:
    car = known.pop("car", None)
    conversation = await visitor(sessions, **known)  # type: ignore[arg-type]
    async with sessions.begin() as session:
        if car is not None:
            session.add(car)
            await session.flush()
        return await facts(
            session,
            await session.get_one(Conversation, conversation.id),
            car_id=car.id if isinstance(car, Car) else None,
            department="credit",
            name="Ольга Демидова",
            dealer=dealer,
        )


@pytest.mark.parametrize("template", read_templates(FILE), ids=lambda template: template.key)
def test_each_of_ours_reads_as_a_draft_when_nothing_is_known(template: Template) -> None:
    draft = fill(template.text, {})
    assert "{" not in draft and "}" not in draft
    assert draft.count(GAP) == template.text.count(GAP) + template.text.count("{")
    assert draft[0] == draft[0].upper() and draft.rstrip()[-1] in ".?!_"


def test_there_are_answers_for_each_topic_of_the_departments() -> None:
    templates = Templates(FILE)
    topics = {topic for department in DEALER.departments.values() for topic in department.answers_for}
    assert [topic for topic in topics if not templates.about(topic)] == []


async def test_places_are_filled_from_the_customer_the_car_and_the_dealership(sessions: Sessions) -> None:
    car = Car(
        feed="f", source_id="1", make="Kia", model="Rio", year=2019, mileage_km=45_000, place="tallinskoe"
    )
    known = await known_facts(sessions, name="Иван Петров", car=car)
    text = "{клиент}, {машина}, {пробег}, {цена}: {адрес}, {часы}. {сотрудник}, {отдел}"
    assert fill(text, known).replace("\N{NO-BREAK SPACE}", " ") == (
        "Иван, Kia Rio 2019 года, 45 000 км, ___: Санкт-Петербург, Таллинское шоссе, 163, "
        "пн–сб 10:00–20:00, вс 10:00–18:00. Ольга Демидова, кредитный отдел"
    )


async def test_without_a_car_the_place_is_that_of_the_department(sqlite_sessions: Sessions) -> None:
    known = await known_facts(sqlite_sessions)
    assert fill("{адрес}", known) == "Санкт-Петербург, проспект Энгельса, 174, корпус 2"
    assert set(known) == set(PLACES)


@pytest.mark.parametrize("name", [None, "🔥🔥🔥", "   ", "123", "\u3164"])
async def test_what_is_no_name_is_a_gap(sqlite_sessions: Sessions, name: str | None) -> None:
    known = await known_facts(sqlite_sessions, name=name, chat="x")
    assert fill("{клиент}, здравствуйте!", known) == "___, здравствуйте!"


async def test_words_in_braces_that_a_customer_calls_himself_are_not_filled_again(
    sqlite_sessions: Sessions,
) -> None:
    known = await known_facts(sqlite_sessions, name="Я{цена}")
    assert fill("{клиент}!", known) == "Я{цена}!"


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ({"mon-sun": "09:00-21:00"}, "ежедневно 9:00–21:00"),
        (
            {"mon-fri": "08:00-13:00, 14:00-20:00", "sat": "09:00-18:00"},
            "пн–пт 8:00–13:00 и 14:00–20:00, сб 9:00–18:00, вс выходной",
        ),
        ({"tue": "10:00-19:30"}, "пн выходной, вт 10:00–19:30, ср–вс выходной"),
    ],
)
def test_a_week_in_words(week: dict[str, str], words: str) -> None:
    assert week_in_words(TypeAdapter(Week).validate_python(week)) == words


def test_a_place_that_does_not_exist_is_named() -> None:
    assert unknown_places("{клиент} {скидка} {}") == ["скидка", ""]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("кредит", "credit_documents"),
        ("документов на трейд-ин", "trade_in_documents"),
        ("ЖАЛОБЫ", "complaint"),
        ("vin", "vin"),
        ("толщиномер", "paint"),
        ("не дозвонились", "missed_call"),
    ],
)
def test_search_takes_words_in_any_form(query: str, first: str) -> None:
    assert Templates(FILE).search(query)[0].key == first


@pytest.mark.parametrize("query", ["", "   ", "?!", "абракадабра", "кредит абракадабра"])
def test_search_finds_nothing_where_a_word_is_missing(query: str) -> None:
    assert Templates(FILE).search(query) == []


def test_a_change_is_seen_without_a_restart(tmp_path: Path) -> None:
    templates = Templates(written(tmp_path / "t.yml", ONE))
    assert [each.text for each in templates.all()] == ["Первый ответ"]
    written(tmp_path / "t.yml", ONE.replace("Первый", "Второй"))
    assert [each.text for each in templates.all()] == ["Второй ответ"]


def test_a_broken_file_leaves_what_was_read_before_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    templates = Templates(written(tmp_path / "t.yml", ONE))
    templates.all()
    written(tmp_path / "t.yml", "- {key: one")
    assert [each.key for each in templates.all()] == ["one"]
    templates.all()
    assert [record.msg for record in caplog.records] == ["templates not read"]


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert Templates(tmp_path / "t.yml").all() == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {key: one", "строка 1: это не YAML"),
        ("key: one", "нужен список шаблонов"),
        ("- {key: one, title: Раз, topic: other}", "шаблон 1 (one): text: не хватает этого поля"),
        ("- {key: Раз, title: Раз, topic: other, text: Да}", "key: до 32 латинских букв"),
        ("- {key: one, title: Раз, topic: cars, text: Да}", "такой темы нет, есть availability"),
        ("- {key: one, title: Раз, topic: other, text: Да, tag: x}", "tag: такого поля нет"),
        ("- {key: one, title: Раз, topic: other, text: 'Да, {имя}'}", "таких слов в скобках нет: имя"),
        ("- {key: one, title: Раз, topic: other, text: [1]}", "text: нужен текст"),
        (f"- {{key: one, title: {'Р' * 41}, topic: other, text: Да}}", "title: длиннее 40 знаков"),
        (ONE + ONE, "key повторяется: one"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_in_words(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_templates(written(tmp_path / "t.yml", text))
    assert told in str(error.value)


def test_the_command_checks_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    shown = CliRunner().invoke(desk_cli.app, ["templates", "жалоба"])
    assert shown.exit_code == 0
    assert "complaint" in shown.output and "credit_documents" not in shown.output
    monkeypatch.setattr(desk_cli, "FILE", written(tmp_path / "t.yml", ONE + ONE))
    assert CliRunner().invoke(desk_cli.app, ["templates"]).exit_code == 1
