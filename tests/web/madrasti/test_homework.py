"""Homework over Madrasti: set, answered, handed in and graded, as teachers, students and parents see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from educore.courses import Course
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import Caller, School

DUE = "2024-01-08T18:00:00Z"
CHOICES = [{"text": "3"}, {"text": "4", "is_correct": True}, {"text": "5"}]
SINGLE = {"question_type": "QCM_SINGLE", "question_text": "2 + 2 ?", "points": 5, "order": 1, "choices": CHOICES}
OPEN = {"question_type": "OPEN_SHORT", "question_text": "Pourquoi ?", "points": 5, "order": 2}
ORDER = {
    "question_type": "ORDERING",
    "question_text": "Rangez",
    "points": 5,
    "order": 3,
    "items_to_order": ["un", "deux", "trois"],
    "correct_order": [3, 1, 2],
}
MATCH = {
    "question_type": "MATCHING",
    "question_text": "Reliez",
    "points": 5,
    "order": 4,
    "left_items": ["1", "2"],
    "right_items": ["two", "three", "one"],
    "correct_pairs": [[1, 3], [2, 1]],
}
BLANKS = {
    "question_type": "FILL_BLANK",
    "question_text": "__ en __",
    "points": 5,
    "order": 5,
    "correct_answers": [["Paris"], ["1789", "MDCCLXXXIX"]],
}
TRUE = {"question_type": "TRUE_FALSE", "question_text": "Vrai ?", "points": 5, "order": 6, "correct_answers": [True]}


class Work:
    """The homework of the first class, and its people."""

    def __init__(self, school: School, classes: Classes) -> None:
        self.school, self.classes = school, classes
        self.teacher, self.pupil = school.caller("timur"), school.caller("sardor")
        with school.site.platform.school.work(school.site.world.dilshod) as uow:
            self.course = uow.find(Course, limit=1)[0].id

    def body(self, **fields: Any) -> dict[str, Any]:
        """A homework for class A."""
        about = {"subject": self.course, "grade": self.classes.grade, "classes": [self.classes.a], "due_date": DUE}
        return {"title": "Devoir", "homework_type": "MIXED", **about, **fields}

    def set(self, *questions: dict[str, Any], publish: bool = True, **fields: Any) -> int:
        """Set a homework with questions; return its id."""
        homework = self.teacher.post("/homework/homework/", self.body(**fields))
        assert homework.status == 201, homework.body
        for question in questions:
            made = self.teacher.post("/homework/questions/", {"homework": homework["id"], **question})
            assert made.status == 201, made.body
        if publish:
            assert self.teacher.post(f"/homework/homework/{homework['id']}/publish/")["is_published"]
        id: int = homework["id"]
        return id

    def questions(self, caller: Caller, homework: int) -> list[dict[str, Any]]:
        """The questions of a homework as somebody sees them."""
        found: list[dict[str, Any]] = caller.get(f"/homework/questions/?homework={homework}")["results"]
        return found

    def start(self, homework: int) -> int:
        """Begin, or go on."""
        id: int = self.pupil.post("/homework/submissions/", {"homework": homework})["id"]
        return id


@pytest.fixture
def work(school: School, classes: Classes) -> Work:
    """The class with its homework."""
    return Work(school, classes)


def test_a_teacher_sets_homework_and_reads_what_was_set(work: Work) -> None:
    made = work.teacher.post("/homework/homework/", work.body(time_limit=45, passing_score=60.5, late_penalty=15))
    assert made.status == 201
    shown = work.teacher.get(f"/homework/homework/{made['id']}/").body
    assert (shown["questions"], shown["student_submission"]) == ([], None)
    assert {name: shown[name] for name in made.body} == made.body
    assert (made["classes"], made["max_attempts"], made["passing_score"]) == ([work.classes.a], 1, 60.5)
    assert (made["auto_grade"], made["total_points"], made["average_score"]) == (False, 0, None)


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({"due_date": "2023-12-31T10:00:00Z"}, {"due_date": ["Due date must be in the future."]}),
        ({"due_date": "tomorrow"}, {"due_date": ["Invalid date format."]}),
        ({"time_limit": 4}, {"time_limit": ["Must be between 5 and 300 minutes."]}),
        ({"homework_type": "ORAL"}, {"homework_type": ["Must be one of: QCM, BOOK, OPEN, MIXED."]}),
        ({"title": None}, {"title": ["This field is required."]}),
        ({"is_published": True}, {"is_published": ["There are no questions yet; add one first."]}),
    ],
)
def test_what_a_homework_cannot_be_is_said_in_the_words_of_the_document(
    work: Work, fields: dict[str, Any], details: dict[str, Any]
) -> None:
    answer = work.teacher.post("/homework/homework/", work.body(**fields))
    assert (answer.status, answer.details) == (400, details)


def test_questions_keep_their_parts_and_come_back_as_they_were_sent(work: Work) -> None:
    id = work.set(SINGLE, OPEN, ORDER, MATCH, BLANKS, TRUE, publish=False)
    shown = work.questions(work.teacher, id)
    for sent, question in zip((SINGLE, OPEN, ORDER, MATCH, BLANKS, TRUE), shown, strict=True):
        kept = {name: question[name] for name in sent if name not in ("choices", "correct_answers")}
        assert kept == {name: value for name, value in sent.items() if name in kept}
        again = work.teacher.send("PUT", f"/homework/questions/{question['id']}/", question)
        assert (again.status, again.body) == (200, question)
    single, *_, blanks, true = shown
    assert single["correct_choices"] == [2]
    assert blanks["correct_answers"] == [["Paris"], ["1789", "MDCCLXXXIX"]]
    assert (true["choices"][0]["text"], true["correct_choices"]) == ("True", [1])


def test_the_flag_that_changes_counts(work: Work) -> None:
    (question,) = work.questions(work.teacher, work.set(SINGLE, publish=False))
    path = f"/homework/questions/{question['id']}/"
    assert work.teacher.send("PUT", path, question | {"correct_choices": [3]})["correct_choices"] == [3]
    flags = [choice | {"is_correct": choice["id"] == 1} for choice in question["choices"]]
    assert work.teacher.send("PATCH", path, {"choices": flags})["correct_choices"] == [1]
    both = work.teacher.send("PATCH", path, {"choices": question["choices"], "correct_choices": [3]})
    assert (both.status, set(both.details)) == (400, {"correct_choices"})


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"choices": [{"text": "1", "is_correct": True}]}, "choices"),
        ({"choices": CHOICES[:1] * 2}, "choices"),
        ({"correct_choices": [9], "choices": [{"text": "1"}, {"text": "2"}]}, "correct_choices"),
        ({"points": 0}, "points"),
        (ORDER | {"correct_order": [1, 1, 2]}, "correct_order"),
        (MATCH | {"correct_pairs": [[1, 3]]}, "correct_pairs"),
        (MATCH | {"correct_pairs": [[1, 3], [2, 7]]}, "correct_pairs"),
        (BLANKS | {"correct_answers": []}, "correct_answers"),
        (BLANKS | {"correct_answers": [{"a": 1}]}, "correct_answers"),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused_on_its_field(
    work: Work, question: dict[str, Any], field: str
) -> None:
    id = work.set(publish=False)
    answer = work.teacher.post("/homework/questions/", {"homework": id, **SINGLE, **question})
    assert (answer.status, set(answer.details)) == (400, {field})


def test_the_type_of_homework_says_which_questions_it_takes(work: Work) -> None:
    id = work.set(SINGLE, publish=False, homework_type="QCM")
    refused = work.teacher.post("/homework/questions/", {"homework": id, **OPEN})
    assert refused.details == {"question_type": ["Must be one of: QCM_SINGLE, QCM_MULTIPLE, TRUE_FALSE."]}
    changed = work.teacher.send("PATCH", f"/homework/homework/{id}/", {"homework_type": "OPEN"})
    assert (changed.status, set(changed.details)) == (400, {"homework_type"})


def test_a_pupil_answers_in_their_own_columns(work: Work) -> None:
    id = work.set(SINGLE, ORDER, MATCH, BLANKS, TRUE)
    submission = work.start(id)
    single, order, match, blanks, true = work.pupil.get(f"/homework/homework/{id}/")["questions"]
    pairs = [
        [1 + match["left_items"].index(left), 1 + match["right_items"].index(right)]
        for left, right in (("1", "one"), ("2", "two"))
    ]
    answers = [
        {"question": single["id"], "selected_choice_ids": [2], "text_answer": ""},
        {"question": order["id"], "order": [1 + order["items_to_order"].index(n) for n in ("trois", "un", "deux")]},
        {"question": match["id"], "pairs": pairs},
        {"question": blanks["id"], "blanks": [" paris ", "mdcclxxxix"]},
        {"question": true["id"], "selected_choices": [1]},
    ]
    saved = work.pupil.send("PATCH", f"/homework/submissions/{submission}/", {"answers": answers})
    assert (saved.status, saved["status"], saved["score"]) == (200, "draft", None)
    assert work.pupil.send("PUT", f"/homework/submissions/{submission}/", saved.body).body == saved.body
    done = work.pupil.post(f"/homework/submissions/{submission}/submit/")
    assert (done["score"], done["score_percentage"], done["correct_answers"]) == (25.0, 100.0, 5)
    seen = work.teacher.get(f"/homework/submissions/{submission}/").body
    assert [answer["is_correct"] for answer in seen["answers"]] == [True] * 5
    assert seen["answers"][1]["order"] == [3, 1, 2], "a teacher reads it in the order of the question"


def test_an_open_submission_is_given_again_and_handed_in_once(work: Work) -> None:
    id = work.set(TRUE)
    first = work.pupil.post(f"/homework/submissions/{id}/start/")
    again = work.pupil.post("/homework/submissions/", {"homework": id})
    assert (first.status, again.status, first["id"]) == (201, 200, again["id"])
    path = f"/homework/submissions/{first['id']}/submit/"
    assert [work.pupil.post(path).status for _ in range(2)] == [200, 400]
    assert work.pupil.post("/homework/submissions/", {"homework": id}).status == 400, "one attempt, and it is used"


def test_an_open_question_waits_for_the_teacher(work: Work) -> None:
    id = work.set(SINGLE, OPEN)
    submission = work.start(id)
    single, text = work.questions(work.pupil, id)
    answers = [{"question": single["id"], "selected_choices": [2]}, {"question": text["id"], "text": "Parce que"}]
    done = work.pupil.post(f"/homework/submissions/{submission}/submit/", {"answers": answers})
    assert (done["status"], done["score"], done["auto_graded"]) == ("submitted", None, False)
    grade = {"manual_score": 8.5, "teacher_feedback": "Bien", "status": "graded"}
    graded = work.teacher.post(f"/homework/submissions/{submission}/grade/", grade)
    assert (graded["status"], graded["manual_score"], graded["score_percentage"]) == ("graded", 8.5, 85.0)
    seen = work.pupil.get(f"/homework/submissions/{submission}/").body
    assert (seen["feedback"], seen["graded_by"]) == ("Bien", graded["graded_by"])
    too_much = work.teacher.post(f"/homework/submissions/{submission}/grade/", {"manual_score": 11})
    assert set(too_much.details) == {"manual_score"}


def test_a_short_answer_is_short(work: Work) -> None:
    id = work.set(OPEN)
    submission = work.start(id)
    (question,) = work.questions(work.pupil, id)
    answers = [{"question": question["id"], "text": "x" * 201}]
    refused = work.pupil.post(f"/homework/submissions/{submission}/submit/", {"answers": answers})
    assert refused.status == 400
    assert refused.details == {"answers": [{"text": ["Write at most 200 characters."]}]}


def test_a_duplicate_is_a_draft_with_the_same_questions(work: Work) -> None:
    id = work.set(SINGLE, ORDER)
    copy = work.teacher.post(f"/homework/homework/{id}/duplicate/")
    assert (copy.status, copy["title"], copy["is_published"]) == (201, "Devoir (copy)", False)
    assert (copy["questions_count"], copy["total_points"]) == (2, 10)


def test_what_was_begun_stays_published_and_as_it_was_seen(work: Work) -> None:
    id = work.set(SINGLE)
    work.start(id)
    (question,) = work.questions(work.teacher, id)
    assert work.teacher.post(f"/homework/homework/{id}/unpublish/").status == 400
    hidden = work.teacher.send("PATCH", f"/homework/homework/{id}/", {"is_published": False})
    assert set(hidden.details) == {"is_published"}
    changed = work.teacher.send("PATCH", f"/homework/questions/{question['id']}/", {"points": 7})
    assert changed.status == 400
    assert work.teacher.post("/homework/questions/", {"homework": id, **OPEN}).status == 400


def test_archived_homework_is_found_by_its_status_and_comes_back(work: Work) -> None:
    id = work.set(SINGLE, publish=False)
    assert work.teacher.send("DELETE", f"/homework/homework/{id}/")["deleted"]
    listed = {
        status: work.teacher.get(f"/homework/homework/?status={status}").body["count"]
        for status in ("draft", "published", "ARCHIVED")
    }
    assert listed == {"draft": 0, "published": 0, "ARCHIVED": 1}
    assert work.teacher.post(f"/homework/homework/{id}/restore/").status == 200


def test_late_work_loses_its_penalty(work: Work) -> None:
    id = work.set(TRUE, SINGLE, allow_late_submission=True, late_penalty=15)
    submission = work.start(id)
    single, true = work.questions(work.pupil, id)
    work.school.site.clock.advance(seconds=int(timedelta(days=8).total_seconds()))
    pupil = work.school.caller("sardor")
    answers = [{"question": single["id"], "selected_choices": [2]}, {"question": true["id"], "selected_choices": [1]}]
    done = pupil.post(f"/homework/submissions/{submission}/submit/", {"answers": answers})
    assert (done["score"], done["points_earned"], done["score_percentage"]) == (8.5, 10.0, 85.0)
    assert pupil.get(f"/homework/submissions/{submission}/")["is_late"]


def test_many_submissions_are_graded_each_on_its_own(work: Work) -> None:
    id = work.set(SINGLE, OPEN, max_attempts=2)
    first = work.start(id)
    work.pupil.post(f"/homework/submissions/{first}/submit/")
    draft = work.start(id)
    grades = [
        {"submission": first, "manual_score": 8, "feedback": "Bien"},
        {"submission": draft, "manual_score": 8},
        {"submission": 999, "manual_score": 8},
        {"submission": first, "manual_score": 9},
    ]
    answer = work.teacher.post(f"/homework/homework/{id}/bulk_grade/", {"grades": grades})
    assert (answer["graded_count"], answer["failed_count"]) == (1, 3)
    assert [error["index"] for error in answer["errors"]] == [1, 2, 3]
    assert work.teacher.get(f"/homework/submissions/{first}/")["manual_score"] == 8
    assert work.pupil.post(f"/homework/homework/{id}/bulk_grade/", {"grades": grades}).status == 403


def test_the_analysis_counts_the_best_submissions(work: Work) -> None:
    id = work.set(SINGLE, TRUE, max_attempts=2)
    empty = work.teacher.get(f"/homework/homework/{id}/analytics/").body
    assert (empty["submitted_count"], empty["average_score"], empty["submission_timeline"]) == (0, None, [])
    single, true = (question["id"] for question in work.questions(work.teacher, id))
    for chosen in (1, 2):
        submission = work.start(id)
        work.school.site.clock.advance(minutes=1)
        answers = [{"question": single, "selected_choices": [3]}, {"question": true, "selected_choices": [chosen]}]
        assert work.pupil.post(f"/homework/submissions/{submission}/submit/", {"answers": answers}).status == 200
    found = work.teacher.get(f"/homework/homework/{id}/analytics/").body
    assert (found["total_students"], found["submitted_count"], found["completion_rate"]) == (1, 1, 100.0)
    assert (found["average_score"], found["median_score"], found["failing_scores"]) == (50.0, 50.0, 0)
    assert found["submission_timeline"] == [{"date": "2024-01-01", "count": 1}]
    assert found["time_statistics"]["average_time"] == 60
    wrong, right = found["question_analytics"]
    assert (wrong["correct_rate"], wrong["most_common_mistake"]) == (0.0, "Selected option C instead of B")
    assert (right["correct_rate"], right["most_common_mistake"]) == (100.0, None)
    assert work.pupil.get(f"/homework/homework/{id}/analytics/").status == 403
