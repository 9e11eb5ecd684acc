"""What a server tells its operator: a line for each event, for people or for programs.

An event has a fixed name, a sentence, and figures. Never personal data: no addresses, no cookies,
no names that visitors typed, no queries; what comes from outside cannot begin a line of its own.
"""

import json
import logging
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from vae_explorer.errors import ConfigError

FORMAT = "VAE_EXPLORER_LOG_FORMAT"  # of the environment, as are its like
LEVEL = "VAE_EXPLORER_LOG_LEVEL"
FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
MAX_TEXT = 100  # characters of a field
SELDOM_SECONDS = 60.0
INFO, WARNING, ERROR = logging.INFO, logging.WARNING, logging.ERROR
LOG = logging.getLogger("vae_explorer")
Field = float | str | None | Mapping[str, float]


class Settings(NamedTuple):
    """How the log is written."""

    as_json: bool
    level: int  # of the logger `vae_explorer`


def settings(default_level: str = "warning") -> Settings:
    """What the environment asks for; ConfigError, one sentence, where that is not known."""
    form = os.environ.get(FORMAT, "").strip().lower() or FORMATS[0]
    level = os.environ.get(LEVEL, "").strip().lower() or default_level
    for what, value, known in (("format", form, FORMATS), ("level", level, LEVELS)):
        if value not in known:
            raise ConfigError(f"log-{what} must be one of {', '.join(known)}, got {value}.")
    return Settings(form == "json", logging.getLevelNamesMapping()[level.upper()])


def begin(default_level: str) -> None:
    """Write the log of this process, libraries' lines too, to standard error; ConfigError.

    As JSON, all that Python itself would write there becomes lines of the log: warnings, and errors
    that nobody caught.
    """
    chosen = settings(default_level)
    LOG.setLevel(chosen.level)
    handler = LineHandler()
    handler.setFormatter(JsonLines() if chosen.as_json else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [h for h in root.handlers if not isinstance(h, LineHandler)]
    root.addHandler(handler)
    if chosen.as_json:
        logging.captureWarnings(True)
        sys.excepthook = _uncaught
        threading.excepthook = _uncaught_in_thread


def tell(event: str, sentence: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Write an event: its fixed name, a sentence without personal data, its own figures."""
    LOG.log(level, "%s", sentence, extra={"event": event, "fields": fields})


class Seldom:
    """An event that strangers bring about at will: told once a minute, with how many there were."""

    def __init__(self, event: str, seconds: float = SELDOM_SECONDS):
        self.event, self.seconds = event, seconds
        self._count, self._told, self._lock = 0, -math.inf, threading.Lock()

    def tell(self, sentence: str, **fields: Field) -> None:
        """It has happened once more; `count`: how often since the last line."""
        with self._lock:
            self._count += 1
            now = time.monotonic()
            if now - self._told < self.seconds:
                return
            count, self._count, self._told = self._count, 0, now
        tell(self.event, sentence, level=INFO, count=count, **fields)


class LineHandler(logging.StreamHandler):
    """Writes records to standard error, but for those that name who asked for what."""

    def __init__(self) -> None:
        super().__init__()
        self.addFilter(_is_told)


def _is_told(record: logging.LogRecord) -> bool:
    """uvicorn's lines below warnings hold addresses of visitors and their queries."""
    return record.name.partition(".")[0] != "uvicorn" or record.levelno >= logging.WARNING


class TextLines(logging.Formatter):
    """`2026-11-27T04:10:00Z INFO sentence`; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without an end."""
        lines = [f"{_time(record, 'seconds')} {record.levelname} {_escaped(_message(record))}"]
        lines += [f"    {_escaped(line)}" for line in _traceback(record).splitlines()]
        return "\n".join(lines)


class JsonLines(logging.Formatter):
    """One object a line: time, level, event, message, then the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without an end; of a line that is no event of ours, `logger` says whose."""
        line: dict[str, Any] = {
            "time": _time(record, "milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": _message(record),
        }
        if not hasattr(record, "event"):
            line["logger"] = record.name
        line |= {name: _value(value) for name, value in getattr(record, "fields", {}).items()}
        if said := _traceback(record):
            line["traceback"] = said
        return json.dumps(line)


def _time(record: logging.LogRecord, precision: str) -> str:
    moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec=precision)}Z"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's figures that do not fit its sentence
        return str(record.msg)


def _traceback(record: logging.LogRecord) -> str:
    """Of a record's error, or what it shows of the stack; "" where it has neither."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    said = "".join(traceback.format_exception(error)) if error is not None else ""
    return (said + (record.stack_info or "")).rstrip("\n")


def _escaped(text: str) -> str:
    """Text whose control characters can be read, and do nothing."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _value(value: Field) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(part) for name, part in value.items()}
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else None
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        LOG.critical("An error ended this process.", exc_info=error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        LOG.error("An error ended a thread.", exc_info=args.exc_value)
