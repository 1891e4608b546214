"""Logs as JSON lines: what happened to which row, never what people wrote; phones are masked."""

import datetime as dt
import json
import logging
import re
import sys

_PHONE = re.compile(r"(?<![\d.])(?:\+?7|8)[\s(-]*(\d{3})[\s)-]*\d{3}[\s-]*(\d{2})[\s-]*(\d{2})(?!\d)")

# What every record has; the rest came as `extra`.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def mask_phones(text: str) -> str:
    """«+7 900 123-45-67» → «+7900***4567»."""
    return _PHONE.sub(r"+7\1***\2\3", text)


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
            entry["error"] = _without_values(self.formatException(record.exc_info))
        return mask_phones(json.dumps(entry, ensure_ascii=False, default=str))


def _without_values(trace: str) -> str:
    """SQLAlchemy adds the values of a statement to its errors: message bodies and phones."""
    return re.sub(r"\[parameters: .*", "[parameters hidden]", trace)


def set_up_logging(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # One line for each request would bury the events, and addresses hold tokens.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
