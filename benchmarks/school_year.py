"""Reports of attendance over a school year of 1.3 million marks, on PostgreSQL: time to write it, and to answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import sqlalchemy as sa

from benchmarks.rounds import SECRET
from educore import Actor, Educore, Role
from educore.adapters.sql import Database
from educore.attendance import day_report, month_analysis, week_summary
from educore.identity import Membership
from educore.organization import Center
from educore_web.demo import SEED, last_day, load_demo
from educore_web.demo.school_sketches import TANGIER, SchoolSketch
from educore_web.demo.school_year import mark_school_year
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings

TIMES = 9
MAX_MILLISECONDS = 500
"""The time within which the analysis of a month has to be there."""

REPORTS = {"analysis of a month": month_analysis, "summary of a week": week_summary, "report of a day": day_report}


def measure(database: str, *, say: Callable[[str], None], sketch: SchoolSketch = TANGIER) -> dict[str, float]:
    """Write the school into an empty database, and return the median milliseconds of each report for its director."""
    platform = open_platform(Settings(database=database, secret=SECRET), patient=True)
    platform.database.upgrade()
    now, begun = platform.school.ports.clock.now(), time.perf_counter()
    load_demo(platform.school, centers=[], schools=[sketch])
    planned = time.perf_counter()
    say(f"people and lessons after {planned - begun:.0f} s")
    written = mark_school_year(platform.database, seed=SEED, last=last_day(now), handle=sketch.handle)
    numbers = ", ".join(f"{count:,} {name}" for name, count in written.items())
    say(f"{numbers} after {time.perf_counter() - planned:.0f} s more")
    director = _director(platform.database, sketch)
    found = time_reports(platform.school, director, day=last_day(now).replace(day=1) - timedelta(days=1))
    platform.close()
    for name, milliseconds in found.items():
        say(f"{name}: {milliseconds:.0f} ms")
    return found


def time_reports(school: Educore, actor: Actor, *, day: date) -> dict[str, float]:
    """Return the median milliseconds of each report about a day, or the week or the month in which it lies."""
    found = {}
    for name, report in REPORTS.items():
        taken = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            with school.work(actor, read_only=True) as uow:
                report(uow, day)
            taken.append((time.perf_counter() - begun) * 1000)
        found[name] = round(statistics.median(taken), 1)
    return found


def misses(found: Mapping[str, float]) -> list[str]:
    """Return a sentence for each report that takes too long."""
    slow = {name: taken for name, taken in found.items() if taken >= MAX_MILLISECONDS}
    return [f"{name} takes {taken:.0f} ms, more than {MAX_MILLISECONDS}" for name, taken in slow.items()]


def _director(database: Database, sketch: SchoolSketch) -> Actor:
    """Return the director of a school, as they are once they have signed in."""
    center, member = database.tables.of(Center), database.tables.of(Membership)
    query = sa.select(member.c.user_id, member.c.id, center.c.id)
    query = query.where(member.c.center_id == center.c.id, member.c.role == Role.DIRECTOR.value)
    with database.engine.connect() as connection:
        user, member_id, school = connection.execute(query.where(center.c.handle == sketch.handle)).one()
    return Actor(Role.DIRECTOR, user, member_id, school, school_id=school)
