"""One's own password changes together with the present one only, whichever operation carries it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from educore import Actor
from educore.identity import User
from educore.people import sign_in
from educore.values import is_new_password
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import nested_body
from support.cast import PASSWORD
from support.parametrize import each
from support.web.recipes import call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import OPS

NEXT = "Yangi parol 1"
PRESENT = {"center_crm": "old_password", "edumaster": "old_password", "madrasti": "current_password"}
"""The field with the present password, by API."""


def new_passwords(body: type[Body]) -> Iterator[tuple[str, ...]]:
    """Where a body takes a new password."""
    for name, info in body.model_fields.items():
        inner = nested_body(body, name)
        if inner is not None:
            yield from ((name, *steps) for steps in new_passwords(inner))
        if is_new_password(info.annotation, info.metadata):
            yield (name,)


def present_field(op: Op) -> str:
    """The name of the field with the present password."""
    return PRESENT[op.system.name]


DOORS = [op for op in OPS if op.body is not None and list(new_passwords(op.body)) and op.method != "DELETE"]
CHANGES = [op for op in DOORS if op.has_path_id]
WITH_OLD = [op for op in DOORS if present_field(op) in repr(op.body.model_json_schema())]  # type: ignore[union-attr]  # has one
BY_MAIL = "users.password_reset.confirm"
"""There the code that was mailed takes the place of the present password."""

CALLS = [(op, who) for op in DOORS if op.name != BY_MAIL for who in op.system.cast.callers.values()]


def test_these_are_the_doors() -> None:
    assert len(CHANGES) >= 10, "both methods for students, teachers, directors, staff and users"
    assert len(WITH_OLD) == 5, "students twice, change-password twice, profile"


def _filled(op: Op, **more: str) -> dict[str, Any]:
    """A body with nothing in it but a new password, and what else stands beside it."""
    assert op.body is not None
    body: dict[str, Any] = {}
    for *steps, last in new_passwords(op.body):
        place = body
        for step in steps:
            place = place.setdefault(step, {})
        twice = {f"{last}_confirm"} & {*op.body.model_fields}
        place |= dict.fromkeys((last, *twice), NEXT) | more
    return body


def _without_old(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in PRESENT.values()}


def _hash(site: RunningPlatform, actor: Actor) -> str | None:
    with site.platform.school.work(site.world.rustam, read_only=True) as uow:
        return uow.get(User, actor.user_id or 0).password_hash


@each("op, who", CALLS)
def test_nobody_changes_their_own_password_without_the_present_one(op: Op, who: str, site: RunningPlatform) -> None:
    actor, client = site.actor(who), site.client(who)
    before = _hash(site, actor)
    own_rows = {actor.user_id, actor.membership_id, actor.student_id, actor.teacher_id} - {None}
    at = op.home(site)
    for id in own_rows if op.has_path_id else {None}:
        for body in (
            _filled(op),
            _without_old(recipe_body(op, at)) | _filled(op),
            _filled(op, **{present_field(op): "a guess 1"}),
        ):
            call_operation(client, op, id=id, body=body)
            assert _hash(site, actor) == before, body
            site.clock.advance(minutes=20)


@each("op", CHANGES)
def test_the_office_changes_the_passwords_of_others_at_these_doors(op: Op, site: RunningPlatform) -> None:
    at = op.home(site)
    before = _hashes(site)
    call_operation(site.client("rustam"), op, id=recipe_row(op, at), body=recipe_body(op, at) | _filled(op)).expect(200)
    assert len(_hashes(site) - before) == 1


@each("op", [op for op in WITH_OLD if op.method != "PUT"])
def test_with_the_present_password_it_changes_wherever_a_student_may_write(op: Op, site: RunningPlatform) -> None:
    name = op.system.cast.people["student"]
    who = site.actor(name)
    before = _hash(site, who)
    body = _filled(op, **{present_field(op): PASSWORD})
    call_operation(site.client(name), op, id=who.student_id if op.has_path_id else None, body=body).expect(200)
    assert _hash(site, who) != before
    assert sign_in(site.platform.school, username=name, password=NEXT).access


def test_it_says_what_is_missing_under_the_name_of_the_field(site: RunningPlatform) -> None:
    path = f"/students/{site.world.sardor.student_id}/"
    answer = site.client("sardor").patch(path, {"user": {"password": NEXT}}).expect(400)
    said = "Your own password changes only together with the present one."
    assert answer.body == {"user": {"password": [said]}}
    answer = site.client("sardor").patch(path, {"user": {"password": NEXT, "old_password": "a guess 1"}}).expect(400)
    assert answer.body == {"user": {"old_password": ["This is not your present password."]}}


def test_guesses_of_the_old_password_end_with_a_429_at_every_door_together(site: RunningPlatform) -> None:
    client, path = site.client("sardor"), f"/students/{site.world.sardor.student_id}/"
    sent = [
        ("POST", "/auth/change-password/", {"old_password": "a guess 1", "new_password": NEXT}),
        ("PATCH", path, {"user": {"password": NEXT, "old_password": "a guess 1"}}),
    ]
    statuses = [client.send(method, where, body=body).status for method, where, body in sent * 4]
    assert statuses == [400] * 5 + [429] * 3


def _hashes(site: RunningPlatform) -> set[str | None]:
    with site.platform.school.work(site.world.rustam, read_only=True) as uow:
        return {user.password_hash for user in uow.find(User)}
