"""Assessments in the admin: questions on one page, the paper as students see it, marks by hand, and figures."""

from __future__ import annotations

import re
from html import unescape

import pytest

from educore.assessment import Answer, Assessment, Attempt, Audience, Choice, Question, QuestionKind
from educore.organization import CenterKind
from support.admin.browser import Browser, page_text
from support.admin.structure import set_homework
from support.admin.town import build_town
from support.plain_rows import change_row

HIDDEN = re.compile(r'name="(once|seen|question)" value="([^"]*)"')
FORM = re.compile(r'<form class="card mb-3" id="question-(\w+)".*?</form>', re.DOTALL)
PARTS = {
    QuestionKind.SINGLE_CHOICE: {"text-1": "3", "text-2": "4", "text-3": "", "right": "2"},
    QuestionKind.MULTIPLE_CHOICE: {"text-1": "2", "text-2": "4", "text-3": "3", "right": ["1", "3"]},
    QuestionKind.TRUE_FALSE: {"text-1": "True", "text-2": "False", "right": "1"},
    QuestionKind.FILL_BLANKS: {"text-1": "Paris", "blank-1": "1", "text-2": "1789", "blank-2": "2"},
    QuestionKind.SHORT_TEXT: {"model_answer": "because"},
    QuestionKind.LONG_TEXT: {},
    QuestionKind.MATCHING: {
        f"{n}-{i}": t for i, p in enumerate(("ab", "cd"), 1) for n, t in zip(("text", "match"), p, strict=True)
    },
    QuestionKind.ORDERING: {"text-1": "first", "text-2": "second"},
}


@pytest.fixture(scope="module")
def school():
    world = build_town(kind=CenterKind.SCHOOL)
    yield world
    world.database.close()


@pytest.fixture(scope="module")
def at(school):
    """The browser of somebody, signed in once: nobody may sign in without end."""
    opened = {}

    def visit(name):
        if name not in opened:
            opened[name] = Browser(school.app)
            opened[name].sign_in(name)
        return opened[name]

    yield visit
    for browser in opened.values():
        browser.close()


@pytest.fixture
def attempt(school):
    """Homework that was handed in, on its own each time."""
    with school.as_boss() as uow:
        return set_homework(uow, school.registon, "Registon")


@pytest.fixture
def quiz(school, at):
    """A quiz without questions, set by the form."""
    office = at("dilnoza-r")
    group = str(school.registon.group)
    page = office.post(
        "/assessment/create",
        {"kind": "quiz", "title": "Numbers", "group_ids": group, "due_at": "2024-01-05T18:30", "minutes": "20"},
    )
    assert page.status_code == 200, page_text(page)
    found = max(school.find(Assessment), key=lambda row: row.id)
    assert found.title == "Numbers", page_text(page)
    return found


def forms(page):
    """The hidden fields of each form of a question, by its name."""
    return {name.group(1): dict(HIDDEN.findall(name.group(0))) for name in FORM.finditer(page.text)}


def address(assessment):
    return f"/assessment/{assessment.id}/questions"


def add(browser, assessment, kind, **fields):
    page = browser.get(f"{address(assessment)}?new={kind}")
    sent = {
        "do": "add",
        "kind": kind,
        "text": f"{kind}?",
        "points": "2,5",
        **PARTS[kind],
        **forms(page)["new"],
        **fields,
    }
    return browser.post(address(assessment), sent)


def questions(school, assessment):
    return sorted(school.find(Question, assessment_id=assessment.id), key=lambda q: (q.position, q.id))


def save(browser, assessment, question, **fields):
    hidden = forms(browser.get(address(assessment)))[str(question.id)]
    return browser.post(address(assessment), {"text": question.text, "points": "5", **hidden, **fields})


# -- the assessment ------------------------------------------------------------------------------------


def test_a_moment_is_asked_for_and_shown_in_the_time_of_the_center(school, at, quiz):
    assert quiz.due_at.isoformat() == "2024-01-05T13:30:00+00:00"
    page = at("dilnoza-r").get(f"/assessment/edit/{quiz.id}").text
    assert 'type="datetime-local"' in page
    assert 'value="2024-01-05T18:30"' in page
    assert [row.group_id for row in school.find(Audience, assessment_id=quiz.id)] == [school.registon.group]


def test_an_assessment_is_published_hidden_and_copied(school, at, quiz):
    office = at("dilnoza-r")
    refused = office.post(f"/assessment/action/publish?pks={quiz.id}")
    assert not school.find(Assessment, id=quiz.id)[0].is_published, page_text(refused)
    add(office, quiz, "single_choice")
    office.post(f"/assessment/action/publish?pks={quiz.id}")
    assert school.find(Assessment, id=quiz.id)[0].is_published
    office.post(f"/assessment/action/unpublish?pks={quiz.id}")
    assert not school.find(Assessment, id=quiz.id)[0].is_published
    office.post(f"/assessment/action/duplicate?pks={quiz.id}")
    copy = max(school.find(Assessment), key=lambda row: row.id)
    assert (copy.title, len(questions(school, copy)), copy.id > quiz.id) == ("Numbers", 1, True)


# -- questions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_a_question_of_each_kind_is_added_and_changed(school, at, quiz, kind):
    office = at("dilnoza-r")
    page = add(office, quiz, kind)
    assert (page.status_code, "Saved." in page_text(page)) == (200, True), page_text(page)
    (question,) = questions(school, quiz)
    assert (question.kind, question.text, str(question.points)) == (kind, f"{kind}?", "2.50")
    before = [row.id for row in school.find(Choice, question_id=question.id)]
    page = save(office, quiz, question, do="save", **{**PARTS[kind], "text": "Really?"})
    assert "Saved." in page_text(page), page_text(page)
    (question,) = questions(school, quiz)
    assert (question.text, [row.id for row in school.find(Choice, question_id=question.id)]) == ("Really?", before)
    preview = office.get(f"/assessment/{quiz.id}/preview")
    assert (preview.status_code, "Really?" in preview.text) == (200, True)
    assert "because" not in preview.text, "the key is not on the paper"


def test_questions_are_moved_and_removed(school, at, quiz):
    office = at("dilnoza-r")
    for kind in ("single_choice", "true_false", "long_text"):
        add(office, quiz, kind)
    first, second, third = questions(school, quiz)
    save(office, quiz, third, do="up")
    assert [q.id for q in questions(school, quiz)] == [first.id, third.id, second.id]
    save(office, quiz, first, do="down")
    assert [q.id for q in questions(school, quiz)] == [third.id, first.id, second.id]
    save(office, quiz, first, do="retire")
    assert [q.id for q in questions(school, quiz)] == [third.id, second.id]


def test_what_is_wrong_is_said_and_the_texts_stay(school, at, quiz):
    office = at("dilnoza-r")
    page = add(office, quiz, "single_choice", right=[], text="Which?", points="many")
    assert page.status_code == 400
    assert ">Which?</textarea>" in page.text
    assert 'value="many"' in page.text
    assert questions(school, quiz) == []


def test_more_lines_are_added_without_a_script(school, at, quiz):
    office = at("dilnoza-r")
    page = add(office, quiz, "ordering", do="more", **{"text-1": "kept"})
    assert page.status_code == 200
    assert 'value="kept"' in page.text
    assert 'name="text-7"' in page.text
    assert questions(school, quiz) == []


def test_the_same_form_twice_adds_one_question(school, at, quiz):
    office = at("dilnoza-r")
    page = office.get(f"{address(quiz)}?new=long_text")
    sent = {"do": "add", "kind": "long_text", "text": "Once?", "points": "1", **forms(page)["new"]}
    assert [office.post(address(quiz), sent).status_code for _ in range(2)] == [200, 200]
    assert len(questions(school, quiz)) == 1


def test_a_question_that_was_changed_meanwhile_is_not_overwritten(school, at, quiz):
    office = at("dilnoza-r")
    add(office, quiz, "long_text")
    (question,) = questions(school, quiz)
    old = forms(office.get(address(quiz)))[str(question.id)]
    save(office, quiz, question, do="save", text="Theirs?")
    page = office.post(address(quiz), {"do": "save", "text": "Mine?", "points": "1", **old})
    assert page.status_code == 409
    assert ">Mine?</textarea>" in page.text
    assert questions(school, quiz)[0].text == "Theirs?"


def test_a_form_of_another_session_does_nothing(school, at, quiz):
    office = at("dilnoza-r")
    assert office.post(address(quiz), {"do": "add", "kind": "long_text"}, token="wrong").status_code == 403
    assert questions(school, quiz) == []


def test_a_key_is_mended_after_students_began_and_all_are_marked_anew(school, at, attempt):
    office = at("dilnoza-r")
    homework = school.find(Assessment, id=attempt.assessment_id)[0]
    choice, _ = questions(school, homework)
    parts = {"text-1": "Registon town", "text-2": "Registon village"}
    page = save(office, homework, choice, do="save", **parts, text="Another question?", right="1")
    assert page.status_code == 400
    page = save(office, homework, choice, do="regrade", **parts, right="2", is_required="true")
    assert "Saved." in page_text(page), page_text(page)
    assert [row.is_correct for row in school.find(Choice, question_id=choice.id)] == [False, True]


def test_who_may_not_change_questions_does_not_see_the_page(school, at, attempt, quiz):
    for name, status in (("teacher-r", 403), ("malika", 403), ("dilnoza-z", 404)):
        assert at(name).get(address(quiz)).status_code in (status, 404), name
        assert at(name).post(address(quiz), {"do": "add", "kind": "long_text"}).status_code in (403, 404), name
    own = school.find(Assessment, id=attempt.assessment_id)[0]
    assert at("teacher-r").get(address(own)).status_code == 200
    assert "questions" not in at("malika").get(f"/assessment/details/{own.id}").text.split("page-body")[0]


# -- tables --------------------------------------------------------------------------------------------

TABLE = "kind,text,points,answers\nsingle_choice,2 + 2?,5,3 | *4\nlong_text,Why?,10,\n"


def upload(browser, assessment, content, name="questions.csv", **fields):
    path = f"{address(assessment)}/table"
    browser.get(path)
    files = {"file": (name, content.encode(), "text/csv")}
    return browser.post(path, {"do": "check", **fields}, files=files)


def test_a_table_is_tried_and_then_stored_once(school, at, quiz):
    office = at("dilnoza-r")
    page = upload(office, quiz, TABLE)
    assert "Questions to add: 2." in page_text(page), page_text(page)
    assert questions(school, quiz) == []
    hidden = dict(re.findall(r'<input type="hidden" name="(once|name|content)" value="([^"]*)"', page.text))
    for _ in range(2):
        stored = office.post(f"{address(quiz)}/table", {"do": "apply", **hidden})
        assert stored.url.path == f"/admin{address(quiz)}"
    assert [q.text for q in questions(school, quiz)] == ["2 + 2?", "Why?"]
    exported = office.get(f"/assessment/{quiz.id}/questions.csv")
    assert exported.headers["content-disposition"] == f"attachment; filename=questions-{quiz.id}.csv"
    assert "3 | *4" in exported.text
    assert office.get(f"/assessment/{quiz.id}/questions.xlsx").content.startswith(b"PK")
    assert office.get("/assessment/questions-template.csv").status_code == 200


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("kind,text,points\nriddle,What?,1\nlong_text,,1\n", "riddle"), ("kind,text,points\n", "no rows"), ("", "file")],
)
def test_every_error_of_a_table_is_shown_and_nothing_stored(school, at, quiz, content, sentence):
    page = upload(at("dilnoza-r"), quiz, content)
    assert page.status_code == 400
    assert "Nothing was changed" in page_text(page)
    assert questions(school, quiz) == []


def test_tables_are_for_those_who_write_the_questions(school, at, quiz):
    for name in ("malika", "dilnoza-z"):
        assert upload(at(name), quiz, TABLE).status_code in (403, 404)
        assert at(name).get(f"/assessment/{quiz.id}/questions.csv").status_code in (403, 404)
    assert questions(school, quiz) == []


# -- marks ---------------------------------------------------------------------------------------------


def test_answers_are_marked_on_the_sheet_of_an_attempt(school, at, attempt):
    teacher = at("teacher-r")
    waiting = teacher.get("/waiting")
    assert f"/attempt/details/{attempt.id}" in waiting.text
    page = teacher.get(f"/attempt/{attempt.id}/answers")
    assert "Because of Registon" in page.text
    _, essay = sorted(school.find(Answer, attempt_id=attempt.id), key=lambda row: row.position)
    seen = unescape(re.search(r'name="seen" value="([^"]*)"', page.text).group(1))
    other = next(row for row in school.find(Answer, attempt_id=attempt.id) if row.id != essay.id)
    sent = {f"points-{other.id}": "5", f"feedback-{other.id}": "", "seen": seen}
    refused = teacher.post(f"/attempt/{attempt.id}/answers", {**sent, f"points-{essay.id}": "9"})
    assert refused.status_code == 400
    saved = teacher.post(
        f"/attempt/{attempt.id}/answers", {**sent, f"points-{essay.id}": "3", f"feedback-{essay.id}": "More!"}
    )
    assert "Saved." in page_text(saved), page_text(saved)
    (after,) = school.find(Attempt, id=attempt.id)
    assert (after.status, str(after.points)) == ("graded", "8.00")


def test_an_attempt_at_the_work_of_a_colleague_is_seen_and_not_marked(school, at, attempt):
    with school.as_boss() as uow:
        change_row(uow, uow.get(Assessment, attempt.assessment_id), {"teacher_id": None})
    buttons = (f"/attempt/{attempt.id}/answers", f"/attempt/action/grade?pks={attempt.id}")
    row = f"/attempt/details/{attempt.id}"
    for name, is_marker in (("teacher-r", False), ("dilnoza-r", True)):
        page, listed = at(name).get(row), at(name).get("/attempt/list")
        assert (page.status_code, row in listed.text) == (200, True)
        assert [button in page.text for button in buttons] == [is_marker, is_marker]
        assert (buttons[0] in listed.text, row in at(name).get("/waiting").text) == (is_marker, is_marker)
        assert (at(name).get(buttons[0]).status_code == 200) is is_marker


def test_a_whole_attempt_gets_a_score(school, at, attempt):
    teacher = at("teacher-r")
    teacher.post(f"/attempt/action/grade?pks={attempt.id}", {"override": "7", "feedback": "Good"})
    (after,) = school.find(Attempt, id=attempt.id)
    assert (str(after.override), after.feedback) == ("7.00", "Good")


def test_an_assessment_in_numbers(school, at, attempt):
    teacher = at("teacher-r")
    teacher.post(f"/attempt/action/grade?pks={attempt.id}", {"override": "7"})
    page = teacher.get(f"/assessment/{attempt.assessment_id}/analytics")
    assert page.status_code == 200
    assert 'data-figure="attempts">1<' in page.text
    assert 'data-table="right_answers"' in page.text
    assert "100 %" in page_text(page)
    assert at("dilnoza-z").get(f"/assessment/{attempt.assessment_id}/analytics").status_code == 404


@pytest.mark.parametrize("language", ["ar", "fr", "uz", "ru"])
def test_the_pages_speak_every_language(school, at, attempt, language):
    office = at("dilnoza-r")
    for path in ("questions?new=matching&", "preview?", "analytics?"):
        page = office.get(f"/assessment/{attempt.assessment_id}/{path}lang={language}")
        assert page.status_code == 200
        assert not re.search(r"\b(question|chart|figure|link|field)\.\w+", page_text(page))
