"""A GET that leaves a trace writes down that a row was read; the ETag of the row does not change with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore import Shape, UnitOfWork
from educore.organization import Room
from educore.values import Name, Places
from educore_web.rest.bodies import Body
from educore_web.rest.spec import ApiSpec
from support.lockers.api import CodeDialect
from support.web.made_up_site import MadeUpSite, made_up_site

SPEC = ApiSpec("visits", title="Visits", prefix="/visits", base="/v1", dialect=CodeDialect(), examples={})


class RoomIn(Body, of=Room):
    """A room."""

    name: Name
    capacity: Places


class RoomOut(Shape, of=Room):
    """A room, whose capacity stands here for the number of its visits."""

    id: int
    name: str
    capacity: int


def visit(uow: UnitOfWork, id: int) -> dict[str, Any]:
    """Show a room, which has one more visit now"""
    room = uow.get(Room, id)
    uow.change(room, {"capacity": (room.capacity or 0) + 1})
    return uow.select_one(RoomOut, id)


RETRIEVAL: dict[str, Any] = {"kind": Room, "out": RoomOut, "verb": "retrieve"}
OPERATIONS = [
    SPEC.get("/rooms/{id}/", visit, leaves_trace=True, unversioned=frozenset({"capacity"}), **RETRIEVAL),
    SPEC.update("/rooms/{id}/", Room, RoomIn, RoomOut),
    SPEC.get("/silent/{id}/", visit, **RETRIEVAL),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpSite]:
    with made_up_site(tmp_path_factory.mktemp("visits"), SPEC, OPERATIONS) as opened:
        yield opened


def test_a_get_that_leaves_a_trace_may_write_and_others_may_not(site: MadeUpSite) -> None:
    room = site.world.tashkent.room.id
    first, second = (site.send("dilshod", "GET", f"/rooms/{room}/").json()["capacity"] for _ in range(2))
    assert second == first + 1
    assert site.send("dilshod", "GET", f"/silent/{room}/").status_code == 500  # it declares nothing


def test_a_trace_does_not_change_the_tag_of_a_row_and_a_change_does(site: MadeUpSite) -> None:
    room = site.world.tashkent.room.id
    first, second = (site.send("dilshod", "GET", f"/rooms/{room}/") for _ in range(2))
    assert first.headers["etag"] == second.headers["etag"]
    assert first.json()["capacity"] != second.json()["capacity"]
    assert site.send("dilshod", "PUT", f"/rooms/{room}/", {"name": "Hall", "capacity": 3}).status_code == 200
    assert site.send("dilshod", "GET", f"/rooms/{room}/").headers["etag"] != first.headers["etag"]
