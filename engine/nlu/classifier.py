"""`QuestionClassifier`: every intent of a message, in the order said, with calibrated confidences."""

from typing import Any, Dict, FrozenSet, List, Optional, Sequence, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits

from engine.nlu.extractor import NAMED, words_of
from engine.nlu.features import Clause, Dense
from engine.nlu.fingerprint import of_code
from engine.nlu.model import Guess, QuestionModel
from engine.nlu.sentences import Sentences
from engine.nlu.vectors import Vectors

INTENTS = "intents"
RANKING = "intent_ranking"
FALLBACK = "nlu_fallback"
FIRST = ("request_human", "complain")  # a person who wants a person gets one, whatever else he asks
LAST_OF_NEEDS = ("give_phone", "refuse_phone")
QUESTIONS = frozenset(
    [
        "ask_availability",
        "ask_vin",
        "ask_credit",
        "ask_trade_in",
        "ask_price",
        "ask_condition",
        "ask_equipment",
        "ask_history",
        "ask_photos",
        "search_car",
        "book_visit",
        "ask_address",
        "ask_service",
        "ask_other",
    ]
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"ranking_length": 10}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[QuestionModel] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "QuestionClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "QuestionClassifier":
        # A message is small work: threads that share it wait for each other longer than they work.
        threadpool_limits(limits=1, user_api="blas")
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, QuestionModel.load(folder))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        return of_code()

    def train(self, training_data: TrainingData) -> Resource:
        from engine.nlu.training import train  # learning needs more libraries than answering

        phrases = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        examples = [(clause, intents_of(m)) for m in phrases for clause in [_clause(m)] if clause.terms]
        vectors = Vectors.choose({term.norm for clause, _ in examples for term in clause.terms})
        with threadpool_limits(limits=1):  # threads that wait for each other cost more than they bring here
            self._model = train(examples, Dense(vectors, Sentences.choose()), QUESTIONS)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text is not None and not text.startswith(
                INTENT_MESSAGE_PREFIX
            ):  # a button says its intent itself
                self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        ranking = self._model.ranking(_clause(message)) if self._model else []
        said = self._model.said(ranking) if self._model else []
        shown = [
            _shown(guess.intent, guess.confidence) for guess in ranking[: self._config["ranking_length"]]
        ]
        if said:
            first = routed(said)
            intent = _shown(first.intent, first.confidence)
        else:
            intent = _shown(FALLBACK, 1 - ranking[0].confidence if ranking else 1.0)
            shown = [intent, *shown]
        message.set(INTENT, intent, add_to_output=True)
        message.set(RANKING, shown, add_to_output=True)
        message.set(INTENTS, [_shown(g.intent, g.confidence) for g in said], add_to_output=True)


def intents_of(example: Message) -> FrozenSet[str]:
    """Of a training example: those of its metadata (data/nlu/together.yml), else the one it stands under."""
    own = (example.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}
    return frozenset(own.get(INTENTS) or [example.get(INTENT)])


def _clause(message: Message) -> Clause:
    named: Sequence[Sequence[Any]] = message.get(NAMED, [])
    return Clause.of(words_of(message), named)


def _shown(intent: str, confidence: float) -> Dict[str, Any]:
    return {"name": intent, "confidence": round(confidence, 4)}


def _rank(intent: str) -> int:
    if intent in FIRST:
        return FIRST.index(intent)
    if intent in QUESTIONS:
        return 2
    return 3 if intent in LAST_OF_NEEDS else 4


def routed(said: Sequence[Guess]) -> Guess:
    """The intent that the rules see: the first of the most pressing kind."""
    return min(said, key=lambda guess: _rank(guess.intent))
