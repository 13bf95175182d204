"""A day at a new center, from its opening to its statistics, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from educore import FixedClock
from educore.adapters.sql import Database
from educore_web.app import compose
from support.cast import PASSWORD, create_cast
from support.web.client import AsgiConnection, Client
from support.web.running_platform import open_test_platform


class Town:
    """A platform of its own, and the people who sign in to it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.platform = open_test_platform(database.url, folder, FixedClock())
        self.wire = AsgiConnection(compose(self.platform))

    def sign_in(self, username: str, password: str = PASSWORD) -> Client:
        """A client for somebody who signs in."""
        signed = Client(self.wire).post("/auth/login/", {"username": username, "password": password})
        return Client(self.wire, signed.expect(200)["token"])

    def close(self) -> None:
        """Let go of everything."""
        self.wire.close()
        self.platform.database.close()


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """A platform with nobody on it but the cast."""
    create_cast(database.store)
    opened = Town(database, tmp_path / "files")
    yield opened
    opened.close()


def _person(name: str, **more: Any) -> dict[str, Any]:
    return {"username": name, "password": PASSWORD, "first_name": name.title(), "last_name": "Karimova", **more}


def test_a_day_at_the_center(town: Town) -> None:
    # Rustam opens a center in Bukhara and makes Bahor its director.
    rustam = town.sign_in("rustam")
    center = rustam.post(
        "/centers/",
        {"name": "Bukhara School", "address": "Ark 1", "phone": "+998652240000", "email": "info@bukhara.uz"},
    ).expect(201)
    bahor = rustam.post("/directors/", _person("bahor", educational_center=center["id"])).expect(201)
    shown = rustam.get(f"/centers/{center['id']}/")
    assert (shown["director"], shown["director_name"], shown["users_count"]) == (bahor["id"], "Bahor Karimova", 1)

    # Bahor hires a manager, opens a branch with a room, plans a subject and takes on a teacher.
    bahor_client = town.sign_in("bahor")
    manager = bahor_client.post("/staff/", _person("munira", role="Manager")).expect(201)
    branch = bahor_client.post(
        "/branches/", {"name": "Ark", "address": "Ark 1", "phone": "+998652240001", "manager": manager["user"]["id"]}
    ).expect(201)
    assert branch["manager_name"] == "Munira Karimova"
    subject = bahor_client.post("/subjects/", {"name": "Тарих"}).expect(201)
    munira = town.sign_in("munira")
    room = munira.post("/rooms/", {"branch": branch["id"], "name": "1", "capacity": 12}).expect(201)
    teacher = munira.post(
        "/teachers/",
        {"user": _person("tolib"), "branch": branch["id"], "hourly_rate": "45000.55", "hire_date": "2024-01-01"},
    ).expect(201)
    assert teacher["hourly_rate"] == 45000.55

    # A group of two, and three students who want to join it.
    group = bahor_client.post(
        "/groups/",
        {
            "branch": branch["id"],
            "name": "Тарих 1",
            "subject": subject["id"],
            "teacher": teacher["id"],
            "capacity": 2,
            "start_date": "2024-01-15",
        },
    ).expect(201)
    students = [
        munira.post("/students/", {"user": _person(name), "branch": branch["id"], "parent_name": "Ота-она"}).expect(201)
        for name in ("anora", "botir", "guli")
    ]
    for student in students[:2]:
        munira.post(f"/students/{student['id']}/assign-group/", {"group_id": group["id"]}).expect(200)
    full = munira.post(f"/students/{students[2]['id']}/assign-group/", {"group_id": group["id"]})
    assert (full.status, full.fields()) == (400, {"group_id"})
    munira.patch(f"/students/{students[2]['id']}/", {"group": group["id"]}).expect(400)
    bahor_client.patch(f"/groups/{group['id']}/", {"capacity": 3}).expect(200)
    munira.patch(f"/students/{students[2]['id']}/", {"group": group["id"]}).expect(200)

    # Everybody sees what is theirs.
    tolib, anora = town.sign_in("tolib"), town.sign_in("anora")
    assert tolib.get("/groups/").results[0]["students_count"] == 3
    assert tolib.get("/students/")["count"] == 3
    assert anora.get("/students/").ids == [students[0]["id"]]
    assert anora.get("/teachers/").results[0]["hourly_rate"] is None
    assert tolib.get("/teachers/").results[0]["hourly_rate"] == 45000.55
    assert munira.get("/students/", search="АТА-ОНА")["count"] == 0
    assert munira.get("/students/", search="ОТА-она гули"[:7])["count"] == 3
    assert [row["name"] for row in munira.get("/groups/", search="тарих", teacher=teacher["id"]).results] == ["Тарих 1"]

    # Botir is blocked and stays in his seat; Guli finishes and frees hers.
    munira.post(f"/students/{students[1]['id']}/block/").expect(200)
    refused = Client(town.wire).post("/auth/login/", {"username": "botir", "password": PASSWORD})
    assert refused.status == 403
    munira.patch(f"/students/{students[2]['id']}/", {"status": "Graduated"}).expect(200)
    assert bahor_client.get(f"/groups/{group['id']}/statistics/")["students_count"] == 2
    munira.post(f"/students/{students[1]['id']}/unblock/").expect(200)
    town.sign_in("botir")

    # Tolib is rated, moves on, and the group stays.
    munira.post(f"/teachers/{teacher['id']}/rate/", {"rating": 4.8}).expect(200)
    assert tolib.get(f"/teachers/{teacher['id']}/performance/")["performance_rating"] == 4.8
    munira.post(f"/rooms/{room['id']}/toggle-availability/").expect(200)
    munira.delete(f"/teachers/{teacher['id']}/").expect(204)
    assert bahor_client.get(f"/groups/{group['id']}/")["teacher"] is None
    assert tolib.get("/groups/").status == 401

    # In the evening the branch closes, the center is deactivated, and nobody of it comes in any more.
    munira.post(f"/branches/{branch['id']}/close/").expect(200)
    late = munira.post("/students/", {"user": _person("kech"), "branch": branch["id"]})
    assert (late.status, late.fields()) == (400, {"branch"})
    rustam.post(f"/centers/{center['id']}/deactivate/").expect(200)
    assert (bahor_client.get("/groups/").status, anora.get("/groups/").status) == (401, 401)
    assert rustam.get("/groups/", educational_center=center["id"])["count"] == 1
    assert town.sign_in("dilshod").get("/groups/")["count"] == 2
