"""Whatever is written is written by a use case, and what it refuses is said beside the field."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from educore import Problem, Role, perform
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.identity import Membership, SignIn, User
from educore.organization import Branch, Center, close_branch
from educore.people import Student, StudentStatus, Teacher
from support.admin.browser import page_text

TAKEN = Problem("taken").translate()


def group_form(place, **changed):
    fields = {"name": "Evening", "course_id": place.course, "branch_id": place.branch, "teacher_id": place.teacher}
    return fields | {"capacity": "12", "status": "active", "start_date": "2024-02-01", "end_date": ""} | changed


def errors_beside(page, field):
    """The sentences beside one control."""
    _, _, rest = page.text.partition(f'id="q-{field.replace(".", "-")}-errors">')
    return rest.partition("</div>")[0]


def test_a_group_is_made_and_its_page_shown(director, world):
    page = director.post("/group/create", group_form(world.registon))
    made = world.find(Group, name="Evening")[0]
    assert page.url.path == f"/admin/group/details/{made.id}"
    assert "Saved." in page_text(page)
    assert (made.capacity, made.center_id, str(made.start_date)) == (12, world.registon.center, "2024-02-01")


def test_another_can_be_added_at_once(director, world):
    page = director.post("/group/create", group_form(world.registon) | {"then": "another"})
    assert page.url.path == "/admin/group/create"


def test_the_use_case_decides_so_a_closed_branch_takes_no_group(director, world):
    with world.as_boss() as uow:
        close_branch(uow, uow.get(Branch, world.registon.branch))
    page = director.post("/group/create", group_form(world.registon))
    assert page.status_code == 400
    assert "This branch is closed" in errors_beside(page, "branch_id")
    assert not world.find(Group, name="Evening")


@pytest.mark.parametrize("name", ["branch_id", "course_id", "teacher_id"])
@pytest.mark.parametrize("value", ["theirs", "987654", "abc", "-1", "9" * 40])
def test_a_reference_nobody_offered_is_an_error_beside_its_field(director, world, name, value):
    given = getattr(world.zukko, name.removesuffix("_id")) if value == "theirs" else value
    page = director.post("/group/create", group_form(world.registon, **{name: given}))
    assert page.status_code == 400
    assert "exists here" in errors_beside(page, name)
    assert "Zukko" not in page.text
    assert not world.find(Group, name="Evening")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", "   ", "This field is required."),
        ("name", "x" * 201, "at most 200 characters"),
        ("name", "a\0b", "cannot be stored"),
        ("capacity", "many", "Write a whole number."),
        ("capacity", "0", "Write 1 or more."),
        ("capacity", "1e999", "Write a whole number."),
        ("capacity", "9" * 5000, "too large"),
        ("start_date", "yesterday", "YYYY-MM-DD"),
        ("end_date", "2023-01-01", "The end lies before the start."),
        ("status", "haunted", "Choose one of"),
    ],
)
def test_every_wrong_value_is_told_beside_its_field_and_kept(director, world, name, value, sentence):
    page = director.post("/group/create", group_form(world.registon, **{name: value}))
    assert page.status_code == 400
    told = errors_beside(page, name)
    assert sentence in told
    assert not world.find(Group, name="Evening")
    assert ('value="12"' in page.text) is (name != "capacity")


def test_all_wrong_fields_are_told_at_once(director):
    page = director.post("/group/create", {"capacity": "x"})
    for field in ("name", "course_id", "branch_id", "capacity"):
        assert errors_beside(page, field), field


def test_a_student_is_registered_with_an_account_and_a_seat(director, world):
    page = director.post(
        "/student/create",
        {
            "account.username": "Laylo",
            "account.password": "gullola2024",
            "account.first_name": "Laylo",
            "account.phone": "+998 (90) 765-43-21",
            "branch_id": world.registon.branch,
            "group_id": world.registon.group,
        },
    )
    assert page.status_code == 200
    user = world.find(User, username="laylo")[0]
    student = world.find(Student, user_id=user.id)[0]
    assert (user.phone, user.center_id) == ("+998907654321", world.registon.center)
    assert student.group_id == world.registon.group
    assert world.find(Enrollment, student_id=student.id)
    assert world.school.ports.passwords.verify("gullola2024", user.password_hash)


def test_a_phone_without_a_code_is_of_the_country_of_the_center(director, world):
    fields = {"account.username": "laylo", "branch_id": world.registon.branch, "parent_phone": "90 765 43 22"}
    assert director.post("/student/create", fields | {"account.phone": "90 765 43 21"}).status_code == 200
    (user,) = world.find(User, username="laylo")
    (student,) = world.find(Student, user_id=user.id)
    assert (user.phone, student.parent_phone) == ("+998907654321", "+998907654322")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("account.username", "student-z", TAKEN),
        ("account.username", "", "This field is required."),
        ("account.username", "a b", "Use letters, digits"),
        ("account.email", "r@example", "not an e-mail address"),
        ("account.phone", "12345", "code of its country"),
        ("account.password", "short", "at least 8"),
        ("account.password", "password1", "too common"),
    ],
)
def test_what_is_wrong_with_an_account_stands_beside_its_field(director, world, name, value, sentence):
    fields = {"account.username": "laylo", "branch_id": world.registon.branch}
    page = director.post("/student/create", fields | {name: value})
    assert page.status_code == 400
    assert sentence in errors_beside(page, name)
    assert not world.find(User, username="laylo")


def test_an_account_may_share_its_email_and_phone_with_another(director, world):
    (other,) = world.find(User, username="dilnoza-r")
    fields = {"account.username": "laylo", "branch_id": world.registon.branch}
    page = director.post("/student/create", fields | {"account.email": other.email, "account.phone": other.phone})
    assert page.status_code == 200, page_text(page)
    (made,) = world.find(User, username="laylo")
    assert (made.email, made.phone) == (other.email, other.phone) == ("r@example.uz", "+998901234564")


def test_a_password_is_never_sent_back(director):
    page = director.post("/student/create", {"account.username": "", "account.password": "gullola2024"})
    assert page.status_code == 400
    assert "gullola2024" not in page.text


def test_a_full_group_is_told_beside_the_group(director, world):
    for name in ("one", "two"):
        page = director.post(
            "/student/create",
            {"account.username": name, "branch_id": world.registon.branch, "group_id": world.registon.group},
        )
    assert page.status_code == 400
    assert "All 2 places of this group are taken" in errors_beside(page, "group_id")
    assert not world.find(User, username="two")


def test_an_enrollment_is_made_by_the_use_case_that_counts_seats(director, world):
    with world.as_boss() as uow:
        small = perform(
            uow,
            Group,
            "create",
            fields={
                "name": "Small",
                "branch_id": world.registon.branch,
                "course_id": world.registon.course,
                "capacity": 1,
            },
        )
    page = director.post("/enrollment/create", {"student_id": world.registon.student, "group_id": small.id})
    assert page.status_code == 200
    assert len(world.find(Enrollment, student_id=world.registon.student)) == 2
    director.post("/student/create", {"account.username": "late", "branch_id": world.registon.branch})
    late = world.find(Student, user_id=world.find(User, username="late")[0].id)[0]
    page = director.post("/enrollment/create", {"student_id": late.id, "group_id": small.id})
    assert "All 1 places" in errors_beside(page, "group_id")


def test_editing_changes_what_was_changed_and_follows_the_use_case(director, world):
    place = world.registon
    fields = {"branch_id": place.branch, "group_id": "", "status": "blocked", "enrollment_date": "2024-01-01"}
    account = {"account.username": "student-r", "account.first_name": "Ali", "account.last_name": "Renamed"}
    page = director.post(f"/student/edit/{place.student}", fields | account)
    assert page.status_code == 200
    student = world.get(Student, place.student)
    assert (student.status, student.group_id) == (StudentStatus.BLOCKED, None)
    user = world.get(User, student.user_id)
    assert (user.last_name, user.username) == ("Renamed", "student-r")
    assert world.find(Membership, user_id=user.id)[0].is_blocked
    assert [held.left_on for held in world.find(Enrollment, student_id=place.student)] != [None]


def test_an_empty_password_keeps_the_present_one_and_a_new_one_is_hashed(director, world):
    student = world.get(Student, world.registon.student)
    before = world.get(User, student.user_id).password_hash
    fields = {"username": "student-r", "first_name": "Ali", "last_name": "Registon"}
    director.post(f"/user/edit/{student.user_id}", fields | {"password": ""})
    assert world.get(User, student.user_id).password_hash == before
    director.post(f"/user/edit/{student.user_id}", fields | {"password": "yangi2024parol"})
    assert world.school.ports.passwords.verify("yangi2024parol", world.get(User, student.user_id).password_hash)


def test_a_directors_capacity_below_the_seats_taken_is_refused(director, world):
    director.post(
        "/student/create",
        {"account.username": "two", "branch_id": world.registon.branch, "group_id": world.registon.group},
    )
    page = director.post(f"/group/edit/{world.registon.group}", group_form(world.registon, capacity="1"))
    assert "2 students are in this group" in errors_beside(page, "capacity")


def test_saving_a_form_untouched_writes_nothing(director, world):
    before = world.get(Branch, world.registon.branch)
    world.clock.advance(hours=1)
    page = director.post(
        f"/branch/edit/{world.registon.branch}", {"name": "Registon branch", "address": "", "phone": ""}
    )
    assert page.status_code == 200
    assert world.get(Branch, world.registon.branch) == before


def test_a_name_that_is_taken_is_told(director, world):
    page = director.post("/course/create", {"name": "Registon course"})
    assert TAKEN in errors_beside(page, "name")


def test_a_director_and_staff_are_appointed_with_accounts(as_, world):
    boss = as_("sayyora")
    page = boss.post(
        "/membership/create",
        {
            "account.username": "rustam",
            "account.password": "gullola2024",
            "role": "director",
            "center_id": world.zukko.center,
        },
    )
    assert page.status_code == 200
    rustam = world.find(User, username="rustam")[0]
    assert world.find(Membership, user_id=rustam.id)[0].role is Role.DIRECTOR
    page = boss.post("/membership/create", {"account.username": "nobody", "role": "manager"})
    assert "This field is required." in page_text(page)
    page = boss.post("/membership/create", {"account.username": "nobody", "role": "director"})
    assert "This field is required." in errors_beside(page, "center_id")
    page = as_("dilnoza-r").post("/membership/create", {"account.username": "zafar", "role": "manager"})
    assert page.status_code == 200
    assert (
        world.find(Membership, user_id=world.find(User, username="zafar")[0].id)[0].center_id == world.registon.center
    )


def test_a_center_gets_its_director_from_those_who_are_one(as_, world):
    boss = as_("sayyora")
    offered = boss.get("/center/ajax/lookup?form=edit&name=director_id&term=").json()["results"]
    assert {row["id"] for row in offered} == {world.registon.director, world.zukko.director}
    fields = {"name": "Registon", "country": "UZ", "time_zone": "Asia/Tashkent", "currency": "UZS"}
    page = boss.post(f"/center/edit/{world.registon.center}", fields | {"director_id": world.registon.other["malika"]})
    assert "is not a director" in errors_beside(page, "director_id")
    assert boss.post("/center/create", {"name": "Yangi", "time_zone": "Mars/Base"}).status_code == 400
    assert boss.post("/center/create", {"name": "Yangi", "time_zone": "Asia/Tashkent"}).status_code == 200
    assert world.find(Center, name="Yangi")


def test_a_teacher_is_taken_on(director, world):
    page = director.post(
        "/teacher/create", {"account.username": "ustoz", "branch_id": world.registon.branch, "hourly_rate": "1000.5555"}
    )
    assert "digits after the point" in errors_beside(page, "hourly_rate")
    page = director.post(
        "/teacher/create", {"account.username": "ustoz", "branch_id": world.registon.branch, "hourly_rate": "90000.50"}
    )
    assert page.status_code == 200
    assert str(world.find(Teacher, user_id=world.find(User, username="ustoz")[0].id)[0].hourly_rate) == "90000.50"


# -- deleting ----------------------------------------------------------------------------------------------


def test_what_is_in_use_is_not_deleted_and_says_why(director, world):
    page = director.post(f"/branch/action/delete?pks={world.registon.branch}")
    assert page.status_code == 400
    assert "Registon branch: It cannot be deleted because this depends on it: 1 room" in page_text(page)
    assert world.get(Branch, world.registon.branch)


def test_sqladmins_own_delete_tells_the_reason_on_the_list(director, world):
    answer = director.delete(f"/course/delete?pks={world.registon.course}")
    assert answer.status_code == 200
    page = page_text(director.send("GET", answer.text))
    assert "Registon course: It cannot be deleted because this depends on it: 1 group" in page
    assert world.get(Course, world.registon.course)


@pytest.mark.parametrize("way", ["page", "script"])
def test_several_rows_are_deleted_together_or_not_at_all(director, world, way):
    with world.as_boss() as uow:
        spare = [
            perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": f"Spare {n}"}).id
            for n in range(3)
        ]

    def delete(ids):
        pks = ",".join(map(str, ids))
        return (
            director.post(f"/course/action/delete?pks={pks}")
            if way == "page"
            else director.delete(f"/course/delete?pks={pks}")
        )

    delete([*spare, world.registon.course])
    assert len(world.find(Course, center_id=world.registon.center)) == 4
    assert delete([*spare, world.zukko.course]).status_code == 404
    assert len(world.find(Course, center_id=world.registon.center)) == 4
    delete(spare)
    assert len(world.find(Course, center_id=world.registon.center)) == 1


@pytest.mark.parametrize(
    ("pks", "status"), [("", 400), (",,,", 400), ("0", 404), ("abc", 404), ("1,x", 404), ("9" * 30, 404)]
)
def test_deleting_nothing_in_particular_deletes_nothing(director, world, pks, status):
    before = len(world.find(Course))
    assert director.delete(f"/course/delete?pks={pks}").status_code == status
    assert director.post(f"/course/action/delete?pks={pks}").status_code == status
    assert len(world.find(Course)) == before


def test_removing_a_student_closes_their_account(director, world):
    user_id = world.get(Student, world.registon.student).user_id
    page = director.post(f"/student/action/delete?pks={world.registon.student}")
    assert "Deleted: 1." in page_text(page)
    assert not world.find(User, id=user_id)
    assert not world.find(SignIn, user_id=user_id)


def test_a_mistake_of_ours_is_a_page_without_particulars(director, monkeypatch, caplog):
    monkeypatch.setattr("educore_web.admin.pages.dashboard.load_dashboard", lambda school: 1 / 0)
    page = director.get("/")
    assert page.status_code == 500
    assert "Something went wrong on our side" in page_text(page)
    assert "ZeroDivision" not in page.text


def test_a_database_that_is_away_is_told(director, world):
    def away(connection, cursor, statement, *rest):
        if "FROM student" in statement:
            raise sa.exc.OperationalError("select", {}, Exception("gone"))

    assert director.get("/student/list").status_code == 200
    sa.event.listen(world.database.engine, "before_cursor_execute", away)
    page = director.get("/student/list")
    sa.event.remove(world.database.engine, "before_cursor_execute", away)
    assert page.status_code == 503
    assert "cannot reach its database" in page_text(page)
