"""Actions ask on a page of their own, are done by POST, and to every row or to none."""

from __future__ import annotations

import pytest

from educore import perform
from educore.groups import Enrollment, Group
from educore.identity import Membership
from educore.organization import Branch, BranchStatus, Center, CenterStatus, Room
from educore.people import Student, StudentStatus, Teacher, TeacherRating
from support.admin.browser import page_text


@pytest.fixture
def evening(world):
    """A second group of Registon with one place."""
    place = world.registon
    with world.as_boss() as uow:
        return perform(
            uow,
            Group,
            "create",
            fields={"name": "Evening", "branch_id": place.branch, "course_id": place.course, "capacity": 1},
        ).id


def test_looking_at_an_action_does_nothing(director, world):
    page = director.get(f"/student/action/block?pks={world.registon.student}")
    assert "Ali Registon" in page.text
    assert world.get(Student, world.registon.student).status is StudentStatus.ACTIVE


def test_a_student_is_blocked_and_unblocked(director, world):
    student = world.registon.student
    page = director.post(f"/student/action/block?pks={student}")
    assert page.url.path == f"/admin/student/details/{student}"
    assert "Blocked: 1." in page_text(page)
    assert world.get(Student, student).status is StudentStatus.BLOCKED
    assert f"/admin/student/action/unblock?pks={student}" in page.text
    assert f"/admin/student/action/block?pks={student}" not in page.text
    director.post(f"/student/action/unblock?pks={student}")
    assert world.get(Student, student).status is StudentStatus.ACTIVE


def test_a_branch_is_closed_and_opened_and_a_room_taken_out(director, world):
    director.post(f"/branch/action/close?pks={world.registon.branch}")
    assert world.get(Branch, world.registon.branch).status is BranchStatus.CLOSED
    director.post(f"/branch/action/open?pks={world.registon.branch}")
    assert world.get(Branch, world.registon.branch).status is BranchStatus.OPEN
    director.post(f"/room/action/toggle?pks={world.registon.room}")
    assert world.get(Room, world.registon.room).is_available is False


def test_only_the_superadmin_activates_and_deactivates_centers(as_, world):
    path = f"/center/action/deactivate?pks={world.registon.center}"
    assert as_("dilnoza-r").post(path).status_code == 403
    boss = as_("sayyora")
    assert "Deactivated: 1." in page_text(boss.post(path))
    assert world.get(Center, world.registon.center).status is CenterStatus.INACTIVE
    boss.post(f"/center/action/activate?pks={world.registon.center}")
    assert world.get(Center, world.registon.center).status is CenterStatus.ACTIVE


def test_a_student_is_moved_to_the_chosen_group(director, world, evening):
    student = world.registon.student
    page = director.post(f"/student/action/move?pks={student}", {"group_id": evening})
    assert "Moved: 1." in page_text(page)
    assert world.get(Student, student).group_id == evening
    assert [held.left_on is None for held in world.find(Enrollment, student_id=student)] == [False, True]


@pytest.mark.parametrize(
    ("answer", "sentence"), [("", "This field is required."), ("theirs", "exists here"), ("x", "exists here")]
)
def test_a_move_without_a_good_group_says_so_beside_the_question(director, world, answer, sentence):
    given = world.zukko.group if answer == "theirs" else answer
    page = director.post(f"/student/action/move?pks={world.registon.student}", {"group_id": given})
    assert page.status_code == 400
    assert sentence in page.text.partition('id="q-group_id-errors">')[2]
    assert world.get(Student, world.registon.student).group_id == world.registon.group


def test_two_students_are_not_moved_to_one_place_not_even_the_first(director, world, evening):
    director.post(
        "/student/create", {"account.username": "two", "account.first_name": "Vali", "branch_id": world.registon.branch}
    )
    students = [found.id for found in world.find(Student, center_id=world.registon.center)]
    page = director.post(f"/student/action/move?pks={','.join(map(str, students))}", {"group_id": evening})
    assert page.status_code == 400
    assert "Vali: Group: All 1 places" in page_text(page)
    assert not world.find(Enrollment, group_id=evening)


def test_a_teacher_is_rated_and_the_rating_before_kept(director, world):
    page = director.post(f"/teacher/action/rate?pks={world.registon.teacher}", {"rating": "4.5"})
    assert "Rated: 1." in page_text(page)
    director.post(f"/teacher/action/rate?pks={world.registon.teacher}", {"rating": "3"})
    kept = [(str(found.previous_rating), str(found.rating)) for found in world.find(TeacherRating)]
    assert kept == [("0.0", "4.5"), ("4.5", "3.0")]
    page = director.get("/teacher-rating/list")
    assert "Dilnoza Registon" in page.text


@pytest.mark.parametrize("rating", ["6", "-1", "4.55", "good", ""])
def test_a_rating_outside_the_scale_is_refused(director, world, rating):
    page = director.post(f"/teacher/action/rate?pks={world.registon.teacher}", {"rating": rating})
    assert page.status_code == 400
    assert 'id="q-rating-errors"' in page.text
    assert not world.find(TeacherRating)


def test_ending_an_enrollment_frees_the_place_and_the_main_group(director, world):
    held = world.find(Enrollment, student_id=world.registon.student)[0]
    director.post(f"/enrollment/action/leave?pks={held.id}")
    assert world.get(Enrollment, held.id).left_on is not None
    assert world.get(Student, world.registon.student).group_id is None


def test_staff_are_blocked_by_who_manages_them(as_, world):
    member = world.registon.other["malika"]
    manager = as_("malika")
    assert as_("aziz").post(f"/membership/action/block?pks={world.registon.director}").status_code == 403
    as_("dilnoza-r").post(f"/membership/action/block?pks={member}")
    assert world.get(Membership, member).is_blocked
    assert manager.get("/").url.path == "/admin/login"
    assert as_("dilnoza-r").post(f"/membership/action/block?pks={world.registon.director}").status_code == 403
    assert not world.get(Membership, world.registon.director).is_blocked


@pytest.mark.parametrize("action", ["block", "unblock", "move", "delete"])
@pytest.mark.parametrize("whose", ["theirs", "both"])
def test_rows_of_another_center_cannot_be_named(director, world, evening, action, whose):
    pks = str(world.zukko.student) if whose == "theirs" else f"{world.registon.student},{world.zukko.student}"
    assert director.get(f"/student/action/{action}?pks={pks}").status_code == 404
    assert director.post(f"/student/action/{action}?pks={pks}", {"group_id": evening}).status_code == 404
    assert world.get(Student, world.zukko.student).status is StudentStatus.ACTIVE
    assert world.get(Student, world.registon.student).group_id == world.registon.group


@pytest.mark.parametrize("name", ["nothing", "create", "read", "update", "end", "rate"])
def test_an_action_no_screen_declares_does_not_exist(director, world, name):
    assert director.post(f"/student/action/{name}?pks={world.registon.student}").status_code == 404


def test_an_action_on_very_many_rows_is_refused(director):
    assert director.get(f"/student/action/block?pks={','.join(map(str, range(1, 300)))}").status_code == 400


def test_the_list_offers_the_actions_of_the_role(as_, world):
    assert 'data-action="/admin/branch/action/close"' in as_("dilnoza-r").get("/branch/list").text
    assert "data-action" not in as_("aziz").get("/branch/list").text
    assert world.get(Teacher, world.registon.teacher)
