"""A row that not everybody sees whole has the same keys for all; what is hidden can be neither found nor sorted by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest

from educore import Actor, Constant, From, Role, Shape
from educore.people import Student
from educore_web.rest.filters import text_filter
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site


class PersonOut(Shape, of=Student):
    """A student."""

    id: int
    name: Annotated[str, From("user.first_name")]
    username: Annotated[str | None, From("user.username")]
    parent: Annotated[str | None, From("parent_name")]


class ClassmateOut(PersonOut, of=Student):
    """A student as other students see them."""

    username: Annotated[str | None, Constant(None)]
    parent: Annotated[str | None, Constant(None)]


def seen_as(actor: Actor) -> type[Shape]:
    """Return the whole shape for those who work there."""
    return ClassmateOut if actor.role is Role.STUDENT else PersonOut


SPEC = ApiSpec("people", title="People", prefix="/people", base="", dialect=CodeDialect(), examples={})
OPTIONS: dict[str, Any] = {"seen_as": seen_as, "resource": "people"}
OPERATIONS = [
    SPEC.list(
        "/people/",
        PersonOut,
        search=("user__first_name", "user__username"),
        filters=(text_filter("username", "user__username"),),
        **OPTIONS,
    ),
    SPEC.retrieve("/people/{id}/", PersonOut, **OPTIONS),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("people"), SPEC, OPERATIONS) as opened:
        yield opened


def rows(site: MadeUpSite, name: str, query: str = "") -> list[dict[str, Any]]:
    """Return the rows that somebody finds."""
    answer = site.send(name, "GET", f"/people/?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_keys_are_the_same_and_what_is_hidden_is_null(site: MadeUpSite) -> None:
    whole, own = rows(site, "dilshod")[0], rows(site, "sardor")[0]
    assert list(whole) == list(own) == ["id", "name", "username", "parent"]
    assert (whole["name"], whole["username"]) == ("Sardor", "sardor")
    assert (own["name"], own["username"], own["parent"]) == ("Sardor", None, None)


def test_a_single_row_is_seen_the_same_way(site: MadeUpSite) -> None:
    id = rows(site, "sardor")[0]["id"]
    assert site.send("dilshod", "GET", f"/people/{id}/").json()["username"] == "sardor"
    assert site.send("sardor", "GET", f"/people/{id}/").json()["username"] is None


def test_nobody_finds_by_what_they_do_not_see(site: MadeUpSite) -> None:
    assert [row["name"] for row in rows(site, "dilshod", "username=sevara")] == ["Sevara"]
    assert len(rows(site, "sardor", "username=nobody")) == len(rows(site, "sardor"))  # unknown to them
    assert [row["name"] for row in rows(site, "dilshod", "search=sevar")] == ["Sevara"]
    assert [row["name"] for row in rows(site, "sardor", "search=sard")] == ["Sardor"]  # by the name, which they see


def test_nobody_sorts_by_what_they_do_not_see(site: MadeUpSite) -> None:
    assert rows(site, "dilshod", "ordering=parent")
    assert site.send("sardor", "GET", "/people/?ordering=parent").json() == {"ordering": ["bad_ordering"]}


def test_the_schema_is_one(site: MadeUpSite) -> None:
    schema = site.document()["components"]["schemas"]
    assert "PersonOut" in schema
    assert "ClassmateOut" not in schema
