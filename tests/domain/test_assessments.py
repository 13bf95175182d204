"""Assessments of a school: set, answered, marked and shown, in every store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Ports, where
from educore.assessment import (
    Answer,
    Assessment,
    Attempt,
    AttemptStatus,
    AttemptSubmitted,
    Audience,
    Choice,
    Question,
    QuestionKind,
    ShowsScore,
    change_question,
    duplicate_assessment,
    grade_answer,
    grade_attempt,
    paper_of,
    result_of,
    retire_question,
    save_answers,
    start_attempt,
    submit_attempt,
    unpublish_assessment,
)
from educore.assessment.attempt_grading import publish_due_scores
from educore.assessment.attempts import submit_overdue
from educore.kernel.policy import PLATFORM
from educore.kernel.store import Store
from support.cast import World
from support.homework import BY_HAND, BY_MACHINE, DUE, KINDS, NOW, QUESTIONS, begin, do, hand_in, homework, paper, right
from support.school_cast import School, create_school


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school on a Monday of November 2024; Yasmine is in class A, which Tarik leads."""
    school = create_school(platform, world.rustam)
    clock.time = NOW
    return school


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_answer_to_each_kind_gets_its_points(platform: Educore, school: School, kind: QuestionKind) -> None:
    assessment = homework(platform, school, kind)
    assert assessment.total_points == 5
    attempt = hand_in(platform, school, assessment)
    waits = kind in BY_HAND
    assert (attempt.status, attempt.points) == ((AttemptStatus.SUBMITTED, None) if waits else ("graded", 5))
    assert (attempt.percent, attempt.auto_graded, attempt.is_best) == (
        (None, False, False) if waits else (100, True, True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_tells_nothing_of_the_key_and_a_result_tells_all(
    platform: Educore, school: School, kind: QuestionKind
) -> None:
    assessment = homework(platform, school, kind, max_attempts=1)
    for _ in range(2):  # before the attempt, and in it
        (question,) = paper(platform, school, assessment).questions
        assert question.key is None
        attempt = begin(platform, school, assessment)
    answer = right(question)
    do(platform, school.student, submit_attempt, attempt, answers=[answer])
    (shown,) = do(platform, school.student, result_of, attempt).questions
    del answer["question_id"]
    assert shown.answer == answer
    if kind not in BY_HAND:
        assert (shown.points, shown.is_correct) == (5, True)
    assert shown.key is not None
    if kind is KINDS.FILL_BLANKS:
        assert shown.key.content == {"blanks": [["Paris"], ["1789"]]}
    elif kind not in BY_HAND:
        (name,) = answer
        assert (
            sorted(map(str, shown.key.content[name])) == sorted(map(str, answer[name]))
            if isinstance(answer[name], list)
            else shown.key.content == answer
        )


def test_students_and_parents_read_no_questions_choices_and_answers(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, *KINDS)
    begin(platform, school, assessment)
    for who in (school.student, school.parent, school.newcomer):
        with platform.work(who, read_only=True) as uow:
            assert [uow.count(kind) for kind in (Question, Choice, Answer)] == [0, 0, 0]
    with platform.work(school.teacher, read_only=True) as uow:
        assert all(uow.count(kind) for kind in (Question, Choice, Answer))
    with platform.work(school.second_teacher, read_only=True) as uow:
        assert not any(uow.count(kind) for kind in (Question, Choice, Answer))


def test_only_the_students_of_the_class_see_published_homework(platform: Educore, school: School) -> None:
    hidden = homework(platform, school, KINDS.TRUE_FALSE, is_published=False)
    shown = homework(platform, school, KINDS.TRUE_FALSE)
    seen = {}
    for name in ("student", "newcomer", "parent", "second_parent", "teacher", "second_teacher", "staff"):
        with platform.work(getattr(school, name), read_only=True) as uow:
            seen[name] = {row.id for row in uow.find(Assessment)}
    both = {hidden.id, shown.id}
    assert seen.pop("student") == seen.pop("parent") == {shown.id}
    assert seen.pop("teacher") == seen.pop("staff") == both
    assert set(map(frozenset, seen.values())) == {frozenset()}
    with pytest.raises(Invalid):
        do(platform, school.newcomer, start_attempt, assessment_id=shown.id)
    with pytest.raises(NotFound):
        do(platform, school.newcomer, paper_of, shown)


def test_an_open_attempt_is_given_again_and_attempts_are_counted(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, max_attempts=2)
    first, again = begin(platform, school, assessment), begin(platform, school, assessment)
    assert (first.number, again) == (1, first)
    hand_in(platform, school, assessment, leave_out=1)
    best = hand_in(platform, school, assessment)
    assert (best.number, best.is_best) == (2, True)
    with pytest.raises(Conflict) as refused:
        begin(platform, school, assessment)
    assert refused.value.fields["assessment_id"][0].code == "attempts_used"
    with platform.work(school.teacher, read_only=True) as uow:
        assert [(a.number, a.percent, a.is_best) for a in uow.find(Attempt, order=("number",))] == [
            (1, 0, False),
            (2, 100, True),
        ]


def test_late_work_loses_its_penalty(platform: Educore, school: School, clock: FixedClock) -> None:
    assessment = homework(platform, school, *BY_MACHINE, takes_late=True, late_penalty=Decimal(15))
    clock.time = DUE + timedelta(hours=1)
    attempt = hand_in(platform, school, assessment)
    assert (attempt.is_late, attempt.raw_points, attempt.points, attempt.percent) == (True, 30, Decimal("25.5"), 85)


def test_answers_after_the_time_are_left_out_and_what_was_saved_is_handed_in(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, KINDS.SINGLE_CHOICE, minutes=30)
    attempt = begin(platform, school, assessment)
    assert attempt.deadline == NOW + timedelta(minutes=30)
    first, second = (right(question) for question in paper(platform, school, assessment).questions)
    do(platform, school.student, save_answers, attempt, answers=[first])
    clock.time = NOW + timedelta(minutes=31, seconds=1)
    submitted = do(platform, school.student, submit_attempt, attempt, answers=[second])
    assert (submitted.raw_points, submitted.seconds, submitted.status) == (5, 1_800, AttemptStatus.GRADED)


def test_open_attempts_are_handed_in_when_their_time_is_over(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, minutes=30)
    attempt = begin(platform, school, assessment)
    (question,) = paper(platform, school, assessment).questions
    do(platform, school.student, save_answers, attempt, answers=[right(question)])
    clock.time = NOW + timedelta(minutes=30, seconds=59)
    assert do(platform, PLATFORM, submit_overdue) == 0
    clock.time = NOW + timedelta(minutes=31)
    assert do(platform, PLATFORM, submit_overdue) == 1
    assert do(platform, PLATFORM, submit_overdue) == 0
    with platform.work(school.student, read_only=True) as uow:
        assert uow.get(Attempt, attempt.id).percent == 100


def test_texts_wait_for_a_person_whose_points_complete_the_score(
    platform: Educore, school: School, events: list[object]
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, KINDS.LONG_TEXT)
    attempt = hand_in(platform, school, assessment)
    assert (attempt.status, attempt.raw_points, attempt.points) == (AttemptStatus.SUBMITTED, 5, None)
    assert [event for event in events if isinstance(event, AttemptSubmitted)] != []
    with platform.work(school.teacher) as uow:
        (waiting,) = uow.find(Answer, where(points__isnull=True))
        with pytest.raises(Invalid):
            grade_answer(uow, waiting, points=Decimal("5.5"))
    graded = do(platform, school.teacher, grade_answer, waiting, points=Decimal(4), feedback="Presque")
    assert (graded.status, graded.points, graded.percent, graded.is_best) == ("graded", 9, 90, True)
    overridden = do(platform, school.teacher, grade_attempt, graded, override=Decimal("9.5"), feedback="Bien")
    assert (overridden.override, overridden.percent, overridden.points) == (Decimal("9.5"), 95, 9)
    with pytest.raises((Forbidden, NotFound)):
        do(platform, school.second_teacher, grade_attempt, graded, override=Decimal(0))
    with pytest.raises((Forbidden, NotFound)):
        do(platform, school.student, grade_attempt, graded, override=Decimal(10))


def test_a_score_that_is_shown_when_due_is_hidden_until_then(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, shows_score=ShowsScore.WHEN_DUE, max_attempts=1)
    attempt = hand_in(platform, school, assessment)
    hidden = (None, None, None, None)
    assert (attempt.raw_points, attempt.points, attempt.percent, attempt.feedback) == hidden
    (question,) = do(platform, school.student, result_of, attempt).questions
    assert (question.points, question.is_correct, question.key) == (None, None, None)
    for who in (school.student, school.parent):
        with platform.work(who, read_only=True) as uow:
            assert not uow.count(Attempt, where(percent__gte=0))
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.get(Attempt, attempt.id).percent == 100
    clock.time = DUE
    assert do(platform, PLATFORM, publish_due_scores) == 1
    for who in (school.student, school.parent):
        with platform.work(who, read_only=True) as uow:
            assert uow.get(Attempt, attempt.id).percent == 100


def test_what_students_have_begun_stays_as_they_saw_it(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE, KINDS.SINGLE_CHOICE)
    with platform.work(school.teacher, read_only=True) as uow:
        first, second = uow.find(Question, order=("position",))
    begin(platform, school, assessment)
    for act, fields in (
        (change_question, {"text": "Autrement?"}),
        (change_question, {"points": Decimal(7)}),
        (change_question, {"choices": QUESTIONS[KINDS.TRUE_FALSE]}),
    ):
        with pytest.raises(Conflict, match="begun"):
            do(platform, school.teacher, act, first, **fields)
    with pytest.raises(Conflict, match="begun"):
        do(platform, school.teacher, unpublish_assessment, assessment)
    do(platform, school.teacher, retire_question, second)
    assert [q.id for q in paper(platform, school, assessment).questions] == [first.id, second.id]
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.get(Assessment, assessment.id).total_points == 5


def test_a_key_that_was_wrong_is_mended_and_all_attempts_are_marked_anew(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    attempt = hand_in(platform, school, assessment)
    with platform.work(school.teacher, read_only=True) as uow:
        (question,) = uow.find(Question)
    mended = [{"text": "True", "is_correct": False}, {"text": "False", "is_correct": True}]
    do(platform, school.teacher, change_question, question, choices=mended, regrade=True)
    with platform.work(school.student, read_only=True) as uow:
        assert uow.get(Attempt, attempt.id).percent == 0


def test_a_copy_has_its_own_questions_and_is_unpublished(platform: Educore, school: School) -> None:
    original = homework(platform, school, *KINDS)
    copy = do(platform, school.teacher, duplicate_assessment, original, title="Chiffres, encore")
    assert (copy.title, copy.is_published, copy.total_points) == ("Chiffres, encore", False, 40)
    with platform.work(school.teacher, read_only=True) as uow:
        of_both = [uow.find(Question, where(assessment_id=row.id), order=("position",)) for row in (original, copy)]
        assert [q.text for q in of_both[0]] == [q.text for q in of_both[1]]
        choices = [uow.count(Choice, where(question__assessment_id=row.id)) for row in (original, copy)]
        assert choices[0] == choices[1] > 0
        assert uow.count(Audience, where(assessment_id=copy.id)) == 1


def test_a_score_that_is_hidden_is_not_told_when_the_time_is_over(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    hidden = {"shows_score": ShowsScore.WHEN_DUE, "minutes": 10}
    assessment = homework(platform, school, KINDS.TRUE_FALSE, **hidden)
    attempt = begin(platform, school, assessment)
    clock.time = NOW + timedelta(minutes=12)
    late = do(platform, school.student, save_answers, attempt, answers=[])
    assert (late.status, late.raw_points, late.percent) == (AttemptStatus.GRADED, None, None)


def test_the_choices_of_a_question_are_replaced_before_anybody_begins(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.MULTIPLE_CHOICE, is_published=False)
    with platform.work(school.teacher) as uow:
        (question,) = uow.find(Question, where(assessment_id=assessment.id))
        for parts in (["2", "5"], ["2", "5", "7", "9"], ["9", "2"]):
            change_question(uow, question, choices=[{"text": text, "is_correct": text == "2"} for text in parts])
            found = uow.find(Choice, where(question_id=question.id), order=("position",))
            assert [(row.text, row.is_correct) for row in found] == [(text, text == "2") for text in parts]
