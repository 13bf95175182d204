"""Exams, and what students reached in them."""

from __future__ import annotations

from typing import Any

import pytest

from support.web.classroom import PDF, TODAY, Classroom, assert_refused
from support.web.client import HOST, ApiResponse
from support.web.recipes import documented_keys


@pytest.fixture
def exam(here: Classroom) -> int:
    """An exam that began this morning."""
    return int(here.set_exam()["id"])


def _enter(here: Classroom, exam: Any, name: str = "sardor", who: str = "timur", **more: Any) -> ApiResponse:
    body = {"exam": exam, "student": here.student(name)} | more
    return here.site.client(who).post("/exam-results/", body)


def _upload(here: Classroom, exam: int, name: str = "sardor", **form: Any) -> ApiResponse:
    parts = {key: (None, str(value)) for key, value in {"exam": exam, **form}.items()}
    return here.site.client(name).send("POST", "/exam-results/", files=parts | {"answer_file": ("a.pdf", PDF)})


def test_an_exam_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    answer = here.timur.post("/exams/", here.exam(exam_date="2024-02-15")).expect(201)
    assert documented_keys("exams.create", answer.body) == {
        "id": answer["id"],
        "group": here.town.morning.id,
        "group_name": "Morning",
        "teacher": here.teacher("timur"),
        "teacher_name": "Timur Timurov",
        "title": "Final English Test",
        "description": "Final examination for the course",
        "exam_date": "2024-02-15",
        "start_time": "09:00:00",
        "end_time": "11:00:00",
        "total_points": 100,
        "passing_score": 60,
        "results_count": 0,
        "created_at": "2024-01-01T10:00:00Z",
    }
    assert here.sardor.get(f"/exams/{answer['id']}/").body == answer.body


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end_time": "09:00:00"}, "end_time"),
        ({"end_time": "08:00:00"}, "end_time"),
        ({"total_points": 0, "passing_score": 0}, "total_points"),
        ({"total_points": -5, "passing_score": 0}, "total_points"),
        ({"total_points": 10**30}, "total_points"),
        ({"total_points": 99.5}, "total_points"),
        ({"passing_score": 101}, "passing_score"),
        ({"passing_score": -1}, "passing_score"),
        ({"passing_score": "x"}, "passing_score"),
        ({"exam_date": "2024-02-30"}, "exam_date"),
        ({"start_time": "9 o'clock"}, "start_time"),
        ({"title": ""}, "title"),
        ({"teacher": 987654321}, "teacher"),
        ({"group": 987654321}, "group"),
    ],
)
def test_what_makes_no_exam_is_refused_on_its_field(change: dict[str, Any], field: str, here: Classroom) -> None:
    assert_refused(here.timur.post("/exams/", here.exam(**change)), field)  # C72
    assert here.site.changed() == []


def test_a_teacher_plans_exams_of_the_own_groups_in_the_own_name(here: Classroom, exam: int) -> None:
    assert_refused(here.timur.post("/exams/", here.exam(teacher=here.teacher("tamara"))), "teacher")  # C67
    assert_refused(here.timur.post("/exams/", here.exam(group=here.town.evening.id)), "group")
    assert_refused(here.timur.patch(f"/exams/{exam}/", {"teacher": here.teacher("tamara")}), "teacher")
    assert here.tamara.patch(f"/exams/{exam}/", {"title": "Mine"}).status == 404
    for who in ("malika", "aziza", "sardor"):
        assert here.site.client(who).post("/exams/", here.exam()).status == 403
        assert here.site.client(who).delete(f"/exams/{exam}/").status == 403


def test_exams_come_by_day_and_time(here: Classroom) -> None:
    for day, start in (("2024-03-01", "09:00:00"), ("2024-02-01", "10:00:00"), ("2024-02-01", "08:00:00")):
        here.set_exam(exam_date=day, start_time=start, end_time="12:00:00")
    rows = here.sevara.get("/exams/", exam_date_from="2024-01-02").results
    assert [(row["exam_date"], row["start_time"]) for row in rows] == [
        ("2024-02-01", "08:00:00"),
        ("2024-02-01", "10:00:00"),
        ("2024-03-01", "09:00:00"),
    ]  # C25
    assert here.sevara.get("/exams/", exam_date_from="2024-02-02")["count"] == 1
    assert here.shirin.get("/exams/")["count"] == here.tamara.get("/exams/")["count"] == 0


# -- results -------------------------------------------------------------------------------------------


def test_a_result_is_shown_as_the_document_prints_it(here: Classroom, exam: int) -> None:
    parts = {"exam": exam, "student": here.student("sardor"), "score": 85, "grade": "A"}
    files: dict[str, Any] = {key: (None, str(value)) for key, value in parts.items()}
    answer = here.timur.send("POST", "/exam-results/", files=files | {"answer_file": ("a.pdf", PDF)}).expect(201)
    shown = documented_keys("exam_results.create", answer.body)
    assert here.site.wire.send("GET", shown.pop("answer_file").removeprefix(HOST)).content == PDF
    assert shown == {
        "id": answer["id"],
        "exam": exam,
        "exam_title": "Final English Test",
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "score": 85,
        "grade": "A",
        "submitted_at": "2024-01-01T10:00:00Z",
    }
    assert here.timur.get(f"/exams/{exam}/")["results_count"] == 1


@pytest.mark.parametrize(
    ("score", "letter"),
    [(100, "A"), (85, "A"), (84.99, "B"), (70, "B"), (60, "C"), (50, "D"), (49.99, "F"), (0, "F"), ("62.5", "C")],
)
def test_a_score_brings_its_letter(score: Any, letter: str, here: Classroom, exam: int) -> None:
    answer = _enter(here, exam, score=score).expect(201)
    assert (answer["score"], answer["grade"]) == (float(score), letter)  # C69


def test_a_letter_the_teacher_types_wins_until_it_is_taken_away(here: Classroom, exam: int) -> None:
    result = _enter(here, exam, score=40, grade="B").expect(201)
    assert result["grade"] == "B"
    path = f"/exam-results/{result['id']}/"
    assert here.timur.patch(path, {"grade": None}).expect(200)["grade"] == "F"
    assert here.timur.patch(path, {"grade": "D"}).expect(200)["score"] == 40
    assert here.timur.patch(path, {"score": 90}).expect(200)["grade"] == "A"
    again = here.timur.patch(path, {"score": None}).expect(200)
    assert (again["score"], again["grade"]) == (None, None)


@pytest.mark.parametrize("score", [100.01, 101, -1, -0.01, 10**30, "NaN", "Infinity", "A", True, [], {}, 5.555])
def test_scores_lie_between_nothing_and_the_total(score: Any, here: Classroom, exam: int) -> None:
    assert_refused(_enter(here, exam, score=score), "score")  # C71
    result = _enter(here, exam, score=50).expect(201)
    assert_refused(here.timur.patch(f"/exam-results/{result['id']}/", {"score": score}), "score")
    assert here.timur.get(f"/exam-results/{result['id']}/")["score"] == 50


@pytest.mark.parametrize("grade", ["E", "a", "A+", "", 5, True, []])
def test_other_letters_are_refused(grade: Any, here: Classroom, exam: int) -> None:
    if grade != "":
        assert_refused(_enter(here, exam, grade=grade), "grade")
        assert here.new("exam-results") == []
    else:
        assert _enter(here, exam, grade=grade, score=90).expect(201)["grade"] == "A"


def test_a_student_hands_in_answers_and_the_teacher_grades_them(here: Classroom, exam: int) -> None:
    answers = _upload(here, exam).expect(201)
    assert (answers["student"], answers["score"], answers["grade"]) == (here.student("sardor"), None, None)  # C70
    assert here.site.wire.send("GET", answers["answer_file"].removeprefix(HOST)).content == PDF
    graded = here.timur.patch(f"/exam-results/{answers['id']}/", {"score": 85}).expect(200)
    assert (graded["score"], graded["grade"], graded["submitted_at"]) == (85, "A", answers["submitted_at"])
    assert graded["answer_file"] is not None


@pytest.mark.parametrize("form", [{"score": 100}, {"grade": "A"}, {"score": 0, "grade": "F"}])
def test_a_student_who_sends_a_score_or_a_letter_gets_403(form: dict[str, Any], here: Classroom, exam: int) -> None:
    assert _upload(here, exam, **form).status == 403  # C70
    assert here.sardor.post("/exam-results/", {"exam": exam, **form}).status == 403
    assert here.new("exam-results") == []
    assert list(here.site.platform.settings.files.rglob("*.pdf")) == []


def test_a_student_changes_no_result(here: Classroom, exam: int) -> None:
    answers = _upload(here, exam)["id"]
    for answer in (
        here.sardor.patch(f"/exam-results/{answers}/", {"score": 100}),
        here.sardor.put(f"/exam-results/{answers}/", {"exam": exam}),
        here.sardor.delete(f"/exam-results/{answers}/"),
        here.malika.patch(f"/exam-results/{answers}/", {"score": 100}),
    ):
        assert answer.status == 403
    assert here.tamara.patch(f"/exam-results/{answers}/", {"score": 100}).status == 404


def test_nobody_hands_in_before_the_exam_starts(here: Classroom) -> None:
    later = here.set_exam(start_time="15:00:01", end_time="16:00:00")["id"]  # it is 15:00:00 in Tashkent
    assert_refused(_upload(here, later), "exam", "not started", TODAY)  # C71
    here.site.clock.advance(minutes=1)
    _upload(here, later).expect(201)


def test_one_result_for_each_student(here: Classroom, exam: int) -> None:
    _upload(here, exam).expect(201)
    assert_refused(_upload(here, exam), "student")  # C71
    assert_refused(_enter(here, exam, score=50), "student")
    _enter(here, exam, "sevara", score=50).expect(201)


@pytest.mark.parametrize("name", ["shirin", "sobir"])
def test_results_are_of_the_exams_group(name: str, here: Classroom, exam: int) -> None:
    assert_refused(_enter(here, exam, name, score=50), "student", "not in this group")
    assert_refused(_upload(here, exam, name), "exam", "exists here")
    assert_refused(_upload(here, exam, "sardor", student=here.student(name)), "student", "Only yourself")
    assert_refused(here.timur.post("/exam-results/", {"exam": exam, "score": 50}), "student", "required")
    assert_refused(_enter(here, 987654321, score=50), "exam")


def test_the_total_cannot_fall_below_a_score(here: Classroom, exam: int) -> None:
    _enter(here, exam, score=85.5).expect(201)
    change = {"total_points": 85, "passing_score": 50}
    assert_refused(here.timur.patch(f"/exams/{exam}/", change), "total_points", "85.5")  # C72
    assert here.timur.get(f"/exams/{exam}/")["total_points"] == 100
    here.timur.patch(f"/exams/{exam}/", change | {"total_points": 86}).expect(200)


def test_everybody_sees_the_results_that_concern_them(here: Classroom, exam: int) -> None:
    mine, hers = (_enter(here, exam, name, score=70).expect(201) for name in ("sardor", "sevara"))
    assert here.timur.get(f"/exams/{exam}/results/").body == [mine.body, hers.body]
    assert here.sardor.get(f"/exams/{exam}/results/").body == [mine.body]
    assert here.sardor.get("/exam-results/", exam=exam).ids == [mine["id"]]  # C15
    assert here.sardor.get(f"/exam-results/{hers['id']}/").status == 404
    assert here.timur.get("/exam-results/", exam=exam, grade="B", student=here.student("sevara")).ids == [hers["id"]]
    for who in ("tamara", "shirin", "davron"):
        assert here.site.client(who).get(f"/exams/{exam}/results/").status == 404
        assert here.site.client(who).get("/exam-results/", exam=exam)["count"] == 0


def test_an_exam_with_results_stays(here: Classroom, exam: int) -> None:
    result = _enter(here, exam, score=70)["id"]
    assert here.timur.delete(f"/exams/{exam}/").status == 400  # C34
    here.timur.delete(f"/exam-results/{result}/").expect(204)
    here.timur.delete(f"/exams/{exam}/").expect(204)
