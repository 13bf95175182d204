"""References in a body to rows of another center are refused on their field, as ids that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from educore import Entity
from educore.kernel import references
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import domain_path, item_body, lookup_of
from support.parametrize import each
from support.web.invalid_values import replace_value
from support.web.leaks import find_leaks, foreign_rows_changed, without_id
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import WITH_BODY

NO_SUCH_ID = 987654321
OFFICE = ("director", "manager", "admin", "staff")


def _references(body: type[Body], kind: type[Entity], above: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a body that refer to rows, and to which kind."""
    marks = references(kind)
    for name in body.model_fields:
        path, by, entry = domain_path(body, name), lookup_of(body, name), item_body(body, name)
        if by is not None:
            yield f"{above}{name}", by.kind.__name__
        elif path in marks:
            yield f"{above}{name}", marks[path].target
        elif entry is not None:
            yield from _references(entry, entry.of or kind, f"{above}{name}.0.")


def _all_references(op: Op) -> dict[str, str]:
    return dict(_references(op.body, op.kind)) | dict(op.system.references.get(op.name, {}))


CASES = [
    (op, field, kind)
    for op in WITH_BODY
    if op.kind is not None and op.who != {"superadmin"}
    for field, kind in _all_references(op).items()
]


def _is_bound(op: Op) -> bool:
    """Whether more than one reference says which center a row belongs to."""
    return op.name not in op.system.deciding


def _id_in(there: Place, op: Op, field: str) -> int:
    return op.system.ids(there)[field.rsplit(".", maxsplit=1)[-1]]


@each("op, field, kind", CASES)
def test_a_foreign_id_is_refused_like_an_unknown_one(op: Op, field: str, kind: str, site: RunningPlatform) -> None:
    here, there = op.towns(site)
    people = op.system.cast.people
    for who in [people[role] for role in OFFICE if role in people and role in op.who]:
        said = []
        for id in (_id_in(there, op, field), NO_SUCH_ID):
            body = replace_value(recipe_body(op, here), field, id)
            answer = call_operation(site.client(who), op, id=recipe_row(op, here), body=body)
            assert (answer.status, answer.fields()) == (400, {field}), answer.text
            assert find_leaks(site, answer, of=there.locality, to=here.locality) == []
            said.append(without_id(answer.text, id))
        assert said[0] == said[1], "a foreign id and an unknown id read the same (C10)"
    assert site.changed() == []


@each(
    "op, field, kind",
    [
        case
        for case in CASES
        if (case[2] not in ("Center", "Branch") or case[0].section == "groups") and _is_bound(case[0])
        if "superadmin" in case[0].who
    ],
)
def test_not_even_the_superadmin_mixes_centers(op: Op, field: str, kind: str, site: RunningPlatform) -> None:
    here, there = op.towns(site)
    body = replace_value(recipe_body(op, here), field, _id_in(there, op, field))
    answer = call_operation(site.client("rustam"), op, id=recipe_row(op, here), body=body)
    assert answer.status == 400, answer.text
    assert site.changed() == []
    assert not foreign_rows_changed(site, there.locality)


def test_a_branch_in_another_center_moves_nobody_there(site: RunningPlatform) -> None:
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
def test_only_a_manager_of_the_center_can_look_after_a_branch(who: str, site: RunningPlatform) -> None:
    person = getattr(site.world.tashkent, who)
    answer = site.client("dilshod").patch(f"/branches/{site.world.tashkent.branch.id}/", {"manager": person.user_id})
    assert (answer.status, answer.fields()) == (400, {"manager"})  # C41


@pytest.mark.parametrize("center", ["other", "unknown"])
def test_a_center_that_is_not_ones_own_is_refused_on_creation(center: str, site: RunningPlatform) -> None:
    id = site.world.samarkand.center.id if center == "other" else NO_SUCH_ID
    for name in ("staff.create", "branches.create", "subjects.create", "groups.create"):
        body = recipe_body(name, Place(site, site.world.tashkent)) | {"educational_center": id}
        answer = call_operation(site.client("dilshod"), name, body=body)
        assert (answer.status, answer.fields()) == (400, {"educational_center"}), (name, answer.text)  # C11
    assert site.changed() == []


def test_the_superadmin_must_say_which_center(site: RunningPlatform) -> None:
    for name in ("staff.create", "branches.create", "subjects.create"):
        body = recipe_body(name, Place(site, site.world.tashkent))
        del body["educational_center"]
        body.pop("manager", None)
        answer = call_operation(site.client("rustam"), name, body=body)
        assert (answer.status, answer.fields()) == (400, {"educational_center"}), (name, answer.text)  # C11


def test_the_center_of_a_row_never_changes(site: RunningPlatform) -> None:
    here, there = site.world.tashkent, site.world.samarkand
    for path in (f"/branches/{here.branch.id}/", f"/subjects/{here.course.id}/", f"/groups/{here.evening.id}/"):
        answer = site.client("rustam").patch(path, {"educational_center": there.center.id})
        assert (answer.status, "educational_center" in answer.fields()) == (400, True), answer.text
    assert site.changed() == []
