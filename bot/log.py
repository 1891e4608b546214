"""Logs as JSON lines: what happened to which row, never what people wrote; phones and keys are masked.

Everything that any library logs goes through here.
"""

import datetime as dt
import json
import logging
import re
import sys
from types import TracebackType

_PHONE = re.compile(r"(?<![\d.])(?:\+?7|8)[\s(-]*(\d{3})[\s)-]*\d{3}[\s-]*(\d{2})[\s-]*(\d{2})(?!\d)")

# Keys by their shape and by where they stand: libraries put them into addresses, and these into errors.
_SECRETS = (
    (re.compile(r"(/bot\d+:)[^/\s\"'\\]+"), r"\1***"),
    (re.compile(r"(?<!\d)(\d{6,12}:)[A-Za-z0-9_-]{30,}"), r"\1***"),
    (re.compile(r"\bvk1\.a\.[\w-]+"), "vk1.a.***"),
    (re.compile(r"\b[0-9a-f]{64,}\b"), "***"),
    (re.compile(r"([?&](?:key|secret)=)[^&\s\"'\\]+"), r"\1***"),
    (re.compile(r"(access_token\\?[\"']?\s*[:=]\s*\\?[\"']?)[^&\s\"'\\,)]+"), r"\1***"),
    (re.compile(r"(://[^:/@\s]*:)[^@/\s]+@"), r"\1***@"),
)

# Where errors quote the values they were about: what people wrote.
_QUOTES = re.compile(
    r"\[parameters: .*"  # SQLAlchemy
    r"|DETAIL: .*"  # PostgreSQL
    r"|input_value=.*(?=, input_type=)"  # pydantic
    r"|(?<=\n)Content: .*"  # aiogram
)

# Their own reports would bury ours, and below a warning they quote addresses and messages.
_FOREIGN = ("aiogram", "aiohttp", "aiosqlite", "alembic", "asyncio", "sqlalchemy", "urllib3", "vk_api")

# What every record has; the rest came as `extra`.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def mask_phones(text: str) -> str:
    """«+7 900 123-45-67» → «+7900***4567»."""
    return _PHONE.sub(r"+7\1***\2\3", text)


def mask_secrets(text: str) -> str:
    """Keys of the messengers and passwords in addresses."""
    for secret, mask in _SECRETS:
        text = secret.sub(mask, text)
    return text


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        entry |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        entry = {key: _without_quotes(value) for key, value in entry.items()}
        return mask_secrets(mask_phones(json.dumps(entry, ensure_ascii=False, default=str)))


def _without_quotes(value: object) -> object:
    return _QUOTES.sub("[hidden]", value) if isinstance(value, str) else value


def set_up_logging(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _FOREIGN:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Python's own print of an error would hide nothing."""
    logging.getLogger(__name__).critical("stopped by an error", exc_info=(kind, error, trace))
