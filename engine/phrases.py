"""Files of phrases read line by line, with what is wrong in them told to the admin in Russian."""

import json
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Collection, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import yaml
from rasa.shared.nlu.training_data.entities_parser import ENTITY_REGEX, SINGLE_ENTITY_DICT

from engine.nlu.classifier import routed
from engine.nlu.model import Guess
from engine.nlu.normalise import LONGEST_TEXT

# What a file may hold at its top, by the folder it lies in; elsewhere a key tells the kind, as it tells Rasa.
KINDS = {"nlu": {"version", "nlu"}, "stories": {"version", "stories", "rules"}}
TOP_KEY = re.compile(rb"^(nlu|stories|rules)\s*:", re.MULTILINE)
ANNOTATION_KEYS = {"entity", "value", "role", "group"}
# Rasa ends a line at each of these; an editor does not show it.
HIDDEN_BREAKS = re.compile("[\x85\u2028\u2029]")
DASH = "- "


class Problem(NamedTuple):
    path: Path
    line: int  # from 1
    what: str

    @property
    def place(self) -> str:
        return _place(self.path, self.line)


class Phrase(NamedTuple):
    path: Path
    line: int
    text: str  # without annotations
    intents: Tuple[str, ...]  # in the order said
    entities: Tuple[str, ...]

    @property
    def place(self) -> str:
        return _place(self.path, self.line)


class File(NamedTuple):
    phrases: List[Phrase]
    problems: List[Problem]


class Composed(NamedTuple):
    root: Optional[yaml.Node]
    problems: List[Problem]


def read(path: Path) -> File:
    """Phrases of a file; of a file of stories only its top is looked at: Rasa checks the rest itself."""
    kind = _kind(path)
    if kind is None:
        return File([], [])
    root, problems = compose(path)
    if problems:
        return File([], problems)
    reader = _Reader(path)
    reader.file(root, kind)
    return File(reader.phrases, reader.problems)


def compose(path: Path) -> Composed:
    """The file as YAML nodes, which know their lines; None with a problem when it is no YAML."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Composed(None, [Problem(path, line, "файл не в кодировке UTF-8: сохраните его в UTF-8")])
    problems = [Problem(path, *found) for found in _bad_whitespace(text)]
    if problems:
        return Composed(None, problems)
    try:
        return Composed(yaml.compose(raw, Loader=yaml.CSafeLoader), [])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"YAML не читается ({error.problem}): проверьте отступы и кавычки здесь и строкой выше"
        return Composed(None, [Problem(path, mark.line + 1 if mark else 1, what)])
    except yaml.reader.ReaderError as error:
        line = raw.count(b"\n", 0, error.position) + 1
        return Composed(None, [Problem(path, line, "недопустимый невидимый символ: наберите строку заново")])


def plain(text: str) -> str:
    """What two phrases have in common when they differ in case, ё and punctuation only."""
    return re.sub(r"\W+", " ", text.lower().replace("ё", "е")).strip() or text


def unknown(said: Sequence[Phrase], intents: Collection[str], entities: Collection[str]) -> Iterator[Problem]:
    """Intents and entities that the domain lacks, each intent once per file."""
    told = set()
    for phrase in said:
        for intent in phrase.intents:
            if intent not in intents and (phrase.path, intent) not in told:
                told.add((phrase.path, intent))
                yield Problem(*phrase[:2], _missing("намерения", intent, intents))
        for entity in phrase.entities:
            if entity not in entities:
                yield Problem(*phrase[:2], _missing("сущности", entity, entities))


def _kind(path: Path) -> Optional[str]:
    if path.parent.name in KINDS:
        return path.parent.name
    key = TOP_KEY.search(path.read_bytes())
    if key is None:
        return None
    return "nlu" if key[1] == b"nlu" else "stories"


def _missing(kind: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, list(known), 1)
    hint = f"исправьте на {near[0]}" if near else "исправьте имя"
    return f"в domain.yml нет {kind} {name}: {hint} или добавьте его в domain.yml"


def _place(path: Path, line: int) -> str:
    here = Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{line}"


def _bad_whitespace(text: str) -> Iterator[Tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:  # the readers of YAML do not agree where one may stand
            yield number, "табуляция: замените её пробелами"
        if HIDDEN_BREAKS.search(line):
            yield number, "скрытый перенос внутри строки: наберите строку заново"


class _Reader:
    """Walks the nodes of one file and collects phrases and problems."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.phrases: List[Phrase] = []
        self.problems: List[Problem] = []

    def file(self, root: Optional[yaml.Node], kind: str) -> None:
        if not isinstance(root, yaml.MappingNode):
            self._wrong(root, f'файл должен начинаться с «version: "3.1"» и «{kind}:»')
            return
        top = self._mapping(root, KINDS[kind])
        if kind == "nlu" and "nlu" not in top:
            self._wrong(root, "в файле нет раздела «nlu:»")
        for item in self._list(top.get("nlu"), "под «nlu:»"):
            self._item(item)

    def _item(self, item: yaml.Node) -> None:
        if not isinstance(item, yaml.MappingNode):
            self._wrong(
                item, "здесь ждут «- intent: …»; фразе нужен отступ в четыре пробела под «examples: |»"
            )
            return
        fields = self._mapping(item, {"intent", "examples"})
        intent = self._text(fields.get("intent"), "имя намерения") if "intent" in fields else ""
        if not intent:
            self._wrong(item, "не названо намерение: «- intent: ask_…»")
            return
        before = len(self.phrases) + len(self.problems)
        self._examples(intent, fields.get("examples"))
        if len(self.phrases) + len(self.problems) == before:
            self._wrong(item, f"у намерения {intent} нет ни одной фразы: добавьте их под «examples: |»")

    def _examples(self, intent: str, node: Optional[yaml.Node]) -> None:
        if isinstance(node, yaml.SequenceNode):
            for example in node.value:
                self._long_example(intent, example)
        elif isinstance(node, yaml.ScalarNode) and node.value:
            if node.style != "|":
                self._wrong(node, "после «examples:» нужен знак «|», фразы с новой строки")
                return
            first = node.start_mark.line + 2  # the block begins on the line after its «|»
            for number, line in enumerate(node.value.split("\n"), first):
                self._short_example(intent, number, line)

    def _short_example(self, intent: str, number: int, line: str) -> None:
        if not line.strip():
            return
        if line.rstrip() != DASH.rstrip() and not line.startswith(DASH):
            self._at(number, "строка должна начинаться с «- » (с тем же отступом, что и соседние)")
            return
        self._phrase(number, line[len(DASH) :], (intent,))

    def _long_example(self, intent: str, node: yaml.Node) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, "в списке без «|» фраза пишется «- text: …»")
            return
        fields = self._mapping(node, {"text", "metadata"})
        text = self._text(fields.get("text"), "фраза")
        if text is None:
            return
        intents = self._intents(intent, fields["metadata"]) if "metadata" in fields else (intent,)
        self._phrase(node.start_mark.line + 1, text, intents)

    def _intents(self, intent: str, node: yaml.Node) -> Tuple[str, ...]:
        """Of a phrase that says several things; the file's is the one that the rules route on."""
        listed = self._mapping(node, {"intents"}).get("intents")
        names = [self._text(name, "имя намерения") for name in self._list(listed, "после «intents:»")]
        intents = tuple(name for name in names if name)
        if len(set(intents)) < 2 or len(set(intents)) < len(intents):
            self._wrong(node, "в «metadata: {intents: […]}» нужно хотя бы два разных намерения")
            return (intent,)
        first = routed([Guess(name, 1.0, place) for place, name in enumerate(intents)]).intent
        if intent != first:
            self._wrong(node, f"главное намерение этой фразы {first}: перенесите её туда")
        return intents

    def _phrase(self, line: int, written: str, intents: Tuple[str, ...]) -> None:
        text = ENTITY_REGEX.sub(lambda match: match["entity_text"], written).strip()
        if not text:
            self._at(line, "пустая фраза: допишите или удалите строку")
        elif len(text) > LONGEST_TEXT:
            self._at(line, f"фраза длиннее {LONGEST_TEXT} знаков, дальше бот не читает: сократите")
        elif "[" in text or "]" in text:
            self._at(line, "разметка не закрыта: нужно «[слово](сущность)», без пробела между скобками")
        else:
            entities = tuple(
                name for match in ENTITY_REGEX.finditer(written) for name in self._named(line, match)
            )
            self.phrases.append(Phrase(self.path, line, text, intents, entities))

    def _named(self, line: int, match: "re.Match[str]") -> Iterator[str]:
        if match["entity"]:
            yield match["entity"]
            return
        inner = (
            [f"{{{match['entity_dict']}}}"] if match["entity_dict"] else _dicts(match["list_entity_dicts"])
        )
        if not inner:
            self._at(line, f"в скобках после «[{match['entity_text']}]» не названа сущность")
        for written in inner:
            name = _entity(written)
            if name is None:
                self._at(line, f'разметка {written} не читается: нужно {{"entity": "…", "role": "…"}}')
            else:
                yield name

    def _mapping(self, node: yaml.Node, known: Collection[str]) -> Dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"здесь ждут «ключ: значение»; ключи: {', '.join(sorted(known))}")
            return {}
        fields: Dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key.value, str) or key.value not in known:
                self._wrong(key, f"неизвестный ключ «{key.value}»; бывают: {', '.join(sorted(known))}")
            elif key.value in fields:
                self._wrong(key, f"ключ «{key.value}» второй раз: объедините")
            fields[str(key.value)] = value
        return fields

    def _list(self, node: Optional[yaml.Node], where: str) -> Sequence[yaml.Node]:
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, f"{where} должен быть список: строки с «- »")
            return ()
        return node.value

    def _text(self, node: Optional[yaml.Node], what: str) -> Optional[str]:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
            return node.value
        self._wrong(node, f"{what}: нужен текст, возьмите в кавычки")
        return None

    def _wrong(self, node: Optional[yaml.Node], what: str) -> None:
        self._at(node.start_mark.line + 1 if node else 1, what)

    def _at(self, line: int, what: str) -> None:
        self.problems.append(Problem(self.path, line, what))


def _dicts(written: str) -> List[str]:
    return [match.group() for match in SINGLE_ENTITY_DICT.finditer(written)]


def _entity(written: str) -> Optional[str]:
    """Name of the entity of a `{"entity": …}`, None when it is not what Rasa reads."""
    try:
        fields = json.loads(written)
    except json.JSONDecodeError:
        return None
    right = set(fields) <= ANNOTATION_KEYS and all(isinstance(value, str) for value in fields.values())
    return fields.get("entity") if right else None
