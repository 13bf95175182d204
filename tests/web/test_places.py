"""Groups of one student in two documents: Center CRM shows the main one, EduMaster adds to and takes from any."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from support.web.client import Client
from support.web.running_platform import RunningPlatform, sign_in_person
from support.web.systems import EDUMASTER

ADDRESS = {"address": "Navoiy 2", "phone": "+998712000000"}


class Both:
    """The groups of Tashkent, two of them in further branches, and Shirin, who is in none, through both APIs."""

    def __init__(self, site: RunningPlatform) -> None:
        world = site.world
        self.crm, self.edu = site.client("dilshod"), site.client("dilshod").of(EDUMASTER)
        self.student, self.user = world.shirin.student_id or 0, world.shirin.user_id
        self.path = f"/students/{self.student}/"
        town = world.tashkent
        self.branches = {town.morning.id: town.branch.id, town.evening.id: town.branch.id}
        for name in ("Noon", "Night"):
            branch = self.crm.post("/branches/", {**ADDRESS, "name": f"{name} branch"}).expect(201)["id"]
            group = {
                "branch": branch,
                "name": name,
                "subject": town.course.id,
                "capacity": 9,
                "start_date": "2024-01-01",
            }
            self.branches[self.crm.post("/groups/", group).expect(201)["id"]] = branch

    # -- what a client can do, and the places that it leaves ---------------------------------------------

    def act(self, way: str, group: int, places: list[int], main: int | None) -> tuple[list[int], int | None]:
        """Do one thing to a group; return the places that are expected now, the oldest first, and the main one."""
        if way in ("add_student", "remove_student"):
            repeats = (group in places) is (way == "add_student")
            answer = self.edu.post(f"/groups/{group}/{way}/", {"student_id": self.user})
            assert answer.status == (400 if repeats and way == "add_student" else 200)
            if repeats:
                return places, main
            left = [*places, group] if way == "add_student" else [other for other in places if other != group]
            return left, main if main in left else next(iter(left), None)
        target = None if way == "patch null" else group
        if way == "assign":
            answer = self.crm.post(f"{self.path}assign-group/", {"group_id": group})
        elif way == "put":
            shown = self.crm.get(self.path).body
            answer = self.crm.put(self.path, {**shown, "group": group})
        else:
            answer = self.crm.patch(self.path, {"group": target})
        answer.expect(200)
        if target == main:
            return places, main
        left = [other for other in places if other != main]
        left += [] if target is None or target in left else [target]
        return left, next(iter(left), None) if target is None else target

    def check(self, places: list[int], main: int | None, group: int) -> None:
        """The main group is shown with its branch; every list and count agrees on who is in the group of this step."""
        shown = self.crm.get(self.path).body
        assert shown["group"] == main
        assert main is None or (main in places and shown["branch"] == self.branches[main])
        listed = self.crm.get("/students/", group=group).expect(200)
        users = self.edu.get("/accounts/users/", group=group).expect(200)
        assert (self.student in listed.ids, self.user in users.ids) == (group in places, group in places)
        counts = {client.get(f"/groups/{group}/")["students_count"] for client in (self.crm, self.edu)}
        assert counts == {listed["count"]} == {users["count"]}


WAYS = ("assign", "put", "patch", "patch null", "add_student", "add_student", "add_student", "remove_student")
BESIDE = {(way, True, False) for way in ("assign", "put", "patch", "remove_student")}
MAIN = {(way, True, True) for way in ("assign", "patch null", "remove_student")}


def test_whatever_both_documents_do_the_group_assigned_last_is_shown(site: RunningPlatform) -> None:
    both, places, main = Both(site), list[int](), None
    rng, seen = random.Random(99), set[tuple[str, bool, bool]]()
    while not seen >= BESIDE | MAIN:  # with this seed it takes 37 steps
        way, group = rng.choice(WAYS), rng.choice(list(both.branches))
        seen.add((way, group in places, group == main))
        places, main = both.act(way, group, places, main)
        both.check(places, main, group)
    for group in both.branches:
        both.check(places, main, group)


def test_a_group_of_another_center_lists_nobody(site: RunningPlatform) -> None:
    there = site.world.samarkand.morning.id
    for system, path, known in ((None, "/students/", 2), (EDUMASTER, "/accounts/users/", 2)):
        for who, count in (("davron", known), ("rustam", known), ("dilshod", 0), ("timur", 0), ("sardor", 0)):
            client = site.client(who) if system is None else site.client(who).of(system)
            answer = client.get(path, group=there)
            assert answer.status == 403 or answer["count"] == count, (path, who)


# -- the branch and the enrollment date ----------------------------------------------------------------


def new_student(site: RunningPlatform, **fields: Any) -> dict[str, Any]:
    body = {"user": {"username": "olim", "password": "plov and 7 samsa"}, "branch": site.world.tashkent.branch.id}
    return body | fields


def test_a_branch_that_contradicts_the_group_is_refused_and_a_group_alone_moves_it(site: RunningPlatform) -> None:
    both = Both(site)
    *_, noon, night = both.branches
    wrong = both.crm.post("/students/", new_student(site, group=noon))
    assert (wrong.status, wrong.fields()) == (400, {"branch"})
    made = both.crm.post("/students/", new_student(site, group=noon, branch=both.branches[noon])).expect(201)
    path = f"/students/{made['id']}/"
    sends: list[Callable[[dict[str, Any]], Any]] = [
        lambda change: both.crm.patch(path, change),
        lambda change: both.crm.put(path, {**both.crm.get(path).body, **change}),
    ]
    for send in sends:
        for change in ({"branch": both.branches[night]}, {"branch": site.world.tashkent.branch.id, "group": night}):
            answer = send(change)
            assert (answer.status, answer.fields()) == (400, {"branch"}), change
    moved = both.crm.patch(path, {"group": night}).expect(200)
    assert (moved["group"], moved["branch"]) == (night, both.branches[night])
    both.crm.patch(f"/groups/{night}/", {"branch": both.branches[noon]}).expect(200)
    assert both.crm.get(path)["branch"] == both.branches[noon]


def test_the_enrollment_date_sent_reaches_charges_debtors_and_rosters(site: RunningPlatform) -> None:
    """On creation and by correction; a correction that would leave a mark before it names the day."""
    crm, evening = site.client("dilshod"), site.world.tashkent.evening.id
    lesson = crm.post(
        "/lessons/", {"group": evening, "date": "2024-01-10", "start_time": "09:00", "end_time": "10:00"}
    ).expect(201)["id"]
    site.clock.advance(days=50)
    crm = site.with_token(sign_in_person(site.platform.school, "dilshod").access)
    student = crm.post("/students/", new_student(site, group=evening, enrollment_date="2024-02-10")).expect(201)
    charge = {"due_date": "2024-03-01", "groups": [evening]}
    mark = {"lesson_id": lesson, "attendance_data": [{"student_id": student["id"], "status": "Present"}]}

    def charged(month: str) -> list[int]:
        return [line["student"] for line in crm.post("/charges/preview/", {"month": month, **charge}).expect(200).body]

    def debtors() -> list[int]:
        return [row["id"] for row in crm.get("/payments/debtors/").expect(200).body]

    assert (charged("2024-01"), charged("2024-02")) == ([], [student["id"]])
    assert student["id"] not in debtors()
    refused = crm.post("/attendance/bulk-mark/", mark)
    assert (refused.status, "joined this group on 2024-02-10" in refused.text) == (400, True)
    crm.patch(f"/students/{student['id']}/", {"enrollment_date": "2024-01-05"}).expect(200)
    assert charged("2024-01") == charged("2024-02") == [student["id"]]
    assert student["id"] in debtors()
    crm.post("/attendance/bulk-mark/", mark).expect(200)
    late = crm.patch(f"/students/{student['id']}/", {"enrollment_date": "2024-01-11"})
    assert (late.status, late.fields()) == (400, {"enrollment_date"})
    assert "2024-01-10" in late.text
    assert crm.get(f"/students/{student['id']}/")["enrollment_date"] == "2024-01-05"


# -- one rule for the days of lessons ------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2023-12-31", "2024-07-01"])
def test_both_documents_refuse_lessons_outside_of_the_group(site: RunningPlatform, day: str) -> None:
    group = site.world.tashkent.morning.id
    times = {"start_time": "09:00", "end_time": "10:00"}
    crm, edu = site.client("dilshod"), site.client("dilshod").of(EDUMASTER)
    inside: dict[str, Any] = {"group": group, "date": "2024-06-30"}
    lesson = crm.post("/lessons/", inside | times).expect(201)["id"]
    register = edu.post("/attendance/sessions/", inside | {"date": "2024-06-29"}).expect(201)["id"]
    refused: list[tuple[Client, str, str, dict[str, Any]]] = [
        (crm, "post", "/lessons/", inside | times | {"date": day}),
        (crm, "patch", f"/lessons/{lesson}/", {"date": day}),
        (crm, "put", f"/lessons/{lesson}/", inside | times | {"date": day}),
        (crm, "post", f"/lessons/{lesson}/reschedule-rest/", {"date": day}),
        (edu, "post", "/attendance/sessions/", inside | {"date": day}),
        (edu, "patch", f"/attendance/sessions/{register}/", {"date": day}),
        (edu, "put", f"/attendance/sessions/{register}/", inside | {"date": day}),
    ]
    for client, method, path, body in refused:
        answer = getattr(client, method)(path, body)
        assert (answer.status, answer.fields()) == (400, {"date"}), (method, path)
    week = {"group": group, "weekdays": ["sun", "mon"], "first_date": "2023-12-31", "last_date": "2024-07-01"} | times
    for field, inside_day in (("first_date", "2024-01-01"), ("last_date", "2024-06-30")):
        other = "last_date" if field == "first_date" else "first_date"
        body = week | {other: "2024-06-30" if other == "last_date" else "2024-01-01"}
        answer = crm.post("/lessons/series/", body)
        assert (answer.status, answer.fields()) == (400, {field}), inside_day
