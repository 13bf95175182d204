"""ETag and If-Match: a row is changed as its reader saw it, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from educore import FixedClock
from educore.identity import User
from educore.people import Student, StudentStatus
from educore_web.app import compose
from support.cast import ROOT, create_cast
from support.parametrize import each
from support.plain_rows import change_row
from support.postgres import PostgresServer
from support.web.client import AsgiConnection, Client
from support.web.recipes import call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform, open_test_platform, sign_in_person
from support.web.system import Op
from support.web.systems import OPS

SHOWING = [op for op in OPS if op.operation.is_retrieval]
PATHS = {(op.system.name, op.operation.path) for op in SHOWING}
CHANGING = [
    op for op in OPS if op.method in ("PUT", "PATCH", "DELETE") and (op.system.name, op.operation.path) in PATHS
]
PICKY = [op for op in CHANGING if op.method != "DELETE"]
UNTAGGED = {
    "center_crm:lessons.close_calendar",
    "edumaster:profile.partial_update",
    "madrasti:users.profile.update",
    "madrasti:users.profile.partial_update",
    "madrasti:schools.config.update",
    "madrasti:schools.config.partial_update",
    "madrasti:schools.classes.unenroll",
}
"""What changes no row with an address of its own: the profile and the school of whoever calls, a link, a place."""


NEIGHBORS = {"center_crm": "davron", "edumaster": "davron", "madrasti": "rachid"}
"""The director of the other town or school, by API."""


def showing(op: Op) -> Op:
    """The operation that shows what another changes."""
    return next(found for found in SHOWING if (found.system, found.operation.path) == (op.system, op.operation.path))


def tag_of(client: Client, op: Op, id: int | None) -> str:
    """The tag of a row as it is shown now."""
    return str(call_operation(client, showing(op), id=id).expect(200).headers["etag"])


def _tables(site: RunningPlatform) -> dict[str, Any]:
    return {name: rows for name, rows in site.rows().items() if name != "sign_in"}


MANY = {str(op) for op in OPS if op.verb == "bulk_update"}
"""What changes many rows at once, and so has no tag to compare."""


def test_there_are_such_operations_in_every_api() -> None:
    assert {op.system.name for op in SHOWING} == {op.system.name for op in CHANGING} == {op.system.name for op in OPS}
    assert {op.method for op in CHANGING} == {"PUT", "PATCH", "DELETE"}
    assert {str(op) for op in OPS if op.method in ("PUT", "PATCH", "DELETE") and op not in CHANGING} - MANY == UNTAGGED


@each("op", SHOWING)
def test_a_row_has_one_tag_as_long_as_it_is_shown_alike(op: Op, site: RunningPlatform) -> None:
    client, id = site.client("rustam"), recipe_row(op, op.home(site))
    first, second = (call_operation(client, op, id=id).expect(200) for _ in range(2))
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["etag"].startswith('"')
    assert first.headers["etag"].endswith('"')


@each("op", CHANGING)
def test_a_change_with_the_tag_of_the_row_is_made(op: Op, site: RunningPlatform) -> None:
    at, client = op.home(site), site.client("rustam")
    tag = tag_of(client, op, recipe_row(op, at))
    call_recipe(client, op, at, headers={"if-match": tag}).expect(op.status)


@each("op", CHANGING)
def test_a_change_with_another_tag_is_refused_and_nothing_happens(op: Op, site: RunningPlatform) -> None:
    at, client = op.home(site), site.client("rustam")
    before = _tables(site)
    for wrong in ('"0123456789abcdef"', "W/" + tag_of(client, op, recipe_row(op, at)), "", "x", '"a", "b"'):
        answer = call_recipe(client, op, at, headers={"if-match": wrong}).expect(412)
        assert answer.is_whole_refusal, answer.text
        assert "etag" not in answer.headers
    assert _tables(site) == before
    call_recipe(client, op, at, headers={"if-match": "*"}).expect(op.status)


@each("op", CHANGING)
def test_who_may_not_see_a_row_does_not_learn_of_it_by_a_tag(op: Op, site: RunningPlatform) -> None:
    """What is not there for somebody is 404 or 403 whatever they send along."""
    at, other = op.home(site), site.client(NEIGHBORS[op.system.name])
    plain = call_recipe(other, op, at)
    assert call_recipe(other, op, at, headers={"if-match": '"x"'}).status == plain.status
    assert plain.status == (404 if "director" in op.who else 403)


@each("op", [op for op in PICKY if op.method == "PATCH"])
def test_a_row_changed_meanwhile_keeps_the_change(op: Op, site: RunningPlatform) -> None:
    """Two read a row and both change it: the second is refused, whatever they change."""
    at, client = op.home(site), site.client("rustam")
    id = recipe_row(op, at)
    tag = tag_of(client, op, id)
    call_operation(client, op, id=id, body=recipe_body(op, at), headers={"if-match": tag}).expect(op.status)
    changed = tag_of(client, op, id)
    after = _tables(site)
    if changed != tag:  # the recipe changes something that is shown
        call_operation(client, op, id=id, body=recipe_body(op, at), headers={"if-match": tag}).expect(412)
        assert _tables(site) == after


def test_most_recipes_change_something_that_is_shown(site: RunningPlatform) -> None:
    """The positive control of the test above."""
    client, changing = site.client("rustam"), 0
    for op in (op for op in PICKY if op.method == "PATCH"):
        site.reset()
        at = op.home(site)
        tag = tag_of(client, op, recipe_row(op, at))
        call_recipe(client, op, at).expect(op.status)
        changing += tag_of(client, op, recipe_row(op, at)) != tag
    assert changing >= len([op for op in PICKY if op.method == "PATCH"]) / 2


def test_what_belongs_to_the_account_is_part_of_what_is_shown(site: RunningPlatform) -> None:
    """A student's name is their account's, and shown as theirs."""
    id, client = site.world.sardor.student_id, site.client("dilshod")
    tag = client.get(f"/students/{id}/").headers["etag"]
    with site.platform.school.work(site.world.dilshod) as uow:
        student = uow.get(Student, id or 0)
        change_row(uow, uow.get(User, student.user_id), {"first_name": "Somebody"})
    client.patch(f"/students/{id}/", {"status": "Inactive"}, headers={"if-match": tag}).expect(412)
    with site.platform.school.work(site.world.dilshod) as uow:
        assert uow.get(Student, id or 0).status is StudentStatus.ACTIVE


def test_the_tag_outlives_the_addresses_of_files(site: RunningPlatform) -> None:
    """Files are shown by addresses that are signed for a time; that they are signed anew changes nothing."""
    client = site.client("dilshod")
    with site.platform.school.work(ROOT) as uow:
        user = uow.get(User, site.world.timur.user_id or 0)
        change_row(uow, user, {"image": uow.store_file(b"a picture", folder="user-image", name="me.png")})
    path = f"/teachers/{site.world.timur.teacher_id}/"
    first = client.get(path)
    site.clock.advance(days=3)
    later = site.with_token(sign_in_person(site.platform.school, "dilshod").access).get(path)
    assert first.text != later.text, "the address of the picture is another"
    assert first.headers["etag"] == later.headers["etag"]


def test_an_idempotency_key_goes_before(site: RunningPlatform) -> None:
    """The same change sent again is answered as the first time, though the row is no longer as it was."""
    client, money = site.client("dilshod"), site.extras.money[site.world.tashkent.center.id]
    path = f"/payments/{money.payment}/"
    headers = {"if-match": client.get(path).headers["etag"], "idempotency-key": "one"}
    answers = [client.patch(path, {"notes": "Changed"}, headers=headers).expect(200) for _ in range(2)]
    assert answers[0].text == answers[1].text
    client.patch(path, {"notes": "Changed"}, headers=headers | {"idempotency-key": "two"}).expect(412)


@each("op", CHANGING + SHOWING)
def test_openapi_tells_of_tags(op: Op) -> None:
    if op in SHOWING:
        assert op.described["responses"][str(op.status)]["headers"]["ETag"]["x-addition"]
    else:
        (told,) = [known for known in op.described["parameters"] if known["name"] == "If-Match"]
        assert (told["in"], told["required"], told["x-addition"]) == ("header", False, True)
        assert "412" in op.described["responses"]


def test_openapi_tells_of_them_nowhere_else() -> None:
    for op in OPS:
        names = {known["name"] for known in op.described["parameters"]}
        assert ("If-Match" in names) == (op in CHANGING)


@pytest.fixture(params=["sqlite", "postgresql"])
def two_at_once(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A platform that several threads call, and what each needs to call it."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.create()
        address = server.at(name)
    else:
        server, name, address = None, "", f"sqlite:///{tmp_path / 'school.db'}"
    platform = open_test_platform(address, tmp_path / "files", FixedClock(), pool_size=4)
    platform.database.create_all()
    world = create_cast(platform.school.store)
    app, token = compose(platform), sign_in_person(platform.school, "dilshod").access
    yield world, app, token
    platform.database.close()
    if server:
        server.drop(name)


def test_of_two_with_the_same_tag_at_once_one_is_refused(two_at_once: Any) -> None:
    world, app, token = two_at_once
    path = f"/groups/{world.tashkent.morning.id}/"
    for turn in range(3):
        wires = [AsgiConnection(app) for _ in range(2)]
        tag = Client(wires[0], token).get(path).headers["etag"]
        barrier = Barrier(2)

        def send(wire: AsgiConnection, name: str, barrier: Barrier = barrier, tag: str = tag) -> int:
            barrier.wait()
            return Client(wire, token).patch(path, {"name": name}, headers={"if-match": tag}).status

        with ThreadPoolExecutor(2) as threads:
            statuses = threads.map(send, wires, (f"A{turn}", f"B{turn}"))
            assert sorted(statuses) == [200, 412]
        for wire in wires:
            wire.close()


def test_a_row_that_nobody_changed_is_found_as_it_was(site: RunningPlatform) -> None:
    """Reading is no change, and neither is a change of another row."""
    client, world = site.client("dilshod"), site.world
    path = f"/groups/{world.tashkent.morning.id}/"
    tag = client.get(path).headers["etag"]
    client.patch(f"/groups/{world.tashkent.evening.id}/", {"name": "Other"}).expect(200)
    assert client.get(path).headers["etag"] == tag
