"""Every request that a document prints works as it is printed: only the ids are those of rows that there are."""

from __future__ import annotations

from typing import Any

from educore.groups import enroll_in_class, enroll_student
from support.parametrize import each
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import CENTER_CRM, EDUMASTER, MADRASTI, OPS

PRINTED = [op for op in OPS if op.is_documented and (op.documented["request"] or {}).get("example")]
SIGNING_IN = ("auth.login", "accounts.login", "users.login", "tokens.refresh", "users.change_password")
"""The credentials that are printed belong to nobody here."""
UPLOADED = ("users.profile.partial_update", "attendance.absence_flags.resolve")
"""They print keys of files that were sent before, which the tests of uploads and of flags try."""


@each("op", [op for op in PRINTED if op.name not in (*SIGNING_IN, *UPLOADED)])
def test_a_printed_request_works_as_it_is_printed(op: Op, site: RunningPlatform) -> None:
    at = op.home(site)
    body = _with_ids(op, at, op.documented["request"]["example"])
    _make_room(op, site)
    answer = call_operation(site.client(op.owner), op, id=recipe_row(op, at), body=body)
    assert answer.status == op.response["status"], f"{answer.status} {answer.text} for {body}"


def test_the_catalogs_print_requests_with_files_and_passwords() -> None:
    texts = repr([op.documented["request"]["example"] for op in PRINTED])
    assert len(PRINTED) > 30
    assert "'submission_file': 'file_upload'" in texts
    assert "secure_password" in texts


def test_a_person_signs_in_with_the_printed_password(site: RunningPlatform) -> None:
    printed = EDUMASTER["users.create"].documented["request"]["example"]
    edu = site.client("dilshod").of(EDUMASTER)
    edu.post("/accounts/users/", printed).expect(201)
    credentials = {name: printed[name] for name in ("phone_number", "password")}
    assert edu.post("/accounts/login/", credentials).expect(200)["user"]["role"] == printed["role"]
    short = printed | {"phone_number": "+998901234568", "password": "seven77"}
    assert edu.post("/accounts/users/", short).fields() == {"password"}


def test_another_text_is_no_file(site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    body = recipe_body("contracts.create", at) | {"contract_file": "https://files.example.com/contract.pdf"}
    assert site.client("dilshod").post("/contracts/", body).fields() == {"contract_file"}
    printed = site.client("dilshod").post("/contracts/", body | {"contract_file": "file_upload"}).expect(201)
    assert "file_upload" in printed["contract_file"]


def _with_ids(op: Op, at: Place, printed: Any) -> Any:
    """The printed body with ids of rows of a town or a school."""
    if op.system is MADRASTI:
        ids = op.system.ids(at) | {"student": at.school.newcomer.user_id or 0}
        if op.section == "homework.questions":
            ids |= {"homework": at.spare.homework.draft}
        pupils = iter([at.school.student.user_id, at.school.newcomer.user_id])
        for entry in printed.get("attendance_data", ()):
            entry |= {"student": next(pupils)}
        return {name: ids.get(name, value) for name, value in printed.items()}
    return _with_ids_of_town(op, at, printed)


def _with_ids_of_town(op: Op, at: Place, printed: Any) -> Any:
    """The same of a town; the ids of a class are those of its students, one after the other."""
    town, ids = at.town, op.system.ids(at) | {"lesson_id": at.site.extras.register[at.center]}
    people = [town.student, town.classmate, town.newcomer]
    students = iter([who.user_id if op.system is EDUMASTER else who.student_id for who in people])
    if isinstance(printed, list):
        return [_with_ids_of_town(op, at, entry) for entry in printed]
    body = {name: ids.get(name, value) if isinstance(value, int) else value for name, value in printed.items()}
    recipe = recipe_body(op, at)
    body |= {name: recipe[name] for name in body if name in ids and name in recipe}
    for entry in body.get("attendance_data", ()):
        entry |= {"student_id": next(students)}
    if op.name == "groups.add_student":
        body["student_id"] = town.newcomer.user_id
    return body


def _make_room(op: Op, site: RunningPlatform) -> None:
    """Let the newcomer join the class that is marked, and give rows of the cast other numbers and months."""
    at, dilshod = op.home(site), site.client("dilshod")
    if op.name == "attendance.bulk_mark":
        with site.platform.school.work(at.town.director) as uow:
            enroll_student(uow, group_id=at.town.morning.id, student_id=at.town.newcomer.student_id or 0)
    elif op.name == "attendance.sessions.bulk_mark":
        with site.platform.school.work(at.school.director) as uow:
            enroll_in_class(uow, group_id=at.school.class_a.id, student_id=at.school.newcomer.student_id or 0)
    elif op.name == "payments.create" and op.system is CENTER_CRM:
        dilshod.patch(f"/payments/{at.money.payment}/", {"receipt_number": "EARLIER-1"}).expect(200)
    elif op.name == "payroll.create":
        dilshod.patch(f"/payroll/{at.money.salary}/", {"month": "2023-11"}).expect(200)
