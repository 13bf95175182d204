"""Changing rows: what is sent is changed, what is not sent stays, and the two links of a director agree."""

from __future__ import annotations

from typing import Any

from support.parametrize import each
from support.web.invalid_values import body_schema
from support.web.recipes import BY_NAME, call_operation, documented_keys, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

STAMPED = {
    "attendance": ("marked_by", "teacher_name", "marked_at"),
    "attendance.records": ("marked_by", "marked_at", "updated_at"),
    "users.enrollments": (),
    "homework.submissions": ("status", "graded_by", "graded_at", "updated_at"),
}
"""What tells who changed a row last and when, where that is not `updated_at`.

The number in a place of a school is the student's: it is their row that is changed, and not that of the place.
"""


every_put = each("put", [op for op in OPS if op.verb == "update"])
every_patch = each("patch", [op.sibling("partial_update") for op in OPS if op.verb == "update"])


def _shown(site: RunningPlatform, op: Op) -> dict[str, Any]:
    """The row an operation is tried on, as all operations on one row show it."""
    retrieve, update = op.sibling("retrieve"), op.sibling("update")
    id = recipe_row(retrieve, op.home(site))
    row = call_operation(site.client(retrieve.master), retrieve, id=id).expect(200).body
    return {name: row[name] for name in update.out.model_fields}


def _but(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@every_put
def test_put_keeps_what_is_not_sent(put: Op, site: RunningPlatform) -> None:
    at, client = put.home(site), site.client(put.master)
    id, body = recipe_row(put, at), recipe_body(put, at)
    full = call_operation(client, put, id=id, body=body).expect(200).body
    required = set(body_schema(put).get("required", ()))
    for field in body:
        sent = {name: body[name] for name in {field} | required}
        assert call_operation(client, put, id=id, body=sent).expect(200).body == full, field  # C30


@every_put
def test_put_without_a_required_field_is_refused(put: Op, site: RunningPlatform) -> None:
    at = put.home(site)
    for field in body_schema(put).get("required", ()):
        answer = call_operation(
            site.client(put.master), put, id=recipe_row(put, at), body=_but(recipe_body(put, at), field)
        )
        assert (answer.status, answer.fields()) == (400, {field})
    assert site.changed() == []


@every_patch
def test_an_empty_patch_changes_nothing_not_even_when_it_was_changed(patch: Op, site: RunningPlatform) -> None:
    before = _shown(site, patch)
    site.clock.advance(minutes=5)
    for body in ({}, {"nonsense": 1}):
        assert call_operation(site.client(patch.master), patch, id=before["id"], body=body).expect(200).body == before
    assert site.changed() == []


@every_patch
def test_a_patch_changes_what_it_names_and_when(patch: Op, site: RunningPlatform) -> None:
    before = _shown(site, patch)
    site.clock.advance(minutes=5)
    body = recipe_body(patch, patch.home(site))
    after = call_operation(site.client(patch.master), patch, id=before["id"], body=body).expect(200).body
    assert after == _shown(site, patch)
    if patch.section in ("directors", "staff"):
        assert after["user"] == before["user"] | body
    else:
        stamped = STAMPED.get(patch.section, ("updated_at",))
        after, before = documented_keys(patch, after), documented_keys(patch, before)
        assert _but(after, *stamped) == _but(before, *stamped) | body
        if "updated_at" in stamped:
            assert after.get("updated_at", "2024-01-01T10:05:00Z") == "2024-01-01T10:05:00Z"


def test_a_nested_account_is_changed_in_part(site: RunningPlatform) -> None:
    for who, path in (("student", "students"), ("teacher", "teachers")):
        put = BY_NAME[f"{path}.update"]
        before = documented_keys(put, _shown(site, put))
        answer = site.client("malika").patch(
            f"/{path}/{before['id']}/", {"user": {"last_name": "Yangi", "phone": None}}
        )
        assert answer.status == 200, (who, answer.text)
        assert answer["user"] == before["user"] | {"last_name": "Yangi"}
        assert answer["user_info"]["phone"] is None
        kept = _but(documented_keys(put, answer.body), "user", "user_info", "updated_at")
        assert kept == _but(before, "user", "user_info", "updated_at")


def test_the_first_director_is_the_main_one_until_another_is_named(site: RunningPlatform) -> None:
    rustam, center = site.client("rustam"), site.extras.nukus
    people = []
    for number, name in enumerate(("nodira", "odil")):
        body = {
            "username": name,
            "password": "Direktor 1",
            "first_name": name.title(),
            "last_name": "",
            "email": None,
            "phone": f"+99877000000{number}",
            "educational_center": center,
        }
        people.append(rustam.post("/directors/", body).expect(201))
    first, second = people
    shown = rustam.get(f"/centers/{center}/")
    assert (shown["director"], shown["director_name"], shown["users_count"]) == (first["id"], "Nodira", 2)  # C37, C38
    shown = rustam.patch(f"/centers/{center}/", {"director": second["id"]}).expect(200)
    assert (shown["director"], shown["director_name"]) == (second["id"], "Odil")
    rustam.delete(f"/directors/{second['id']}/").expect(204)
    shown = rustam.get(f"/centers/{center}/")
    assert (shown["director"], shown["director_name"], shown["users_count"]) == (None, None, 1)


def test_a_director_named_by_another_center_moves_there_and_sees_only_that_one(site: RunningPlatform) -> None:
    dilshod, nukus = site.world.dilshod, site.extras.nukus
    site.client("rustam").patch(f"/centers/{nukus}/", {"director": dilshod.membership_id}).expect(200)
    moved = site.client("rustam").get(f"/directors/{dilshod.membership_id}/")
    assert moved["educational_center"] == nukus
    assert site.client("rustam").get(f"/centers/{site.world.tashkent.center.id}/")["director"] is None
    assert site.client("dilshod").get("/groups/")["count"] == 0
    assert site.client("dilshod").get(f"/centers/{site.world.tashkent.center.id}/").status == 404


def test_the_superadmin_moves_a_director_by_writing_the_other_side(site: RunningPlatform) -> None:
    dilshod, nukus = site.world.dilshod, site.extras.nukus
    path = f"/directors/{dilshod.membership_id}/"
    assert site.client("rustam").patch(path, {"educational_center": nukus})["educational_center"] == nukus
    assert site.client("rustam").get(f"/centers/{nukus}/")["director"] == dilshod.membership_id
