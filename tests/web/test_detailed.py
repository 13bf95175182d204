"""Rows in full, where the query says `detailed=true`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from educore import EDUCATION, Each, Shape
from educore.courses import Course
from educore.groups import Group
from educore_web.rest.openapi import build_document
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site


class GroupLine(Shape, of=Group):
    """A group."""

    name: str


class CourseOut(Shape, of=Course):
    """A course."""

    id: int
    name: str


class DetailedCourseOut(CourseOut, of=Course):
    """A course with its groups."""

    groups: Annotated[list[GroupLine], Each("Group", order=("name",))]


SPEC = ApiSpec("courses", title="Courses", prefix="/courses", base="", dialect=CodeDialect(), examples={})
OPTIONS: dict[str, Any] = {"detailed": DetailedCourseOut, "resource": "courses"}
OPERATIONS = [SPEC.list("/courses/", CourseOut, **OPTIONS), SPEC.retrieve("/courses/{id}/", CourseOut, **OPTIONS)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("courses"), SPEC, OPERATIONS) as opened:
        yield opened


def test_a_list_and_a_row_nest_only_where_asked(site: MadeUpSite) -> None:
    plain = site.send("dilshod", "GET", "/courses/").json()["results"]
    full = site.send("dilshod", "GET", "/courses/?detailed=true").json()["results"]
    assert [list(row) for row in plain] == [["id", "name"]]
    assert [list(row) for row in full] == [["id", "name", "groups"]]
    assert full[0]["groups"]
    assert all(list(group) == ["name"] for group in full[0]["groups"])
    target = f"/courses/{full[0]['id']}/"
    assert site.send("dilshod", "GET", f"{target}?detailed=true").json() == full[0]
    for query in ("", "?detailed=false", "?detailed="):
        assert site.send("dilshod", "GET", target + query).json() == plain[0]


@pytest.mark.parametrize("path", ["/courses/", "/courses/1/"])
def test_anything_but_a_flag_is_refused(site: MadeUpSite, path: str) -> None:
    answer = site.send("dilshod", "GET", f"{path}?detailed=perhaps")
    assert answer.status_code == 400
    assert "detailed" in answer.text


def test_the_document_has_the_parameter_and_requires_the_plain_keys_alone() -> None:
    document = build_document(SPEC, OPERATIONS, domain=EDUCATION, at="")
    for path in ("/courses/", "/courses/{id}/"):
        described = document["paths"][path]["get"]
        assert "detailed" in [parameter["name"] for parameter in described["parameters"]]
        assert "400" in described["responses"]
    schema = document["components"]["schemas"]["DetailedCourseOut"]
    assert (list(schema["properties"]), schema["required"]) == (["id", "name", "groups"], ["id", "name"])


@pytest.mark.parametrize("wrong", [{"detailed": GroupLine}, {"seen_as": lambda actor: CourseOut}])
def test_a_wrong_declaration_is_found_at_the_start(tmp_path_factory: pytest.TempPathFactory, wrong: Any) -> None:
    operations = [SPEC.list("/courses/", CourseOut, **{**OPTIONS, **wrong})]
    with pytest.raises(TypeError), made_up_site(tmp_path_factory.mktemp("wrong"), SPEC, operations):
        pytest.fail("the server started")
