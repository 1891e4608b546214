"""The yardstick: metrics against cases computed by hand, the gate, bad rows, the page."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import pytest
import yaml
from rasa.shared.nlu.training_data.loading import load_data

from engine.yardstick import __main__ as command
from engine.yardstick import calibration, mistakes, predictions, score
from engine.yardstick.gate import MEASURES, Verdict, percent, read_thresholds, verdicts
from engine.yardstick.page import Findings, page
from engine.yardstick.parse import load_agent
from engine.yardstick.predictions import Guess, Prediction, from_rasa
from engine.yardstick.rows import Row, YardstickError, read_rows, read_sets
from engine.yardstick.singles import write_singles

ROOT = Path(__file__).parents[2]
INTENTS = {"ask_price", "ask_credit", "ask_vin", "greet", "deny", "out_of_scope", "spam"}
HEADER = "id\ttext\tlabels\tslots\tstyle\n"


def row(labels: str, *, style: str = "clean", **slots: Any) -> Row:
    return Row("1", "текст", tuple(labels.split("+")), style, slots)


def said(*intents: str, ranking: Iterable[Tuple[str, float]] = (), **kept: Any) -> Prediction:
    guesses = [Guess(intent, 0.9) for intent in intents]
    ranked = [Guess(*pair) for pair in ranking] or guesses
    return Prediction("1", guesses, ranked, kept.get("entities", []), kept.get("milliseconds", 1.0))


def judged(*pairs: Tuple[Row, Prediction]) -> List[score.Judged]:
    rows = [replace(asked, id=str(place)) for place, (asked, _) in enumerate(pairs)]
    found = [replace(heard, id=str(place)) for place, (_, heard) in enumerate(pairs)]
    return score.judge(rows, found)


class TestExact:
    def test_the_set_counts_and_not_the_order(self) -> None:
        items = judged(
            (row("ask_price+ask_vin"), said("ask_vin", "ask_price")),
            (row("ask_price+ask_vin"), said("ask_price")),
            (row("ask_price"), said("ask_price", "ask_vin")),
        )
        assert score.exact(items) == (1, 3)

    def test_the_order_is_measured_where_the_set_of_several_is_right(self) -> None:
        items = judged(
            (row("ask_price+ask_vin"), said("ask_vin", "ask_price")),
            (row("ask_price+ask_vin"), said("ask_price", "ask_vin")),
            (row("ask_price+ask_vin"), said("ask_price")),
            (row("ask_price"), said("ask_price")),
        )
        assert score.order(items) == (1, 2)

    def test_another_answer_counts_as_right(self) -> None:
        items = judged(
            (row("ask_price", _alt="ask_vin+deny"), said("ask_vin", "deny")),
            (row("ask_price", _alt="ask_vin+deny"), said("ask_price")),
        )
        assert score.exact(items) == (2, 2)
        assert score.micro(score.per_intent(items)) == (3, 0, 0)

    def test_a_row_that_needs_context_is_left_out(self) -> None:
        assert judged((row("ask_price", _ctx="торг"), said("deny"))) == []

    def test_a_row_that_was_not_parsed_is_an_error(self) -> None:
        with pytest.raises(YardstickError, match="не разобрала строку 1"):
            score.judge([row("ask_price")], [])

    def test_styles_are_counted_apart(self) -> None:
        items = judged(
            (row("deny", style="translit"), said("deny")),
            (row("deny", style="clean"), said("deny")),
            (row("deny", style="translit"), said()),
        )
        assert score.per_style(items) == {"clean": (1, 1), "translit": (1, 2)}
        measured = score.measures(items)
        assert measured["translit_gap"] == 0.5
        assert measured["layout_gap"] is None


class TestF1:
    ITEMS = judged(
        (row("ask_price"), said("ask_price")),
        (row("ask_price+ask_vin"), said("ask_price", "deny")),
        (row("ask_vin"), said("ask_price")),
    )

    def test_per_intent(self) -> None:
        tallies = score.per_intent(self.ITEMS)
        assert tallies == {"ask_price": (2, 0, 1), "ask_vin": (0, 2, 0), "deny": (0, 0, 1)}
        price = tallies["ask_price"]
        assert (price.precision, price.recall, price.support) == (pytest.approx(2 / 3), 1, 2)
        assert price.f1 == pytest.approx(0.8)

    def test_micro_counts_every_guess_alike(self) -> None:
        assert score.micro(score.per_intent(self.ITEMS)).f1 == pytest.approx(2 * 2 / (2 * 2 + 2 + 2))

    def test_macro_is_the_mean_over_intents_that_the_set_has(self) -> None:
        assert score.macro_f1(score.per_intent(self.ITEMS)) == pytest.approx((0.8 + 0) / 2)


class TestRejection:
    @pytest.mark.parametrize(
        ("heard", "rejected"),
        [
            (said("out_of_scope"), 1),
            (said("spam"), 1),
            (said(), 1),  # nlu_fallback
            (said("greet", "out_of_scope"), 1),
            (said("greet"), 0),
            (said("ask_price"), 0),
            (said("ask_price", "out_of_scope"), 0),
        ],
    )
    def test_of_what_is_out_of_scope(self, heard: Prediction, rejected: int) -> None:
        assert score.rejected(judged((row("out_of_scope"), heard))) == (rejected, 1)

    def test_of_what_is_within(self) -> None:
        items = judged(
            (row("ask_price"), said()),
            (row("ask_price"), said("spam")),
            (row("ask_price"), said("ask_vin")),
            (row("ask_price+out_of_scope"), said("ask_price")),
            (row("ask_price", _alt="out_of_scope"), said("out_of_scope")),
        )
        assert score.falsely_rejected(items) == (2, 5)
        assert score.rejected(items) == (0, 0)

    def test_at_equal_coverage_the_least_sure_three_per_cent_within_are_given_up(self) -> None:
        within = [(row("deny"), said(ranking=[("deny", place / 100)])) for place in range(1, 101)]
        outside = [
            (row("spam"), said(ranking=[("spam", 0.9), ("deny", sure)])) for sure in (0.01, 0.035, 0.04, 0.5)
        ]
        # 0.01, 0.02 and 0.03 within are rejected; the line is at 0.04, and a tie with it is kept.
        assert score.rejected_at_equal_coverage(judged(*within, *outside)) == (2, 4)


class TestCalibration:
    def test_error_is_the_distance_weighted_by_guesses(self) -> None:
        guesses = [(0.8, True), (0.8, True), (0.8, False), (0.8, True), (0.3, True), (0.05, True)]
        bins = calibration.reliability(guesses)
        assert [(held.guesses, held.right) for held in bins] == [(1, 1.0), (4, 0.75)]
        assert calibration.expected_error(bins) == pytest.approx((1 * 0.7 + 4 * 0.05) / 5)

    def test_certainty_falls_into_the_last_bin(self) -> None:
        assert calibration.reliability([(1.0, True)]) == [(1, 1.0, 1.0)]

    def test_nothing_guessed_is_no_error(self) -> None:
        assert calibration.expected_error(calibration.reliability([])) == 0


class TestEntities:
    def test_of_rows_with_slots(self) -> None:
        city = {"entity": "city", "value": "Казань", "start": 0, "end": 5}
        term = {"entity": "term", "value": 60, "start": 0, "end": 5}
        items = judged(
            (row("ask_price", city="Казань"), said(entities=[city])),
            (row("ask_price", term_months=36), said(entities=[term])),
            (row("ask_price"), said(entities=[])),
        )
        assert score.entities(items) == (1, 1, 1)

    def test_a_model_without_entities_or_a_set_without_slots_is_not_measured(self) -> None:
        assert score.entities(judged((row("deny", city="Казань"), said(entities=None)))) is None
        assert score.entities(judged((replace(row("deny"), slots=None), said()))) is None


def test_percentiles_of_the_parses() -> None:
    items = judged(*((row("deny"), said(milliseconds=float(time))) for time in range(20, 0, -1)))
    assert (score.milliseconds(items, 50), score.milliseconds(items, 95)) == (10, 19)


class TestMistakes:
    ITEMS = judged(
        (row("ask_price"), said("ask_price")),
        (row("ask_price+ask_vin"), said("ask_price", "deny")),
        (row("ask_vin"), said()),
        (row("deny"), said("deny", "greet")),
    )

    def test_confusion(self) -> None:
        assert mistakes.confusion(self.ITEMS) == {
            ("ask_price", "ask_price"): 2,
            ("deny", "deny"): 1,
            ("ask_vin", "deny"): 1,
            ("ask_vin", ""): 1,
            ("", "greet"): 1,
        }

    def test_the_surest_come_first(self) -> None:
        wrong = mistakes.mistakes(self.ITEMS)
        assert [mistakes.sureness(item) for item in wrong] == [0.9, 0.9, 0]
        assert [item.row.id for item in wrong] == ["1", "3", "2"]

    def test_they_are_grouped_by_the_intent_that_was_not_heard(self) -> None:
        groups = mistakes.by_intent(mistakes.mistakes(self.ITEMS))
        assert [(intent, len(items)) for intent, items in groups] == [("ask_vin", 2), ("deny", 1)]


class TestPredictions:
    def test_rasas_fallback_says_nothing_and_is_in_no_ranking(self) -> None:
        fallback = {"name": "nlu_fallback", "confidence": 0.7}
        parsed = {"intent": fallback, "intent_ranking": [fallback, {"name": "deny", "confidence": 0.3}]}
        found = from_rasa("1", parsed, 2.0)
        assert (found.said, found.ranking) == ([], [("deny", 0.3)])

    def test_a_recipe_of_one_intent_says_it(self) -> None:
        assert from_rasa("1", {"intent": {"name": "deny", "confidence": 1.0}}, 2.0).said == ["deny"]

    def test_saved_they_load_as_they_were(self, tmp_path: Path) -> None:
        kept = [said("deny", "greet", entities=[{"entity": "city", "value": "Казань"}])]
        predictions.save(kept, tmp_path / "deeper" / "set.json")
        assert predictions.load(tmp_path / "deeper" / "set.json") == kept


class TestRows:
    @pytest.mark.parametrize(
        ("line", "complaint"),
        [
            ("1\tтекст\task_price\t{}", "строка 2: нужно 5 столбцов"),
            ("1\tтекст\task_price\t{\tclean", "строка 2: столбец slots не JSON"),
            ("1\tтекст\task_price\t[]\tclean", "строка 2: столбец slots должен быть объектом"),
            ("1\tтекст\task_prise\t{}\tclean", "строка 2: нет намерения «ask_prise»"),
            ('1\tтекст\task_price\t{"_alt": "deni"}\tclean', "строка 2: нет намерения «deni»"),
            ("1\tтекст\tdeny+deny\t{}\tclean", "строка 2: намерение названо дважды"),
            ("1\tтекст\task_price\t{}\tclear", "строка 2: нет стиля «clear»"),
            ("1\t \task_price\t{}\tclean", "строка 2: пустое сообщение"),
            ("1\tа\tdeny\t{}\tclean\n1\tб\tdeny\t{}\tclean", "строка 3: номер 1 уже есть в строке 2"),
            ("1\tтекст\tdeny\t{}\tclean\n\n2\tтекст\tdeny\t{}\tclean", "строка 3: нужно 5 столбцов"),
            ("", "нет сообщений"),
        ],
    )
    def test_a_bad_row_is_named(self, tmp_path: Path, line: str, complaint: str) -> None:
        path = tmp_path / "bad.tsv"
        path.write_text(HEADER + line, encoding="utf-8")
        with pytest.raises(YardstickError) as error:
            read_rows(path, INTENTS)
        assert str(path) in str(error.value)
        assert complaint in str(error.value)

    def test_a_set_without_header_has_texts_and_labels(self, tmp_path: Path) -> None:
        path = tmp_path / "pairs.tsv"
        path.write_text("цена и вин\task_price+ask_vin\n", encoding="utf-8")
        assert read_rows(path, INTENTS) == [
            Row("pairs-1", "цена и вин", ("ask_price", "ask_vin"), "multi", None)
        ]

    def test_a_folder_without_sets_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(YardstickError, match="нет ни одного набора"):
            read_sets(tmp_path, INTENTS)


VALUES: Dict[str, Dict[str, Optional[float]]] = {
    "city": {**dict.fromkeys(MEASURES, None), "exact": 0.9, "ece": 0.04}
}
THRESHOLDS = {"exact": {"city": 0.85}, "ece": {"city": 0.05}}


class TestGate:
    def test_met(self) -> None:
        assert [verdict.met for verdict in verdicts(THRESHOLDS, VALUES)] == [True, True]

    def test_a_floor_and_a_ceiling_are_missed(self) -> None:
        missed = verdicts({"exact": {"city": 0.91}, "ece": {"city": 0.03}}, VALUES)
        assert [(verdict.measure, verdict.met) for verdict in missed] == [("exact", False), ("ece", False)]
        assert missed[0].miss.startswith(
            "city, exact (поняты целиком): 90,0 %, а нужно не меньше 91,0 %. Что делать: "
        )
        assert "4,0 %, а нужно не больше 3,0 %" in missed[1].miss

    def test_exactly_on_the_threshold_is_met(self) -> None:
        met = verdicts({"exact": {"city": 0.9}, "ece": {"city": 0.04}}, VALUES)
        assert all(verdict.met for verdict in met)

    @pytest.mark.parametrize(
        ("thresholds", "complaint"),
        [
            ({"exact": {"city": 0.85}}, "нет порога «ece» для набора «city»"),
            ({**THRESHOLDS, "exact": {}}, "нет порога «exact» для набора «city»"),
            ({**THRESHOLDS, "exact": {"city": 0.8, "town": 0.8}}, "порог «exact» для набора «town» лишний"),
            ({**THRESHOLDS, "exakt": {"city": 0.8}}, "порог «exakt» для набора «city» лишний"),
            ({**THRESHOLDS, "rejected": {"city": 0.8}}, "порог «rejected» для набора «city» лишний"),
        ],
    )
    def test_too_few_and_too_many_thresholds_are_errors(self, thresholds: Any, complaint: str) -> None:
        with pytest.raises(YardstickError, match=complaint):
            verdicts(thresholds, VALUES)

    @pytest.mark.parametrize(
        "text", ["", "exact: 0.9", "exact: {city: 90}", "exact: {city: true}", "exact: ["]
    )
    def test_a_file_that_makes_no_sense_is_an_error(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "gate.yml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(YardstickError, match=r"gate\.yml"):
            read_thresholds(path)


def findings(*pairs: Tuple[Row, Prediction], met: Sequence[Verdict] = ()) -> Findings:
    items = judged(*pairs)
    return Findings(
        judged={"city": items},
        values={"city": score.measures(items)},
        verdicts=met,
        phrase_files={"ask_price": "data/nlu/price.yml"},
        model="m.tar.gz",
        made=dt.datetime(2026, 11, 21, tzinfo=dt.timezone.utc),
    )


class TestPage:
    def test_what_customers_wrote_is_escaped(self) -> None:
        attack = '<script>alert("1")</script>'
        html = page(findings((replace(row("ask_price", city=attack), text=attack), said("ask_vin"))))
        assert "<script" not in html
        assert html.count("&lt;script&gt;") >= 3  # a sure mistake, its group, the details

    def test_it_needs_nothing_from_outside(self) -> None:
        html = page(findings((row("ask_price"), said("ask_vin"))))
        assert not any(mark in html for mark in ("http:", "https:", "src=", "@import", "url(", "<link"))

    def test_a_missed_threshold_and_the_file_to_edit_are_named(self) -> None:
        missed = Verdict("city", "exact", 0.5, 0.9)
        html = page(findings((row("ask_price"), said("ask_vin")), met=[missed]))
        assert "Не взято порогов: 1." in html
        assert missed.miss in html
        assert "data/nlu/price.yml" in html

    def test_it_can_be_made_when_nothing_is_wrong_or_understood(self) -> None:
        assert "Все пороги взяты" in page(findings((row("ask_price"), said("ask_price"))))
        assert "не понял, переспросил" in page(findings((row("ask_price"), said())))

    def test_percents_are_written_as_in_russian(self) -> None:
        assert (percent(0.875), percent(-0.03)) == ("87,5 %", "−3,0 %")


class TestCommand:
    """The whole way from a folder of rows to the exit code, with a model that always says ask_price."""

    @pytest.fixture
    def rows(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(command, "load_agent", lambda model: None)
        monkeypatch.setattr(
            command,
            "parse_rows",
            lambda agent, rows: [replace(said("ask_price"), id=held.id) for held in rows],
        )
        (tmp_path / "pairs.tsv").write_text("почём\task_price\nа вин\task_vin\n", encoding="utf-8")
        return tmp_path

    def run(self, rows: Path, *, exact: float) -> int:
        thresholds = {"exact": exact, "micro_f1": 0.5, "falsely_rejected": 0, "ece": 0.5}
        gate = {measure: {"pairs": threshold} for measure, threshold in thresholds.items()}
        (rows / "gate.yml").write_text(yaml.safe_dump(gate), encoding="utf-8")
        return command.main(["--rows", str(rows), "--out", str(rows / "out")])

    def test_thresholds_met(self, rows: Path) -> None:
        assert self.run(rows, exact=0.5) == 0
        assert "а вин" in (rows / "out" / "index.html").read_text(encoding="utf-8")
        assert [found.id for found in predictions.load(rows / "out" / "pairs.json")] == ["pairs-1", "pairs-2"]

    def test_a_missed_threshold_fails_and_is_named(
        self, rows: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(rows, exact=0.6) == 1
        assert "Порог не взят: pairs, exact" in capsys.readouterr().out

    def test_a_bad_row_fails_before_the_model_is_loaded(
        self, rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(command, "load_agent", lambda model: pytest.fail("loaded"))
        (rows / "pairs.tsv").write_text("почём\task_prise\n", encoding="utf-8")
        assert self.run(rows, exact=0.5) == 1
        assert "нет намерения «ask_prise»" in " ".join(capsys.readouterr().out.split())

    def test_each_intent_has_a_file_of_its_own(self) -> None:
        files = command.phrase_files(ROOT)
        assert files["ask_price"] == "data/nlu/price.yml"
        assert "data/nlu/together.yml" not in files.values()

    def test_a_model_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(YardstickError, match="make train"):
            load_agent(tmp_path / "none.tar.gz")


def test_rasas_own_test_data_has_the_single_intents(tmp_path: Path) -> None:
    rows = [
        replace(row("ask_price"), text='торг: "да" или\\нет? #1'),
        row("ask_price+ask_vin"),
        row("deny", _ctx="торг"),
    ]
    path = tmp_path / "singles.yml"
    assert write_singles(rows, path) == 1
    data = load_data(str(path))
    assert [(m.get("text"), m.get("intent")) for m in data.intent_examples] == [
        ('торг: "да" или\\нет? #1', "ask_price")
    ]


def test_every_set_has_its_thresholds() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    gated = {name for held in read_thresholds(ROOT / "tests/nlu/gate.yml").values() for name in held}
    assert gated == set(read_sets(ROOT / "tests/nlu", set(domain["intents"])))
