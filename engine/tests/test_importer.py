"""What is wrong in the training data stops training: file, line, what to do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.utils.io import read_config_file

from engine.importer import SHOWN, CheckedImporter, TrainingDataMistake

ROOT = Path(__file__).parents[2]
DOMAIN = """\
version: "3.1"
intents: [ask_price, ask_vin, ask_availability, greet, request_human, complain, give_phone, affirm]
entities: [make, model, amount]
"""
HEAD = 'version: "3.1"\nnlu:\n- intent: ask_price\n  examples: |\n'
LISTED = 'version: "3.1"\nnlu:\n- intent: {intent}\n  examples:\n  - text: {text}\n    metadata: {metadata}\n'


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data" / "nlu").mkdir(parents=True)
        self.write("domain.yml", DOMAIN)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))

    def load(self) -> TrainingDataImporter:
        return CheckedImporter(None, str(self.folder / "domain.yml"), [str(self.folder / "data")])

    def mistakes(self, text: str) -> List[str]:
        """Lines «place: what» of a file of phrases with this text."""
        self.write("data/nlu/price.yml", text)
        with pytest.raises(TrainingDataMistake) as told:
            self.load()
        return str(told.value).splitlines()[1:]

    def messages(self, text: str) -> List[Any]:
        self.write("data/nlu/price.yml", text)
        return self.load().get_nlu_data().intent_examples


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


MISTAKES: Dict[str, tuple] = {
    "broken YAML": ("nlu:\n- intent: ask_price\n   examples: |\n    - торг есть\n", 3, "YAML не читается"),
    "unclosed quote": ('version: "3.1\nnlu:\n- intent: ask_price\n', 4, "YAML не читается"),
    "tab": ("nlu:\n- intent: ask_price\n\texamples: |\n    - торг\n", 3, "табуляци"),
    "tab after a colon": ("nlu:\n- intent:\task_price\n  examples: |\n    - торг\n", 2, "табуляци"),
    "tab before a phrase": (HEAD + "    - торг\n    \t- скидка\n", 6, "табуляци"),
    "unknown intent": (HEAD.replace("ask_price", "ask_prise") + "    - торг\n", 5, "исправьте на ask_price"),
    "no dash": (HEAD + "    - торг\n    скидка будет\n", 6, "«- »"),
    "no space after the dash": (HEAD + "    -торг\n", 5, "«- »"),
    "deeper than its neighbours": (HEAD + "    - торг\n      - скидка\n", 6, "«- »"),
    "left of its neighbours": (HEAD + "    - торг\n- скидка\n", 6, "отступ в четыре пробела"),
    "empty phrase": (HEAD + "    - торг\n    -\n    - скидка\n", 6, "пустая фраза"),
    "no phrases": (HEAD, 3, "нет ни одной фразы"),
    "unclosed annotation": (HEAD + "    - [солярис](model торг\n", 5, "разметка не закрыта"),
    "unclosed bracket": (HEAD + "    - [солярис(model) торг\n", 5, "разметка не закрыта"),
    "space in an annotation": (HEAD + "    - [солярис] (model) торг\n", 5, "разметка не закрыта"),
    "unknown entity": (HEAD + "    - [солярис](modell) торг\n", 5, "исправьте на model"),
    "unknown entity in JSON": (HEAD + '    - за [100]{"entity": "price"}\n', 5, "нет сущности price"),
    "broken JSON": (HEAD + "    - за [100]{entity: amount}\n", 5, "не читается"),
    "JSON without entity": (HEAD + '    - за [100]{"role": "max"}\n', 5, "не читается"),
    "JSON with a number": (HEAD + '    - за [1]{"entity": "amount", "value": 1}\n', 5, "не читается"),
    "unknown key in JSON": (HEAD + '    - за [1]{"entity": "amount", "rol": "max"}\n', 5, "не читается"),
    "broken JSON in a list": (HEAD + '    - за [1][{"entity": "amount"}, {"entity"}]\n', 5, "не читается"),
    "too long": (HEAD + "    - торг\n    - " + "торг " * 401 + "\n", 6, "длиннее 2000"),
    "not UTF-8": (HEAD + "    - \udcf2\udcee\udcf0\udce3\n", 5, "UTF-8"),
    "invisible character": (HEAD + "    - торг\n    - ски\x00дка\n", 6, "невидимый"),
    "hidden line break": (HEAD + "    - торг\u2028скидка\n", 5, "скрытый перенос"),
    "empty file": ("", 1, "должен начинаться"),
    "a list for a file": ("- торг\n- скидка\n", 1, "должен начинаться"),
    "unknown top-level key": ('version: "3.1"\nnlu: []\nresponces: {}\n', 3, "responces"),
    "misspelt nlu": ("version: '3.1'\nnlu_data:\n- intent: ask_price\n", 2, "nlu_data"),
    "misspelt examples": ("nlu:\n- intent: ask_price\n  exampels: |\n    - торг\n", 3, "exampels"),
    "no name of the intent": ("nlu:\n- intent:\n  examples: |\n    - торг\n", 2, "имя намерения"),
    "examples without a bar": ("nlu:\n- intent: ask_price\n  examples: - торг\n", 3, "YAML не читается"),
    "folded examples": (HEAD.replace("|", ">") + "    - торг\n    - скидка\n", 4, "нужен знак «|»"),
    "the same key twice": (HEAD + "    - торг\n  examples: |\n    - скидка\n", 6, "второй раз"),
    "listed phrase without text": ("nlu:\n- intent: ask_price\n  examples:\n  - торг\n", 4, "«- text: …»"),
    "listed phrase that is a number": (
        "nlu:\n- intent: ask_price\n  examples:\n  - text: 500\n",
        4,
        "кавычки",
    ),
    "same phrase elsewhere": (
        HEAD + "    - [Торг](model) ещё есть?\n- intent: ask_vin\n  examples: |\n    - торг еще есть\n",
        8,
        "price.yml:5",
    ),
}


@pytest.mark.parametrize(("text", "line", "what"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_told_with_file_and_line(project: Project, text: str, line: int, what: str) -> None:
    told = project.mistakes(text)
    assert [one for one in told if f"nlu/price.yml:{line}: " in one and what in one], told


@pytest.mark.parametrize(
    ("intent", "intents", "what"),
    [
        ("ask_price", "[ask_price]", "хотя бы два"),
        ("ask_price", "[ask_price, ask_price]", "хотя бы два"),
        ("ask_price", "ask_price", "должен быть список"),
        ("ask_price", "[ask_price, ask_wheel]", "нет намерения ask_wheel"),
        ("ask_price", "[ask_vin, ask_price]", "главное намерение этой фразы ask_vin"),
        ("greet", "[greet, ask_price]", "главное намерение этой фразы ask_price"),
        ("ask_price", "[ask_price, request_human]", "главное намерение этой фразы request_human"),
        ("complain", "[complain, request_human]", "главное намерение этой фразы request_human"),
        ("affirm", "[affirm, give_phone]", "главное намерение этой фразы give_phone"),
    ],
)
def test_several_intents_are_checked(project: Project, intent: str, intents: str, what: str) -> None:
    metadata = f"{{intents: {intents}}}"
    told = project.mistakes(LISTED.format(intent=intent, text="торг и вин", metadata=metadata))
    assert any("price.yml:5: " in one or "price.yml:6: " in one for one in told)
    assert any(what in one for one in told), told


def test_metadata_with_another_key_is_told(project: Project) -> None:
    text = LISTED.format(intent="ask_price", text="торг и вин", metadata="{intent: [ask_price, ask_vin]}")
    assert any("неизвестный ключ «intent»" in one for one in project.mistakes(text))


def test_several_intents_reach_the_components(project: Project) -> None:
    metadata = "{intents: [ask_price, ask_vin]}"
    (message,) = project.messages(LISTED.format(intent="ask_price", text="торг и вин", metadata=metadata))
    assert (message.get(TEXT), message.get(INTENT)) == ("торг и вин", "ask_price")
    assert message.get("metadata")["example"] == {"intents": ["ask_price", "ask_vin"]}


def test_right_data_are_read_as_rasa_reads_them(project: Project) -> None:
    phrases = (
        '    - [солярис](model:Solaris) до [800]{"entity": "amount", "role": "max"}?\n'
        "    - 👍 :) (торг)\n"
        "\n"
        "    - - а дешевле\n"
    )
    messages = project.messages("\ufeff" + HEAD + phrases.replace("\n", "\r\n"))
    assert [m.get(TEXT) for m in messages] == ["солярис до 800?", "👍 :) (торг)", "- а дешевле"]
    assert [e["entity"] for e in messages[0].get("entities")] == ["model", "amount"]


def test_all_mistakes_are_told_at_once_and_a_flood_is_cut(project: Project) -> None:
    told = project.mistakes(HEAD + "    -\n" * (SHOWN + 5))
    assert len(told) == SHOWN + 1
    assert told[-1] == "… и ещё 5"


def test_repeat_within_an_intent_is_only_a_warning(project: Project) -> None:
    project.write("data/nlu/price.yml", HEAD + "    - ещё торг\n    - Еще торг!\n")
    with pytest.warns(UserWarning, match=r"price\.yml:6: фраза уже есть: .*price\.yml:5"):
        project.load()


def test_misspelt_key_in_stories_is_told(project: Project) -> None:
    project.write("data/stories/price.yml", 'version: "3.1"\nrule: []\n')
    with pytest.raises(TrainingDataMistake, match=r"stories/price\.yml:2: неизвестный ключ «rule»"):
        project.load()


def test_broken_domain_stops_instead_of_an_empty_one(project: Project) -> None:
    project.write("domain.yml", DOMAIN + "\tactions: []\n")
    with pytest.raises(TrainingDataMistake, match=r"domain\.yml:4: табуляция"):
        project.load()


def test_data_of_the_project_are_right_and_named_in_its_config() -> None:
    importers = read_config_file(str(ROOT / "config.yml"))["importers"]
    assert importers == [{"name": "engine.importer.CheckedImporter"}]
    CheckedImporter(None, str(ROOT / "domain.yml"), [str(ROOT / "data")])


def test_the_command_line_stops_with_the_message_and_no_traceback(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("data/nlu/price.yml", HEAD + "    - [солярис](model\n")
    project.write("config.yml", (ROOT / "config.yml").read_text(encoding="utf-8"))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", "HOME": str(tmp_path)}
    train = (sys.executable, "-m", "rasa", "train", "--skip-validation")
    ended = subprocess.run(
        train, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert ended.returncode == 1
    assert "data/nlu/price.yml:5: разметка не закрыта" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert not (tmp_path / "models").exists()
