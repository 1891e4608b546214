"""`RussianTokenizer`: tokens on the original text, each with the word that was meant and its lemma."""

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Text, Tuple

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import get_text_hash
from spacy.symbols import ORTH
from spacy.tokenizer import Tokenizer as SpacyTokenizer
from spacy.util import compile_infix_regex

from engine.nlu import lexicon
from engine.nlu.morphology import lemma
from engine.nlu.normalise import clean, is_transliterated, meant_word, undo_layout
from engine.nlu.vocabulary import Vocabulary

NORM = "norm"
MOST_TOKENS = 200

# spaCy's Russian rules cut «трейд-ин» and «x-trail» at the hyphen; names need them whole.
_INFIXES = [r"(?<=[^\W\d_])[,.!?;:()+]+(?=[^\W\d_])", r"[…()\"«»/|]+", r"(?<=\d)[,;:!?]+(?=[^\W\d_])"]
_DOTTED = ("л.с.", "л.с", "г.в.", "г.в", "б.у.", "б.у", "т.д.", "т.п.", "т.е.")
# No phone and no clock: those have shorter parts or more of them.
_RANGE = re.compile(r"(\d{3,4}|\d[.,]\d)[-–—](\d{3,4}|\d[.,]\d)(?![\d.,:-])")
_WITH_UNIT = re.compile(
    r"(\d+(?:[.,]\d+)?)[-.]?(к|кк|т|тыс|тр|тыщ\w*|тысяч\w*|млн|лям\w*|мил\w*|г|гг|год\w*|гв|лет|л|км|р|руб\w*|"
    r"₽|%|мес\w*|лс|[гй]о|[ыи]й|ой|го|м|х|ти|ого|его|ом|му|ка|ч|часов|числа|пробег\w*|хоз\w*)\.?",
    re.IGNORECASE,
)


class Spelled(Token):
    """A token whose fingerprint is cheap: Rasa asks for that of every token of every phrase."""

    def fingerprint(self) -> Text:
        return get_text_hash(f"{self.start} {self.end} {self.text} {self.lemma} {self.data}")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class RussianTokenizer(Tokenizer):
    """Splits by spaCy, undoes layout, transliteration and typos with the vocabulary learnt at training."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "lexicon": "data/lexicon",
            "catalogue": "data/catalogue.yml",
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: Optional[Vocabulary] = None,
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = vocabulary or Vocabulary({}, ())
        self._split = _splitter()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RussianTokenizer":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "RussianTokenizer":
        with model_storage.read_from(resource) as folder:
            data = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, Vocabulary.from_dict(data))

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        return lexicon.fingerprint({**cls.get_default_config(), **config})

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the words; Rasa then loads the component from the resource to tokenise the phrases."""
        texts = [m.get(TEXT) for m in training_data.nlu_examples if m.get(TEXT)]
        names = lexicon.read(Path(self._config["lexicon"]), Path(self._config["catalogue"])).spellings()
        self._vocabulary = Vocabulary.learn(texts, names)
        with self._model_storage.write_to(self._resource) as folder:
            dump = json.dumps(self._vocabulary.as_dict(), ensure_ascii=False, sort_keys=True)
            (folder / "vocabulary.json").write_text(dump, encoding="utf-8")
        return self._resource

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        original = message.get(attribute)
        cleaned = clean(original)
        text = undo_layout(cleaned.text, self._vocabulary)
        spans = list(_limited(self._spans(text)))
        transliterated = is_transliterated([text[start:end] for start, end in spans])
        return [self._token(original, cleaned.offsets, text, span, transliterated) for span in spans]

    def _spans(self, text: str) -> Iterator[Tuple[int, int]]:
        for token in self._split(text):
            if token.text.isspace():
                if "\n" in token.text:  # a line break ends a sentence
                    yield token.idx, token.idx + len(token.text)
                continue
            start, end = token.idx, token.idx + len(token.text)
            dash = _RANGE.match(token.text)
            if dash:  # «700-900к»: two numbers
                yield start, start + dash.end(1)
                yield start + dash.end(1), start + dash.start(2)
                start += dash.start(2)
            with_unit = _WITH_UNIT.fullmatch(text[start:end])
            if with_unit:
                middle = start + with_unit.end(1)
                yield start, middle
                start = middle
            yield start, end

    def _token(
        self, original: str, offsets: Tuple[int, ...], text: str, span: Tuple[int, int], transliterated: bool
    ) -> Token:
        start, end = offsets[span[0]], offsets[span[1] - 1] + 1
        typed = text[span[0] : span[1]]
        word = (
            typed
            if typed.isspace()
            else meant_word(typed.rstrip(".") or typed, self._vocabulary, transliterated)
        )
        data = {NORM: word, "shown": typed}
        return Spelled(
            original[start:end], start, end, data=data, lemma=lemma(word) if word.isalpha() else word
        )


def _limited(spans: Iterable[Tuple[int, int]]) -> Iterator[Tuple[int, int]]:
    for count, span in enumerate(spans):
        if count == MOST_TOKENS:
            return
        yield span


def _splitter() -> SpacyTokenizer:
    tokenizer = spacy.blank("ru").tokenizer
    for spelling in _DOTTED:
        tokenizer.add_special_case(spelling, [{ORTH: spelling}])
    tokenizer.infix_finditer = compile_infix_regex(_INFIXES).finditer
    return tokenizer
