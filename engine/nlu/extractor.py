"""`CarEntityExtractor`: everything that customers name, by rules and word lists kept in the model.

It is registered as a featuriser too, because the question classifier learns from what was named.
"""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.nlu import lexicon
from engine.nlu.entities.attributes import Attributes
from engine.nlu.entities.calendar import calendar
from engine.nlu.entities.catalogue import Catalogue
from engine.nlu.entities.contacts import contacts
from engine.nlu.entities.model import Entity, Word, free
from engine.nlu.entities.own import with_roles
from engine.nlu.entities.particles import meant
from engine.nlu.entities.people import people
from engine.nlu.entities.phrases import Phrase, Phrases, phrase
from engine.nlu.entities.places import places
from engine.nlu.entities.quantities import quantities
from engine.nlu.lexicon import Lexicon
from engine.nlu.normalise import clean
from engine.nlu.tokenizer import NORM

# What the classifier may learn from: (entity, value or aspect, start, end) of each message.
NAMED = "named"


class Reader:
    """All entity modules over one lexicon, in the order in which they may claim words."""

    def __init__(self, words: Lexicon) -> None:
        self._catalogue = Catalogue(words.catalogue)
        self._attributes = Attributes(_attributes(words))
        self._topics = Phrases(_topics(words))

    def read(self, text: str, words: List[Word]) -> List[Entity]:
        found = contacts(clean(text), words)
        cars = self._catalogue.find(words, free(words, found))
        found += cars
        with_phone = any(entity.kind == "phone" for entity in found)
        found += calendar(words, free(words, found), with_phone)
        found += quantities(words, free(words, found), cars)
        with_time = any(entity.kind in ("day", "time") for entity in found)
        found += people(words, free(words, found), with_phone, with_time)
        found += self._attributes.find(words, found, cars)
        found += places(words, free(words, found))
        found += self._topics.find(words, meant(words, free(words, cars)))
        known = [entity for entity in found if entity.kind != "ignored"]
        return with_roles(sorted(known, key=lambda e: (e.start, e.end, e.kind)), words)


def _attributes(words: Lexicon) -> Iterator[Phrase]:
    for kind, values in words.attributes.items():
        for value, spellings in values.items():
            for spelling in spellings:
                yield phrase(spelling, kind, value)


def _topics(words: Lexicon) -> Iterator[Phrase]:
    for option in words.options:
        for spelling in (option["option"], *(option.get("names") or ())):
            yield phrase(str(spelling), "option", option["option"])
    for intent, aspects in words.aspects.items():
        for aspect, spellings in aspects.items():
            for spelling in spellings:
                yield phrase(spelling, "aspect", aspect, intent=intent)


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class CarEntityExtractor(GraphComponent, EntityExtractorMixin):
    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"lexicon": "data/lexicon", "catalogue": "data/catalogue.yml"}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        words: Optional[Lexicon] = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._reader = Reader(words or Lexicon())

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "CarEntityExtractor":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "CarEntityExtractor":
        with model_storage.read_from(resource) as folder:
            data = json.loads((folder / "lexicon.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, Lexicon(**data))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        return lexicon.fingerprint({**cls.get_default_config(), **config})

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the word lists in the model: a running assistant reads no path."""
        words = lexicon.read(Path(self._config["lexicon"]), Path(self._config["catalogue"]))
        self._reader = Reader(words)
        with self._model_storage.write_to(self._resource) as folder:
            dump = json.dumps(words.as_dict(), ensure_ascii=False)
            (folder / "lexicon.json").write_text(dump, encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for example in training_data.training_examples:
            if example.get(TOKENS_NAMES[TEXT]):
                example.set(NAMED, _named(self._entities(example)))
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith(INTENT_MESSAGE_PREFIX):  # a button brings its own entities
                continue
            entities = self._entities(message)
            message.set(NAMED, _named(entities))
            known = message.get(ENTITIES, []) + self.add_extractor_name([e.as_dict() for e in entities])
            message.set(ENTITIES, known, add_to_output=True)
        return messages

    def _entities(self, message: Message) -> List[Entity]:
        return self._reader.read(message.get(TEXT), words_of(message))


def words_of(message: Message) -> List[Word]:
    return [Word(t.get("shown"), t.get(NORM), t.start, t.end) for t in message.get(TOKENS_NAMES[TEXT], [])]


def _named(entities: List[Entity]) -> List[List[Any]]:
    return [
        [
            e.kind,
            e.extra.get("intent", "") + ":" + str(e.value) if e.kind == "aspect" else str(e.value),
            e.start,
            e.end,
        ]
        for e in entities
    ]
