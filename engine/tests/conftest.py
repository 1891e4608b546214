"""A small trained pipeline that every test of the components shares: training it takes seconds."""

from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Type

import pytest
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message

from engine.nlu.classifier import QuestionClassifier
from engine.nlu.extractor import CarEntityExtractor
from engine.nlu.tokenizer import RussianTokenizer

ROOT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
LEXICON = {"lexicon": str(ROOT / "data/lexicon"), "catalogue": str(FIXTURES / "catalogue.yml")}
PIPELINE: List[Type[GraphComponent]] = [RussianTokenizer, CarEntityExtractor, QuestionClassifier]


class Pipeline:
    """The components as Rasa runs them: trained one after the other, or loaded from where they were kept."""

    def __init__(self, components: List[Any]) -> None:
        self.components = components

    def parse(self, text: str) -> Dict[str, Any]:
        return self.message(text).as_dict(only_output_properties=True)

    def message(self, text: str) -> Message:
        message = Message.build(text)
        for component in self.components:
            component.process([message])
        return message


def _arguments(kind: Type[GraphComponent], folder: Path) -> tuple:
    folder.mkdir(exist_ok=True)
    config = {**kind.get_default_config(), **(LEXICON if "lexicon" in kind.get_default_config() else {})}
    context = ExecutionContext(GraphSchema({}), node_name=kind.__name__)
    return config, LocalModelStorage(folder), Resource(kind.__name__), context


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="session")
def trained(model_folder: Path) -> Pipeline:
    data = load_data(str(FIXTURES / "nlu.yml"))
    components: List[Any] = []
    for kind in PIPELINE:
        component = kind.create(*_arguments(kind, model_folder / kind.__name__))
        component.train(data)
        if hasattr(component, "process_training_data"):
            component.process_training_data(data)
        components.append(component)
    return Pipeline(components)


@pytest.fixture(scope="session")
def loaded(trained: Pipeline, model_folder: Path) -> Pipeline:
    return Pipeline([kind.load(*_arguments(kind, model_folder / kind.__name__)) for kind in PIPELINE])


@pytest.fixture(scope="session")
def entities(loaded: Pipeline) -> Callable[..., List[Dict[str, Any]]]:
    """Entities of one kind in a text, aspects and options of the message left aside unless asked for."""

    def find(text: str, kind: Optional[str] = None) -> List[Dict[str, Any]]:
        return [e for e in loaded.parse(text)["entities"] if kind is None or e["entity"] == kind]

    return find
