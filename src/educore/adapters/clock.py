"""The clock of the computer."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The computer's clock, in UTC."""

    def now(self) -> datetime:
        """This instant."""
        return datetime.now(UTC)
