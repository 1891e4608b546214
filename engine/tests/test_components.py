"""Every component: what it learnt survives being kept and loaded, and offsets stay on what was typed."""

import itertools

import pytest

MESSAGES = (
    "Здравствуйте, солярис 2017 года ещё продаётся?",
    "vfibyf tot ghjlftncz? crjkmrj",
    "скока стоит и торг есть",
    "🙂 ёлки, а фото салона можно? 8 900 123-45-67",
    "",
    "ыфвафыва",
)


@pytest.mark.parametrize("text", MESSAGES)
def test_loaded_pipeline_answers_as_the_trained_one(trained, loaded, text):
    assert loaded.parse(text) == trained.parse(text)


@pytest.mark.parametrize(
    "text", ["ещё 🙂🙂 ёжик", "a\u200bб Ёлка", "солярис\u200b\u200f ещё", "vfibyf tot", "е\u0308ж 500к"]
)
def test_tokens_point_into_the_original_text(loaded, text):
    tokens = loaded.message(text).get("text_tokens")
    assert tokens
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))


@pytest.mark.parametrize(
    ("text", "kind", "typed"),
    [
        ("🙂 ёлки, солярис", "model", "солярис"),
        ("ещё 😀 2017 года", "year", "2017 года"),
        ("\u200bкамри\u200b чёрная", "colour", "чёрная"),
        ("cjkzhbc tcnm", "model", "cjkzhbc"),
        ("мой 👉 +7 900 123 45 67", "phone", "+7 900 123 45 67"),
    ],
)
def test_entities_point_into_the_original_text(entities, text, kind, typed):
    assert [text[e["start"] : e["end"]] for e in entities(text, kind)] == [typed]


def test_a_pressed_button_is_left_alone(loaded):
    parsed = loaded.parse('/ask_price{"model": "Solaris"}')
    assert "intents" not in parsed
    assert not parsed.get("entities")


def test_several_intents_come_in_the_order_said(loaded):
    names = [intent["name"] for intent in loaded.parse("Добрый вечер! Пришлите фотки салона")["intents"]]
    assert names == ["greet", "ask_photos"]


def test_a_wish_for_a_person_is_routed_first(loaded):
    parsed = loaded.parse("сколько стоит? и позовите менеджера, хочу поговорить с человеком")
    assert parsed["intent"]["name"] == "request_human"


def test_gibberish_is_not_understood(loaded):
    parsed = loaded.parse("ъыъ фывапр щшгнекуцй")
    assert parsed["intent"]["name"] in ("nlu_fallback", "out_of_scope")
    assert all(guess["confidence"] < 0.6 for guess in parsed["intent_ranking"][1:])


@pytest.mark.parametrize(
    "text",
    [
        "сколько стоит " * 8_000,
        "а" * 100_000,
        " ".join(f"слово{n}" for n in range(10_000)),
        "".join(chr(0x430 + n % 32) + ("" if n % 7 else " ") for n in range(100_000)),
        "\u202e\u200b" * 50_000,
        "1 " * 50_000,
        "8 900 " * 20_000,
        "a@" * 50_000,
        "avito.ru/" * 12_000,
    ],
)
def test_a_novel_is_read_only_at_its_beginning(loaded, text):
    message = loaded.message(text)
    assert len(message.get("text_tokens")) <= 200
    assert all(entity["end"] <= 4_000 for entity in message.get("entities", []))
    assert message.get("intent")["name"]
