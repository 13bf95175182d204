"""Why something was answered with 503, told to the operator and not to the client."""

from __future__ import annotations

import logging
import time

from educore import Unavailable
from educore.adapters.sql import is_damaged, reason

log = logging.getLogger("educore.outages")

PAUSE_SECONDS = 60.0


class OnceAMinute(logging.Filter):
    """Lets a line through once a minute, however many requests meet the same trouble."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is new, or was last let through a minute ago."""
        now, line = time.monotonic(), record.getMessage()
        recent = {told: when for told, when in list(self._last.items()) if now - when < PAUSE_SECONDS}
        self._last = {line: now} | recent
        return line not in recent


def limit_log() -> None:
    """Have the log of outages tell the same thing once a minute at most."""
    if not any(isinstance(each, OnceAMinute) for each in log.filters):
        log.addFilter(OnceAMinute())


def note_outage(error: Unavailable | OSError) -> None:
    """Write down why the database or the files cannot be used; nothing of anybody's data is in it."""
    what = "the files" if isinstance(error, OSError) or error.code == "files_unavailable" else "the database"
    log.warning("503: %s cannot be used%s: %s", what, " (damaged)" if is_damaged(error) else "", reason(error))
