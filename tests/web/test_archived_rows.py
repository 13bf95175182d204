"""An API whose DELETE archives: the row is gone until it is restored, and the other APIs do not see it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel

from educore import Shape
from educore.courses import Course
from educore.values import Name
from educore_web.rest.archiving import ArchiveAnswer
from educore_web.rest.bodies import Body
from educore_web.rest.request import RequestData
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site


class Deleted(BaseModel):
    """What is told of a course that was archived."""

    id: int
    deleted: bool
    deleted_at: datetime


class CourseIn(Body, of=Course):
    """A course."""

    name: Name


class CourseOut(Shape, of=Course):
    """A course."""

    id: int
    name: str


def tell(course: Any, request: RequestData) -> dict[str, Any]:
    """Return what is told of a course that was archived."""
    return {"id": course.id, "deleted": True, "deleted_at": course.archived_at.isoformat()}


OPTIONS: dict[str, Any] = {"title": "Subjects", "prefix": "/subjects", "base": "/v1", "dialect": CodeDialect()}
SPEC = ApiSpec("subjects", examples={}, archived=ArchiveAnswer(Deleted, tell), **OPTIONS)
OPERATIONS = [*SPEC.crud("/courses/", Course, CourseIn, CourseOut, archives=True)]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("subjects"), SPEC, OPERATIONS) as opened:
        yield opened


def test_delete_archives_and_restore_brings_back(site: MadeUpSite) -> None:
    made = site.send("dilshod", "POST", "/courses/", {"name": "Astronomy"}).json()
    path = f"/courses/{made['id']}/"
    deleted = site.send("dilshod", "DELETE", path)
    assert (deleted.status_code, deleted.json()["id"], deleted.json()["deleted"]) == (200, made["id"], True)
    for method in ("GET", "PATCH", "DELETE"):
        assert site.send("dilshod", method, path, {"name": "Stars"} if method == "PATCH" else None).status_code == 404
    listed = site.send("dilshod", "GET", "/courses/").json()["results"]
    assert made["id"] not in [course["id"] for course in listed]
    restored = site.send("dilshod", "POST", f"{path}restore/")
    assert (restored.status_code, restored.json()) == (200, made)
    assert site.send("dilshod", "GET", path).json() == made
    assert site.send("dilshod", "POST", f"{path}restore/").status_code == 404, "it is there"


def test_nobody_restores_the_rows_of_others(site: MadeUpSite) -> None:
    made = site.send("dilshod", "POST", "/courses/", {"name": "Botany"}).json()
    site.send("dilshod", "DELETE", f"/courses/{made['id']}/")
    assert site.send("davron", "POST", f"/courses/{made['id']}/restore/").status_code == 404
    assert site.send("dilshod", "POST", f"/courses/{made['id']}/restore/").status_code == 200


def test_the_errors_of_archiving_are_told(site: MadeUpSite) -> None:
    used = site.world.tashkent.course.id
    assert site.send("dilshod", "DELETE", f"/courses/{used}/").json() == {"code": "in_use"}
    made = site.send("dilshod", "POST", "/courses/", {"name": "Geology"}).json()
    site.send("dilshod", "DELETE", f"/courses/{made['id']}/")
    assert site.send("dilshod", "POST", "/courses/", {"name": "Geology"}).status_code == 201
    assert site.send("dilshod", "POST", f"/courses/{made['id']}/restore/").json() == {"code": "taken"}


def test_an_api_says_how_it_answers() -> None:
    silent = ApiSpec("silent", examples={}, **OPTIONS)
    with pytest.raises(TypeError, match="silent does not say how it answers"):
        silent.crud("/courses/", Course, CourseIn, CourseOut, archives=True)
