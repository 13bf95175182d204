"""Paths with several parameters, and rows below the row that a path names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import pytest

from educore import From, Shape, UnitOfWork, where
from educore.organization import Branch, Room
from educore.values import Line, Name, Places
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.path_parameters import Under
from educore_web.rest.paths import check_paths
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site

SPEC = ApiSpec("houses", title="Houses", prefix="/houses", base="/v1", dialect=CodeDialect(), examples={})


class RoomIn(Body, of=Room):
    """A room."""

    branch: Annotated[int | None, To("branch_id")] = None
    name: Name
    capacity: Places
    equipment: Line = ""


class RoomOut(Shape, of=Room):
    """A room."""

    id: int
    branch: Annotated[int, From("branch_id")]
    name: str
    capacity: int


class Echo(Shape, of=Branch):
    """A branch."""

    id: int


def echo(uow: UnitOfWork, request: Any, day: UUID, word: str) -> list[dict[str, Any]]:
    """Return the parameters as the handler gets them."""
    assert request.params == {"day": day, "word": word}
    return [{"id": len(word), "day": str(day), "word": word}]


ROOMS = "/branches/{branch_id}/rooms/"
OPERATIONS = [
    SPEC.retrieve("/branches/{id}/", Echo),
    *SPEC.crud(ROOMS, Room, RoomIn, RoomOut, resource="rooms", under=Under("branch_id", Branch, "branch_id")),
    SPEC.get("/words/{day}/of/{word}/", echo, path_types={"day": UUID, "word": str}, kind=Branch),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("houses"), SPEC, OPERATIONS) as opened:
        yield opened


@pytest.fixture(scope="module")
def home(site: MadeUpSite) -> str:
    return f"/branches/{site.world.tashkent.branch.id}/rooms/"


@pytest.fixture(scope="module")
def closed(site: MadeUpSite) -> str:
    return f"/branches/{site.world.tashkent.closed_branch.id}/rooms/"


@pytest.fixture(scope="module")
def abroad(site: MadeUpSite) -> str:
    return f"/branches/{site.world.samarkand.branch.id}/rooms/"


def test_a_list_shows_only_the_rows_below_its_parent(site: MadeUpSite, home: str, closed: str) -> None:
    rooms = site.send("dilshod", "GET", home).json()["results"]
    assert site.world.tashkent.room.id in [room["id"] for room in rooms]
    assert site.send("dilshod", "GET", closed).json()["count"] == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_parent_out_of_sight_is_not_found(site: MadeUpSite, abroad: str, method: str) -> None:
    body = {"name": "New", "capacity": 5} if method == "POST" else None
    assert site.send("davron", "GET", abroad).status_code == 200  # whose branch it is
    assert site.send("dilshod", method, abroad, body).status_code == 404
    assert site.send("dilshod", method, "/branches/999999/rooms/", body).status_code == 404


def test_a_new_row_gets_the_parent_of_the_path(site: MadeUpSite, home: str) -> None:
    made = site.send("dilshod", "POST", home, {"name": "Attic", "capacity": 5})
    assert (made.status_code, made.json()["branch"]) == (201, site.world.tashkent.branch.id)
    same = {"name": "Cellar", "capacity": 5, "branch": site.world.tashkent.branch.id}
    assert site.send("dilshod", "POST", home, same).status_code == 201


def test_a_body_cannot_name_another_parent(site: MadeUpSite, home: str) -> None:
    other = site.world.tashkent.closed_branch.id
    for method, path in (("POST", home), ("PATCH", f"{home}{site.world.tashkent.room.id}/")):
        refused = site.send("dilshod", method, path, {"name": "Hall", "capacity": 5, "branch": other})
        assert (refused.status_code, refused.json()) == (400, {"branch": ["other_parent"]})


def test_a_row_is_found_below_its_own_parent_only(site: MadeUpSite, home: str, closed: str) -> None:
    room = site.world.tashkent.room.id
    assert site.send("dilshod", "GET", f"{home}{room}/").json()["id"] == room
    for method, body in (("GET", None), ("PATCH", {"capacity": 9}), ("PUT", {"capacity": 9}), ("DELETE", None)):
        assert site.send("dilshod", method, f"{closed}{room}/", body).status_code == 404
    with site.platform.school.work(site.world.dilshod, read_only=True) as uow:
        assert uow.count(Room, where(id=room, capacity=9)) == 0


def test_a_row_below_its_parent_is_changed_and_removed(site: MadeUpSite, home: str) -> None:
    made = site.send("dilshod", "POST", home, {"name": "Loft", "capacity": 5}).json()["id"]
    tag = site.send("dilshod", "GET", f"{home}{made}/").headers["etag"]
    assert site.send("dilshod", "PATCH", f"{home}{made}/", {"capacity": 6}).json()["capacity"] == 6
    late = site.send("dilshod", "PATCH", f"{home}{made}/", {"capacity": 7}, headers={"if-match": tag})
    assert late.status_code == 412
    assert site.send("dilshod", "DELETE", f"{home}{made}/").status_code == 204


@pytest.mark.parametrize("word", ["null", "x1", "1.0", "-1", "٣", "9" * 20, "0" * 20])
def test_only_digits_name_a_row(site: MadeUpSite, word: str) -> None:
    assert site.send("dilshod", "GET", f"/branches/{word}/rooms/").status_code == 404


def test_a_declared_type_reads_what_digits_are_not(site: MadeUpSite) -> None:
    day = "12345678-1234-5678-1234-567812345678"
    answer = site.send("dilshod", "GET", f"/words/{day}/of/сахар/")
    assert answer.json() == [{"id": 5, "day": day, "word": "сахар"}]
    assert site.send("dilshod", "GET", "/words/tomorrow/of/sugar/").status_code == 404
    assert site.send("dilshod", "GET", f"/words/{day}/of/a%00b/").status_code == 404


def test_options_name_the_methods_of_a_path(site: MadeUpSite, home: str) -> None:
    assert site.send(None, "OPTIONS", home).headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_the_document_describes_every_parameter(site: MadeUpSite) -> None:
    found = site.parameters(f"{ROOMS}{{id}}/")
    assert {name: parameter["in"] for name, parameter in found.items()} == {"branch_id": "path", "id": "path"}
    assert site.parameters("/words/{day}/of/{word}/")["day"]["schema"] == {"type": "string", "format": "uuid"}
    responses = site.document()["paths"][f"/v1{ROOMS}"]
    assert "404" in responses["post"]["responses"]
    assert "404" in responses["get"]["responses"]


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (SPEC.retrieve("/branches/{id}/", Echo), "both GET"),
        (SPEC.retrieve("/branches/{branch_id}/", Echo), "both GET"),
        (SPEC.update("/branches/{branch_id}/", Branch, RoomIn, Echo), "other names"),
        (SPEC.get("/halls/", echo, path_types={"word": str}), "lacks"),
        (SPEC.list("/halls/", RoomOut, under=Under("branch_id", Branch, "branch_id")), "lacks"),
        (SPEC.get("/halls/{id}/", echo, further_paths=("/hall/",)), "other parameters"),
    ],
)
def test_a_conflict_of_paths_is_found_at_start(operation: Any, words: str) -> None:
    check_paths(OPERATIONS)
    with pytest.raises(ValueError, match=words):
        check_paths([*OPERATIONS, operation])
