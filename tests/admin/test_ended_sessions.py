"""A sign-in that has ended: it is told, and what somebody wrote is shown to them again once they have signed in."""

from __future__ import annotations

import html
import re

import pytest
from starlette.routing import Route

from educore.admissions import Lead
from educore.courses import Course
from educore.identity import Membership, SignIn, block_member
from educore.people import Student
from educore_web.admin.screens import SCREENS
from educore_web.admin.ui.pending_forms import MAX_SIZE
from support.admin.browser import page_text
from support.admin.forms import read_form, screen_address, stored_data
from support.admin.town import PASSWORD
from support.plain_rows import change_row


def kept_in(page):
    """What the sign-in page carries."""
    return html.unescape(re.search(r'name="kept" value="([^"]*)"', page.text).group(1))


def sign_in_again(browser, page, name="dilnoza-r"):
    """Sign in on a page that carries what was written, and go on as its script does."""
    fields = {"username": name, "password": PASSWORD, "kept": kept_in(page)}
    page = browser.post("/login", fields, token="")
    action = re.search(r'action="/admin([^"]+)" method="post" data-resume', page.text)
    if action is None:
        return page
    return browser.post(html.unescape(action.group(1)), read_form(page))


def expire(browser, world, how):
    """End a sign-in in one of the ways it ends."""
    if how == "the cookie is gone":
        browser.client.cookies.clear()
    elif how == "time is over":
        world.clock.advance(days=31)
    else:
        with world.as_boss() as uow:
            for found in uow.find(SignIn):
                change_row(uow, found, {"ended_at": world.clock.now()})


WAYS = ("the cookie is gone", "time is over", "signed out elsewhere")


@pytest.mark.parametrize("how", WAYS)
def test_what_is_sent_too_late_is_kept_and_shown_again(director, world, how):
    form = read_form(director.get("/course/create")) | {
        "name": "Chemistry",
        "description": 'With <b> & "quotes"\r\ntwo',
    }
    expire(director, world, how)
    page = director.post("/course/create", form, token=form["csrf"])
    assert page.status_code == 401
    assert any(
        told in page_text(page) for told in ("Your session has ended.", "You have been signed out; sign in again.")
    )
    assert "What you wrote is kept" in page_text(page)
    assert not world.find(Course, name="Chemistry")
    page = sign_in_again(director, page)
    assert page.status_code == 200
    assert "Nothing has been saved yet" in page_text(page)
    assert not world.find(Course, name="Chemistry"), "it is looked at again first"
    again = read_form(page)
    assert (again["name"], again["once"]) == ("Chemistry", form["once"])
    assert "Saved" in page_text(director.post("/course/create", again))
    assert world.find(Course, name="Chemistry")[0].description == 'With <b> & "quotes"\ntwo'


def test_a_wrong_password_loses_nothing(director, world):
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    director.client.cookies.clear()
    page = director.post("/course/create", form)
    wrong = {"username": "dilnoza-r", "password": "wrong1234", "kept": kept_in(page)}
    page = director.post("/login", wrong, token="")
    assert page.status_code == 400
    assert read_form(sign_in_again(director, page))["name"] == "Chemistry"


def test_somebody_else_does_not_get_to_see_it(director, world):
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    director.client.cookies.clear()
    page = sign_in_again(director, director.post("/course/create", form), "malika")
    assert page.url.path == "/admin/"
    assert "Chemistry" not in page.text
    assert "belonged to another person" in page_text(page)


def test_passwords_and_files_are_not_kept_and_that_is_told(director, world):
    form = read_form(director.get("/student/create"))
    answers = {"account.username": "laylo", "account.password": "gullola2024"}
    director.client.cookies.clear()
    page = director.post("/student/create", form | answers, files={"account.image": ("a.png", b"x", "image/png")})
    assert "gullola2024" not in page.text
    assert "Passwords, files and very long forms cannot be kept" in page_text(page)
    page = sign_in_again(director, page)
    assert read_form(page)["account.username"] == "laylo"


@pytest.mark.parametrize("text", ["x" * (MAX_SIZE - 1000), "ў" * (MAX_SIZE // 6 - 500), '"' * (MAX_SIZE // 6 - 500)])
def test_as_much_as_a_page_carries_is_kept(director, world, text):
    form = read_form(director.get("/sms-template/create")) | {"name": "Long", "text": text}
    director.client.cookies.clear()
    page = director.post("/sms-template/create", form)
    assert read_form(sign_in_again(director, page))["text"] == text


@pytest.mark.parametrize("text", ["x" * MAX_SIZE, "x" * 2 * MAX_SIZE, '"' * (MAX_SIZE // 6)])
def test_more_than_a_page_carries_is_not_kept(director, world, text):
    form = read_form(director.get("/course/create")) | {"name": "Chemistry", "description": text}
    director.client.cookies.clear()
    page = director.post("/course/create", form)
    assert page.status_code == 401
    assert "Nothing has been saved." in page_text(page)
    assert len(page.text) < MAX_SIZE
    page = sign_in_again(director, page)
    assert page.url.path == "/admin/"
    assert "another person" not in page_text(page)


def test_what_is_no_form_is_simply_not_done(director, world, office):
    """A lead that was moved on the board: there is nothing to show again."""
    director.get("/leads")
    fields = {"id": office.registon.lead, "shown": "new", "to": "lost"}
    token = director.token()
    director.client.cookies.clear()
    page = sign_in_again(director, director.post("/leads", fields, token=token))
    assert page.status_code == 403
    assert "Open it again and repeat" in page_text(page)
    assert world.get(Lead, office.registon.lead).status.value == "new"


def test_a_sheet_is_shown_as_it_was_filled_in(as_, lessons, world):
    kamola, path = as_("teacher-r"), f"/session/{lessons.kamola.session}/marks"
    form = read_form(kamola.get(path)) | {f"status-{lessons.second}": "excused"}
    kamola.client.cookies.clear()
    page = sign_in_again(kamola, kamola.post(path, form), "teacher-r")
    again = read_form(page)
    assert again[f"status-{lessons.second}"] == "excused"
    assert again["seen"] == form["seen"]
    assert "Saved" in page_text(kamola.post(path, again))


def test_an_action_is_shown_again_and_not_done(director, world):
    path = f"/student/action/block?pks={world.registon.student}"
    form = read_form(director.get(path))
    director.client.cookies.clear()
    page = sign_in_again(director, director.post(path, form))
    assert page.status_code == 200
    assert world.get(Student, world.registon.student).status.value == "active"
    director.post(path, read_form(page))
    assert world.get(Student, world.registon.student).status.value == "blocked"


def test_a_stale_form_that_outlived_a_sign_in_is_still_refused(director, world):
    path = f"/room/edit/{world.registon.room}"
    form = read_form(director.get(path)) | {"capacity": "4"}
    other = read_form(director.get(path)) | {"name": "Blue"}
    assert "Saved" in page_text(director.post(path, other))
    director.client.cookies.clear()
    again = read_form(sign_in_again(director, director.post(path, form)))
    assert again["capacity"] == "4"
    assert director.post(path, again).status_code == 409


def test_who_is_blocked_is_told_so(director, world):
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    with world.as_boss() as uow:
        block_member(uow, uow.get(Membership, world.registon.director))
    page = director.post("/course/create", form)
    assert page.status_code == 401
    assert "You have been signed out" in page_text(page)


@pytest.mark.parametrize(
    "address",
    ["//evil.example/", "https://evil.example/admin/", "/health", "/admin", "/adminx/", "/admin/../x", "/admin/\\evil"],
)
def test_what_was_kept_leads_to_our_own_pages_only(anybody, world, address):
    browser = anybody()
    kept = f'{{"address": "{address}", "token": "a.b", "fields": [], "is_whole": true}}'.replace("\\", "\\\\")
    page = browser.post("/login", {"username": "dilnoza-r", "password": PASSWORD, "kept": kept}, token="")
    assert "data-resume" not in page.text
    assert page.url.path == "/admin/"


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "x",
        "{}",
        "[]",
        "[" * 9999,
        '{"address": 1}',
        '{"address": "/admin/x", "token": "", "fields": [1], "is_whole": 1}',
    ],
)
def test_nonsense_in_place_of_what_was_kept_is_nothing(anybody, world, kept):
    page = anybody().post("/login", {"username": "dilnoza-r", "password": PASSWORD, "kept": kept}, token="")
    assert page.url.path == "/admin/"


def test_a_picker_learns_that_the_session_ended(director):
    script = {"x-requested-with": "XMLHttpRequest"}
    path = "/group/ajax/lookup?form=create&name=branch_id&term="
    assert director.get(path, headers=script).status_code == 200
    director.client.cookies.clear()
    assert director.get(path, headers=script).status_code == 401
    assert director.sign_in("dilnoza-r").url.path == "/admin/", "nobody is led to what only a script reads"


# -- a token of an earlier sign-in ------------------------------------------------------------------------


def test_a_page_of_an_earlier_sign_in_is_shown_again_filled_in(director, world):
    """Somebody whose session had ended signed in anew in another tab, and goes back to the first."""
    form = read_form(director.get("/course/create")) | {"name": "Chemistry"}
    director.client.cookies.clear()
    director.sign_in("dilnoza-r")
    page = director.post("/course/create", form, token=form["csrf"])
    assert page.status_code == 403
    assert "This page is from an earlier sign-in" in page_text(page)
    assert "You may not do this" not in page_text(page)
    assert not world.find(Course, name="Chemistry")
    assert "Saved" in page_text(director.post("/course/create", read_form(page)))
    assert world.find(Course, name="Chemistry")


@pytest.mark.parametrize(
    "path", ["/course/edit/{0.course}", "/student/action/move?pks={0.student}", "/charge-run/create"]
)
def test_every_sort_of_form_is(director, world, path):
    path = path.format(world.registon)
    form = read_form(director.get(path))
    director.client.cookies.clear()
    director.sign_in("dilnoza-r")
    stored = stored_data(world)
    page = director.post(path, form | {"then": "do"}, token=form["csrf"])
    assert (page.status_code, "earlier sign-in" in page_text(page)) == (403, True)
    assert read_form(page).keys() >= form.keys() - {"then"}
    assert stored_data(world) == stored


def test_a_page_of_somebody_else_is_not_shown(director, as_, world):
    page = director.post("/course/create", {"name": "Chemistry"}, token=as_("malika").token())
    assert page.status_code == 403
    assert "does not belong to your present sign-in" in page_text(page)
    assert "Chemistry" not in page.text


# -- nothing changes without the token --------------------------------------------------------------------


def changing_routes(world):
    """Every address of the admin that answers to something other than GET, with ids that exist."""
    admin = next(route.app for route in world.app.app.routes if getattr(route, "name", "") == "admin")
    for route in admin.router.routes:
        for method in (
            sorted(set(getattr(route, "methods", None) or ()) - {"GET", "HEAD"}) if isinstance(route, Route) else ()
        ):
            yield method, route.path, route.name


def examples(world, lessons, path):
    """Addresses of a route: of every screen, sheet and action there is."""
    place = world.registon
    if "{identity}" not in path:
        yield path.replace("{pk}", "1").replace("{kind}", "students")
        return
    for screen in SCREENS:
        here = path.replace("{identity}", screen_address(screen.name)).replace("{pk:path}", "1").replace("{pk}", "1")
        if "{sheet}" in path:
            yield from (
                here.replace("{pk:int}", str(lessons.kamola.session)).replace("{sheet}", s.name) for s in screen.sheets
            )
        elif "{action}" in path:
            yield from (f"{here.replace('{action}', a.name)}?pks=1" for a in screen.all_actions())
        elif path.endswith("/delete"):
            yield f"{here}?pks={place.course if screen.name == 'Course' else 1}"
        else:
            yield here


def test_nothing_that_changes_something_works_without_the_token(as_, lessons, office, world):
    """Every route there is, for every screen, sheet and action; the sign-in itself has no session yet."""
    boss = as_("sayyora")
    routes = [(method, path) for method, path, name in changing_routes(world) if name != "login"]
    assert {method for method, _ in routes} >= {"POST", "DELETE"}
    stored, tried = stored_data(world), set()
    for method, path in routes:
        for place in examples(world, lessons, path):
            send = boss.delete if method == "DELETE" else boss.post
            for token in ("", "x" * 40):
                answer = send(place, token=token, follow_redirects=False)
                code = answer.status_code
                if code != 403:  # an address that leads elsewhere does so with and without the token
                    elsewhere = boss.get(place, follow_redirects=False).status_code
                    assert (code, elsewhere in (302, 404)) == (elsewhere, True), (method, place, code)
            tried.add(path)
    assert tried == {path for _, path in routes}
    assert stored_data(world) == stored
    assert boss.get("/").url.path == "/admin/", "and nobody was signed out"


def test_with_the_token_the_same_addresses_work(director, world):
    """The positive control of the test above."""
    assert director.delete(f"/course/delete?pks={world.registon.course}", token="").status_code == 403
    assert director.delete(f"/course/delete?pks={world.registon.course}").status_code == 200
    assert director.post("/logout").url.path == "/admin/login"
