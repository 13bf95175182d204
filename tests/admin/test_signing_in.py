from __future__ import annotations

import pytest

from educore import Role, perform
from educore.identity import Membership, SignIn, block_member
from educore.organization import Center
from educore_web.admin import create_admin
from educore_web.settings import Settings
from support.admin.browser import Browser, page_text
from support.admin.town import PASSWORD, build_town
from support.plain_rows import change_row


@pytest.mark.parametrize(
    "name", ["dilnoza-r", "DILNOZA-R", "r@example.uz", "+998 90 123-45-64", "901234564", "998901234564"]
)
def test_a_director_signs_in_by_user_name_email_or_phone(anybody, name):
    page = anybody().sign_in(name)
    assert page.url.path == "/admin/"
    assert "Dilnoza Registon" in page.text


@pytest.mark.parametrize("name", ["sayyora", "dilnoza-r", "malika", "aziz", "teacher-r"])
def test_superadmin_director_manager_admin_and_teacher_are_welcome(as_, name):
    assert as_(name).get("/").status_code == 200


def test_students_are_turned_away_and_no_sign_in_of_theirs_stays(anybody, world):
    browser = anybody()
    page = browser.sign_in("student-r")
    assert page.status_code == 403
    assert "no access to the administration" in page_text(page)
    assert all(found.ended_at for found in world.find(SignIn))
    assert browser.get("/").url.path == "/admin/login"


@pytest.mark.parametrize("name", ["dilnoza-r", "nobody", "", "a\0b", "x" * 5000, "+99999", "%' OR 1=1"])
def test_a_wrong_name_or_password_is_told_the_same_way(anybody, name):
    page = anybody().sign_in(name, "wrong")
    assert page.status_code == 400
    assert "Invalid credentials" in page_text(page)


def test_too_many_attempts_are_slowed_down_politely(anybody):
    browser = anybody()
    for _ in range(5):
        browser.sign_in("dilnoza-r", "wrong")
    page = browser.sign_in("dilnoza-r")
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert "Too many attempts; try again in" in page_text(page)


def test_every_page_sends_somebody_unknown_to_the_sign_in_page_and_back_afterwards(anybody):
    browser = anybody()
    for path in (
        "/",
        "/student/list",
        "/student/details/1",
        "/student/create",
        "/student/export/csv",
        "/student/ajax/lookup",
    ):
        assert browser.get(path).url.path == "/admin/login", path
    browser.get("/group/list")
    assert browser.sign_in("dilnoza-r").url.path == "/admin/group/list"


def test_a_blocked_director_is_out_on_the_next_request(director, world):
    with world.as_boss() as uow:
        block_member(uow, uow.get(Membership, world.registon.director))
    page = director.get("/student/list")
    assert page.url.path == "/admin/login"
    assert "You have been signed out" in page_text(page)
    assert "Ali Registon" not in page.text


def test_the_people_of_a_deactivated_center_are_out_on_the_next_request(director, world):
    with world.as_boss() as uow:
        perform(uow, Center, "deactivate", world.registon.center)
    assert director.get("/student/list").url.path == "/admin/login"


def test_signing_out_ends_the_sign_in_so_that_a_copied_cookie_is_worth_nothing(director, world):
    copied = dict(director.client.cookies)
    assert director.post("/logout").url.path == "/admin/login"
    assert [found.ended_at for found in world.find(SignIn)] != [None]
    director.client.cookies.update(copied)
    assert director.get("/").url.path == "/admin/login"


def test_a_sign_in_ends_by_itself(director, world):
    world.clock.advance(days=8)
    assert director.get("/").url.path == "/admin/login"


def test_the_cookie_holds_only_the_sign_in_and_scripts_and_other_sites_cannot_use_it(anybody):
    response = anybody().post(
        "/login", {"username": "dilnoza-r", "password": PASSWORD}, token="", follow_redirects=False
    )
    cookie = response.headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "path=/admin" in cookie.lower()
    assert "secure" not in cookie.lower()
    assert PASSWORD not in cookie


def test_the_cookie_is_secure_where_the_platform_is_reached_by_https():
    browser = Browser(build_town(public_url="https://testserver").app, "https://testserver")
    response = browser.post("/login", {"username": "dilnoza-r", "password": PASSWORD}, token="", follow_redirects=False)
    browser.close()
    assert "secure" in response.headers["set-cookie"].lower()


def test_a_forged_cookie_is_nobody(anybody):
    browser = anybody()
    browser.client.cookies.set("educore_admin", "eyJzaWduX2luIjogMX0=.Zz.forged", path="/admin")
    assert browser.get("/").url.path == "/admin/login"


def test_a_sign_in_of_the_apis_whose_role_may_not_enter_is_nobody(director, world):
    with world.as_boss() as uow:
        change_row(uow, uow.get(Membership, world.registon.director), {"role": Role.DRIVER})
    assert director.get("/").url.path == "/admin/login"


def test_the_admin_does_not_start_without_a_secret(world):
    with pytest.raises(TypeError, match="secret"):
        create_admin(world.school, world.database, Settings(secret=None))
