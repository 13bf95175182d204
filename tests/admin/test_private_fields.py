"""Fields that only some may read are neither shown, exported, searched, sorted, filtered nor written by the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from educore import EDUCATION, perform
from educore.identity import User
from educore.people import Student, Teacher
from educore_web.admin.screens import SCREENS
from educore_web.admin.screens.people import TEACHERS, USERS
from support.admin.browser import page_text


@pytest.fixture
def pupil(world):
    return world.get(User, world.get(Student, world.registon.student).user_id)


def test_a_director_does_not_see_a_students_passport_anywhere(director, world, pupil):
    assert pupil.passport_number == "AB114"
    for page in (
        f"/user/details/{pupil.id}",
        f"/user/edit/{pupil.id}",
        f"/student/details/{world.registon.student}",
        f"/student/edit/{world.registon.student}",
        "/user/list?pageSize=100",
        "/user/export/csv",
        "/student/export/csv",
        "/user/list?search=AB114",
        "/user/list?sortBy=passport_number",
        "/user/list?passport_number=AB114",
    ):
        assert "AB114" not in page_text(director.get(page)), page
        assert 'value="AB114"' not in director.get(page).text or "search=AB114" in page, page


def test_the_superadmin_does(as_, pupil):
    browser = as_("sayyora")
    assert "AB114" in browser.get(f"/user/details/{pupil.id}").text
    assert "AB114" in browser.get(f"/user/edit/{pupil.id}").text
    assert "AB114" in browser.get("/user/export/csv").text


def test_searching_sorting_and_filtering_by_a_private_field_does_nothing(director):
    plain = director.get("/user/list?pageSize=100")
    assert "Nothing matches" in page_text(director.get("/user/list?search=AB114"))
    assert page_text(director.get("/user/list?pageSize=100&passport_number=XX")) == page_text(plain)
    assert page_text(director.get("/user/list?pageSize=100&sortBy=passport_number")) == page_text(plain)


def test_saving_a_form_without_the_private_field_leaves_it_as_it_is(director, world, pupil):
    page = director.post(
        f"/student/edit/{world.registon.student}",
        {
            "branch_id": world.registon.branch,
            "group_id": world.registon.group,
            "status": "active",
            "enrollment_date": "2024-01-01",
            "account.username": "student-r",
            "account.first_name": "Vali",
            "account.last_name": "Registon",
            "account.passport_number": "HACKED1",
        },
    )
    assert "Saved" in page_text(page)
    now = world.get(User, pupil.id)
    assert (now.first_name, now.passport_number) == ("Vali", "AB114")


def test_a_new_account_cannot_be_given_a_private_field_by_who_may_not_read_it(director, world):
    director.post(
        "/student/create",
        {"branch_id": world.registon.branch, "account.username": "new", "account.passport_number": "HACKED1"},
    )
    assert world.find(User, username="new")[0].passport_number is None


@pytest.mark.parametrize("name", ["sayyora", "dilnoza-r"])
def test_nobody_sees_password_hashes_or_token_ids(as_, world, pupil, name):
    browser = as_(name)
    for page in (
        f"/user/details/{pupil.id}",
        f"/user/edit/{pupil.id}",
        "/user/export/csv",
        "/sign-in/export/csv",
        "/sign-in/details/1",
        "/user/list?sortBy=password_hash",
        "/user/list?search=plain",
    ):
        text = browser.get(page).text
        assert "plain:" not in text, page
        assert "password_hash" not in text or "sortBy" in page, page
        assert "token_id" not in text, page


def test_a_posted_password_hash_is_no_answer(as_, world, pupil):
    as_("sayyora").post(
        f"/user/edit/{pupil.id}", {"username": "student-r", "password_hash": "plain:stolen123", "first_name": "Ali"}
    )
    assert world.school.ports.passwords.verify("stolen123", world.get(User, pupil.id).password_hash) is False


@pytest.mark.parametrize(
    "declaration",
    [
        {"search": ("passport_number",)},
        {"filters": ("passport_number",)},
        {"columns": ("name", "passport_number")},
        {"order": "passport_number"},
        {"search": ("password_hash",)},
    ],
)
def test_a_screen_that_would_tell_a_private_field_is_refused_at_start(declaration):
    with pytest.raises(TypeError, match="would reveal"):
        replace(USERS, **declaration).check(EDUCATION)


def test_a_screen_may_not_tell_the_private_field_of_a_related_row_either():
    with pytest.raises(TypeError, match="would reveal"):
        replace(TEACHERS, search=("user.passport_number",)).check(EDUCATION)
    for screen in SCREENS:
        screen.check(EDUCATION)


def test_the_rate_of_a_teacher_is_shown_to_who_may_read_it(director, world):
    assert "777.5" in director.get(f"/teacher/details/{world.registon.teacher}").text
    assert "777.50" in director.get("/teacher/export/csv").text
    with world.as_boss() as uow:
        assert (
            str(perform(uow, Teacher, "update", world.registon.teacher, {"specialization": "x"}).hourly_rate)
            == "777.50"
        )
