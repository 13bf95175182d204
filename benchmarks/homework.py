"""Homework: 1,000 students hand in twenty answers each, two at a time, at two workers, and nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from educore import Educore, memory_ports, where
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database
from educore.adapters.tokens import JwtTokens
from educore.assessment import (
    Answer,
    AssessmentKind,
    Attempt,
    AttemptStatus,
    add_question,
    publish_assessment,
    set_assessment,
)
from educore.groups import enroll_in_class, register_student
from educore.people import sign_in
from educore.rewards import Wallet
from support.cast import PASSWORD, ROOT, account
from support.homework import BY_MACHINE, QUESTIONS
from support.real_server import SECRET, Connection, run_server
from support.school_cast import School, create_school

STUDENTS, ASKED, WORKERS = 1_000, 20, 2
TARGET = 120
"""The most milliseconds for 95 of 100 hand-ins."""
MOST_SECONDS = 600
"""The most seconds in which all students begin, read and hand in."""

PATH = "/madrasti/api/homework"


def measure(database: Database, folder: Path, *, say: Callable[[str], None]) -> dict[str, float]:
    """Print and return the times of handing in, in milliseconds."""
    database.upgrade()
    clock = SystemClock()
    school = Educore(database.store, replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock)))
    people = create_school(school, ROOT)
    homework, tokens = _set(school, people), _register(school, people)
    with run_server(database.url, folder, worker="false", workers=str(WORKERS)) as server:
        begun = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            took = list(pool.map(lambda token: _hand_in(server.line(token), homework), tokens))
        seconds = time.perf_counter() - begun
    took = took[len(took) // 10 :]  # the first ones fill the caches of the workers
    found = {"median ms": 1000 * median(took), "p95 ms": 1000 * quantiles(took, n=20)[-1], "seconds in all": seconds}
    found["lost"] = _count_lost(school, homework)
    say(f"{STUDENTS} students hand in {ASKED} answers each, {WORKERS} at a time, at {WORKERS} workers")
    for name, value in found.items():
        say(f"{name}: {value:.1f}")
    return found


def misses(found: dict[str, float]) -> list[str]:
    """Return what is slower than it should be."""
    slow = [f"handing in takes more than {TARGET} ms"] if found["p95 ms"] > TARGET else []
    late = [f"all together take more than {MOST_SECONDS} seconds"] if found["seconds in all"] > MOST_SECONDS else []
    return [*slow, *late, *([f"{found['lost']:.0f} things were lost"] if found["lost"] else [])]


def _count_lost(school: Educore, homework: int) -> int:
    """Return how many attempts, answers and rewarded students there should be beyond those that there are."""
    mine = where(assessment_id=homework)
    with school.work(ROOT, read_only=True) as uow:
        attempts = uow.count(Attempt, mine & where(status=AttemptStatus.GRADED))
        answers = uow.as_platform().count(Answer, where(attempt__has=mine, answered_at__isnull=False))
        rewarded = uow.count(Wallet, where(total_points__gte=1))
    return (STUDENTS - attempts) + (STUDENTS * ASKED - answers) + (STUDENTS - rewarded)


def _set(school: Educore, people: School) -> int:
    """Set a homework for the second class; return its id."""
    with school.work(people.director) as uow:
        due = uow.ports.clock.now() + timedelta(days=2)
        about = {"kind": AssessmentKind.HOMEWORK, "title": "Benchmark", "due_at": due, "course_id": people.course.id}
        homework = set_assessment(uow, group_ids=[people.class_b.id], **about)
        for number in range(ASKED):
            kind = BY_MACHINE[number % len(BY_MACHINE)]
            asked = {"kind": kind, "text": f"{number}?", "points": Decimal(5), "choices": QUESTIONS[kind]}
            add_question(uow, assessment_id=homework.id, **asked)
        publish_assessment(uow, homework)
    return homework.id


def _register(school: Educore, people: School) -> list[str]:
    """Return the access tokens of new students of the class."""
    names = [f"pupil{number}" for number in range(STUDENTS)]
    with school.work(people.director) as uow:
        for name in names:
            student = register_student(uow, account=account(name), branch_id=people.branch.id)
            enroll_in_class(uow, group_id=people.class_b.id, student_id=student.id)
    return [sign_in(school, username=name, password=PASSWORD).access for name in names]


def _hand_in(line: Connection, homework: int) -> float:
    """Begin, read the questions and hand in; return the seconds that the last of these took."""
    submission = line.send("POST", f"{PATH}/submissions/", {"homework": homework}).json["id"]
    questions = line.send("GET", f"{PATH}/homework/{homework}/").json["questions"]
    answers = {"answers": [_answer(question) for question in questions]}
    begun = time.perf_counter()
    reply = line.send("POST", f"{PATH}/submissions/{submission}/submit/", answers)
    took = time.perf_counter() - begun
    line.close()
    if reply.status != 200:
        raise RuntimeError(reply.content)
    return took


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"text": "?"}
    match question["question_type"]:
        case "QCM_SINGLE" | "TRUE_FALSE" | "QCM_MULTIPLE":
            content = {"selected_choices": [random.choice(question["choices"])["id"]]}  # noqa: S311 - any will do
        case "FILL_BLANK":
            content = {"blanks": ["Paris", "1789"]}
        case "MATCHING":
            content = {"pairs": [[1, 1], [2, 2]]}
        case "ORDERING":
            content = {"order": [1, 2, 3]}
    return {"question": question["id"], **content}
