"""A week of lessons on a grid of days and hours; lessons at the same time share a day in lanes side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

STEP = 5
"""Minutes per row of the grid."""
ROWS_PER_HOUR = 60 // STEP
ROWS_UNTIMED = 9
"""Rows that a lesson without times takes above the hours."""
SHORTEST = 30
"""Minutes that the shortest block takes."""
EARLIEST, LATEST = 8, 20
"""The hours that are always shown."""
TONES = 12


@dataclass(frozen=True)
class Block:
    """A lesson on the grid: its rows and its lane, both counted from 1, and the number of lanes of its day there.

    Lessons with the same id in the field `colored_by` have the same colour.
    """

    lesson: Mapping[str, Any]
    first_row: int
    last_row: int
    lane: int
    lanes: int
    colored_by: str

    @property
    def columns(self) -> str:
        """The CSS columns of the day it takes: all of them if it is alone."""
        return "1 / -1" if self.lanes == 1 else f"{self.lane} / {-1 if self.lane == self.lanes else self.lane + 1}"

    @property
    def tone(self) -> int:
        """The number of its colour, the same on every page."""
        return int(self.lesson[self.colored_by] or 0) % TONES


@dataclass(frozen=True)
class Day:
    """One day: lessons with times, those without on top, and the number of lanes it needs."""

    date: date
    blocks: list[Block]
    all_day: list[Mapping[str, Any]]
    lanes: int


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday, and the hours they share; the first `top` rows are for lessons without times."""

    monday: date
    days: list[Day]
    hours: range
    top: int

    @property
    def columns(self) -> str:
        """The CSS widths of the columns: days with lessons side by side are wider."""
        widths = (f"minmax({max(6.4, 5.2 * day.lanes):g}rem, {max(1, day.lanes)}fr)" for day in self.days)
        return f"3.25rem {' '.join(widths)}"

    @property
    def columns_on_paper(self) -> str:
        """The CSS widths of the columns for printing: the whole week fits on a sheet of paper."""
        return f"2.5rem {' '.join(f'minmax(0, {1 + day.lanes}fr)' for day in self.days)}"

    @property
    def rows(self) -> int:
        """The number of rows of the grid."""
        return self.top + len(self.hours) * ROWS_PER_HOUR

    def row_of(self, hour: int) -> int:
        """Return the row in which an hour begins."""
        return self.top + (hour - self.hours.start) * ROWS_PER_HOUR + 1


def monday_of(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def lay_out(monday: date, lessons: Sequence[Mapping[str, Any]], *, colored_by: str = "group_id") -> Week:
    """Return the week with its lessons on the grid, in colours by a field that holds an id."""
    timed = [lesson for lesson in lessons if lesson["start_time"] is not None]
    first = min([EARLIEST, *(lesson["start_time"].hour for lesson in timed)])
    last = max([LATEST, *(_minute(lesson["end_time"]) // 60 + 1 for lesson in timed)])
    hours = range(first, min(last, 24))
    untimed = Counter(lesson["date"] for lesson in lessons if lesson["start_time"] is None)
    top = max(untimed.values(), default=0) * ROWS_UNTIMED
    shift = top * STEP - hours.start * 60
    days = [_day(monday + timedelta(days=number), lessons, shift, colored_by) for number in range(7)]
    return Week(monday, days, hours, top)


def _day(day: date, lessons: Sequence[Mapping[str, Any]], shift: int, colored_by: str) -> Day:
    """Return one day of the grid; `shift` minutes lie between midnight and the first row."""
    lessons_of_day = [lesson for lesson in lessons if lesson["date"] == day]
    timed = sorted(
        (found for found in lessons_of_day if found["start_time"]), key=lambda found: (found["start_time"], found["id"])
    )
    blocks = [block for cluster in _clusters(timed) for block in _side_by_side(cluster, shift, colored_by)]
    lanes = max((block.lanes for block in blocks), default=1)
    return Day(day, blocks, [lesson for lesson in lessons_of_day if not lesson["start_time"]], lanes)


def _clusters(lessons: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Split lessons in order of time into groups that do not overlap each other."""
    clusters: list[list[Mapping[str, Any]]] = []
    end = -1
    for lesson in lessons:
        if _minute(lesson["start_time"]) >= end:
            clusters.append([])
        clusters[-1].append(lesson)
        end = max(end, _end(lesson))
    return clusters


def _side_by_side(cluster: Sequence[Mapping[str, Any]], shift: int, colored_by: str) -> list[Block]:
    """Return a block for each lesson, in the first lane that is free when it begins."""
    ends: list[int] = []
    places: list[int] = []
    for lesson in cluster:
        start = _minute(lesson["start_time"])
        lane = next((number for number, end in enumerate(ends) if end <= start), len(ends))
        ends[lane : lane + 1] = [_end(lesson)]
        places.append(lane + 1)
    rows = [(_row(_minute(lesson["start_time"]) + shift), _row(_end(lesson) + shift)) for lesson in cluster]
    return [
        Block(lesson, first, max(last, first + 1), lane, len(ends), colored_by)
        for lesson, (first, last), lane in zip(cluster, rows, places, strict=True)
    ]


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _end(lesson: Mapping[str, Any]) -> int:
    return max(_minute(lesson["end_time"]), _minute(lesson["start_time"]) + SHORTEST)


def _row(minute: int) -> int:
    return minute // STEP + 1
