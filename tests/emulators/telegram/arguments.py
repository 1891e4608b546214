"""A request read into aiogram's own model of the method.

Calls come as a form (aiogram), a query or JSON (scripts). Nested values are JSON strings, an upload is
`attach://name` with a part of that name.
"""

import json
import re
import typing
from dataclasses import dataclass, field
from typing import Any

import aiogram.methods
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile, InputFile
from aiohttp import web
from aiohttp.web_request import FileField
from pydantic import ValidationError

from tests.emulators.telegram.errors import BadRequest

METHODS: dict[str, type[TelegramMethod[Any]]] = {
    model.__api_method__.lower(): model
    for model in vars(aiogram.methods).values()
    if isinstance(model, type) and issubclass(model, TelegramMethod) and model is not TelegramMethod
}
_ATTACH = "attach://"
_NUMBER = re.compile(r"-?\d+")


@dataclass
class Arguments:
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, BufferedInputFile] = field(default_factory=dict)


async def read_arguments(request: web.Request) -> Arguments:
    arguments = Arguments(values=dict(request.query))
    if request.content_type == "application/json":
        arguments.values |= {key: _as_form(value) for key, value in (await _json(request)).items()}
        return arguments
    for key, part in (await request.post()).items():
        if isinstance(part, FileField):
            arguments.files[key] = BufferedInputFile(part.file.read(), filename=part.filename)
        else:
            arguments.values[key] = str(part)
    return arguments


def unknown_arguments(model: type[TelegramMethod[Any]], arguments: Arguments) -> set[str]:
    """The real server passes over them in silence, so only the emulator can tell the developer."""
    return set(arguments.values) - set(model.model_fields)


def parse(model: type[TelegramMethod[Any]], arguments: Arguments) -> TelegramMethod[Any]:
    known = {name: raw for name, raw in arguments.values.items() if name in model.model_fields and raw != ""}
    values = {name: _decode(model, name, raw, arguments.files) for name, raw in known.items()}
    # A file may also be a part named as the parameter itself.
    values |= {name: part for name, part in arguments.files.items() if name in model.model_fields}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _unreadable(error) from error


async def _json(request: web.Request) -> dict[str, object]:
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError as error:
        raise BadRequest("can't parse JSON of the request") from error
    if not isinstance(body, dict):
        raise BadRequest("object expected as the request")
    return body


def _as_form(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _decode(
    model: type[TelegramMethod[Any]], name: str, raw: str, files: dict[str, BufferedInputFile]
) -> object:
    kinds = _kinds(model.model_fields[name].annotation)
    if InputFile in kinds and raw.startswith(_ATTACH):
        return _attached(raw, files)
    if str in kinds:
        return int(raw) if int in kinds and _NUMBER.fullmatch(raw) else raw
    try:
        return _with_files(json.loads(raw), files)
    except json.JSONDecodeError as error:
        raise BadRequest(f"can't parse {name} JSON object") from error


def _kinds(annotation: Any) -> set[Any]:
    return set(typing.get_args(annotation)) | {annotation}


def _with_files(value: Any, files: dict[str, BufferedInputFile]) -> Any:
    if isinstance(value, dict):
        return {key: _with_files(item, files) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_files(item, files) for item in value]
    return _attached(value, files) if isinstance(value, str) and value.startswith(_ATTACH) else value


def _attached(reference: str, files: dict[str, BufferedInputFile]) -> BufferedInputFile:
    part = files.get(reference.removeprefix(_ATTACH))
    if part is None:
        raise BadRequest("there is no file in the request: the part named by attach:// is missing")
    return part


def _unreadable(error: ValidationError) -> BadRequest:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "request"
    if first["type"] != "missing" or len(first["loc"]) > 1:
        return BadRequest(f"can't parse {name}: {first['msg']}")
    # aiogram leaves empty values out of the form, so an empty text arrives as none at all.
    return BadRequest(
        {"text": "message text is empty", "chat_id": "chat_id is empty"}.get(
            name, f'parameter "{name}" is required'
        )
    )
