"""Assessments of a school: set, answered, marked and shown, in every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Ports, perform, where
from educore.assessment import (
    Answer,
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptStatus,
    AttemptSubmitted,
    Audience,
    Choice,
    Paper,
    PaperQuestion,
    Question,
    QuestionKind,
    ShowsAnswers,
    ShowsScore,
    add_question,
    change_assessment,
    change_question,
    duplicate_assessment,
    grade_answer,
    grade_attempt,
    paper_of,
    publish_assessment,
    result_of,
    retire_question,
    save_answers,
    set_assessment,
    start_attempt,
    submit_attempt,
    unpublish_assessment,
)
from educore.assessment.attempt_grading import publish_due_scores
from educore.assessment.attempts import submit_overdue
from educore.groups import enroll_in_class
from educore.kernel.policy import PLATFORM
from educore.kernel.store import Store
from support.cast import World
from support.refusals import expect_invalid
from support.school_cast import School, create_school

NOW = datetime(2024, 11, 4, 10, tzinfo=UTC)
DUE = NOW + timedelta(days=2)
KINDS = QuestionKind
QUESTIONS: dict[QuestionKind, list[dict[str, Any]]] = {
    KINDS.SINGLE_CHOICE: [{"text": "3"}, {"text": "4", "is_correct": True}],
    KINDS.MULTIPLE_CHOICE: [{"text": "2", "is_correct": True}, {"text": "4"}, {"text": "3", "is_correct": True}],
    KINDS.TRUE_FALSE: [{"text": "True", "is_correct": True}, {"text": "False"}],
    KINDS.FILL_BLANKS: [{"text": "Paris", "blank": 1}, {"text": "1789", "blank": 2}],
    KINDS.SHORT_TEXT: [],
    KINDS.LONG_TEXT: [],
    KINDS.MATCHING: [{"text": "1", "match": "one"}, {"text": "2", "match": "two"}, {"match": "three"}],
    KINDS.ORDERING: [{"text": "first"}, {"text": "second"}, {"text": "third"}],
}
BY_HAND = (KINDS.SHORT_TEXT, KINDS.LONG_TEXT)
BY_MACHINE = [kind for kind in KINDS if kind not in BY_HAND]


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


def do(platform: Educore, who: Actor, act: Callable[..., Any], *row: Any, **fields: Any) -> Any:
    """A use case in a transaction of its own."""
    with platform.work(who) as uow:
        return act(uow, *row, **fields)


@contextmanager
def refused(field: str, code: str, kind: type[Invalid] = Invalid) -> Iterator[None]:
    """Expect this refusal of one field and no other."""
    with expect_invalid(kind) as found:
        yield
    assert found == {field: code}


def homework(
    platform: Educore, school: School, *kinds: QuestionKind, is_published: bool = True, **fields: Any
) -> Assessment:
    """Homework of Tarik for class A, with a question of five points of each kind."""
    given = {"kind": AssessmentKind.HOMEWORK, "title": "Chiffres", "course_id": school.course.id, "due_at": DUE}
    with platform.work(school.teacher) as uow:
        assessment = set_assessment(uow, group_ids=[school.class_a.id], **{**given, **fields})
        for kind in kinds:
            points, parts = Decimal(5), QUESTIONS[kind]
            add_question(uow, assessment_id=assessment.id, kind=kind, text=f"{kind}?", points=points, choices=parts)
        if is_published:
            publish_assessment(uow, assessment)
        return uow.get(Assessment, assessment.id)


def begin(platform: Educore, school: School, assessment: Assessment) -> Attempt:
    attempt: Attempt = do(platform, school.student, start_attempt, assessment_id=assessment.id)
    return attempt


def paper(platform: Educore, school: School, assessment: Assessment) -> Paper:
    read: Paper = do(platform, school.student, paper_of, assessment)
    return read


def right(question: PaperQuestion) -> dict[str, Any]:
    """The right answer to one of the questions above, as a student finds it on the paper."""
    left, others = ({part.text: part.id for part in side} for side in (question.left, question.right))
    return {"question_id": question.id} | {
        KINDS.SINGLE_CHOICE: lambda: {"choice_id": left["4"]},
        KINDS.MULTIPLE_CHOICE: lambda: {"choices": [left["3"], left["2"]]},
        KINDS.TRUE_FALSE: lambda: {"choice_id": left["True"]},
        KINDS.FILL_BLANKS: lambda: {"blanks": ["paris", "1789"]},
        KINDS.SHORT_TEXT: lambda: {"text": "Parce que."},
        KINDS.LONG_TEXT: lambda: {"text": "Parce que."},
        KINDS.MATCHING: lambda: {"pairs": [[left["2"], others["two"]], [left["1"], others["one"]]]},
        KINDS.ORDERING: lambda: {"order": [left["first"], left["second"], left["third"]]},
    }[question.kind]()


def hand_in(platform: Educore, school: School, assessment: Assessment, *, leave_out: int = 0) -> Attempt:
    """An attempt whose answers are right but for the last ones, which are left out."""
    attempt = begin(platform, school, assessment)
    questions = paper(platform, school, assessment).questions
    answers = [right(question) for question in questions[: len(questions) - leave_out]]
    submitted: Attempt = do(platform, school.student, submit_attempt, attempt, answers=answers)
    return submitted


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


def test_what_is_due_is_taken_no_more(platform: Educore, school: School, clock: FixedClock) -> None:
    assessment = homework(platform, school, KINDS.TRUE_FALSE)
    clock.time = DUE + timedelta(minutes=1)
    with pytest.raises(Conflict) as refused:
        begin(platform, school, assessment)
    assert refused.value.fields["assessment_id"][0].code == "assessment_over"


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


@pytest.mark.parametrize(
    ("kind", "parts", "field", "code"),
    [
        (KINDS.SINGLE_CHOICE, [{"text": "1", "is_correct": True}], "choices", "too_few"),
        (KINDS.SINGLE_CHOICE, [{"text": "1"}, {"text": "2"}], "choices", "one_correct"),
        (KINDS.SINGLE_CHOICE, [{"text": "1"}, {"text": " ", "is_correct": True}], "choices.1.text", "missing"),
        (KINDS.MULTIPLE_CHOICE, [{"text": "1"}, {"text": "2"}], "choices", "some_correct"),
        (KINDS.TRUE_FALSE, [{"text": c, "is_correct": c == "a"} for c in "abc"], "choices", "too_many"),
        (KINDS.FILL_BLANKS, [{"text": "a", "blank": 2}], "choices", "blank_missing"),
        (KINDS.LONG_TEXT, [{"text": "a"}], "choices", "no_choices"),
        (KINDS.MATCHING, [{"text": "a", "match": "b"}, {"text": "c"}], "choices.1.match", "missing"),
        (KINDS.ORDERING, [{"text": "a", "place": 1}, {"text": "b", "place": 1}], "choices.1.place", "twice"),
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
    assert found == {f"answers.{number}.question_id": "twice" for number in range(2)}
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


def test_a_score_that_is_hidden_is_not_told_when_the_time_is_over(
    platform: Educore, school: School, clock: FixedClock
) -> None:
    hidden = {"shows_score": ShowsScore.WHEN_DUE, "minutes": 10}
    assessment = homework(platform, school, KINDS.TRUE_FALSE, **hidden)
    attempt = begin(platform, school, assessment)
    clock.time = NOW + timedelta(minutes=12)
    late = do(platform, school.student, save_answers, attempt, answers=[])
    assert (late.status, late.raw_points, late.percent) == (AttemptStatus.GRADED, None, None)
