"""Everybody who signs in to the admin has their own name and password there, and everybody's right has a place."""

from __future__ import annotations

import re
from itertools import product

import pytest

from educore import EDUCATION, Role, where
from educore.identity import CalendarFeed, Membership, SignIn, User
from educore.people import Teacher
from educore.translation import LANGUAGES
from educore_web.admin.menu import MENU_PAGES
from educore_web.admin.screens import SCREENS
from educore_web.admin.security.current_user import ADMIN_ROLES
from support.admin.browser import page_text
from support.admin.town import PASSWORD
from support.plain_rows import change_row

EVERYBODY = ["sayyora", "dilnoza-r", "malika", "aziz", "teacher-r"]
NEXT = "yangi2024parol"


def account(world, name):
    return next(user for user in world.find(User) if user.username == name)


def change(browser, old=PASSWORD, new=NEXT, repeated=None):
    sent = {"old_password": old, "new_password": new, "repeated_password": new if repeated is None else repeated}
    return browser.post("/password", sent)


# -- one's own password --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_changes_their_own_password_and_stays_signed_in_here_only(as_, anybody, name):
    here, elsewhere = as_(name), as_(name)
    assert 'href="/admin/password"' in here.get("/").text
    page = change(here)
    assert "Your password is changed." in page_text(page)
    assert here.get("/").url.path == "/admin/"
    assert elsewhere.get("/").url.path == "/admin/login"
    assert anybody().sign_in(name).status_code == 400
    assert anybody().sign_in(name, NEXT).url.path == "/admin/"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"old": "a guess"}, "This is not your present password."),
        ({"old": ""}, "This is not your present password."),
        ({"new": "short1"}, "Write at least 8 characters."),
        ({"new": "password123"}, "This password is too common"),
        ({"new": ""}, "Write at least 8 characters."),
        ({"repeated": "yangi2024parolx"}, "The two new passwords are not the same."),
    ],
)
def test_a_wrong_answer_changes_nothing_and_says_what_is_wrong(as_, world, sent, sentence):
    browser, before = as_("malika"), account(world, "malika").password_hash
    page = change(browser, **sent)
    assert page.status_code == 400
    assert sentence in page_text(page)
    assert not any(text in page.text for text in (PASSWORD, NEXT, "yangi2024parolx"))
    assert account(world, "malika").password_hash == before


def test_guesses_of_the_present_password_are_slowed_down_like_those_of_the_sign_in_page(as_, anybody):
    browser = as_("malika")
    statuses = [change(browser, old="a guess").status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]
    page = change(browser)
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert anybody().sign_in("malika").status_code == 429


@pytest.mark.parametrize("path", ["/password", "/profile"])
def test_the_pages_belong_to_whoever_is_signed_in_and_to_forms_of_their_own(anybody, as_, world, path):
    assert anybody().get(path).url.path == "/admin/login"
    browser, before = as_("malika"), account(world, "malika")
    fields = {
        "first_name": "X",
        "last_name": "Y",
        "old_password": PASSWORD,
        "new_password": NEXT,
        "repeated_password": NEXT,
    }
    assert browser.post(path, fields, token="wrong").status_code == 403
    assert account(world, "malika") == before


@pytest.mark.parametrize("screen", [screen for screen in SCREENS if any(q.field == "password" for q in screen.edit)])
def test_no_form_changes_ones_own_password_without_the_present_one(as_, world, screen):
    browser, me = as_("sayyora"), account(world, "sayyora")
    rows = [me] if screen.kind is User else [r for r in world.find(screen.kind) if r.user_id == me.id]
    name = next(q.name for q in screen.edit if q.field == "password")
    for row in rows:
        address = f"/{screen.name.lower()}/edit/{row.id}"
        assert browser.get(address).status_code == 200
        own = {name: NEXT, name.replace("password", "username"): "sayyora"}
        page = browser.post(address, own)
        assert page.status_code == 400
        assert "Your own password changes only together with the present one." in page_text(page)
    assert rows or screen.kind not in (User, Membership), "a superadmin has an account and a membership"
    assert account(world, "sayyora").password_hash == me.password_hash


def test_the_office_still_gives_others_a_new_password(director, world):
    pupil = account(world, "student-r")
    director.post(f"/user/edit/{pupil.id}", {"username": "student-r", "first_name": "Ali", "password": NEXT})
    assert world.school.ports.passwords.verify(NEXT, account(world, "student-r").password_hash)


def test_a_second_click_is_told_what_the_first_one_was(as_, world):
    browser = as_("malika")
    key = re.search(r'name="once" value="([^"]+)"', browser.get("/password").text).group(1)
    sent = {"old_password": PASSWORD, "new_password": NEXT, "repeated_password": NEXT, "once": key}
    first, second = browser.post("/password", sent), browser.post("/password", sent)
    assert [("Your password is changed." in page_text(page)) for page in (first, second)] == [True, True]
    assert world.school.ports.passwords.verify(NEXT, account(world, "malika").password_hash)


@pytest.mark.parametrize("path", ["/password", "/profile"])
def test_a_form_of_an_earlier_sign_in_is_shown_again_without_passwords(as_, world, path):
    browser, before = as_("malika"), account(world, "malika")
    browser.get(path)
    old = browser.last_token
    browser.client.cookies.clear()
    browser.sign_in("malika")
    fields = {"first_name": "Gulbahor", "last_name": "Y", "old_password": PASSWORD, "new_password": NEXT}
    page = browser.post(path, fields | {"repeated_password": NEXT}, token=old)
    assert page.status_code == 403
    assert "This page is from an earlier sign-in" in page_text(page)
    assert PASSWORD not in page.text
    assert NEXT not in page.text
    assert ('value="Gulbahor"' in page.text) is (path == "/profile")
    assert account(world, "malika") == before


def test_no_password_travels_through_the_sign_in_page(as_, world):
    browser = as_("malika")
    browser.get("/password")
    world.clock.advance(days=8)
    page = change(browser)
    assert PASSWORD not in page.text
    assert NEXT not in page.text


# -- one's own profile ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_sees_their_own_account_and_changes_their_name(as_, world, name):
    browser = as_(name)
    assert 'href="/admin/profile"' in browser.get("/").text
    assert name in page_text(browser.get("/profile"))
    page = browser.post("/profile", {"first_name": "Gulbahor", "last_name": "O‘rinova"})
    assert "Saved." in page_text(page)
    assert (account(world, name).first_name, account(world, name).last_name) == ("Gulbahor", "O‘rinova")


def test_a_profile_that_was_changed_meanwhile_shows_both_names_and_saves_neither(as_):
    here, there = as_("malika"), as_("malika")
    page = here.get("/profile")
    hidden = dict(re.findall(r'<input type="hidden" name="(once|seen)" value="([^"]*)"', page.text))
    assert set(hidden) == {"once", "seen"}
    there.post("/profile", {"first_name": "Malikaxon", "last_name": "Xodimova"})
    stale = here.post("/profile", {"first_name": "Mali", "last_name": "X", **hidden})
    assert stale.status_code == 409
    assert "Changed meanwhile to: Malikaxon." in page_text(stale)
    assert 'value="Mali"' in stale.text
    again = dict(re.findall(r'<input type="hidden" name="(once|seen)" value="([^"]*)"', stale.text))
    assert "Mali X" in page_text(here.post("/profile", {"first_name": "Mali", "last_name": "X", **again}))


def test_a_profile_takes_nothing_but_a_name(as_, world):
    before = account(world, "malika")
    forbidden = {"username": "boss", "phone": "+998900000000", "center_id": "2", "role": "director", "id": "1"}
    as_("malika").post("/profile", {"first_name": "Malika", "last_name": "X", **forbidden})
    now = account(world, "malika")
    noted = {"updated_at": now.updated_at, "last_signed_in_at": now.last_signed_in_at}
    assert now == before.change(first_name="Malika", last_name="X", **noted)


def test_a_name_that_cannot_be_is_refused_and_kept_in_the_form(as_, world):
    page = as_("malika").post("/profile", {"first_name": "x" * 200, "last_name": "Karimova"})
    assert page.status_code == 400
    assert 'value="Karimova"' in page.text
    assert account(world, "malika").last_name != "Karimova"


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_speak_every_language(as_, language):
    browser = as_("teacher-r")
    for path in ("/profile", "/password"):
        page = browser.get(f"{path}?lang={language}")
        assert page.status_code == 200
        assert "own." not in page_text(page)
        assert "field." not in page_text(page)


# -- keeping a teacher out -----------------------------------------------------------------------------


def teacher_of(world):
    user = account(world, "teacher-r")
    return next(teacher for teacher in world.find(Teacher) if teacher.user_id == user.id)


@pytest.mark.parametrize("name", ["sayyora", "dilnoza-r", "malika"])
def test_a_teacher_is_blocked_and_let_in_again_by_buttons_of_their_page(as_, anybody, world, name):
    office, teacher, at_work = as_(name), teacher_of(world), as_("teacher-r")
    page = office.get(f"/teacher/details/{teacher.id}").text
    assert ("/teacher/action/block" in page, "/teacher/action/unblock" in page) == (True, False)
    assert "Blocked: 1." in page_text(office.post(f"/teacher/action/block?pks={teacher.id}"))
    assert at_work.get("/").url.path == "/admin/login"
    assert "This account is blocked." in page_text(anybody().sign_in("teacher-r"))
    page = office.get(f"/teacher/details/{teacher.id}").text
    assert ("/teacher/action/block" in page, "/teacher/action/unblock" in page) == (False, True)
    assert "Unblocked: 1." in page_text(office.post(f"/teacher/action/unblock?pks={teacher.id}"))
    assert anybody().sign_in("teacher-r").url.path == "/admin/"


def test_an_admin_neither_sees_the_buttons_nor_blocks_a_teacher(as_, world):
    teacher = teacher_of(world)
    office = as_("aziz")
    assert "action/block" not in office.get(f"/teacher/details/{teacher.id}").text
    assert office.post(f"/teacher/action/block?pks={teacher.id}").status_code == 403
    assert not any(member.is_blocked for member in world.find(Membership))


def test_inactive_teachers_sign_in_as_the_form_says(as_, world):
    office, teacher = as_("dilnoza-r"), teacher_of(world)
    page = office.get(f"/teacher/edit/{teacher.id}")
    assert "Inactive teachers get no new lessons but can still sign in; Block keeps them out." in page_text(page)
    with world.as_boss() as uow:
        change_row(uow, uow.get(Teacher, teacher.id), {"status": "inactive"})
    assert as_("teacher-r").get("/").status_code == 200


# -- every right has a place ---------------------------------------------------------------------------

BY_OTHER_PAGES = {
    ("User", "change_own_name"): "My profile",
    ("User", "change_own_password"): "Change password",
    ("User", "change_own_profile"): "the profiles of other programs; here one changes one's own name",
    ("Membership", "register"): "the form of a new member",
    ("Group", "read_statistics"): "the list of groups, and the attendance dashboard",
    ("Group", "read_roster"): "the page of a class",
    ("Student", "enroll"): "Enroll a student, on the page of a class",
    ("Student", "read_attendance"): "the student's own page",
    ("Student", "read_debts"): "Money in numbers",
    ("Student", "read_payments"): "the student's own page",
    ("Teacher", "read_performance"): "the attendance dashboard",
    ("Attendance", "read_performance"): "the attendance dashboard",
    ("Assignment", "grade"): "the sheet of an assignment",
    ("Session", "see_bookings"): "planning a lesson, which says who and what is busy",
    ("Session", "see_schedule"): "the calendar",
    ("Import", "create"): "the import pages",
    ("Import", "revert"): "the page of an import",
    ("Membership", "list"): "Directors and staff",
    ("Membership", "appoint"): "the form of a Center",
    ("CalendarFeed", "create"): "the calendar",
    ("CalendarFeed", "read"): "the calendar",
    ("CalendarFeed", "update"): "the calendar",
    ("TeacherRating", "create"): "Rate, on the page of a teacher",
    ("Delivery", "create"): "Send a text, on the pages of groups and students",
    ("ChargeRun", "update"): "Take back, on the page of a charging",
    ("Enrollment", "update"): "Leave, on the page of an enrollment",
    ("LedgerEntry", "read"): "the pages of payments and invoices",
    ("Series", "add_slot"): "a new slot, on the page of a timetable",
    ("Assessment", "read_analytics"): "In numbers, on the page of an assessment",
    ("Lesson", "read_analytics"): "In numbers, on the page of a lesson",
    ("AttendanceReport", "create"): "Save as a report, on the page of the month of a class",
    ("Session", "take_register"): "the class grid",
    ("Attendance", "excuse"): "the status of a mark, and resolving what it raised",
}
"""Where a right is used that no screen, form or button of its kind has."""

NOT_FOR_PEOPLE = {
    "SignIn": "signing in and out, blocking and new passwords write these",
    "PasswordAttempts": "signing in counts here",
    "CalendarFeed": "a new password and a new address end these",
    "NumberSeries": "payments take their numbers here",
    "AnsweredRequest": "requests that are sent twice find their answers here",
    "LedgerEntry": "payments and invoices write these",
    "ImportedRow": "imports write these",
    "Job": "the worker writes these",
    "AuditEntry": "every change writes these",
    "AuditHead": "every change writes these",
    "AttendanceCorrection": "corrected marks write these",
    "CurriculumEntry": "the curriculum of a grade level or a course writes these",
    "OneTimeCode": "who forgot their password asks for these",
    "LeaderboardEntry": "the page of a leaderboard shows these",
    **dict.fromkeys(
        ("LessonTag", "LessonView", "LessonProgress"),
        "a lesson writes its tags, and students leave these when they learn",
    ),
    **dict.fromkeys(("Audience", "Question", "Choice"), "the pages of an assessment write these"),
    "Answer": "students write these, and the sheet of an attempt marks them",
    "Notification": "events write these, texts are sent from the pages of groups and students",
}
"""Kinds whose rows follow from other acts; whoever may read them and has a screen reads them there."""

NEVER_BY_HAND = {
    ("User", "create"): "an account opens with the student, teacher or member it belongs to",
    ("Series", "delete"): "its lessons are cancelled instead",
    ("Session", "delete"): "lessons are cancelled, so that marks stay",
    ("Session", "change_register"): "the notes of a lesson are on its form, and lessons are moved",
    ("Timetable", "delete"): "timetables are archived instead",
    ("FlagDocument", "update"): "what was handed in stays as it was",
    ("Lesson", "delete"): "lessons are archived instead",
    ("Assessment", "delete"): "assessments are archived instead",
    ("Attempt", "create"): "students begin",
    ("Attempt", "update"): "what was handed in stays as it was",
    ("Attempt", "delete"): "what was handed in stays as it was",
    ("Wallet", "create"): "a wallet opens with its student",
    ("Wallet", "update"): "a wallet is adjusted, which its entries show",
    ("BadgeAward", "create"): "whoever meets the rule of a badge gets it",
    **{("Leaderboard", act): "boards are made when somebody looks" for act in ("create", "update", "delete")},
    ("AttendanceReport", "update"): "what was saved stays as it was",
    ("Enrollment", "delete"): "leaving a group keeps the record",
    ("AcademicYear", "delete"): "what the years of a school hold stays, in the archive",
    ("EducationStage", "delete"): "stages are archived instead",
    ("GradeLevel", "delete"): "grade levels are archived instead",
    ("Guardianship", "delete"): "guardianships are ended, and stay",
    ("Invoice", "delete"): "invoices are cancelled",
    ("Payment", "delete"): "payments are withdrawn, and stay",
    ("ChargeRun", "delete"): "chargings are taken back, and stay",
    ("TeacherRating", "update"): "ratings are kept for good",
    ("TeacherRating", "delete"): "ratings are kept for good",
    ("Import", "update"): "what was imported stays as it was",
    ("Import", "delete"): "imports are taken back, and stay",
    ("Delivery", "update"): "the worker notes what became of a text",
    ("Delivery", "delete"): "what was sent stays in the record",
}
AT_THE_DOOR = {"sign_in", "authenticate", "open_feed"}
"""What is done before anybody is known; a superadmin has it by having everything."""

NOT_FOR_TEACHERS = {
    *("User", "Membership", "SignIn", "Center", "Branch", "Room", "Course", "Teacher", "TeacherRating"),
    *("AcademicYear", "EducationStage", "GradeLevel"),
}
"""Teachers read these where lessons, groups and students name them."""


def placed(kind, action, role):
    """Whether a role finds a screen, a form, a button, a sheet or a page for an action."""
    screen = next((screen for screen in SCREENS if screen.kind is kind), None)
    if screen is None or role is Role.TEACHER and not screen.for_teachers:
        return False
    places = {"read", *(act.verb for act in screen.all_actions()), *(sheet.verb for sheet in screen.sheets)}
    places |= {page.verb for page in MENU_PAGES if page.kind is kind}
    places |= {"create"} if screen.create or screen.imports else set()
    places |= {"update"} if screen.edit else set()
    return action in places


RIGHTS = [
    (kind, action, role)
    for kind in EDUCATION.kinds.values()
    for action, role in product(EDUCATION.policy(kind).actions(), ADMIN_ROLES)
    if EDUCATION.policy(kind).permits(role, action)
]


def excused(kind, action, role):
    name = kind.__name__
    return (
        (name, action) in BY_OTHER_PAGES
        or (name, action) in NEVER_BY_HAND
        or name in NOT_FOR_PEOPLE
        or action in AT_THE_DOOR
        or role is Role.TEACHER
        and action == "read"
        and name in NOT_FOR_TEACHERS
    )


def test_every_right_of_whoever_signs_in_here_has_a_place_or_a_reason():
    lacking = [(k.__name__, a, r.value) for k, a, r in RIGHTS if not placed(k, a, r) and not excused(k, a, r)]
    assert lacking == []


def test_no_reason_is_given_for_what_has_a_place_or_is_no_right():
    known = {(kind.__name__, action) for kind, action, _ in RIGHTS}
    assert {*BY_OTHER_PAGES, *NEVER_BY_HAND} <= known
    placed_everywhere = {
        (kind.__name__, action)
        for kind, action, _ in RIGHTS
        if all(placed(k, a, r) for k, a, r in RIGHTS if (k, a) == (kind, action))
    }
    assert not placed_everywhere & {*BY_OTHER_PAGES, *NEVER_BY_HAND}
    assert set(NOT_FOR_PEOPLE) | NOT_FOR_TEACHERS <= set(EDUCATION.kinds)


def test_a_calendar_address_closes_with_a_new_password(as_, world):
    teacher = as_("teacher-r")
    teacher.get("/timetable")
    teacher.post("/timetable/subscribe")
    change(teacher)
    assert [feed.revoked_at is None for feed in world.find(CalendarFeed)] == [False]
    assert any(one.ended_at is None for one in world.find(SignIn))
    with world.as_boss() as uow:
        assert uow.count(SignIn, where(ended_at__isnull=True)) == 1
