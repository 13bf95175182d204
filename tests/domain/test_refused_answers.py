"""Assessments of a school: what is refused, to teachers who set them and to students who answer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, MemoryStore, NotFound, Ports, perform, where
from educore.assessment import (
    Answer,
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptStatus,
    Question,
    QuestionKind,
    ShowsAnswers,
    add_question,
    change_assessment,
    publish_assessment,
    result_of,
    save_answers,
    set_assessment,
    start_attempt,
    submit_attempt,
)
from educore.groups import enroll_in_class
from support.cast import World
from support.homework import DUE, KINDS, NOW, begin, do, hand_in, homework, paper, refused, right
from support.refusals import expect_invalid
from support.school_cast import School, create_school


@pytest.fixture
def platform(memory_store: MemoryStore, ports: Ports) -> Educore:
    """Both towns and the school, in memory: what is refused does not depend on the store."""
    return Educore(memory_store, ports)


@pytest.fixture
def school(platform: Educore, world: World, clock: FixedClock) -> School:
    """The school on a Monday of November 2024; Yasmine is in class A, which Tarik leads."""
    school = create_school(platform, world.rustam)
    clock.time = NOW
    return school


def test_what_is_due_is_taken_no_more(platform: Educore, school: School, clock: FixedClock) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    clock.time = DUE + timedelta(minutes=1)
    with pytest.raises(Conflict) as refused:
        begin(platform, school, assessment)
    assert refused.value.fields["assessment_id"][0].code == "assessment_over"


@pytest.mark.parametrize(
    ("rule", "is_shown"),
    [
        (ShowsAnswers.NEVER, (False, False, False)),
        (ShowsAnswers.AFTER_EACH, (True, True, True)),
        (ShowsAnswers.AFTER_LAST, (False, True, True)),
        (ShowsAnswers.AFTER_PASS, (False, True, True)),
        (ShowsAnswers.AFTER_DUE, (False, False, True)),
    ],
)
def test_right_answers_are_shown_when_the_assessment_says_so(
    platform: Educore, school: School, clock: FixedClock, rule: ShowsAnswers, is_shown: tuple[bool, ...]
) -> None:
    """After a failed first attempt, after a second one that passed, and when the homework is due."""
    assessment = homework(platform, school, KINDS.TRUE_FALSE, shows_answers=rule, max_attempts=2)

    def sees(attempt: Attempt) -> bool:
        (question,) = do(platform, school.student, result_of, attempt).questions
        return question.key is not None

    first = hand_in(platform, school, assessment, leave_out=1)
    seen = [sees(first)]
    hand_in(platform, school, assessment)
    seen.append(sees(first))
    clock.time = DUE
    assert (*seen, sees(first)) == is_shown


@pytest.mark.parametrize(
    ("kind", "parts", "field", "code"),
    [
        (KINDS.SINGLE_CHOICE, [{"text": "1", "is_correct": True}], "choices", "few_parts"),
        (KINDS.SINGLE_CHOICE, [{"text": "1"}, {"text": "2"}], "choices", "one_correct"),
        (KINDS.SINGLE_CHOICE, [{"text": "1"}, {"text": " ", "is_correct": True}], "choices.1.text", "missing"),
        (KINDS.MULTIPLE_CHOICE, [{"text": "1"}, {"text": "2"}], "choices", "some_correct"),
        (KINDS.TRUE_FALSE, [{"text": c, "is_correct": c == "a"} for c in "abc"], "choices", "too_many"),
        (KINDS.FILL_BLANKS, [{"text": "a", "blank": 2}], "choices", "blank_missing"),
        (KINDS.LONG_TEXT, [{"text": "a"}], "choices", "no_choices"),
        (KINDS.MATCHING, [{"text": "a", "match": "b"}, {"text": "c"}], "choices.1.match", "missing"),
        (KINDS.ORDERING, [{"text": "a", "place": 1}, {"text": "b", "place": 1}], "choices.1.place", "named_twice"),
        (KINDS.MULTIPLE_CHOICE, [{"text": "1", "is_correct": True}] * 51, "choices", "too_many"),
    ],
)
def test_a_question_has_the_parts_of_its_kind(
    platform: Educore, school: School, kind: QuestionKind, parts: list[dict[str, Any]], field: str, code: str
) -> None:
    assessment = homework(platform, school, is_published=False)
    given = {"assessment_id": assessment.id, "kind": kind, "text": "?", "points": Decimal(1), "choices": parts}
    with platform.work(school.teacher) as uow, refused(field, code):
        add_question(uow, **given)
    with platform.work(school.teacher, read_only=True) as uow:
        assert not uow.count(Question)


HOSTILE = [
    {"choice_id": 999},
    {"choice_id": "x"},
    {"choices": [1, 1]},
    {"pairs": [[1, 1], [1, 2]]},
    {"pairs": [[1]]},
    {"pairs": "no"},
    {"order": [1, 1, 2]},
    {"order": [1]},
    {"order": [0, 1, 2]},
    {"blanks": ["a", "b", "c"]},
    {"blanks": [{}]},
    {"text": "x" * 5_001},
    {"score": 100},
    {"text": "a", "choice_id": 1},
]


@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_answers_are_refused_by_their_place_and_change_nothing(
    platform: Educore, school: School, content: dict[str, Any]
) -> None:
    assessment = homework(platform, school, *KINDS)
    attempt = begin(platform, school, assessment)
    questions = paper(platform, school, assessment).questions
    for question in questions:
        answers = [right(questions[0]), {"question_id": question.id, **content}]
        if question.id == questions[0].id:
            answers = answers[1:]
        with pytest.raises(Invalid) as refused:
            do(platform, school.student, save_answers, attempt, answers=answers)
        assert {path.split(".")[:2] == ["answers", str(len(answers) - 1)] for path in refused.value.fields} == {True}
    with platform.work(school.teacher, read_only=True) as uow:
        assert not uow.count(Answer, where(answered_at__isnull=False))


def test_unknown_and_doubled_questions_and_closed_attempts_are_refused(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    attempt = begin(platform, school, assessment)
    (question,) = paper(platform, school, assessment).questions
    with platform.work(school.student) as uow, refused("answers.0.question_id", "unknown_id"):
        save_answers(uow, attempt, answers=[{"question_id": 999}])
    with platform.work(school.student) as uow, expect_invalid() as found:
        save_answers(uow, attempt, answers=[right(question)] * 2)
    assert found == {f"answers.{number}.question_id": "named_twice" for number in range(2)}
    do(platform, school.student, submit_attempt, attempt, answers=[right(question)])
    for act in (save_answers, submit_attempt):
        with pytest.raises(Conflict):
            do(platform, school.student, act, attempt, answers=[right(question)])
    with pytest.raises((Forbidden, NotFound)):
        do(platform, school.newcomer, submit_attempt, attempt)


def test_homework_is_for_classes_that_the_teacher_has(platform: Educore, school: School) -> None:
    given = {"kind": AssessmentKind.HOMEWORK, "title": "Chiffres"}
    with platform.work(school.teacher) as uow, refused("group_ids.1", "unknown_id"):
        set_assessment(uow, group_ids=[school.class_a.id, school.class_b.id], **given)
    grade = {"grade_level_id": school.second_grade.id}
    with platform.work(school.teacher) as uow, refused("group_ids.0", "other_grade_level"):
        set_assessment(uow, group_ids=[school.class_a.id], **given, **grade)
    with platform.work(school.teacher) as uow, refused("due_at", "not_ahead"):
        set_assessment(uow, group_ids=[school.class_a.id], due_at=NOW, **given)
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    with platform.work(school.teacher) as uow, refused("due_at", "only_later"):
        change_assessment(uow, assessment, due_at=DUE - timedelta(hours=1))
    later = do(platform, school.teacher, change_assessment, assessment, due_at=DUE + timedelta(hours=1))
    assert later.due_at == DUE + timedelta(hours=1)
    with platform.work(school.teacher) as uow, pytest.raises(Conflict):
        publish_assessment(uow, set_assessment(uow, group_ids=[school.class_a.id], **given))


def test_a_plain_verb_makes_no_attempt_and_no_answer(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    attempt = begin(platform, school, assessment)
    for fields in ({"points": Decimal(5)}, {"status": AttemptStatus.GRADED}, {"override": Decimal(5)}):
        with platform.work(school.student) as uow, pytest.raises((Forbidden, TypeError)):
            uow.change(attempt, fields, to="submit")
    with platform.work(school.student) as uow, pytest.raises((Forbidden, NotFound)):
        perform(uow, Attempt, "grade", attempt.id, {"override": Decimal(5)})


def test_enrolled_later_is_in_the_class_too(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    do(
        platform,
        school.director,
        enroll_in_class,
        group_id=school.class_a.id,
        student_id=school.newcomer.student_id,
        enrolled_on=NOW.date(),
    )
    assert do(platform, school.newcomer, start_attempt, assessment_id=assessment.id).number == 1


def test_who_is_answering_has_the_time_that_is_given_later(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    attempt = begin(platform, school, assessment)
    assert attempt.deadline == DUE
    do(platform, school.teacher, change_assessment, assessment, due_at=DUE + timedelta(hours=1))
    clock.time = DUE + timedelta(minutes=30)
    assert hand_in(platform, school, assessment).percent == 100


def test_what_is_being_answered_is_not_archived(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    begin(platform, school, assessment)
    with platform.work(school.teacher) as uow, pytest.raises(Conflict):
        perform(uow, Assessment, "archive", assessment.id)
    hand_in(platform, school, assessment)
    with platform.work(school.teacher) as uow:
        perform(uow, Assessment, "archive", assessment.id)
    with platform.work(school.student, read_only=True) as uow:
        assert uow.count(Assessment) == 0
