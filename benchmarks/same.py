"""Comparison of answers: the same status and the same body, except for new ids and the order of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.operations import BASE, Call, mark_all, new_student
from benchmarks.scenario import Scenario
from benchmarks.servers import LIMIT, Served
from educore import Role

Asked = tuple[str, Role | None, Call]


def calls(scenario: Scenario, turn: int) -> Iterator[Asked]:
    """Yield requests with the programs that answer them and the role. `turn` keeps written rows apart."""
    director, one = Role.DIRECTOR, f"{BASE}/students/{scenario.students[3]}/"
    yield "all", director, Call("GET", f"{BASE}/students/")
    yield "all", director, Call("GET", f"{BASE}/students/?page=2")
    yield "all", director, Call("GET", f"{BASE}/students/?page=1&page_size=7")
    yield "all", director, Call("GET", one)
    yield "all", director, Call("GET", f"{BASE}/students/{scenario.neighbour_student_id}/")
    yield "all", None, Call("GET", one)
    yield "two", director, Call("GET", f"{BASE}/groups/{scenario.reported_group_id}/statistics/")
    yield "two", director, Call("GET", f"{BASE}/groups/{scenario.neighbour_group_id}/statistics/")
    yield "two", Role.ADMIN, Call("GET", f"{BASE}/groups/{scenario.reported_group_id}/statistics/")
    yield "two", Role.STUDENT, Call("GET", f"{BASE}/students/")
    yield "two", director, Call("GET", f"{BASE}/students/?search=student1&ordering=-id")
    yield from _marks(scenario, turn)
    yield from _new_students(scenario, turn)


def _marks(scenario: Scenario, turn: int) -> Iterator[Asked]:
    director, group = Role.DIRECTOR, scenario.classes[0]
    lesson = group.lessons[turn]
    yield "all", director, mark_all(group, lesson, 0)
    yield "all", director, mark_all(group, lesson, 0)
    yield "all", director, mark_all(group, lesson, 1)
    yield "two", Role.STUDENT, mark_all(group, lesson, 1)
    yield "all", director, mark_all(group, 0, 1)
    stranger, first = scenario.large.students[0], group.students[0]
    for ids in ([], [first, stranger], [first, first]):
        marks = [{"student_id": id, "status": "Late"} for id in ids]
        yield "two", director, _bulk({"lesson_id": lesson, "attendance_data": marks})
    wrong = [{"student_id": first, "status": "Here"}]
    yield "two", director, _bulk({"lesson_id": lesson, "attendance_data": wrong})
    yield "two", director, _bulk({"attendance_data": []})


def _bulk(body: Any) -> Call:
    return Call("POST", f"{BASE}/attendance/bulk-mark/", body)


def _new_students(scenario: Scenario, turn: int) -> Iterator[Asked]:
    director, path, body = Role.DIRECTOR, f"{BASE}/students/", new_student(scenario, 9_000_000 + turn)
    body["group"] = scenario.groups[0]
    yield "two", director, Call("POST", path, body)
    yield "two", Role.STUDENT, Call("POST", path, body)
    yield "two", director, Call("POST", path, {})
    weak = {"username": f"weak{turn}", "password": "lettersonly"}
    yield "two", director, Call("POST", path, {**body, "user": weak})
    yield "two", director, Call("POST", path, body)
    fresh = {"username": f"other{turn}", "password": "Chirchiq 1991"}
    yield "two", director, Call("POST", path, {**body, "user": fresh, "group": scenario.neighbour_group_id})


def differences(servers: Sequence[Served], scenario: Scenario, tokens: dict[Role, str]) -> list[str]:
    """Return a line for every answer that differs from the first server. Written rows stay."""
    asked = [list(calls(scenario, turn)) for turn in range(len(servers))]
    found = []
    for number, (who, role, call) in enumerate(asked[0]):
        answers = {}
        for turn, server in enumerate(servers):
            if who == "all" or server.contender is not LIMIT:
                mine = asked[turn][number][2]
                answers[server.contender.name] = _comparable(*server.ask(mine, role and tokens[role]), server.host)
        (first, expected), *others = answers.items()
        found += [
            f"{call.method} {call.path} by {role}\n  {first}: {expected}\n  {name}: {answer}"
            for name, answer in others
            if answer != expected
        ]
    return found


def _comparable(status: int, body: Any, host: str) -> tuple[int, Any]:
    """Return an answer without its host and, for a new row, without its id, names and times."""
    if status == 201:
        keys = ("id", "phone", "created_at", "updated_at")
        body = {name: value for name, value in body.items() if name not in keys}
        for name in ("user", "user_info"):
            apart = {k: v for k, v in body[name].items() if k not in ("id", "username", "email", "phone")}
            body[name] = {**apart, "is_new": isinstance(body[name]["id"], int)}
        return status, body
    if status == 200 and "results" in body:
        return status, {**body, "next": _path(body["next"], host), "previous": _path(body["previous"], host)}
    return status, body


def _path(link: str | None, host: str) -> object:
    """Return the path of a link and its parameters in sorted order."""
    path, _, query = (link or "").removeprefix(f"http://{host}").partition("?")
    return path, sorted(query.split("&"))
