"""Whatever a pupil sends as an answer is taken or refused, and brings no more points than there are."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.madrasti.test_homework import BLANKS, MATCH, OPEN, ORDER, SINGLE, TRUE, Work

from educore import where
from educore.assessment import Answer, Assessment, Attempt, Question
from educore_web.apis.madrasti import SPEC
from support.plain_rows import change_row
from support.web.madrasti_classes import Classes
from support.web.madrasti_school import School

ALLOWED = {200, 201, 400, 401, 403, 404, 413, 429}
IDS = st.one_of(st.integers(-2, 12), st.sampled_from([2**31, 2**63, 10**30, True, None, "1", 1.5, "x"]))
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["\0", "\ud800", "x" * 2_001, "Paris", "١٧٨٩", "<script>"]))
PLAIN = st.one_of(IDS, TEXTS, st.floats(), st.booleans(), st.none())
JSON = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=12,
)
LISTS = st.one_of(st.lists(IDS, max_size=5), st.lists(st.lists(IDS, max_size=3), max_size=4), JSON)
CLAIMS = {"score": 30, "manual_score": 30, "status": "graded", "points": 99, "is_best": True}


class Exam(Work):
    """A homework with six questions, which a pupil may begin often."""

    def __init__(self, school: School, classes: Classes) -> None:
        super().__init__(school, classes)
        self.homework = self.set(SINGLE, OPEN, ORDER, MATCH, BLANKS, TRUE)
        self.asked = [question["id"] for question in self.questions(self.teacher, self.homework)]
        with school.site.platform.school.work(school.site.world.rustam) as uow:
            change_row(uow, uow.get(Assessment, self.homework), {"max_attempts": None})

    def send(self, method: str, path: str, body: Any) -> int:
        """Send whatever it is; the answer is one that a pupil may get."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.pupil.token}"}
        wire = self.school.site.wire
        answer = wire.send(method, f"{SPEC.prefix}{SPEC.base}{path}", headers=headers, content=content)
        assert answer.status_code in ALLOWED, f"{method} {path} {content[:300]!r}: {answer.status_code} {answer.text}"
        return int(answer.status_code)

    def check_points(self) -> None:
        """No answer has more points than its question, and no attempt than its questions."""
        with self.school.site.platform.school.work(self.school.site.world.rustam, read_only=True) as uow:
            points = {question.id: question.points for question in uow.find(Question)}
            for answer in uow.find(Answer, where(points__isnull=False)):
                assert Decimal(0) <= (answer.points or Decimal(0)) <= points[answer.question_id]
            for attempt in uow.find(Attempt, where(assessment_id=self.homework)):
                assert Decimal(0) <= (attempt.raw_points or Decimal(0)) <= attempt.max_points
                assert (attempt.override, attempt.graded_by_id) == (None, None)


@pytest.fixture
def exam(school: School, classes: Classes) -> Exam:
    """The homework."""
    return Exam(school, classes)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_whatever_is_answered_is_taken_or_refused(exam: Exam, data: st.DataObject) -> None:
    asked = st.one_of(st.sampled_from(exam.asked), IDS)
    entry = st.fixed_dictionaries(
        {"question": asked},
        optional={
            **dict.fromkeys(("selected_choices", "selected_choice_ids", "pairs", "order", "blanks"), LISTS),
            **dict.fromkeys(("text", "text_answer"), st.one_of(TEXTS, JSON)),
        },
    )
    answers = data.draw(st.one_of(st.lists(st.one_of(entry, JSON), max_size=5), JSON))
    body = {"answers": answers, **data.draw(st.sampled_from([{}, CLAIMS]))}
    submission = exam.start(exam.homework)
    method, end = data.draw(st.sampled_from([("PATCH", ""), ("PUT", ""), ("POST", "submit/")]))
    exam.send(method, f"/homework/submissions/{submission}/{end}", body)
    exam.send("POST", "/homework/submissions/", {"homework": data.draw(asked), "answers": answers, **CLAIMS})
    exam.check_points()


def test_what_is_malformed_or_too_much_is_refused(exam: Exam) -> None:
    submission, first = exam.start(exam.homework), exam.asked[0]
    path = f"/homework/submissions/{submission}/"
    order = exam.asked[2]
    bad: list[Any] = [
        b'{"answers": [NaN]}',
        b'{"answers": ' + b"[" * 500 + b"]" * 500 + b"}",
        b"{",
        {"answers": [{"question": first, "selected_choices": [2]}] * 2},
        {"answers": [{"question": first, "selected_choices": [2, 3]}]},
        {"answers": [{"question": first, "selected_choices": [9]}]},
        {"answers": [{"question": first, "selected_choices": "2"}]},
        {"answers": [{"question": first, "text": "quatre"}]},
        {"answers": [{"question": first + 1_000, "selected_choices": [2]}]},
        {"answers": [{"question": first, "selected_choices": list(range(1, 10_001))}]},
        {"answers": [{"question": first}] * 10_000},
        {"answers": [{"question": order, "order": [1, 2]}]},
        {"answers": [{"question": order, "order": [1, 1, 2]}]},
        {"answers": [{"question": exam.asked[1], "text": "x" * 2_001}]},
    ]
    for body in bad:
        assert exam.send("PATCH", path, body) in (400, 413), body
        assert exam.send("POST", f"{path}submit/", body) in (400, 413), body
    shown = exam.pupil.get(path).body
    assert shown["status"] == "draft"
    assert not any(answer["selected_choices"] or answer["order"] or answer["text"] for answer in shown["answers"])


def test_an_answer_after_the_hand_in_or_to_somebody_elses_submission_is_refused(exam: Exam) -> None:
    submission = exam.start(exam.homework)
    path = f"/homework/submissions/{submission}/"
    assert exam.pupil.post(f"{path}submit/").status == 200
    late = {"answers": [{"question": exam.asked[0], "selected_choices": [2]}]}
    assert exam.send("PATCH", path, late) == 400
    assert exam.send("POST", f"{path}submit/", late) == 400
    stranger = exam.school.caller("shirin")
    assert [stranger.send("PATCH", path, late).status, stranger.post(f"{path}submit/").status] == [404, 404]
    exam.check_points()
