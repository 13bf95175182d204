"""The calendar the demonstration happens on: fourteen months up to yesterday, with school seasons."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEASONS = (2.4, 1.6, 1.3, 1.0, 0.7, 1.0, 0.6, 1.4, 3.0, 2.0, 1.2, 0.7)
"""How many groups begin in January, February and so on, compared with April."""

GROWTH = 0.9
"""How much busier the last month is than the first, season aside."""

ZONE = ZoneInfo("Asia/Tashkent")
SUNDAY = 6


@dataclass(frozen=True)
class Calendar:
    """The days from `first` to `last`, both included, in Tashkent."""

    first: date
    last: date

    @classmethod
    def before(cls, now: datetime, *, days: int) -> Calendar:
        """The calendar that ends the day before `now`."""
        last = now.astimezone(ZONE).date() - timedelta(days=1)
        return cls(last - timedelta(days=days), last)

    def since(self, later: timedelta) -> Calendar:
        """The same calendar, begun later."""
        return Calendar(self.first + later, self.last)

    def at_work(self, day: date, rng: random.Random | None = None, *, hour: int = 8) -> datetime:
        """An instant of a day when the office is open (of the Saturday before, if it is a Sunday)."""
        if day.weekday() == SUNDAY:
            day -= timedelta(days=1)
        minutes = 0 if rng is None else 60 + rng.randrange(9 * 60)
        return datetime.combine(day, time(hour), ZONE).astimezone(UTC) + timedelta(minutes=minutes)

    def some_day(self, rng: random.Random) -> date:
        """Any day of the calendar's first two thirds."""
        return self.first + timedelta(days=rng.randrange((self.last - self.first).days * 2 // 3))

    def busy_days(self, rng: random.Random, count: int) -> list[date]:
        """`count` days in order, thick in September and January, thin in July; the last may lie ahead."""
        days = [self.first + timedelta(days=n) for n in range(10, (self.last - self.first).days + 12)]
        weights = [SEASONS[d.month - 1] * (1 + GROWTH * place / len(days)) for place, d in enumerate(days)]
        reached = list(itertools.accumulate(weights))
        marks = ((place + rng.uniform(0.2, 0.8)) / count * reached[-1] for place in range(count))
        return [next(d for d, sum_so_far in zip(days, reached, strict=True) if sum_so_far >= mark) for mark in marks]
