"""References in a body to rows of another center are refused on their field, as ids that do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from educore import references
from educore_web.body import Body, destination
from web import catalog
from web.leaks import foreign_rows_changed, leaked
from web.recipes import BY_NAME, Place, body_of, call, row_of
from web.running import Running
from world import Town

NO_SUCH_ID = 987654321
EXTRA = {"students.assign_group": {"group_id": "Group"}}
"""References of actions, whose bodies fill no field of an entity."""


def _references(name: str) -> dict[str, str]:
    """The fields of a body that refer to rows, and to which kind."""
    operation = BY_NAME[name]
    assert operation.kind is not None
    body: type[Body] = operation.body or Body
    marks = references(operation.kind)
    found = {field: marks[path].target for field in body.model_fields if (path := destination(body, field)) in marks}
    return found | EXTRA.get(name, {})


CASES = [
    (name, field, kind)
    for name, operation in BY_NAME.items()
    if operation.body is not None and operation.kind is not None and catalog.roles(name) != {"superadmin"}
    for field, kind in _references(name).items()
]


def _id_in(town: Town, kind: str, field: str) -> int:
    if kind == "User":
        return town.manager.user_id or 0
    people = {"Teacher": town.teacher.teacher_id, "Membership": town.director.membership_id}
    rows = {"Center": town.center, "Branch": town.branch, "Course": town.course, "Group": town.morning}
    return people.get(kind) or rows[kind].id


@pytest.mark.parametrize(("name", "field", "kind"), CASES)
def test_a_foreign_id_is_refused_like_an_unknown_one(name: str, field: str, kind: str, site: Running) -> None:
    here, there = Place(site, site.world.tashkent), Place(site, site.world.samarkand)
    for who in ("dilshod", "malika", "aziza"):
        if {"dilshod": "director", "malika": "manager", "aziza": "admin"}[who] not in catalog.roles(name):
            continue
        said = []
        for id in (_id_in(there.town, kind, field), NO_SUCH_ID):
            body: dict[str, Any] = body_of(name, here) | {field: id}
            answer = call(site.client(who), name, id=row_of(name, here), body=body)
            assert (answer.status, answer.fields()) == (400, {field}), answer.text
            assert leaked(site, answer, of=there.town, to=here.town) == []
            said.append(answer.text.replace(str(id), "ID"))
        assert said[0] == said[1], "a foreign id and an unknown id read the same (C10)"
    assert site.changed() == []


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [case for case in CASES if case[2] not in ("Center", "Branch") or case[0].startswith("groups")],
)
def test_not_even_the_superadmin_mixes_centers(name: str, field: str, kind: str, site: Running) -> None:
    here, there = Place(site, site.world.tashkent), Place(site, site.world.samarkand)
    body = body_of(name, here) | {field: _id_in(there.town, kind, field)}
    answer = call(site.client("rustam"), name, id=row_of(name, here), body=body)
    assert answer.status == 400, answer.text
    assert site.changed() == []
    assert not foreign_rows_changed(site, there.town)


def test_a_branch_in_another_center_moves_nobody_there(site: Running) -> None:
    here, there = site.world.tashkent, site.world.samarkand
    for path in (
        f"/students/{here.student.student_id}/",
        f"/teachers/{here.teacher.teacher_id}/",
        f"/rooms/{here.room.id}/",
    ):
        answer = site.client("rustam").patch(path, {"branch": there.branch.id})
        assert (answer.status, answer.fields()) == (400, {"branch"}), path  # C20
    assert site.changed() == []


@pytest.mark.parametrize("who", ["teacher", "admin", "director"])
def test_only_a_manager_of_the_center_can_look_after_a_branch(who: str, site: Running) -> None:
    person = getattr(site.world.tashkent, who)
    answer = site.client("dilshod").patch(f"/branches/{site.world.tashkent.branch.id}/", {"manager": person.user_id})
    assert (answer.status, answer.fields()) == (400, {"manager"})  # C41


@pytest.mark.parametrize("center", ["other", "unknown"])
def test_a_center_that_is_not_ones_own_is_refused_on_creation(center: str, site: Running) -> None:
    id = site.world.samarkand.center.id if center == "other" else NO_SUCH_ID
    for name in ("staff.create", "branches.create", "subjects.create", "groups.create"):
        body = body_of(name, Place(site, site.world.tashkent)) | {"educational_center": id}
        answer = call(site.client("dilshod"), name, body=body)
        assert (answer.status, answer.fields()) == (400, {"educational_center"}), (name, answer.text)  # C11
    assert site.changed() == []


def test_the_superadmin_must_say_which_center(site: Running) -> None:
    for name in ("staff.create", "branches.create", "subjects.create"):
        body = body_of(name, Place(site, site.world.tashkent))
        del body["educational_center"]
        body.pop("manager", None)
        answer = call(site.client("rustam"), name, body=body)
        assert (answer.status, answer.fields()) == (400, {"educational_center"}), (name, answer.text)  # C11


def test_the_center_of_a_row_never_changes(site: Running) -> None:
    here, there = site.world.tashkent, site.world.samarkand
    for path in (f"/branches/{here.branch.id}/", f"/subjects/{here.course.id}/", f"/groups/{here.evening.id}/"):
        answer = site.client("rustam").patch(path, {"educational_center": there.center.id})
        assert (answer.status, "educational_center" in answer.fields()) == (400, True), answer.text
    assert site.changed() == []
