"""Measurements of educore alone: time to import and to start, memory, and the cost of a check or a row."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.client import load
from benchmarks.operations import pages, token_for
from benchmarks.rounds import SECRET, cores, pinned
from benchmarks.scenario import Scenario
from benchmarks.servers import OURS, compiled_once, parent_of, processor_seconds, serving
from educore import Actor, Role, perform
from educore.adapters.sql import Database
from educore.assessment import Assignment, Submission
from educore.kernel.shape_compiler import compile_shape
from educore.people import Student
from educore_web.apis.center_crm.sections.students import StudentOut
from educore_web.demo.bulk_writer import BulkWriter
from educore_web.runtime.platform import Platform, open_platform
from educore_web.settings import Settings

TIMES, CALLS, STARTS = 5, 200, 3
IMPORTS = {
    "nothing": "pass",
    "educore": "import educore",
    "all its contexts": "from educore import EDUCATION",
    "the whole app": "import educore_web.app, educore_web.admin",
}


def import_seconds() -> dict[str, float]:
    """Return the seconds that each import takes in a new interpreter, without its start: the best of several."""
    with compiled_once() as environment:
        found = {what: min(_seconds(code, environment) for _ in range(TIMES + 1)) for what, code in IMPORTS.items()}
    nothing = found.pop("nothing")
    return {what: round(seconds - nothing, 3) for what, seconds in found.items()}


def _seconds(code: str, environment: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)  # noqa: S603 - our own interpreter
    return time.perf_counter() - begun


def start_seconds(database: str, scenario: Scenario) -> float:
    """Return the seconds from the start of the server to its first answer: the median of a few starts."""
    token, taken = token_for(scenario, SECRET), []
    for _ in range(STARTS):
        with serving(OURS, database=database, secret=SECRET, first=next(pages(scenario)), token=token) as server:
            taken.append(server.seconds)
    return round(statistics.median(taken), 2)


def workers(database: str, scenario: Scenario, *, seconds: float) -> dict[str, Any]:
    """Return pages per second with one and with two processes, and the processor time of each program for a page.

    Client, database and server share the same cores: on two cores, two processes cannot use both alone.
    """
    token = token_for(scenario, SECRET)
    rates = {}
    for count in (1, 2):
        first = next(pages(scenario))
        with serving(OURS, database=database, secret=SECRET, first=first, token=token, workers=count) as server:
            before: dict[str, float] = {}
            for time_of in (0.5, seconds):
                before = _processor_seconds(server.pid, database)
                requests = (call.as_bytes(host=server.host, token=token) for call in pages(scenario))
                found = load(server.port, requests, seconds=time_of)
            spent = {who: now - before[who] for who, now in _processor_seconds(server.pid, database).items()}
            rates[str(count)] = round(found.per_second, 1)
            milliseconds = {who: round(took * 1000 / len(found.latencies), 2) for who, took in spent.items()}
    return {"pages": rates, "milliseconds": milliseconds}


def _processor_seconds(server: int, database: str) -> dict[str, float]:
    """Return the processor time of each program so far; nothing on a system without `/proc`."""
    if not Path("/proc").is_dir():
        return {}
    found = {"educore": processor_seconds(server), "the client": time.process_time()}
    return found | ({"PostgreSQL": processor_seconds(_postmaster(database))} if "postgres" in database else {})


def _postmaster(database: str) -> int:
    """Return the id of the PostgreSQL process whose children serve the connections."""
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        postmaster = parent_of(connection.execute(sa.func.pg_backend_pid()).scalar_one())
    engine.dispose()
    return postmaster


def microseconds(database: str, scenario: Scenario) -> dict[str, float]:
    """Return the cost of single parts, in microseconds for each row or check."""
    platform = open_platform(Settings(database=database, secret=SECRET, worker=False))
    try:
        with pinned(cores()[0]):
            return {**_reading(platform, scenario), "grading one submission": _grading(platform, scenario)}
    finally:
        platform.database.close()


def _reading(platform: Platform, scenario: Scenario) -> dict[str, float]:
    user, sign_in = scenario.sign_ins[Role.DIRECTOR]
    director = Actor(Role.DIRECTOR, user, 0, scenario.center_id, sign_in_id=sign_in)
    domain = platform.school.domain
    with platform.school.work(director, read_only=True) as uow:
        student = uow.get(Student, scenario.students[0])
        scope = uow.scope(Student, "read")
        plan = compile_shape(StudentOut, domain)
        rows = uow._transaction.select(plan, scope, limit=1000)  # to time what follows it
        return {
            "computing which rows an actor may read": _each(lambda: uow.scope(Student, "read")),
            "checking one row against them": _each(lambda: scope.holds(student)),
            "building the JSON object of a student": _each(lambda: plan.build(rows, uow.ports)) / len(rows),
        }


def _grading(platform: Platform, scenario: Scenario) -> float:
    """Grade three hundred submissions in one unit of work and return the microseconds of one."""
    user, sign_in = scenario.sign_ins[Role.DIRECTOR]
    director = Actor(Role.DIRECTOR, user, 0, scenario.center_id, sign_in_id=sign_in)
    assignment, works = _hand_in(platform.database, scenario)
    taken = []
    for round_ in range(TIMES):
        grades = [{"student_id": id, "grade": 50 + round_, "feedback": ""} for id in works]
        begun = time.process_time()
        with platform.school.work(director) as uow:
            perform(uow, Assignment, "grade", assignment, {"grades": grades})
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


def _each(act: Callable[[], object]) -> float:
    """Return the microseconds of one call: the median of many."""
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return round(statistics.median(taken) * 1e6, 2)
