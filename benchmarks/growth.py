"""Latency of pages as a school grows from 600 students to a million."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks.operations import BASE, Call
from benchmarks.rounds import SECRET, cores
from benchmarks.servers import OURS, serving
from educore import EDUCATION, Role
from educore.adapters.sql import Database
from educore.attendance import Attendance
from educore.groups import Group
from educore.people import sign_in
from educore_web.demo import SEED, load_demo
from educore_web.demo.bulk import SIZES, enlarge
from educore_web.demo.simulation import PASSWORDS
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings

TIMES, PAGES, MOST_MILLISECONDS = 15, 200, 10_000


def tell_story(database: str) -> None:
    """Load the demo data, from which every size grows."""
    platform = open_platform(Settings(database=database, secret=SECRET))
    platform.database.upgrade()
    load_demo(platform.school)
    platform.database.close()


def measure(database: str, size: str, *, say: Callable[[str], None]) -> dict[str, float]:
    """Return milliseconds, the median of several requests in sequence. The database must hold the demo data."""
    opened = Database(database, EDUCATION)
    begun = time.perf_counter()
    if SIZES[size] > SIZES["s"]:
        enlarge(opened, students=SIZES[size], seed=SEED, now=datetime.now(UTC))
    say(f"{size}: {SIZES[size]:,} students after {time.perf_counter() - begun:.0f} s")
    about = _what_there_is(opened)
    token = _token(opened)
    opened.close()
    first = Call("GET", f"{BASE}/students/")
    with (
        serving(OURS, database=database, secret=SECRET, first=first, token=token, core=cores()[0]) as server,
        httpx.Client(base_url=f"http://{server.host}", timeout=120) as client,
    ):
        found = _pages(client, token, about) | _admin(client)
    say(", ".join(f"{name} {taken:.1f} ms" for name, taken in found.items()))
    return found


def _pages(client: httpx.Client, token: str, about: dict[str, Any]) -> dict[str, float]:
    client.headers["authorization"] = f"Bearer {token}"
    count = client.get(f"{BASE}/students/").json()["count"]
    marks = (
        {
            "lesson_id": about["session_id"],
            "attendance_data": [{"student_id": id, "status": word} for id in about["students"]],
        }
        for word in ("Present", "Late") * TIMES
    )
    found = {
        **_page(lambda: client.get(f"{BASE}/students/")),
        "the last page": _median(lambda: client.get(f"{BASE}/students/", params={"page": -(-count // 20)})),
        "search by name": _median(lambda: client.get(f"{BASE}/students/", params={"search": "karimova"})),
        "statistics of a group": _median(lambda: client.get(f"{BASE}/groups/{about['group_id']}/statistics/")),
        "marking a class": _median(lambda: client.post(f"{BASE}/attendance/bulk-mark/", json=next(marks))),
    }
    del client.headers["authorization"]
    return found


def _admin(client: httpx.Client) -> dict[str, float]:
    """Measure the dashboard and the list of students of the director."""
    name = {"username": "director1", "password": PASSWORDS[Role.DIRECTOR], "csrf": ""}
    own_site = {"origin": str(client.base_url).rstrip("/")}
    client.post("/admin/login", data=name, headers=own_site, follow_redirects=True).raise_for_status()
    return {
        "dashboard": _median(lambda: client.get("/admin/")),
        "students in the admin": _median(lambda: client.get("/admin/student/list")),
    }


def _page(request: Callable[[], httpx.Response]) -> dict[str, float]:
    """Measure the median and the 95th percentile of a page."""
    taken = _milliseconds(request, PAGES)
    return {
        "a page of students": round(statistics.median(taken), 2),
        "the same, 95th percentile": round(statistics.quantiles(taken, n=20)[-1], 2),
    }


def _median(request: Callable[[], httpx.Response]) -> float:
    return round(statistics.median(_milliseconds(request, TIMES)), 2)


def _milliseconds(request: Callable[[], httpx.Response], times: int) -> list[float]:
    taken: list[float] = []
    request().raise_for_status()
    while len(taken) < times and sum(taken) < MOST_MILLISECONDS:
        begun = time.perf_counter()
        request().raise_for_status()
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def _what_there_is(database: Database) -> dict[str, Any]:
    """Return a marked lesson of the first Center, its students and its group."""
    mark, group = database.tables.of(Attendance), database.tables.of(Group)
    with database.engine.connect() as connection:
        last = sa.select(mark.c.session_id).where(mark.c.center_id == 1).order_by(mark.c.id.desc()).limit(1)
        session = connection.execute(last).scalar_one()
        whose = sa.select(mark.c.student_id).where(mark.c.session_id == session)
        own = sa.select(group.c.id).where(group.c.center_id == 1).order_by(group.c.id.desc()).limit(1)
        students = list(connection.execute(whose).scalars())
        return {"session_id": session, "students": students, "group_id": connection.execute(own).scalar_one()}


def _token(database: Database) -> str:
    platform = open_platform(Settings(database=database.url, secret=SECRET))
    try:
        return sign_in(platform.school, username="director1", password=PASSWORDS[Role.DIRECTOR]).access
    finally:
        platform.database.close()
