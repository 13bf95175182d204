"""Every operation with an id, tried by everybody on a row of another center and on hidden rows of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.cast import PASSWORD
from support.parametrize import each
from support.web.leaks import find_leaks, foreign_rows_changed, without_id
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

WITH_ID = [op for op in OPS if op.has_path_id]
NO_SUCH_ID = 987654321
BROKEN: list[dict[str, Any]] = [
    {"raw": b"{"},
    {"raw": b"[1]"},
    {"raw": b"x", "kind": "text/plain"},
    {"body": {}},
    {"body": {"name": 1, "user": 2}},
]


def _refusal(op: Op, role: str) -> int:
    return 404 if role in op.who else 403


@each("op", WITH_ID)
def test_a_row_of_another_center_does_not_exist(op: Op, site: RunningPlatform) -> None:
    people = op.system.cast.at_home
    wrong = [f"{op} as {who}: {what}" for who in people for what in _told_of_a_foreign_row(op, who, site)]
    assert wrong == []
    assert site.changed() == []


def _told_of_a_foreign_row(op: Op, who: str, site: RunningPlatform) -> Iterator[str]:
    """What an answer about a row of the other town lets somebody know."""
    here, there = op.towns(site)
    client, said, refusal = site.client(who), set(), _refusal(op, op.system.cast.at_home[who])
    for id, place in ((recipe_row(op, there), there), (recipe_row(op, there), here), (NO_SUCH_ID, here)):
        answer = call_operation(client, op, id=id, body=recipe_body(op, place))
        said.add(without_id(answer.text, id))
        if answer.status != refusal:
            yield f"{answer.status} for {id} with a body of {place.locality.center.name}: {answer.text[:200]}"
        if secrets := find_leaks(site, answer, of=there.locality, to=here.locality):
            yield f"{secrets} for {id}"
    if len(said) > 1:
        yield f"a foreign row and an unknown one read differently: {said}"


@each("op", [op for op in WITH_ID if op.method in ("POST", "PUT", "PATCH")])
def test_a_foreign_row_does_not_exist_whatever_the_body(op: Op, site: RunningPlatform) -> None:
    id, wrong = recipe_row(op, op.abroad(site)), []
    for who, role in op.system.cast.at_home.items():
        for sent in BROKEN:
            answer = call_operation(site.client(who), op, id=id, **sent)
            if answer.status != _refusal(op, role):
                wrong.append(f"{op} as {who} with {sent}: {answer.status} {answer.text[:200]}")
    assert wrong == []
    assert op.body is not None or site.changed() == []


@each("op", [op for op in WITH_ID if "superadmin" in op.who and not op.under])
def test_the_superadmin_reaches_both_centers(op: Op, site: RunningPlatform) -> None:
    for at in op.towns(site):
        site.reset()
        assert call_operation(site.client("rustam"), op, id=recipe_row(op, at), body=recipe_body(op, at)).status < 300


@each("op", [op for op in OPS if op.method != "GET"])
def test_what_happens_at_home_changes_nothing_in_the_other_center(op: Op, site: RunningPlatform) -> None:
    at, wrong = op.home(site), []
    there = op.abroad(site)
    for who in op.system.cast.at_home:
        site.reset()
        answer = call_operation(site.client(who), op, id=recipe_row(op, at), body=recipe_body(op, at))
        secrets = find_leaks(site, answer, of=there.locality, to=at.locality)
        if secrets or answer.status >= 500 or foreign_rows_changed(site, there.locality):
            wrong.append(f"{op} as {who}: {answer.status} {answer.text[:200]}, secrets {secrets}")
    assert wrong == []


HIDDEN = {
    "groups.retrieve": {"timur": "evening", "tamara": "morning", "sardor": "evening", "shirin": "morning"},
    "students.retrieve": {"timur": "newcomer", "tamara": "student", "sardor": "classmate"},
    "students.attendance_history": {"timur": "newcomer", "sardor": "classmate"},
    "students.payment_history": {"sardor": "classmate"},
    "students.partial_update": {"sardor": "classmate"},
}
"""Rows of one's own center that are hidden (C14, C16, C17, C46)."""


@pytest.mark.parametrize(("name", "who"), [(name, who) for name, cases in HIDDEN.items() for who in cases])
def test_a_hidden_row_of_the_own_center_does_not_exist(name: str, who: str, site: RunningPlatform) -> None:
    found: Any = getattr(site.world.tashkent, HIDDEN[name][who])
    id = found.student_id if name.startswith("students") else found.id
    answer = call_operation(site.client(who), name, id=id, body=recipe_body(name, Place(site, site.world.tashkent)))
    assert answer.status == 404, answer.text
    assert site.changed() == []


def test_a_visible_row_on_which_an_act_is_refused_is_403(site: RunningPlatform) -> None:
    tamara = site.world.tamara.teacher_id
    assert call_operation(site.client("timur"), "teachers.performance", id=tamara).status == 403  # C17
    assert call_operation(site.client("timur"), "teachers.performance", id=site.world.timur.teacher_id).status == 200


@pytest.mark.parametrize("field", ["status", "group", "branch", "enrollment_date", "user.first_name", "user.username"])
def test_a_student_may_change_only_four_fields_of_their_own(field: str, site: RunningPlatform) -> None:
    values = {
        "status": "Graduated",
        "group": site.world.tashkent.evening.id,
        "branch": site.world.tashkent.branch.id + 1,
        "enrollment_date": "2020-01-01",
        "user.first_name": "King",
        "user.username": "king",
    }
    outer, _, inner = field.partition(".")
    body = {outer: {inner: values[field]} if inner else values[field]} | {"parent_name": "Botir"}
    answer = site.client("sardor").patch(f"/students/{site.world.sardor.student_id}/", body)
    assert answer.status == 403, answer.text
    assert site.changed() == []


def test_a_student_may_change_these_four(site: RunningPlatform) -> None:
    body = {
        "parent_name": "Botir",
        "parent_phone": "+998 90 111-22-33",
        "user": {"email": "Sardor@Example.UZ", "password": "Yangi parol 1", "old_password": PASSWORD},
    }
    answer = site.client("sardor").patch(f"/students/{site.world.sardor.student_id}/", body).expect(200)
    assert (answer["parent_name"], answer["parent_phone"]) == ("Botir", "+998901112233")
    assert answer["user"]["email"] == "sardor@example.uz"
