"""Work and exams: who gives, who hands in, who grades; and what a grade may be."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from educore import Conflict, Educore, FixedClock, Forbidden, Invalid, NotFound, Role, perform, where
from educore.assessment import (
    Assignment,
    AssignmentStatus,
    Exam,
    ExamResult,
    Grade,
    ResultPublished,
    Submission,
    change_exam,
    enter_result,
    give_assignment,
    grade_submissions,
    letter_grade,
    plan_exam,
    record_results,
    submit_assignment,
)
from educore.identity import Membership
from educore.kernel.policy import Actor
from educore.people import Teacher
from support.cast import World
from support.plain_rows import plain
from support.refusals import expect_invalid, problem_codes

DUE = date(2024, 1, 20)


def essay(school: Educore, world: World, **fields: Any) -> Assignment:
    """Work for the morning group, given by its teacher."""
    with school.work(world.timur) as uow:
        return give_assignment(uow, group_id=world.tashkent.morning.id, title="Essay", due_date=DUE, **fields)


def exam(school: Educore, world: World, **fields: Any) -> Exam:
    """An exam of the morning group on the first of January at nine, for 100 points."""
    given: dict[str, Any] = {"title": "Final", "exam_date": date(2024, 1, 1), "start_time": time(9)}
    given |= {"end_time": time(11), "total_points": 100, "passing_score": 60}
    with school.work(world.timur) as uow:
        return plan_exam(uow, group_id=world.tashkent.morning.id, **{**given, **fields})


def hand_in(school: Educore, world: World, work: Assignment, file: str = "work/1/essay.pdf") -> Submission:
    """What Sardor hands in."""
    with school.work(world.sardor) as uow:
        return submit_assignment(uow, assignment_id=work.id, file=file)


# -- assignments ---------------------------------------------------------------------------------------


def test_work_is_given_in_the_name_of_who_gives_it(school: Educore, world: World) -> None:
    assert essay(school, world).teacher_id == world.timur.teacher_id
    with school.work(world.dilshod) as uow:
        given = give_assignment(uow, group_id=world.tashkent.evening.id, title="Essay", due_date=DUE)
    assert given.teacher_id == world.tamara.teacher_id


def test_a_teacher_gives_work_to_own_groups_only_and_as_themself(school: Educore, world: World) -> None:
    with pytest.raises(Invalid) as other:
        essay(school, world, teacher_id=world.tamara.teacher_id)
    assert problem_codes(other.value) == {"teacher_id": ["only_yourself"]}
    for group in (world.tashkent.evening.id, world.samarkand.morning.id, -5):
        with pytest.raises(Invalid) as foreign, school.work(world.timur) as uow:
            give_assignment(uow, group_id=group, title="Essay", due_date=DUE)
        assert problem_codes(foreign.value) == {"group_id": ["unknown_id"]}


def test_students_and_clerks_give_none(school_in_memory: Educore, world: World) -> None:
    for who in (world.sardor, world.aziza, world.malika):
        with pytest.raises(Forbidden), school_in_memory.work(who) as uow:
            give_assignment(uow, group_id=world.tashkent.morning.id, title="Essay", due_date=DUE)


# -- submissions ---------------------------------------------------------------------------------------


def test_work_is_handed_in_and_replaced_until_it_is_graded(school: Educore, world: World, clock: FixedClock) -> None:
    work = essay(school, world)
    first = hand_in(school, world, work)
    clock.advance(days=30)  # late, but the assignment is open
    second = hand_in(school, world, work, "work/2/better.pdf")
    assert (second.id, second.file, second.submitted_at) == (first.id, "work/2/better.pdf", clock.now())
    with school.work(world.timur) as uow:
        graded = perform(uow, Submission, "update", first.id, {"grade": Decimal(95), "feedback": "Excellent work!"})
    assert (graded.grade, graded.graded_at, graded.graded_by_id) == (Decimal(95), clock.now(), world.timur.user_id)
    with pytest.raises(Conflict) as refused:
        hand_in(school, world, work)
    assert problem_codes(refused.value) == {"assignment_id": ["already_graded"]}


def test_a_closed_assignment_takes_nothing(school_in_memory: Educore, world: World) -> None:
    work = essay(school_in_memory, world, status=AssignmentStatus.CLOSED)
    with pytest.raises(Conflict) as refused:
        hand_in(school_in_memory, world, work)
    assert problem_codes(refused.value) == {"assignment_id": ["assignment_closed"]}


def test_students_hand_in_their_own_work_for_their_own_groups(school: Educore, world: World) -> None:
    work = essay(school, world)
    with pytest.raises(Invalid) as other, school.work(world.sardor) as uow:
        submit_assignment(uow, assignment_id=work.id, student_id=world.sevara.student_id, file="x")
    assert problem_codes(other.value) == {"student_id": ["only_yourself"]}
    for who in (world.shirin, world.sobir):
        with pytest.raises(Invalid) as foreign, school.work(who) as uow:
            submit_assignment(uow, assignment_id=work.id, file="x")
        assert problem_codes(foreign.value) == {"assignment_id": ["unknown_id"]}
    with pytest.raises(Invalid) as empty, school.work(world.sardor) as uow:
        submit_assignment(uow, assignment_id=work.id)
    assert problem_codes(empty.value) == {"file": ["missing"]}


def test_nobody_hands_in_for_somebody_else(school_in_memory: Educore, world: World) -> None:
    work = essay(school_in_memory, world)
    for who in (world.rustam, world.dilshod, world.timur, world.aziza):
        with pytest.raises(Forbidden), school_in_memory.work(who) as uow:
            submit_assignment(uow, assignment_id=work.id, student_id=world.sardor.student_id, file="x")


@pytest.mark.parametrize("grade", [-1, 101, "NaN", "Infinity", "A", Decimal("50.123"), 10**40])
def test_a_grade_is_0_to_100(school_in_memory: Educore, world: World, grade: Any) -> None:
    submission = hand_in(school_in_memory, world, essay(school_in_memory, world))
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.timur) as uow:
        perform(uow, Submission, "update", submission.id, {"grade": grade})
    assert refused.value.fields.keys() == {"grade"}


def test_grading_is_for_those_who_teach_the_group(school: Educore, world: World) -> None:
    submission = hand_in(school, world, essay(school, world))
    for who, error in ((world.sardor, Forbidden), (world.tamara, NotFound), (world.davron, NotFound)):
        with pytest.raises(error), school.work(who) as uow:
            perform(uow, Submission, "update", submission.id, {"grade": 100})
    with school.work(world.sevara, read_only=True) as uow:
        assert uow.count(Submission) == 0


def test_a_student_who_also_teaches_does_not_grade_themself(school: Educore, world: World) -> None:
    submission = hand_in(school, world, essay(school, world))
    with school.work(world.rustam) as uow:
        town = world.tashkent
        member = plain(uow, Membership).add(
            Membership, {"user_id": world.sardor.user_id, "center_id": town.center.id, "role": Role.DIRECTOR}
        )
    sardor_in_charge = Actor(Role.DIRECTOR, world.sardor.user_id, member.id, town.center.id)
    with pytest.raises(Forbidden) as refused, school.work(sardor_in_charge) as uow:
        perform(uow, Submission, "update", submission.id, {"grade": 100})
    assert refused.value.code == "own_work"


# -- exams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"end_time": time(9)}, {"end_time": ["ends_before_start"]}),
        ({"passing_score": 101}, {"passing_score": ["less_than_equal"]}),
        ({"total_points": 0, "passing_score": 0}, {"total_points": ["greater_than_equal"]}),
    ],
)
def test_an_exam_makes_sense(school_in_memory: Educore, world: World, wrong: Any, said: Any) -> None:
    with pytest.raises(Invalid) as refused:
        exam(school_in_memory, world, **wrong)
    assert problem_codes(refused.value) == said


@pytest.mark.parametrize(
    ("score", "total", "grade"),
    [(85, 100, "A"), (84.99, 100, "B"), (70, 100, "B"), (69, 100, "C"), (60, 100, "C"), (59, 100, "D"), (50, 100, "D"),
     (49, 100, "F"), (0, 100, "F"), (17, 20, "A"), (1, 3, "F")],
)  # fmt: skip
def test_the_letter_follows_the_share_of_points(score: float, total: int, grade: str) -> None:
    assert letter_grade(Decimal(str(score)), total=total) is Grade(grade)


def test_a_result_gets_its_letter_unless_one_is_given(school: Educore, world: World, events: list[object]) -> None:
    final = exam(school, world)
    with school.work(world.timur) as uow:
        made = enter_result(uow, exam_id=final.id, student_id=world.sardor.student_id, score=Decimal(85))
        assert (made.grade, made.graded_by_id) == (Grade.A, world.timur.user_id)
        typed = perform(uow, ExamResult, "update", made.id, {"score": Decimal(60), "grade": "B"})
        assert (typed.score, typed.grade) == (Decimal(60), Grade.B)
        assert perform(uow, ExamResult, "update", made.id, {"score": Decimal(40)}).grade is Grade.F
    assert events.count(ResultPublished(world.tashkent.center.id, made.id)) == 3


def test_a_student_hands_in_answers_and_nothing_more(school: Educore, world: World) -> None:
    final = exam(school, world)
    for more in ({"score": 100}, {"grade": "A"}):
        with pytest.raises(Forbidden), school.work(world.sardor) as uow:
            enter_result(uow, exam_id=final.id, answer_file="x", **more)
    with school.work(world.sardor) as uow:
        made = enter_result(uow, exam_id=final.id, answer_file="answers/1/a.pdf")
    assert (made.student_id, made.score, made.grade, made.graded_at) == (world.sardor.student_id, None, None, None)
    with pytest.raises(Forbidden), school.work(world.sardor) as uow:
        perform(uow, ExamResult, "update", made.id, {"score": 100})
    with pytest.raises(Conflict) as again, school.work(world.sardor) as uow:
        enter_result(uow, exam_id=final.id, answer_file="x")
    assert problem_codes(again.value) == {"student_id": ["taken"]}
    with pytest.raises(Invalid) as other, school.work(world.sardor) as uow:
        enter_result(uow, exam_id=final.id, student_id=world.sevara.student_id, answer_file="x")
    assert problem_codes(other.value) == {"student_id": ["only_yourself"]}


def test_the_first_file_of_a_student_is_added_to_a_result_without_one(
    school: Educore, world: World, clock: FixedClock
) -> None:
    """Nothing is lost, whether the student came first, without a file, or the teacher, with a score."""
    empty, graded = exam(school, world), exam(school, world)
    with school.work(world.sardor) as uow:
        enter_result(uow, exam_id=empty.id)
    with school.work(world.timur) as uow:
        enter_result(uow, exam_id=graded.id, student_id=world.sardor.student_id, score=Decimal(85))
    clock.advance(hours=1)
    for final, score in ((empty, None), (graded, Decimal(85))):
        with school.work(world.sardor) as uow:
            result = enter_result(uow, exam_id=final.id, answer_file="answers/1/a.pdf")
        assert (result.score, result.answer_file, result.submitted_at) == (score, "answers/1/a.pdf", clock.now())
        for file in (None, "answers/1/b.pdf"):
            with expect_invalid(Conflict) as codes, school.work(world.sardor) as uow:
                enter_result(uow, exam_id=final.id, answer_file=file)
            assert codes == {"student_id": "taken"}
        with school.work(world.dilshod) as uow:
            assert [row.answer_file for row in uow.find(ExamResult, where(exam_id=final.id))] == ["answers/1/a.pdf"]


def test_answers_are_not_taken_before_the_exam(school_in_memory: Educore, world: World, clock: FixedClock) -> None:
    final = exam(school_in_memory, world, start_time=time(16), end_time=time(17))  # it is 15:00 in Tashkent
    with pytest.raises(Conflict) as early, school_in_memory.work(world.sardor) as uow:
        enter_result(uow, exam_id=final.id)
    assert problem_codes(early.value) == {"exam_id": ["exam_not_started"]}
    clock.advance(hours=1)
    with school_in_memory.work(world.sardor) as uow:
        assert enter_result(uow, exam_id=final.id).submitted_at == clock.now()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"score": Decimal("100.01")}, {"score": ["score_above_total"]}),
        ({"score": -1}, {"score": ["greater_than_equal"]}),
        ({"score": "NaN"}, {"score": ["decimal_parsing"]}),
        ({"score": "A"}, {"score": ["decimal_parsing"]}),
        ({"score": 50, "grade": "Z"}, {"grade": ["enum"]}),
        ({"student_id": None}, {"student_id": ["missing"]}),
        ({"student_id": 3}, {"student_id": ["not_in_group"]}),
        ({"student_id": 4}, {"student_id": ["not_in_group"]}),
        ({"exam_id": 99}, {"exam_id": ["unknown_id"]}),
    ],
)
def test_what_is_wrong_with_a_result_is_said(school_in_memory: Educore, world: World, wrong: Any, said: Any) -> None:
    final = exam(school_in_memory, world)
    given: dict[str, Any] = {"exam_id": final.id, "student_id": world.sardor.student_id, "score": 50}
    with pytest.raises(Invalid) as refused, school_in_memory.work(world.timur) as uow:
        enter_result(uow, **{**given, **wrong})
    assert problem_codes(refused.value) == said


def test_a_sheet_of_results_is_entered_at_once_and_corrected(school: Educore, world: World) -> None:
    final = exam(school, world)
    sheet = [{"student_id": world.sardor.student_id, "score": 85}, {"student_id": world.sevara.student_id, "score": 61}]
    with school.work(world.timur) as uow:
        assert [result.grade for result in record_results(uow, final, results=sheet)] == [Grade.A, Grade.C]
    sheet[1]["score"] = 49
    with school.work(world.timur) as uow:
        assert [result.grade for result in record_results(uow, final, results=sheet)] == [Grade.A, Grade.F]
        assert uow.count(ExamResult, where(exam_id=final.id)) == 2


def test_a_sheet_with_one_mistake_is_not_entered(school: Educore, world: World) -> None:
    final = exam(school, world)
    sheet = [
        {"student_id": world.sardor.student_id, "score": 101},
        {"student_id": world.sevara.student_id, "score": -1},
    ]
    with pytest.raises(Invalid) as refused, school.work(world.timur) as uow:
        record_results(uow, final, results=sheet)
    assert problem_codes(refused.value) == {
        "results.0.score": ["score_above_total"],
        "results.1.score": ["greater_than_equal"],
    }
    for sheet, said in (
        ([], {"results": ["too_few"]}),
        ([{"student_id": world.shirin.student_id, "score": 1}], {"results.0.student_id": ["not_in_group"]}),
    ):
        with pytest.raises(Invalid) as bad, school.work(world.timur) as uow:
            record_results(uow, final, results=sheet)
        assert problem_codes(bad.value) == said
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(ExamResult) == 0


def test_the_points_do_not_fall_below_a_score(school: Educore, world: World) -> None:
    final = exam(school, world)
    with school.work(world.timur) as uow:
        enter_result(uow, exam_id=final.id, student_id=world.sardor.student_id, score=85)
    with school.work(world.timur) as uow:
        assert change_exam(uow, final, total_points=85).total_points == 85
    with pytest.raises(Conflict) as refused, school.work(world.timur) as uow:
        change_exam(uow, final, total_points=84)
    assert problem_codes(refused.value) == {"total_points": ["points_below_scores"]}


def test_a_teacher_with_history_is_not_deleted(school: Educore, world: World) -> None:
    essay(school, world)
    with pytest.raises(Conflict), school.work(world.dilshod) as uow:
        perform(uow, Teacher, "delete", world.timur.teacher_id)


def test_a_sheet_of_grades_is_given_at_once(school: Educore, world: World) -> None:
    work = essay(school, world)
    submission = hand_in(school, world, work)
    sheet = [{"student_id": world.sardor.student_id, "grade": "87.5", "feedback": "Good"}]
    with school.work(world.timur) as uow:
        (graded,) = grade_submissions(uow, work, grades=sheet)
    assert (graded.id, graded.grade, graded.feedback) == (submission.id, Decimal("87.5"), "Good")
    assert graded.graded_by_id == world.timur.user_id
    with school.work(world.dilshod) as uow:
        (taken_back,) = perform(uow, Assignment, "grade", work.id, {"grades": [{**sheet[0], "grade": None}]})
    assert (taken_back.grade, taken_back.graded_at, taken_back.graded_by_id) == (None, None, None)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"grade": 101}, {"grades.1.grade": ["less_than_equal"]}),
        ({"grade": "A"}, {"grades.1.grade": ["decimal_parsing"]}),
        ({"student_id": 3}, {"grades.1.student_id": ["nothing_handed_in"]}),
        ({"student_id": 1}, {"grades.0.student_id": ["twice"], "grades.1.student_id": ["twice"]}),
    ],
)
def test_a_sheet_of_grades_with_one_mistake_gives_none(
    school_in_memory: Educore, world: World, more: Any, said: Any
) -> None:
    school, work = school_in_memory, essay(school_in_memory, world)
    hand_in(school, world, work)
    with school.work(world.sevara) as uow:
        submit_assignment(uow, assignment_id=work.id, file="work/2/essay.pdf")
    sheet = [{"student_id": world.sardor.student_id, "grade": 90}, {"student_id": world.sevara.student_id, "grade": 80}]
    with pytest.raises(Invalid) as refused, school.work(world.timur) as uow:
        grade_submissions(uow, work, grades=[sheet[0], sheet[1] | more])
    assert problem_codes(refused.value) == said
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Submission, where(grade__isnull=False)) == 0


def test_only_those_who_teach_the_group_grade_its_sheet(school_in_memory: Educore, world: World) -> None:
    work = essay(school_in_memory, world)
    hand_in(school_in_memory, world, work)
    sheet = [{"student_id": world.sardor.student_id, "grade": 100}]
    for who, error in ((world.sardor, Forbidden), (world.malika, Forbidden), (world.tamara, NotFound)):
        with pytest.raises(error), school_in_memory.work(who) as uow:
            perform(uow, Assignment, "grade", work.id, {"grades": sheet})
