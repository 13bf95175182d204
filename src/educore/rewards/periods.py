"""The periods of leaderboards: pure functions."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from educore.rewards.entities import BoardType

WHOLE_YEAR = (BoardType.CLASS, BoardType.GRADE, BoardType.SUBJECT)


@dataclass(frozen=True)
class BoardPeriod:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def day_before(self) -> date:
        """The last day of the period before."""
        return self.start - timedelta(days=1)


def period_of(kind: BoardType, day: date, year: BoardPeriod | None) -> BoardPeriod | None:
    """Return the period of a type of board with a day in it; `year` is the school year that is current.

    A week begins on Monday. The first half of a school year ends on its middle day: of 1 September 2024 to 30 June 2025
    on 30 January. A day before the year belongs to its first part, one after it to the last. None without a year.
    """
    if kind is BoardType.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return BoardPeriod(monday, monday + timedelta(days=6))
    if kind is BoardType.MONTHLY:
        return BoardPeriod(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    if year is None or kind in WHOLE_YEAR:
        return year
    middle = year.start + timedelta(days=(year.end - year.start).days // 2)
    return BoardPeriod(year.start, middle) if day <= middle else BoardPeriod(middle + timedelta(days=1), year.end)
