"""Changing rows: what is sent is changed, what is not sent stays, and the two links of a director agree."""

from __future__ import annotations

from typing import Any

import pytest

from web.promise import Promise
from web.recipes import BY_NAME, Place, body_of, call, row_of
from web.running import Running
from web.wrong import body_schema

KINDS = [name.split(".")[0] for name in BY_NAME if name.endswith(".update")]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Every kind of row that can be changed."""
    found: str = request.param
    return found


def _shown(site: Running, kind: str) -> dict[str, Any]:
    id = row_of(f"{kind}.retrieve", Place(site, site.world.tashkent))
    return dict(call(site.client("rustam"), f"{kind}.retrieve", id=id).expect(200).body)


def _but(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def test_put_keeps_what_is_not_sent(kind: str, site: Running, promise: Promise) -> None:
    at, rustam = Place(site, site.world.tashkent), site.client("rustam")
    id, name = row_of(f"{kind}.retrieve", at), f"{kind}.update"
    full = call(rustam, name, id=id, body=body_of(name, at)).expect(200).body
    required = set(body_schema(promise, name).get("required", ()))
    only_required = {field: value for field, value in body_of(name, at).items() if field in required}
    assert call(rustam, name, id=id, body=only_required).expect(200).body == full  # C30


def test_put_without_a_required_field_is_refused(kind: str, site: Running, promise: Promise) -> None:
    at, name = Place(site, site.world.tashkent), f"{kind}.update"
    for field in body_schema(promise, name).get("required", ()):
        answer = call(site.client("rustam"), name, id=row_of(name, at), body=_but(body_of(name, at), field))
        assert (answer.status, answer.fields()) == (400, {field})
    assert site.changed() == []


def test_an_empty_patch_changes_nothing_not_even_when_it_was_changed(kind: str, site: Running) -> None:
    before = _shown(site, kind)
    site.clock.pass_by(minutes=5)
    for body in ({}, {"nonsense": 1}):
        name = f"{kind}.partial_update"
        assert call(site.client("rustam"), name, id=before["id"], body=body).expect(200).body == before
    assert site.changed() == []


def test_a_patch_changes_what_it_names_and_when(kind: str, site: Running) -> None:
    before, name = _shown(site, kind), f"{kind}.partial_update"
    site.clock.pass_by(minutes=5)
    body = body_of(name, Place(site, site.world.tashkent))
    after = call(site.client("rustam"), name, id=before["id"], body=body).expect(200).body
    assert after == _shown(site, kind)
    if kind in ("directors", "staff"):
        assert after["user"] == before["user"] | body
    else:
        assert _but(after, "updated_at") == _but(before, "updated_at") | body
        assert after.get("updated_at", "2024-01-01T10:05:00Z") == "2024-01-01T10:05:00Z"


def test_a_nested_account_is_changed_in_part(site: Running) -> None:
    for who, path in (("student", "students"), ("teacher", "teachers")):
        before = _shown(site, path)
        answer = site.client("malika").patch(
            f"/{path}/{before['id']}/", {"user": {"last_name": "Yangi", "phone": None}}
        )
        assert answer.status == 200, (who, answer.text)
        assert answer["user"] == before["user"] | {"last_name": "Yangi"}
        assert answer["user_info"]["phone"] is None
        assert _but(answer.body, "user", "user_info", "updated_at") == _but(before, "user", "user_info", "updated_at")


def test_the_first_director_is_the_main_one_until_another_is_named(site: Running) -> None:
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


def test_a_director_named_by_another_center_moves_there_and_sees_only_that_one(site: Running) -> None:
    dilshod, nukus = site.world.dilshod, site.extras.nukus
    site.client("rustam").patch(f"/centers/{nukus}/", {"director": dilshod.membership_id}).expect(200)
    moved = site.client("rustam").get(f"/directors/{dilshod.membership_id}/")
    assert moved["educational_center"] == nukus
    assert site.client("rustam").get(f"/centers/{site.world.tashkent.center.id}/")["director"] is None
    assert site.client("dilshod").get("/groups/")["count"] == 0
    assert site.client("dilshod").get(f"/centers/{site.world.tashkent.center.id}/").status == 404


def test_the_superadmin_moves_a_director_by_writing_the_other_side(site: Running) -> None:
    dilshod, nukus = site.world.dilshod, site.extras.nukus
    path = f"/directors/{dilshod.membership_id}/"
    assert site.client("rustam").patch(path, {"educational_center": nukus})["educational_center"] == nukus
    assert site.client("rustam").get(f"/centers/{nukus}/")["director"] == dilshod.membership_id
