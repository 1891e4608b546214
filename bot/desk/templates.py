"""Canned answers of the departments: `data/templates.yml`, read again whenever it changes."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from bot.dealer import Topic
from bot.desk.filling import unknown_places
from bot.errors import SettingsError
from bot.leads.words import topic_title
from bot.settings import ROOT

FILE = ROOT / "data" / "templates.yml"
# Filled and with what the desk says around it, it fits into one message of Telegram.
LONGEST = 3000
# What a word that was found in it is worth.
_TITLE, _TOPIC, _TEXT = 4, 3, 1
# What differs between «кредит» and «кредитом» is at the end; shorter stems would find everything.
_ENDING, _STEM = 2, 3

_WORD = re.compile(r"\w+")

log = logging.getLogger(__name__)


class Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z0-9_]{1,32}$", description="goes into the data of a button")
    title: str = Field(min_length=1, max_length=40, description="on a button")
    topic: Topic
    text: str = Field(min_length=1, max_length=LONGEST)

    @field_validator("text")
    @classmethod
    def _places_are_known(cls, text: str) -> str:
        if unknown := unknown_places(text):
            raise ValueError(f"таких слов в скобках нет: {', '.join(unknown)}")
        return text


_LIST = TypeAdapter(tuple[Template, ...])


class Templates:
    """A file that is wrong changes nothing: what was read before it stays, and the log says why."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._known: tuple[Template, ...] = ()

    def all(self) -> Sequence[Template]:
        if (state := self._state()) != self._seen:
            self._seen = state
            self._read()
        return self._known

    def find(self, key: str) -> Template | None:
        return next((each for each in self.all() if each.key == key), None)

    def about(self, topic: str) -> Sequence[Template]:
        """Of a topic of dealer.yml, or of the intent of that topic."""
        return [each for each in self.all() if topic_title(each.topic) == topic_title(topic)]

    def search(self, query: str) -> Sequence[Template]:
        """Those that have all the words, in whichever form; the best first."""
        stems = [_stem(word) for word in _words(query)]
        ranked = [(sum(found), each) for each in self.all() if all(found := _found(each, stems))]
        return [each for _, each in sorted(ranked, key=lambda pair: -pair[0])] if stems else []

    def _state(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def _read(self) -> None:
        try:
            self._known = read_templates(self._path)
        except SettingsError as error:
            log.error("templates not read", extra={"reason": str(error)})


def read_templates(path: Path) -> tuple[Template, ...]:
    """Raises SettingsError that names every template that is wrong."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: файл не читается ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", строка {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path}{line}: это не YAML") from error
    try:
        templates = _LIST.validate_python(data)
    except ValidationError as error:
        raise SettingsError("\n".join(_told(path, data, dict(each)) for each in error.errors())) from error
    _refuse_twins(path, templates)
    return templates


def _told(path: Path, data: Any, error: dict[str, Any]) -> str:
    number, field = (*error["loc"], None, None)[:2]
    if not isinstance(number, int):
        return f"{path}: нужен список шаблонов, каждый начинается с «- key: …»"
    given = data[number] if isinstance(data[number], dict) else {}
    where = f"{path}, шаблон {number + 1} ({given.get('key', 'без key')}): {field or 'целиком'}"
    match error["type"]:
        case "missing":
            return f"{where}: не хватает этого поля"
        case "extra_forbidden":
            return f"{where}: такого поля нет, проверьте написание"
        case "literal_error":
            return f"{where}: такой темы нет, есть {', '.join(get_args(Topic))}"
        case "string_too_long":
            return f"{where}: длиннее {error['ctx']['max_length']} знаков"
        case "string_pattern_mismatch":
            return f"{where}: до 32 латинских букв, цифр и «_»"
        case "value_error":
            return f"{where}: {error['ctx']['error']}"
        case _:
            return f"{where}: нужен текст"


def _refuse_twins(path: Path, templates: Sequence[Template]) -> None:
    keys = [each.key for each in templates]
    if twins := sorted({key for key in keys if keys.count(key) > 1}):
        raise SettingsError(f"{path}: key повторяется: {', '.join(twins)}")


def _found(template: Template, stems: Sequence[str]) -> list[int]:
    """What each of the words is worth here; 0: it is not in it."""
    fields = {
        _TITLE: _words(template.title),
        _TOPIC: [*_words(topic_title(template.topic)), *_words(template.key.replace("_", " "))],
        _TEXT: _words(template.text),
    }
    return [
        max((worth for worth, words in fields.items() if any(w.startswith(stem) for w in words)), default=0)
        for stem in stems
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("ё", "е"))


def _stem(word: str) -> str:
    return word[: max(_STEM, len(word) - _ENDING)]
