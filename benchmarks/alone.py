"""What only concerns us: how long it takes to import and to start, how much memory, what a check or a row costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.client import load
from benchmarks.operations import pages, token_for
from benchmarks.rounds import SECRET, cores, pinned
from benchmarks.scenario import Scenario
from benchmarks.servers import OURS, serving
from educore import Actor, Assignment, Role, Student, Submission, perform
from educore.sql import Database
from educore_web.apis.center_crm.students import StudentOut
from educore_web.app import Platform, open_platform
from educore_web.demo.copying import BulkWriter
from educore_web.settings import Settings

TIMES = 5
IMPORTS = {"nothing": "pass", "educore": "import educore", "the whole app": "import educore_web.app, educore_web.admin"}


def import_seconds() -> dict[str, float]:
    """Seconds until a fresh interpreter has imported it, beyond those for nothing; the best of five."""
    found = {what: min(_seconds([sys.executable, "-c", code]) for _ in range(TIMES)) for what, code in IMPORTS.items()}
    nothing = found.pop("nothing")
    return {what: round(seconds - nothing, 3) for what, seconds in found.items()}


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter
    return time.perf_counter() - begun


def workers(database: str, scenario: Scenario, *, seconds: float) -> dict[str, float]:
    """Pages a second with one and with two processes; client and database share the same cores."""
    token = token_for(scenario, SECRET)
    found = {}
    for count in (1, 2):
        first = next(pages(scenario))
        with serving(OURS, database=database, secret=SECRET, first=first, token=token, workers=count) as server:
            for time_of in (0.5, seconds):
                requests = (call.as_bytes(host=server.host, token=token) for call in pages(scenario))
                found[str(count)] = round(load(server.port, requests, seconds=time_of).per_second, 1)
    return found


def microseconds(database: str, scenario: Scenario) -> dict[str, float]:
    """What the parts cost, in microseconds for each row or check."""
    platform = open_platform(Settings(database=database, secret=SECRET, worker=False))
    try:
        with pinned(cores()[0]):
            return {**_reading(platform, scenario), "grading of one answer": _grading(platform, scenario)}
    finally:
        platform.database.close()


def _reading(platform: Platform, scenario: Scenario) -> dict[str, float]:
    user, sign_in = scenario.sign_ins[Role.DIRECTOR]
    director = Actor(Role.DIRECTOR, user, 0, scenario.center_id, sign_in_id=sign_in)
    domain = platform.school.domain
    with platform.school.work(director, read_only=True) as uow:
        student = uow.get(Student, scenario.students[0])
        scope = uow.scope(Student, "read")
        plan = domain.plan(StudentOut)
        rows = uow._transaction.view(plan, scope, visible={}, limit=1000)  # to time what follows it
        return {
            "deciding which rows somebody may read": _each(lambda: uow.scope(Student, "read")),
            "checking one row against that": _each(lambda: scope.holds(student)),
            "making the JSON object of a student": _each(lambda: plan.build(rows, uow.ports)) / len(rows),
        }


def _grading(platform: Platform, scenario: Scenario) -> float:
    """A class of three hundred graded at once, all in one unit of work."""
    user, sign_in = scenario.sign_ins[Role.DIRECTOR]
    director = Actor(Role.DIRECTOR, user, 0, scenario.center_id, sign_in_id=sign_in)
    assignment, works = _hand_in(platform.database, scenario)
    taken = []
    for round_ in range(TIMES):
        grades = [{"student_id": id, "grade": 50 + round_, "feedback": ""} for id in works]
        begun = time.process_time()
        with platform.school.work(director) as uow:
            perform(uow, Assignment, "grade", assignment, grades=grades)
        taken.append((time.process_time() - begun) / len(works))
    return round(statistics.median(taken) * 1e6, 1)


def _hand_in(database: Database, scenario: Scenario) -> tuple[int, range]:
    group = scenario.large
    with database.engine.begin() as connection:
        writer = BulkWriter(database, connection)
        (assignment,) = writer.take_ids(Assignment, 1)
        whose: dict[str, Any] = {"center_id": scenario.center_id, "group_id": group.group_id, "teacher_id": None}
        now = datetime.now(UTC)
        about: dict[str, Any] = {"title": "Work", "description": "", "file": None, "due_date": now.date()}
        stamps = {"created_at": now, "updated_at": now}
        writer.write(Assignment, [{"id": assignment, **stamps, **whose, **about, "status": "assigned"}])
        writer.write(
            Submission,
            [
                {
                    "id": id,
                    "center_id": scenario.center_id,
                    "assignment_id": assignment,
                    "student_id": student,
                    "submitted_at": now,
                    **dict.fromkeys(("file", "grade", "feedback", "graded_at", "graded_by_id")),
                }
                for id, student in zip(writer.take_ids(Submission, len(group.students)), group.students, strict=True)
            ],
        )
        writer.finish()
    return assignment, group.students


def _each(act: Callable[[], object], times: int = 200) -> float:
    """Microseconds of one call, the median of several hundred."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return round(statistics.median(taken) * 1e6, 2)
