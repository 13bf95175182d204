"""Each page and button exists for those whose policy has a rule for it."""

from __future__ import annotations

from inspect import unwrap

import pytest
from starlette.routing import Route

from educore import EDUCATION, Role
from educore.groups import Group
from educore.identity import Membership, User
from educore.organization import Branch
from educore.people import Student
from support.admin.browser import page_text
from support.parametrize import each
from support.plain_rows import plain

PEOPLE = {"sayyora": Role.SUPERADMIN, "dilnoza-r": Role.DIRECTOR, "malika": Role.MANAGER, "aziz": Role.ADMIN}
KINDS = {
    "student": "Student", "group": "Group", "enrollment": "Enrollment", "course": "Course", "teacher": "Teacher",
    "teacher-rating": "TeacherRating", "membership": "Membership", "user": "User", "sign-in": "SignIn",
    "center": "Center", "branch": "Branch", "room": "Room", "session": "Session", "series": "Series",
    "attendance": "Attendance", "attendance-correction": "AttendanceCorrection", "assignment": "Assignment",
    "submission": "Submission", "exam": "Exam", "exam-result": "ExamResult",
}  # fmt: skip
MADE_HERE = {
    "student", "group", "enrollment", "course", "teacher", "center", "branch", "room",
    "session", "series", "assignment", "exam", "exam-result",
}  # fmt: skip


@each("screen", sorted(KINDS))
@each("name", sorted(PEOPLE))
def test_screens_and_new_buttons_follow_the_policies(browser_of, name, screen):
    browser, policy = browser_of(name), EDUCATION.policy(EDUCATION.kinds[KINDS[screen]])
    page = browser.get(f"/{screen}/list")
    assert (page.status_code == 200) is policy.permits(PEOPLE[name], "read")
    assert (f"/admin/{screen}/list" in browser.get("/").text) is policy.permits(PEOPLE[name], "read")
    if screen in MADE_HERE:
        may_create = policy.permits(PEOPLE[name], "create")
        assert (f'href="/admin/{screen}/create"' in page.text) is may_create
        assert (browser.get(f"/{screen}/create").status_code == 200) is may_create
        assert (browser.post(f"/{screen}/create").status_code == 400) is may_create


def test_an_admin_may_not_make_a_branch_even_by_posting(as_, world):
    before = len(world.find(Branch))
    for path in ("/branch/create", "/branch/import", f"/branch/edit/{world.registon.branch}"):
        assert as_("aziz").post(path, {"name": "New"}).status_code == 403, path
    assert as_("aziz").delete(f"/branch/delete?pks={world.registon.branch}").status_code == 403
    for name in ("close", "delete"):
        path = f"/branch/action/{name}?pks={world.registon.branch}"
        assert as_("aziz").get(path).status_code == 403
        assert as_("aziz").post(path).status_code == 403
    assert len(world.find(Branch)) == before


@pytest.mark.parametrize("screen", ["teacher-rating", "sign-in"])
@pytest.mark.parametrize("path", ["create", "edit/1", "import", "action/delete?pks=1", "action/end?pks=1"])
def test_ratings_and_sign_ins_are_read_only_even_for_the_superadmin(as_, screen, path):
    browser, status = as_("sayyora"), 404 if path.startswith("action") else 403
    assert browser.get(f"/{screen}/{path}").status_code == status
    assert browser.post(f"/{screen}/{path}").status_code == status


def test_enrollments_are_not_edited_or_deleted_past_the_seats(director, world):
    assert director.get("/enrollment/edit/1").status_code == 403
    assert director.get("/enrollment/action/delete?pks=1").status_code == 404
    assert director.delete("/enrollment/delete?pks=1").status_code == 403


@pytest.mark.parametrize(
    ("name", "given"), [("sayyora", {"director", "manager", "admin"}), ("dilnoza-r", {"manager", "admin"})]
)
def test_a_director_gives_only_positions_below_their_own(as_, name, given):
    page = as_(name).get("/membership/create")
    assert {role for role in ("director", "manager", "admin") if f'<option value="{role}"' in page.text} == given


def test_who_manages_no_staff_cannot_make_any(as_):
    for name in ("malika", "aziz"):
        assert as_(name).get("/membership/create").status_code == 403


def test_a_position_that_is_not_offered_is_no_answer(director, world):
    page = director.post("/membership/create", {"account.username": "new", "role": "director"})
    assert page.status_code == 400
    assert "Choose one of manager, admin." in page_text(page)
    page = director.post("/membership/create", {"account.username": "new", "role": "superadmin"})
    assert page.status_code == 400
    assert not world.find(User, username="new")


def test_an_account_of_somebody_higher_is_not_changed(as_, world):
    superior = world.get(Membership, world.registon.director).user_id
    manager = as_("malika")
    assert manager.get(f"/user/details/{superior}").status_code == 200
    assert manager.get(f"/user/edit/{superior}").status_code == 403
    assert (
        manager.post(f"/user/edit/{superior}", {"username": "dilnoza-r", "password": "stolen1234"}).status_code == 403
    )
    assert f'href="/admin/user/edit/{superior}"' not in manager.get("/user/list?pageSize=100").text


def test_a_student_who_is_also_staff_is_changed_without_their_account(as_, world):
    student = world.get(Student, world.registon.student)
    with world.as_boss() as uow:
        plain(uow, Membership).add(
            Membership, {"user_id": student.user_id, "center_id": student.center_id, "role": Role.MANAGER}
        )
    fields = {"branch_id": student.branch_id, "group_id": student.group_id, "status": "active"}
    fields |= {"enrollment_date": "2024-01-01", "parent_name": "Ona", "account.username": "stolen"}
    admin = as_("aziz")
    assert "account.username" not in admin.get(f"/student/edit/{student.id}").text
    assert admin.post(f"/student/edit/{student.id}", fields).status_code == 200
    assert world.get(Student, student.id).parent_name == "Ona"
    assert world.get(User, student.user_id).username == "student-r"


def test_students_of_the_staff_list_are_not_staff(director, world):
    membership = world.find(Membership, role=Role.STUDENT, center_id=world.registon.center)[0]
    assert director.get(f"/membership/details/{membership.id}").status_code == 404
    assert director.get(f"/membership/action/block?pks={membership.id}").status_code == 404
    assert director.delete(f"/membership/delete?pks={membership.id}").status_code == 404


def test_the_center_is_asked_only_of_who_belongs_to_none(as_, world):
    assert 'name="center_id"' in as_("sayyora").get("/branch/create").text
    director = as_("dilnoza-r")
    assert 'name="center_id"' not in director.get("/branch/create").text
    director.post("/branch/create", {"name": "Planted", "center_id": world.zukko.center})
    assert world.find(Branch, name="Planted")[0].center_id == world.registon.center


def test_a_row_cannot_be_moved_to_another_center(director, world):
    fields = {"name": "Registon group", "capacity": "2", "status": "active", "course_id": world.registon.course}
    page = director.post(f"/group/edit/{world.registon.group}", fields | {"branch_id": world.zukko.branch})
    assert page.status_code == 400
    assert "exists here" in page_text(page)
    page = director.post(
        f"/group/edit/{world.registon.group}",
        fields | {"branch_id": world.registon.branch, "center_id": world.zukko.center},
    )
    assert page.status_code == 200
    assert world.get(Group, world.registon.group).center_id == world.registon.center


def test_unknown_screens_and_files_do_not_exist(director):
    for path in (
        "/nothing/list",
        "/failed-sign-in/list",
        "/student/nothing",
        "/center/1/logo/download/",
        "/own/../site.py",
    ):
        assert director.get(path).status_code == 404, path
    assert director.get("/student/export/json").status_code == 404


def test_no_address_leads_to_an_endpoint_of_sqladmin(world):
    """SQLAdmin's own endpoints would read and write past the use cases."""
    mount = next(route for route in world.app.app.routes if route.name == "admin")
    pages = [route for route in mount.app.routes if isinstance(route, Route)]
    modules = {unwrap(getattr(page.endpoint, "func", page.endpoint)).__module__ for page in pages}
    assert len(pages) > 20
    assert {module.partition(".")[0] for module in modules} == {"educore_web"}
