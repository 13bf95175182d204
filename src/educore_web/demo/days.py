"""The calendar of the demo: fourteen months up to yesterday, with school seasons."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from educore.values import Region

SEASONS = (2.4, 1.6, 1.3, 1.0, 0.7, 1.0, 0.6, 1.4, 3.0, 2.0, 1.2, 0.7)
"""Relative number of groups that start in January, February and so on; April is 1."""

GROWTH = 0.9
"""Growth of that number from the first to the last month, apart from the seasons."""

REGION = Region("UZ", "Asia/Tashkent", "UZS")
"""The region of both Centers."""

ZONE = ZoneInfo(REGION.time_zone)
SUNDAY = 6


@dataclass(frozen=True)
class Calendar:
    """The days from `first` to `last`, inclusive, in the time zone of Tashkent."""

    first: date
    last: date

    @classmethod
    def before(cls, now: datetime, *, days: int) -> Calendar:
        """Return the calendar that ends on the day before `now`."""
        last = now.astimezone(ZONE).date() - timedelta(days=1)
        return cls(last - timedelta(days=days), last)

    def starting_later(self, later: timedelta) -> Calendar:
        """Return the same calendar with a later first day."""
        return Calendar(self.first + later, self.last)

    def office_time(self, day: date, rng: random.Random | None = None, *, hour: int = 8) -> datetime:
        """Return an instant within the office hours of a day, or of the Saturday before a Sunday.

        Without `rng`, it is exactly `hour` o'clock.
        """
        if day.weekday() == SUNDAY:
            day -= timedelta(days=1)
        minutes = 0 if rng is None else 60 + rng.randrange(9 * 60)
        return datetime.combine(day, time(hour), ZONE).astimezone(UTC) + timedelta(minutes=minutes)

    def random_day(self, rng: random.Random) -> date:
        """Return a random day in the first two thirds of the calendar."""
        return self.first + timedelta(days=rng.randrange((self.last - self.first).days * 2 // 3))

    def start_days(self, rng: random.Random, count: int) -> list[date]:
        """Return `count` days in order: many in September, few in July. The last ones may be in the future."""
        days = [self.first + timedelta(days=n) for n in range(10, (self.last - self.first).days + 12)]
        weights = [SEASONS[d.month - 1] * (1 + GROWTH * place / len(days)) for place, d in enumerate(days)]
        sums = list(itertools.accumulate(weights))
        marks = ((place + rng.uniform(0.2, 0.8)) / count * sums[-1] for place in range(count))
        return [next(d for d, sum_so_far in zip(days, sums, strict=True) if sum_so_far >= mark) for mark in marks]
