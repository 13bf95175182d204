"""The APIs require only what a row cannot be without, and everything copes with rows that lack the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from educore import EDUCATION
from educore_web.rest.body_fields import domain_path
from support.parametrize import each
from support.web.invalid_values import body_schema
from support.web.recipes import call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Body, Op, System
from support.web.systems import OPS, SYSTEMS

NEEDED = {
    ("lessons", "start_time"): "a lesson that is planned takes a time from its group, teacher and room",
    ("lessons", "end_time"): "see above",
    ("submissions", "submission_file"): "the file is the submission",
    ("users", "phone_number"): "nobody signs in to EduMaster without one",
    ("courses", "price"): "nothing is free because a price was forgotten",
    ("groups", "subject"): "a group without one is a class, of which the document does not know",
    ("groups", "course"): "see above",
    ("rooms", "capacity"): "the document's rooms have one, though a school's may not",
    ("payments", "invoice"): "the invoice says who pays",
    ("homework.reward_transactions", "points"): "points or coins are given, and mostly points",
    ("schools.classes", "section"): "a class is called by its section, a group of courses is not",
    ("schools.classes", "grade"): "see above",
    ("schools.classes", "academic_year"): "a group without one is no class",
    ("schools.subjects", "code"): "the document's subjects have one, though courses may not",
    ("schools.rooms", "room_number"): "the document's rooms have one, though others may not",
    ("schools.rooms", "room_type"): "see above",
    ("users.enrollments", "academic_year"): "it must be that of the class",
    ("lessons.lessons", "subject"): "material may stand by itself, a lesson of a school is of a subject",
    ("lessons.lessons", "grade"): "students find a lesson by their grade",
    ("attendance.timetable_sessions", "timetable"): "a plan of a group of courses has none, a slot belongs to one",
    ("attendance.timetable_sessions", "subject"): "a group of courses has its course, a class has one each hour",
    ("attendance.timetable_sessions", "teacher"): "see above",
    ("attendance.sessions", "timetable_session"): "a group of courses meets without a plan, a class has a timetable",
    ("homework.homework", "homework_type"): "the document has no homework without one",
    ("homework.homework", "subject"): "other assessments are about no subject, homework is",
    ("homework.homework", "grade"): "see above",
    ("homework.homework", "due_date"): "a quiz may be open for ever, homework may not",
    ("homework.questions", "order"): "the document's questions have one",
    ("attendance.notifications", "student"): "a notification may be about nobody, one about attendance may not",
    ("attendance.notifications", "notification_type"): "without one it is not about attendance",
}
"""Fields that the domain can do without and an API cannot, and why."""

WHOLE_ACTS = {"submissions.update": {"grade"}, "notifications.update": {"is_read"}}
NAMES = {"first_name", "last_name"}
WHOLE_ROWS = {
    "madrasti:users.profile.update": NAMES,
    "madrasti:users.update": NAMES,
    "madrasti:schools.config.update": {"name", "phone", "email", "address", "city", "region"},
}
"""What the document requires of a PUT, which it does not tell from a creation; whoever changes less calls PATCH."""

CREATIONS = [op for op in OPS if op.verb == "create" and op.body is not None and op.body.of is not None]
WITHOUT_CENTER = {"username": "odil", "password": "Direktor 1"}


def _optional(op: Op) -> Iterator[str]:
    """The fields of a body that the domain can do without."""
    for name in op.body.model_fields:
        kind, path = op.body.of, domain_path(op.body, name) or ""
        if path.startswith("account."):
            kind, path = EDUCATION.kinds["User"], path.partition(".")[2]
        if path in kind.model_fields and not kind.model_fields[path].is_required():
            yield name


def _required(op: Op) -> set[str]:
    return set(body_schema(op).get("required", ()))


@each("op", CREATIONS)
def test_a_creation_requires_only_what_the_domain_requires(op: Op) -> None:
    needless = {name for name in _optional(op) if (op.section, name) not in NEEDED}
    assert _required(op) & needless == {"password"} & needless  # without one an account would be of no use
    proposed = (op.documented["request"] or {}).get("required_proposal") if op.is_documented else None
    assert proposed is None or _required(op) <= set(proposed)


def test_every_exception_is_still_one() -> None:
    found = {(op.section, name) for op in CREATIONS for name in _optional(op) if name in _required(op)}
    assert found - {(section, "password") for section, _ in found} == set(NEEDED)


@each("op", [op for op in OPS if op.verb == "update"])
def test_put_requires_nothing_and_changes_nothing_by_itself(op: Op, site: RunningPlatform) -> None:
    required = WHOLE_ROWS.get(str(op), set())
    assert _required(op) == WHOLE_ACTS.get(op.name, required)
    if op.name not in WHOLE_ACTS:
        client, id = site.client(op.master), recipe_row(op, op.home(site))
        shown = call_operation(client, op.sibling("retrieve"), id=id).expect(200).body if required else {}
        call_operation(client, op, id=id, body={name: shown[name] for name in required}).expect(200)
        assert site.changed() == []


def _least(site: RunningPlatform, op: Op) -> Body:
    """A body with the required fields alone, and what only those must name whom it does not follow from."""
    needed = {"student", "choices", "external_url"} & {*op.body.model_fields}
    required = _required(op) | {"educational_center", "center_id"} | needed
    body: Body = recipe_body(op, op.home(site))
    least = {name: value for name, value in body.items() if name in required}
    username = f"{op.section}1"
    if "user" in least and isinstance(least["user"], dict):
        least["user"] = {"username": username, "password": least["user"]["password"]}
    return least | ({"username": username} if "username" in least else {})


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_copes_with_rows_that_have_only_what_is_required(system: System, site: RunningPlatform) -> None:
    created: list[tuple[Op, dict[str, Any]]] = []
    for op in CREATIONS:
        if op.system is system:
            answer = call_operation(site.client(op.master), op, body=_least(site, op))
            created.append((op, answer.expect(201).body))
    for op, row in created:
        retrieve, put = (op.system.ops.get(f"{op.section}.{verb}") for verb in ("retrieve", "update"))
        if retrieve is not None and op.section not in op.system.personal:
            shown = call_operation(site.client(op.master), retrieve, id=row["id"]).expect(200).body
            assert {name: shown[name] for name in row} == row
            if put is not None and put.name not in WHOLE_ACTS:
                call_operation(site.client(op.master), put, id=row["id"], body=shown).expect(200)
    for op in system:
        id = recipe_row(op, op.home(site))
        for name in op.listing.orderings if op.listing else ():
            call_operation(site.client(op.master), op, id=id, query={"ordering": name}).expect(200)
        if op.method == "GET":
            call_operation(site.client(op.master), op, id=id).expect(200)
    for op, row in created:
        for report in system if op.section not in system.personal else ():
            if report.method == "GET" and report.has_path_id and (report.section, report.kind) == (op.section, op.kind):
                call_operation(site.client("rustam"), report, id=row["id"]).expect(200)
    site.client("dilshod").post("/charges/preview/", {"month": "2024-02", "due_date": "2024-02-29"}).expect(200)


def test_a_director_comes_before_the_center_and_signs_in_once_it_names_them(site: RunningPlatform) -> None:
    rustam, nobody = site.client("rustam"), site.client()
    director = rustam.post("/directors/", WITHOUT_CENTER).expect(201)
    assert director["educational_center"] is None
    refused = nobody.post("/login/", WITHOUT_CENTER)
    assert (refused.status, "token" in refused.body) == (403, False)
    rustam.patch(f"/directors/{director['id']}/", {"first_name": "Odil"}).expect(200)
    center = rustam.post("/centers/", {"name": "Urgench School", "director": director["id"]}).expect(201)
    assert (center["director"], center["director_name"]) == (director["id"], "Odil")
    signed = nobody.post("/login/", WITHOUT_CENTER).expect(200)
    assert signed["center_id"] == center["id"]
    odil = site.with_token(signed["token"])
    assert odil.get("/branches/").ids == []
    assert odil.get(f"/centers/{center['id']}/").status == 200
    assert odil.get(f"/centers/{site.world.tashkent.center.id}/").status == 404
    shown = rustam.get(f"/directors/{director['id']}/")
    assert shown["educational_center"] == center["id"]
    assert rustam.patch(f"/directors/{director['id']}/", {"educational_center": None}).fields() == {
        "educational_center"
    }


def test_a_director_without_a_center_is_moved_to_one_by_writing_the_other_side(site: RunningPlatform) -> None:
    rustam = site.client("rustam")
    director = rustam.post("/directors/", WITHOUT_CENTER).expect(201)
    body = {"educational_center": site.extras.nukus}
    assert rustam.put(f"/directors/{director['id']}/", body).expect(200)["educational_center"] == site.extras.nukus
    assert rustam.get(f"/centers/{site.extras.nukus}/")["director"] == director["id"]
