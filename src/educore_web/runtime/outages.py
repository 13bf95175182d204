"""The log of outages: the reason of an answer 503, for the operator and not for the client."""

from __future__ import annotations

import logging
import time

from educore import Unavailable
from educore.adapters.sql import is_damaged, reason

log = logging.getLogger("educore.outages")

PAUSE_SECONDS = 60.0


class OncePerMinute(logging.Filter):
    """A filter that passes equal lines once a minute, because many requests meet the same outage."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line did not pass within the last minute."""
        now, line = time.monotonic(), record.getMessage()
        recent = {text: passed for text, passed in list(self._last.items()) if now - passed < PAUSE_SECONDS}
        self._last = {line: now} | recent
        return line not in recent


def limit_log() -> None:
    """Limit equal lines in the log of outages to one a minute."""
    if not any(isinstance(present, OncePerMinute) for present in log.filters):
        log.addFilter(OncePerMinute())


def log_outage(error: Unavailable | OSError) -> None:
    """Log why the database or the files cannot be used. The line contains no personal data."""
    part = "the files" if isinstance(error, OSError) or error.code == "files_unavailable" else "the database"
    log.warning("503: %s cannot be used%s: %s", part, " (damaged)" if is_damaged(error) else "", reason(error))
