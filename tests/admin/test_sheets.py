"""A whole class on one page: attendance, results of an exam, submitted work."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from educore import perform
from educore.assessment import ExamResult, Submission
from educore.attendance import Attendance, AttendanceCorrection
from educore.groups import Group
from educore.people import Student
from educore.timetable import Session
from support.admin.browser import page_text
from support.admin.lessons import as_student
from support.admin.sheets import chosen_marks, sheet_line, stored_mark


@pytest.fixture
def kamola(as_, lessons):
    return as_("teacher-r")


# -- attendance -------------------------------------------------------------------------------------------


def test_a_teacher_marks_a_whole_class_at_once_and_stays_on_the_page(kamola, lessons, world):
    mine = lessons.kamola
    path = f"/session/{mine.session}/marks"
    page = kamola.get(path)
    assert {"Ali Registon", "Zilola Karimova"} <= set(re.findall(r'role="group" aria-label="([^"]+)"', page.text))
    assert chosen_marks(page, mine.student) == ["late"]
    assert chosen_marks(page, lessons.second) == []
    fields = {f"status-{mine.student}": "present", f"status-{lessons.second}": "excused"}
    page = kamola.post(path, fields | {f"notes-{lessons.second}": " Ill "})
    assert page.url.path == f"/admin{path}"
    assert "Saved." in page_text(page)
    assert stored_mark(world, mine.session, mine.student) == "present"
    mark = world.find(Attendance, session_id=mine.session, student_id=lessons.second)[0]
    assert (mark.status.value, mark.notes, mark.teacher_id) == ("excused", "Ill", world.registon.teacher)
    assert "Marked by Kamola Registon, Jan 1, 2024" in page_text(page)


def test_what_a_mark_was_before_is_shown(kamola, lessons):
    page = kamola.get(f"/session/{lessons.kamola.session}/marks")
    assert "Before: Absent — changed by" in page_text(page)
    assert "data-earlier" in sheet_line(page, lessons.kamola.student)


def test_students_left_out_stay_as_they_are_and_nobody_chosen_is_told(kamola, lessons, world):
    path = f"/session/{lessons.kamola.session}/marks"
    page = kamola.post(path, {})
    assert page.status_code == 400
    assert "Name at least one student." in page_text(page)
    kamola.post(path, {f"status-{lessons.second}": "present"})
    assert stored_mark(world, lessons.kamola.session, lessons.kamola.student) == "late"


def test_all_present_works_without_scripts_and_saves_nothing_yet(kamola, lessons, world):
    path = f"/session/{lessons.kamola.session}/marks"
    page = kamola.post(path, {"quick": "present", f"status-{lessons.kamola.student}": "absent"})
    assert chosen_marks(page, lessons.second) == ["present"]
    assert chosen_marks(page, lessons.kamola.student) == ["absent"]
    assert stored_mark(world, lessons.kamola.session, lessons.second) is None


def test_what_is_wrong_is_told_on_the_line_it_is_about_and_nothing_is_saved(kamola, lessons, world):
    path, mine = f"/session/{lessons.kamola.session}/marks", lessons.kamola
    fields = {f"status-{mine.student}": "present", f"status-{lessons.second}": "present"}
    page = kamola.post(path, fields | {f"notes-{lessons.second}": "x" * 501})
    assert page.status_code == 400
    assert "Write at most 500 characters." in sheet_line(page, lessons.second)
    assert "Write at most" not in sheet_line(page, mine.student)
    assert chosen_marks(page, mine.student) == ["present"]
    assert stored_mark(world, mine.session, mine.student) == "late"
    page = kamola.post(path, {f"status-{lessons.second}": "asleep"})
    assert page.status_code == 400
    assert stored_mark(world, mine.session, lessons.second) is None


def test_a_lesson_to_come_or_cancelled_says_why_nobody_can_be_marked(kamola, lessons, world):
    gone = world.find(Session, group_id=lessons.kamola.group, is_cancelled=True)[0].id
    for id, why in ((lessons.kamola.coming, "This lesson is on Jan 8, 2024"), (gone, "This lesson is cancelled.")):
        page = kamola.get(f"/session/{id}/marks")
        assert why in page_text(page)
        assert 'type="radio"' not in page.text
        page = kamola.post(f"/session/{id}/marks", {f"status-{lessons.second}": "present"})
        assert page.status_code == 400
        assert why in page_text(page)


def test_who_left_the_group_keeps_their_mark_but_gets_no_new_one(kamola, lessons, world):
    world.clock.advance(days=7)
    with world.as_boss() as uow:
        perform(uow, Student, "move", lessons.kamola.student, {"group_id": lessons.bobur.group})
    with world.as_boss() as uow:
        marks = [{"student_id": lessons.second, "status": "present"}]
        perform(uow, Session, "mark", lessons.kamola.coming, {"marks": marks})
    kamola.sign_in("teacher-r")
    page = kamola.get(f"/session/{lessons.kamola.session}/marks")
    assert chosen_marks(page, lessons.kamola.student) == ["late"], "they still were in the group that day"


@pytest.mark.parametrize("name", ["sayyora", "dilnoza-r", "malika", "aziz", "teacher-r"])
def test_whoever_may_mark_can(as_, lessons, world, name):
    as_(name).post(f"/session/{lessons.kamola.session}/marks", {f"status-{lessons.second}": "present"})
    assert stored_mark(world, lessons.kamola.session, lessons.second) == "present"


def test_marking_needs_the_token_and_our_own_site(director, lessons, world):
    path, fields = f"/session/{lessons.kamola.session}/marks", {f"status-{lessons.second}": "present"}
    assert director.post(path, fields, token="wrong").status_code == 403
    assert director.post(path, fields, headers={"origin": "http://evil"}).status_code == 403
    assert stored_mark(world, lessons.kamola.session, lessons.second) is None


def test_the_way_to_mark_leads_from_list_and_page_of_a_lesson(kamola, lessons):
    link = f'href="/admin/session/{lessons.kamola.session}/marks"'
    assert link in kamola.get("/session/list").text
    assert link in kamola.get(f"/session/details/{lessons.kamola.session}").text


def test_corrections_are_listed_and_read_only(director, lessons, world):
    page = director.get("/attendance-correction/list")
    assert "Absent" in page_text(page)
    assert "Late" in page_text(page)
    id = world.find(AttendanceCorrection, session_id=lessons.kamola.session)[0].id
    assert director.get(f"/attendance-correction/details/{id}").status_code == 200
    for path in ("create", f"edit/{id}", "import"):
        assert director.get(f"/attendance-correction/{path}").status_code == 403, path
    assert director.get(f"/attendance-correction/action/delete?pks={id}").status_code == 404


def test_a_single_mark_is_corrected_on_its_own_page(director, lessons, world):
    mark = world.find(Attendance, session_id=lessons.kamola.session)[0]
    assert director.post(f"/attendance/edit/{mark.id}", {"status": "excused", "notes": "Doctor"}).status_code == 200
    assert stored_mark(world, lessons.kamola.session, lessons.kamola.student) == "excused"
    assert len(world.find(AttendanceCorrection, session_id=lessons.kamola.session)) == 2


# -- exams ------------------------------------------------------------------------------------------------


def test_results_of_an_exam_are_entered_on_one_sheet(kamola, lessons, world):
    mine = lessons.kamola
    path = f"/exam/{mine.exam}/results"
    page = kamola.get(path)
    assert f'name="score-{mine.student}" value="40"' in page.text
    fields = {f"score-{mine.student}": "44,5", f"score-{lessons.second}": "20", f"letter-{lessons.second}": "B"}
    page = kamola.post(path, fields)
    assert "Saved." in page_text(page)
    results = {r.student_id: (str(r.score), r.grade.value) for r in world.find(ExamResult, exam_id=mine.exam)}
    assert results == {mine.student: ("44.50", "A"), lessons.second: ("20.00", "B")}
    assert '<option value="B" selected>' in sheet_line(page, lessons.second)
    assert "selected" not in sheet_line(page, mine.student)
    kamola.post(path, {f"score-{mine.student}": "10", f"score-{lessons.second}": "20", f"letter-{lessons.second}": "B"})
    assert world.find(ExamResult, exam_id=mine.exam, student_id=mine.student)[0].grade.value == "F"


def test_a_score_that_cannot_be_is_told_beside_it_and_nothing_is_saved(kamola, lessons, world):
    mine = lessons.kamola
    wrongs = {
        "51": "At most 50 points",
        "-1": "Write 0 or more",
        "4.500": "can mean two things: write 4500 or 4.50",
        **dict.fromkeys(("many", "1_0", "+5", "٥"), "Write a number."),
    }
    for wrong, why in wrongs.items():
        page = kamola.post(
            f"/exam/{mine.exam}/results", {f"score-{mine.student}": "10", f"score-{lessons.second}": wrong}
        )
        assert page.status_code == 400
        assert why in sheet_line(page, lessons.second)
        assert why not in sheet_line(page, mine.student)
        assert f'value="{wrong}"' in sheet_line(page, lessons.second)
    assert [r.score for r in world.find(ExamResult, exam_id=mine.exam)] == [40]


def test_an_emptied_score_is_taken_back(kamola, lessons, world):
    kamola.post(f"/exam/{lessons.kamola.exam}/results", {f"score-{lessons.second}": "1"})
    result = world.find(ExamResult, exam_id=lessons.kamola.exam, student_id=lessons.kamola.student)[0]
    assert (result.score, result.grade) == (None, None)


@pytest.mark.parametrize(("name", "code"), [("dilnoza-r", 200), ("malika", 403), ("aziz", 403), ("teacher-r", 200)])
def test_only_who_may_grade_opens_the_mark_sheet(as_, lessons, name, code):
    browser = as_(name)
    path = f"/exam/{lessons.kamola.exam}/results"
    assert browser.get(path).status_code == code
    assert browser.post(path, {f"score-{lessons.second}": "1"}).status_code == code
    assert (path in browser.get("/exam/list").text) is (code == 200)


# -- submitted work ---------------------------------------------------------------------------------------


def test_work_is_read_and_graded_on_one_sheet(kamola, lessons, world):
    mine = lessons.kamola
    path = f"/assignment/{mine.assignment}/work"
    page = kamola.get(path)
    assert "Registon.txt" in sheet_line(page, mine.student)
    assert "Late" in sheet_line(page, mine.student)
    assert "Nothing handed in yet" in sheet_line(page, lessons.second)
    assert f'name="grade-{lessons.second}"' not in page.text
    page = kamola.post(path, {f"grade-{mine.student}": "87.5", f"feedback-{mine.student}": "Good"})
    assert "Saved." in page_text(page)
    work = world.get(Submission, mine.submission)
    assert (str(work.grade), work.feedback) == ("87.50", "Good")
    assert "Graded by Kamola Registon" in page_text(page)
    kamola.post(path, {f"grade-{mine.student}": "", f"feedback-{mine.student}": "Good"})
    assert world.get(Submission, mine.submission).grade is None


def test_a_grade_that_cannot_be_is_told_beside_it(kamola, lessons, world):
    path = f"/assignment/{lessons.kamola.assignment}/work"
    page = kamola.post(path, {f"grade-{lessons.kamola.student}": "101", f"feedback-{lessons.kamola.student}": "Good"})
    assert page.status_code == 400
    assert "Write 100 or less." in sheet_line(page, lessons.kamola.student)
    assert world.get(Submission, lessons.kamola.submission).feedback is None


def test_who_only_reads_work_sees_it_without_controls(as_, lessons):
    page = as_("aziz").get(f"/assignment/{lessons.kamola.assignment}/work")
    assert "Registon.txt" in page.text
    assert 'name="grade-' not in page.text


def test_a_submission_is_graded_by_its_own_action_too(kamola, lessons, world):
    path = f"/submission/action/grade?pks={lessons.kamola.submission}"
    assert kamola.get(path).status_code == 200
    assert kamola.post(path, {"grade": "101"}).status_code == 400
    assert "Graded: 1." in page_text(kamola.post(path, {"grade": "60", "feedback": "Fine"}))
    assert world.get(Submission, lessons.kamola.submission).graded_at is not None
    with world.as_boss() as uow:
        assert uow.get(Submission, lessons.kamola.submission).graded_by_id


def test_the_file_of_a_submission_is_opened_from_the_list(kamola, lessons):
    assert re.search(r'href="[^"]*Registon\.txt[^"]*"', kamola.get("/submission/list").text)


# -- all of them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "most"),
    [("session/{0.session}/marks", 8), ("exam/{0.exam}/results", 7), ("assignment/{0.assignment}/work", 7)],
)
def test_the_statements_of_a_sheet_do_not_grow_with_the_class(director, lessons, world, sheet, most):
    path = "/" + sheet.format(lessons.kamola)

    def statements() -> int:
        seen = []

        def see(connection, cursor, statement, *rest):
            seen.append(statement)

        event.listen(world.database.engine, "before_cursor_execute", see)
        assert director.get(path).status_code == 200
        event.remove(world.database.engine, "before_cursor_execute", see)
        return len(seen)

    few = statements()
    with world.as_boss() as uow:
        perform(uow, Group, "update", lessons.kamola.group, {"capacity": None})
        for number in range(12):
            plan = {"branch_id": world.registon.branch, "group_id": lessons.kamola.group}
            perform(uow, Student, "create", fields={"account": {"username": f"new{number}"}, **plan})
    assert statements() == few <= most


def test_sheets_that_do_not_exist_are_not_found(director, lessons):
    for path in ("/session/99999/marks", "/exam/99999/results", "/assignment/99999/work", "/student/1/marks"):
        assert director.get(path).status_code == 404, path
    assert director.get(f"/session/{lessons.kamola.session}/results").status_code == 404


def test_a_students_own_answers_stand_beside_the_score(kamola, lessons, world):
    with as_student(world, lessons.second) as uow:
        key = uow.store_file(b"Answers", folder="examresult-answer_file", name="answers.txt")
        perform(uow, ExamResult, "create", fields={"exam_id": lessons.kamola.exam, "answer_file": key})
    assert "answers.txt" in sheet_line(kamola.get(f"/exam/{lessons.kamola.exam}/results"), lessons.second)
