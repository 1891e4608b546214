"""The table of understanding: the assistant against its aims, beside the others."""

from lxml import etree

from benchmarks.nlu_chart import Panel, chart
from benchmarks.nlu_table import Result, sheets
from benchmarks.recipes import Training
from engine.yardstick.predictions import Guess, Prediction
from engine.yardstick.rows import Row
from engine.yardstick.score import judge

ROWS = [
    Row("1", "торг есть?", ("ask_price",), "clean", {}),
    Row("2", "вин и торг", ("ask_vin", "ask_price"), "multi", {}),
    Row("3", "продам гараж", ("out_of_scope",), "clean", {}),
]
RIGHT = {"1": ["ask_price"], "2": ["ask_vin", "ask_price"], "3": ["out_of_scope"]}
ONE_INTENT = {"1": ["ask_price"], "2": ["ask_vin"], "3": ["ask_price"]}


def _result(title: str, said: dict[str, list[str]], *, entities: bool = True) -> Result:
    predictions = [
        Prediction(
            number,
            [Guess(intent, 1.0) for intent in intents],
            [Guess(intent, 1.0) for intent in intents],
            [] if entities else None,
            milliseconds=float(number),
        )
        for number, intents in said.items()
    ]
    return Result(title, Training(50.0, 40.0, 20.0), 500.0, {"city": judge(ROWS, predictions)})


def test_each_set_has_a_table_with_a_column_for_each_recipe() -> None:
    _, city = sheets([_result("ours", RIGHT), _result("theirs", ONE_INTENT, entities=False)])
    rows = {row.measure: row for row in city.rows}
    assert city.columns == ["ours", "theirs"]
    assert rows["exact match of the intents"].values == ["1.000", "0.333"]
    assert rows["exact, clean (2)"].values == ["1.000", "0.500"]
    assert rows["out of scope and spam rejected"].values == ["1.000", "0.000"]
    assert rows["entities, F1"].values == ["0.000", "—"]


def test_the_aims_are_those_of_the_first() -> None:
    met = {row.measure: row.met for row in sheets([_result("a", RIGHT), _result("b", ONE_INTENT)])[1].rows}
    missed = {row.measure: row.met for row in sheets([_result("b", ONE_INTENT), _result("a", RIGHT)])[1].rows}
    assert met["exact match of the intents"] is True
    assert missed["exact match of the intents"] is False
    assert met["macro F1"] is None


def test_the_price_is_measured_over_all_sets() -> None:
    price, _ = sheets([_result("ours", RIGHT)])
    rows = {row.measure: row for row in price.rows}
    assert rows["parse, p50"].values == ["2.0 ms"]
    assert rows["parse, p95"].values == ["3.0 ms"]
    assert rows["training from nothing"].values == ["50.0 s (40.0 s)"]
    assert rows["memory after the parses"].values == ["500 MB"]


def test_bars_are_as_long_as_their_values_and_names_are_escaped() -> None:
    drawn = chart(["ours", "<theirs>"], [Panel("Right & exact", 0.9, {"city": [0.8, 0.4]})])
    root = etree.fromstring(drawn.encode())
    name = "{http://www.w3.org/2000/svg}"
    bars = [float(bar.get("width", "")) for bar in root.iter(f"{name}rect") if bar.get("x") == "110"]
    assert bars[0] == 2 * bars[1]
    assert {"<theirs>", "Right & exact", "0.800"} <= {text.text for text in root.iter(f"{name}text")}
