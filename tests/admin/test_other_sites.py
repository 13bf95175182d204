"""A page of another site cannot make a signed-in browser do anything here."""

from __future__ import annotations

import pytest

from educore import perform
from educore.courses import Course
from educore.organization import Room
from educore.people import Student, StudentStatus
from support.admin.browser import Browser
from support.admin.town import build_town

EVIL = {"origin": "https://evil.example"}
CROSS = {"sec-fetch-site": "cross-site"}
SISTER = {"sec-fetch-site": "same-site"}
NULL = {"origin": "null"}


@pytest.fixture
def token(director):
    """Suppose the other site even knew it."""
    return director.token()


@pytest.mark.parametrize("headers", [EVIL, CROSS, SISTER, NULL, EVIL | CROSS])
def test_an_action_is_neither_shown_to_nor_done_for_another_site(director, world, token, headers):
    path = f"/admin/student/action/block?pks={world.registon.student}"
    for method in ("GET", "HEAD", "POST"):
        answer = director.send(method, path, headers=headers, data={"csrf": token} if method == "POST" else None)
        assert answer.status_code == 403, method
    assert world.get(Student, world.registon.student).status is StudentStatus.ACTIVE


@pytest.mark.parametrize("headers", [EVIL, CROSS, SISTER, NULL])
def test_nothing_is_made_changed_deleted_or_imported_for_another_site(director, world, token, headers):
    data = {"csrf": token, "name": "Planted"}
    room = {"branch_id": world.registon.branch, "capacity": "1"}
    file = {"file": ("x.csv", b"name\nPlanted\n", "text/csv")}
    assert director.send("POST", "/admin/course/create", data=data, headers=headers).status_code == 403
    path = f"/admin/room/edit/{world.registon.room}"
    assert director.send("POST", path, data=data | room, headers=headers).status_code == 403
    assert director.send("DELETE", f"/admin/room/delete?pks={world.registon.room}", headers=headers).status_code == 403
    assert director.send("POST", "/admin/course/import", data=data, files=file, headers=headers).status_code == 403
    assert director.send("POST", "/admin/logout", data=data, headers=headers).status_code == 403
    assert not world.find(Course, name="Planted")
    assert world.get(Room, world.registon.room).name == "Registon room"
    assert director.get("/").url.path == "/admin/"


def test_nobody_is_signed_in_by_another_site(anybody):
    browser = anybody()
    form = {"username": "dilnoza-r", "password": "parol1234"}
    assert browser.send("POST", "/admin/login", data=form, headers=EVIL).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"referer": "http://testserver/admin/"}])
def test_what_says_nothing_of_where_it_comes_from_may_change_nothing(director, world, token, headers):
    answer = director.send("POST", "/admin/course/create", data={"csrf": token, "name": "Planted"}, headers=headers)
    assert answer.status_code == 403
    assert director.send("DELETE", f"/admin/room/delete?pks={world.registon.room}").status_code == 403
    assert world.get(Room, world.registon.room)


@pytest.mark.parametrize("token", ["", "x" * 32, "é", None])
@pytest.mark.parametrize(
    "path",
    ["/course/create", "/course/edit/1", "/student/action/block?pks=1", "/course/action/delete?pks=1", "/logout"],
)
def test_a_form_without_the_secret_of_the_session_is_refused(director, world, as_, path, token):
    given = as_("malika").token() if token is None else token
    assert director.post(path, {"name": "Planted"}, token=given).status_code == 403
    assert not world.find(Course, name="Planted")
    assert world.get(Student, 1).status is StudentStatus.ACTIVE
    assert director.get("/").url.path == "/admin/"


def test_an_import_without_the_secret_of_the_session_is_refused(director, world):
    file = {"file": ("x.csv", b"name\nPlanted\n", "text/csv")}
    assert director.post("/course/import", token="", files=file).status_code == 403
    assert not world.find(Course, name="Planted")


def test_signing_in_again_changes_the_secret(director):
    before = director.token()
    director.sign_in("dilnoza-r")
    assert director.token() not in ("", before)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://testserver"}]
)
def test_our_own_pages_may(director, world, token, headers):
    answer = director.send("POST", "/admin/course/create", data={"csrf": token, "name": "Ours"}, headers=headers)
    assert answer.status_code == 200
    assert world.find(Course, name="Ours")


def test_behind_a_proxy_the_public_address_counts_as_ours():
    world = build_town(public_url="https://school.example")
    browser = Browser(world.app, "https://inside")
    browser.site = "https://school.example"
    assert browser.sign_in("dilnoza-r").url.path == "/admin/"
    browser.close()


def test_reading_from_another_site_is_left_to_the_browser(director):
    assert director.get("/student/list", headers=CROSS).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/login", "/student/list", "/nothing/list", "/student/export/csv", "/own/admin.js"]
)
def test_every_answer_carries_the_headers_that_keep_browsers_careful(director, path):
    headers = director.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == ("max-age=86400" if path.startswith("/own") else "no-store")


def test_no_page_has_a_script_or_an_address_the_policy_would_stop(director, world):
    for path in (
        "/",
        "/login",
        "/student/list",
        f"/student/details/{world.registon.student}",
        "/student/create",
        "/student/import",
    ):
        text = director.get(path).text
        assert "<script>" not in text, path
        assert "onclick" not in text, path
        assert "//cdn" not in text, path
        assert "http://" not in text.replace("http://testserver", ""), path


def test_what_people_write_is_never_markup(director, world):
    with world.as_boss() as uow:
        name = "<script>alert(1)</script>"
        course = perform(uow, Course, "create", fields={"center_id": world.registon.center, "name": name})
    for path in (
        "/course/list",
        f"/course/details/{course.id}",
        f"/course/edit/{course.id}",
        f"/course/action/delete?pks={course.id}",
        "/course/list?search=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/course/create?name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        f"/group/list?course_id={course.id}",
    ):
        assert "<script>alert" not in director.get(path).text, path
