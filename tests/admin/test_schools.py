"""A school in the admin: its structure, classes, families and archive; centers of courses have none of these."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from educore import Role, perform
from educore.groups import Enrollment, Group
from educore.identity import Membership, User
from educore.organization import Center, CenterKind
from educore.people import Guardianship, Student, register_staff
from educore.schooling import AcademicYear, CurriculumEntry, EducationStage, GradeLevel
from educore.timetable import Session
from educore_web.admin.screens import SCREENS
from educore_web.i18n import LANGUAGES
from support.admin.browser import Browser, page_text
from support.admin.forms import read_form, screen_address
from support.admin.structure import add_spare_rows, add_structure
from support.admin.town import PASSWORD, build_town
from support.statement_counts import record_statements

FOR_SCHOOLS = [screen_address(screen.name) for screen in SCREENS if screen.in_schools]


@pytest.fixture
def school():
    """A town whose Centers are schools."""
    world = build_town(kind=CenterKind.SCHOOL)
    world.has = add_structure(world)["Registon"]
    yield world
    world.database.close()


@pytest.fixture
def clerk(school, at):
    """A browser of somebody of the office who is no director, manager or administrator."""
    account = {"username": "samira", "password": PASSWORD, "first_name": "Samira", "last_name": "Registon"}
    with school.as_boss() as uow:
        register_staff(uow, account=account, role=Role.STAFF, center_id=school.registon.center)
    return at("samira")


def choose(page, **answers):
    """Return what a browser sends when somebody gives these answers in a form."""
    return read_form(page) | answers


def facts_of(page):
    """Return the labels of what the page of a row shows."""
    return set(re.findall(r"<dt[^>]*>([^<]*)</dt>", page.text))


def test_a_school_has_a_menu_that_a_center_of_courses_has_not(director, at):
    here, there = at("dilnoza-r"), director
    for address in FOR_SCHOOLS:
        link = f'"/admin/{address}/list"'
        assert (link in here.get("/").text, link in there.get("/").text) == (True, False)
        assert (here.get(f"/{address}/list").status_code, there.get(f"/{address}/list").status_code) == (200, 403)
    assert ("Classes" in page_text(here.get("/")), "Classes" in page_text(there.get("/"))) == (True, False)
    assert there.get("/group/create").text.count("grade_level_id") == 0


def test_a_school_is_asked_more_about_a_subject_than_a_center_about_a_course(school, at, director, world):
    more = {"name_ar", "name_fr", "code", "color", "icon"}
    here, there = (f"/course/edit/{town.registon.course}" for town in (school, world))
    for address in ("/course/create", here):
        assert more <= read_form(at("dilnoza-r").get(address)).keys()
    for address in ("/course/create", there):
        asked = read_form(director.get(address)).keys()
        assert "name" in asked
        assert not more & asked


def test_a_class_shows_what_cohorts_have_only_if_it_has_it_too(school, at):
    browser, has, cohort = at("dilnoza-r"), school.has, school.registon.group
    of_cohorts = {"Subject", "Starts on", "Ends on", "Monthly fee"}
    of_classes = {"Academic year", "Grade level", "Section"}
    assert facts_of(browser.get(f"/group/details/{has.group}")) & (of_cohorts | of_classes) == of_classes
    assert facts_of(browser.get(f"/group/details/{cohort}")) & (of_cohorts | of_classes) == of_cohorts
    with school.as_boss() as uow:
        perform(uow, Group, "update", has.group, {"monthly_fee": "900"})
    assert "Monthly fee" in facts_of(browser.get(f"/group/details/{has.group}"))


def test_the_office_builds_a_school_from_nothing(school, clerk):
    year = choose(clerk.get("/academic-year/create"), year="2025-2026", start_date="2025-09-01", end_date="2026-06-30")
    assert "Saved" in page_text(clerk.post("/academic-year/create", year))
    names = {"name": "Collège", "name_ar": "التعليم الإعدادي", "stage": "middle", "position": "2"}
    clerk.post("/education-stage/create", choose(clerk.get("/education-stage/create"), **names))
    stage = school.find(EducationStage, name="Collège")[0]
    assert stage.name_ar == "التعليم الإعدادي"
    grade = {"stage_id": stage.id, "number": "7", "name": "1ère année Collège", "name_ar": "الأولى إعدادي"}
    clerk.post("/grade-level/create", choose(clerk.get("/grade-level/create"), **grade))
    grade = school.find(GradeLevel, number=7)[0]
    answers = {"grade_level_id": grade.id, "academic_year_id": school.has.year, "section": "B", "capacity": "1"}
    answers["branch_id"] = school.registon.branch
    page = clerk.post("/group/create", choose(clerk.get("/group/create"), **answers))
    assert "1ère année Collège - B" in page_text(page)
    group = school.find(Group, grade_level_id=grade.id)[0]
    assert group.is_class
    assert "1ère année Collège" in page_text(clerk.get("/grade-level/list"))


def test_one_year_is_current_after_another_became_so(school, at):
    browser, has = at("dilnoza-r"), school.has
    path = f"/academic-year/action/make_current?pks={has.next_year}"
    assert "This is the current year now." in page_text(browser.post(path, read_form(browser.get(path))))
    current = {year.id: year.is_current for year in school.find(AcademicYear, center_id=school.registon.center)}
    assert current == {has.year: False, has.next_year: True}
    page = browser.post(f"/academic-year/action/archive?pks={has.next_year}")
    assert page.status_code == 400


def test_the_curriculum_is_chosen_from_either_side(school, at):
    browser, has, course = at("dilnoza-r"), school.has, school.registon.course
    path = f"/grade-level/action/set_curriculum?pks={has.grade}"
    form = read_form(browser.get(path))
    assert form["course_ids"] == str(course)
    assert "Registon course" in page_text(browser.get(f"/grade-level/details/{has.grade}"))
    form.pop("course_ids")
    assert "Saved." in page_text(browser.post(path, form))
    assert not school.find(CurriculumEntry, grade_level_id=has.grade)
    path = f"/course/action/set_curriculum?pks={course}"
    browser.post(path, choose(browser.get(path), grade_level_ids=has.grade))
    assert [entry.course_id for entry in school.find(CurriculumEntry, grade_level_id=has.grade)] == [course]
    assert "Registon first" in page_text(browser.get(f"/course/details/{course}"))


def test_a_clerk_registers_a_family_links_and_enrolls_it(school, clerk):
    mother = {
        "account.username": "nadia",
        "account.first_name": "Nadia",
        "account.last_name": "Alami",
        "role": "parent",
    }
    page = clerk.post("/membership/create", choose(clerk.get("/membership/create"), **mother))
    assert page.status_code == 200, page_text(page)
    parent = max(school.find(Membership, role=Role.PARENT), key=lambda member: member.id)
    child = {"account.username": "omar", "account.first_name": "Omar", "account.last_name": "Alami"}
    child |= {"branch_id": school.registon.branch, "group_id": ""}
    page = clerk.post("/student/create", choose(clerk.get("/student/create"), **child))
    assert "Saved" in page_text(page), page_text(page)
    student = max(school.find(Student, center_id=school.registon.center), key=lambda found: found.id)
    address = f"/guardianship/create?guardian_id={parent.user_id}"
    assert f"guardian_id={parent.user_id}" in clerk.get(f"/membership/details/{parent.id}").text
    clerk.post("/guardianship/create", choose(clerk.get(address), student_id=student.id, relationship="mother"))
    assert [link.relationship for link in school.find(Guardianship, student_id=student.id)] == ["mother"]
    path = f"/group/action/enroll?pks={school.has.group}"
    assert "Enrolled." in page_text(clerk.post(path, choose(clerk.get(path), student_id=student.id)))
    number = school.get(Student, student.id).student_number
    assert number
    card = page_text(clerk.get(f"/group/details/{school.has.group}"))
    assert f"Omar Alami {number}" in card
    assert "25 2 23" in card, "places, taken, left"
    card = page_text(clerk.get(f"/membership/details/{parent.id}"))
    assert "Omar Alami mother Registon first - A" in card
    assert "Nadia Alami mother" in page_text(clerk.get(f"/student/details/{student.id}"))


def test_a_clerk_makes_nobody_a_director_by_this_form(school, clerk):
    form = clerk.get("/membership/create")
    offered = {role for role in Role if f'<option value="{role.value}"' in form.text}
    assert offered == {Role.STAFF, Role.PARENT, Role.DRIVER}
    for role in ("director", "manager", "admin", "driver"):
        person = {"account.username": f"x-{role}", "account.first_name": "X", "role": role}
        clerk.post("/membership/create", choose(form, **person))
        form = clerk.get("/membership/create")
    assert [user.username for user in school.find(User) if user.username.startswith("x-")] == ["x-driver"]


def test_a_center_of_courses_offers_no_roles_of_schools(director):
    page = director.get("/membership/create")
    assert {role for role in Role if f'<option value="{role.value}"' in page.text} == {Role.MANAGER, Role.ADMIN}


def test_the_last_place_is_taken_once(school, clerk):
    path, has = f"/group/edit/{school.has.group}", school.has
    clerk.post(path, choose(clerk.get(path), capacity="1"))
    assert school.get(Group, has.group).capacity == 1
    path = f"/group/action/enroll?pks={has.group}"
    page = clerk.post(path, choose(clerk.get(path), student_id=school.registon.student))
    assert page.status_code == 400
    assert len(school.find(Enrollment, group_id=has.group)) == 1


def test_the_page_of_a_parent_shows_the_attendance_by_the_rules_of_the_school(school, at):
    browser, has = at("dilnoza-r"), school.has
    card = f"/membership/details/{has.parent}"
    assert "Registon mother Registon group —" in page_text(browser.get(card))
    with school.as_boss() as uow:
        lesson = {"group_id": has.group, "date": date(2024, 1, 1), "start_time": time(7), "end_time": time(8)}
        lesson = perform(uow, Session, "create", fields=lesson).id
        mark = {"student_id": school.registon.student, "status": "excused"}
        perform(uow, Session, "mark", lesson, {"marks": [mark]})
    assert "Registon mother Registon group 0 %" in page_text(browser.get(card))
    with school.as_boss() as uow:
        perform(uow, Center, "update", school.registon.center, {"excused_leaves_sum": True})
    assert "Registon mother Registon group —" in page_text(browser.get(card))


def test_archived_rows_have_a_list_of_their_own_and_come_back(school, at):
    browser = at("dilnoza-r")
    with school.as_boss() as uow:
        rows = add_spare_rows(uow, school.registon, "Registon", school.has)
    for row in rows:
        address = screen_address(type(row).__name__)
        live, archived = f"/{address}/list?pageSize=100", f"/{address}/list?archived=true"
        here = f'data-row="{row.id}"'
        assert (here in browser.get(live).text, here in browser.get(archived).text) == (True, False)
        assert "action/archive" in browser.get(live).text
        path = f"/{address}/action/archive?pks={row.id}"
        page = browser.post(path, read_form(browser.get(path)))
        assert "Archived: 1." in page_text(page), page_text(page)
        assert (here in browser.get(live).text, here in browser.get(archived).text) == (False, True)
        assert browser.get(f"/{address}/details/{row.id}").status_code == 404
        assert "action/archive" not in browser.get(archived).text
        assert ("/create" in browser.get(live).text, "/create" in browser.get(archived).text) == (True, False)
        path = f"/{address}/action/restore?pks={row.id}"
        assert "Restored: 1." in page_text(browser.post(path, read_form(browser.get(path))))
        assert browser.get(f"/{address}/details/{row.id}").status_code == 200


def test_the_director_of_a_school_changes_what_it_says_of_itself(school, at, director):
    browser, center = at("dilnoza-r"), school.registon.center
    path = f"/center/action/configure?pks={center}"
    form = read_form(browser.get(path))
    assert form["name"] == "Registon"
    browser.post(path, form | {"name_ar": "مدرسة ريجستان", "city": "Casablanca", "student_capacity": "900"})
    stored = school.get(Center, center)
    assert (stored.name_ar, stored.city, stored.student_capacity) == ("مدرسة ريجستان", "Casablanca", 900)
    browser.post(path, read_form(browser.get(path)) | {"student_capacity": ""})
    assert school.get(Center, center).student_capacity is None
    assert director.get("/center/action/configure?pks=1").status_code == 403


def test_the_platform_decides_how_a_center_counts_attendance(school, at):
    boss, path = at("sayyora"), f"/center/edit/{school.registon.center}"
    for answer, stored in (("true", True), ("false", False), ("", None)):
        boss.post(path, choose(boss.get(path), late_is_present=answer))
        assert school.get(Center, school.registon.center).late_is_present is stored
        assert read_form(boss.get(path)).get("late_is_present", "") == answer


@pytest.mark.parametrize("role", [Role.PARENT, Role.DRIVER, Role.STUDENT])
def test_whoever_has_no_business_in_the_admin_is_told_so(school, role):
    account = {"username": "visitor", "password": PASSWORD, "first_name": "Hamid"}
    with school.as_boss() as uow:
        register_staff(uow, account=account, role=role, center_id=school.registon.center)
    browser = Browser(school.app)
    page = browser.sign_in("visitor")
    assert page.status_code == 403
    assert "This account has no access to the administration." in page_text(page)
    browser.close()


def test_the_dashboard_of_a_school_counts_students_and_places_by_grade(at, director):
    page = page_text(at("dilnoza-r").get("/"))
    assert "Students per grade level" in page
    assert "Places taken per grade level" in page
    assert "Registon first" in page
    assert "grade level" not in page_text(director.get("/"))


def test_the_dashboard_speaks_of_classes_in_a_school_and_of_groups_elsewhere(at, director):
    here, there = page_text(at("dilnoza-r").get("/")), page_text(director.get("/"))
    for of_classes, of_groups in (
        ("active classes", "active groups"),
        ("How full the classes are", "How full the groups are"),
        ("Attendance by class", "Attendance by group"),
    ):
        assert (of_classes in here, of_groups in here) == (True, False)
        assert (of_classes in there, of_groups in there) == (False, True)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_page_of_a_school_speaks_every_language(at, school, language):
    browser, has = at("dilnoza-r"), school.has
    paths = [f"/{address}/list" for address in FOR_SCHOOLS]
    paths += [f"/group/details/{has.group}", f"/membership/details/{has.parent}", f"/grade-level/details/{has.grade}"]
    for path in paths:
        page = browser.get(f"{path}?lang={language}")
        assert page.status_code == 200
        assert not re.findall(r"\b(?:field|panel|action|hint|link|section)\.\w+|\b\w+\.(?:many|new)\b", page_text(page))
        assert (' dir="rtl"' in page.text) is (language == "ar")


@pytest.mark.parametrize(
    ("path", "budget"),
    [
        ("/group/list", 5),
        ("/group/details/{group}", 7),
        ("/membership/details/{parent}", 6),
        ("/grade-level/list", 5),
        ("/grade-level/details/{grade}", 4),
        ("/academic-year/list", 4),
        ("/academic-year/list?archived=true", 4),
        ("/guardianship/list", 4),
    ],
)
def test_a_page_of_a_school_takes_no_more_statements_than_its_budget(school, at, path, budget):
    browser, has = at("dilnoza-r"), school.has
    address = path.format(group=has.group, parent=has.parent, grade=has.grade)
    browser.get(address)
    with record_statements(school.database.engine) as run:
        assert browser.get(address).status_code == 200
    assert len(run) <= budget, "\n".join(run)
