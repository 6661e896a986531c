"""Logs: structlog over the standard library, on the console or as JSON, with every secret blanked."""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

BLANK = "***"
QUIET = {"aiogram.event": logging.WARNING, "aiohttp.access": logging.WARNING, "httpx": logging.WARNING,
         "httpcore": logging.WARNING, "alembic": logging.WARNING, "aiosqlite": logging.WARNING,
         "sqlalchemy.engine": logging.WARNING}  # fmt: skip


class Blank:
    """A processor that puts *** wherever one of the secrets stands, tracebacks included."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Longest first, so that a secret holding another goes whole."""
        self._secrets = sorted((secret for secret in secrets if len(secret) > 2), key=len, reverse=True)

    def text(self, words: str) -> str:
        """Return the words without the secrets."""
        for secret in self._secrets:
            words = words.replace(secret, BLANK)
        return words

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self._value(part) for key, part in value.items()}
        if isinstance(value, list | tuple | set):
            return [self._value(part) for part in value]
        return value if isinstance(value, int | float | bool | None) else self.text(str(value))

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        """Blank every field of an event."""
        return {self.text(key): self._value(value) for key, value in event.items()}


def set_up_logs(level: str, form: str, secrets: Sequence[str]) -> None:
    """Send every log line, ours and the libraries', to stderr in one form (`console` or `json`)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(default=str)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, Blank(secrets), last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, logging.getLevelName(level)))
