"""Tables of questions: what is exported is read as it was, and every problem is named before anything is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educore import Educore, FixedClock, Invalid, Ports, where
from educore.adapters.spreadsheets import Table, read_table
from educore.assessment import Assessment, Choice, Question, QuestionKind, start_attempt
from educore.imports import add_questions, questions_table, questions_template
from educore.imports.question_answers import read_answers, write_answers
from educore.kernel.store import Store
from support.cast import World
from support.homework import NOW, QUESTIONS, do, homework
from support.parametrize import each
from support.school_cast import School, create_school

HEADINGS = "kind,text,points,answers"
words = st.text("ab|*=:\\ 1é", min_size=1, max_size=8).map(str.strip).filter(bool)


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


def table(*lines: str) -> Table:
    return read_table("\n".join([HEADINGS, *lines]).encode(), name="questions.csv", most_rows=1000)


def added(platform: Educore, school: School, assessment: Assessment, *lines: str) -> list[Question]:
    with platform.work(school.teacher) as uow:
        return add_questions(uow, assessment.id, table(*lines))


def problems(platform: Educore, school: School, assessment: Assessment, *lines: str) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        added(platform, school, assessment, *lines)
    return {path: [problem.code for problem in found] for path, found in refused.value.fields.items()}


def stored(platform: Educore, school: School, assessment: Assessment) -> list[Any]:
    """The questions of an assessment with their parts, without their ids."""
    with platform.work(school.director, read_only=True) as uow:
        questions = uow.find(Question, where(assessment_id=assessment.id), order=("position", "id"))
        parts = ("text", "match", "blank", "place", "is_correct")
        return [
            (
                *(getattr(question, name) for name in ("kind", "text", "points", "explanation", "model_answer")),
                sorted(
                    str([getattr(choice, name) for name in parts])
                    for choice in uow.find(Choice, where(question_id=question.id))
                ),
            )
            for question in questions
        ]


@each("kind", list(QuestionKind))
@given(st.lists(st.tuples(words, words, st.booleans()), max_size=4))
def test_answers_are_read_as_they_were_written(kind: QuestionKind, parts: list[tuple[str, str, bool]]) -> None:
    choices = [
        Choice(
            id=n,
            center_id=1,
            question_id=1,
            position=n,
            text=text,
            match=match if kind is QuestionKind.MATCHING else None,
            blank=n if kind is QuestionKind.FILL_BLANKS else None,
            place=n if kind is QuestionKind.ORDERING else None,
            is_correct=is_correct,
        )
        for n, (text, match, is_correct) in enumerate(parts, 1)
    ]
    read = read_answers(kind, write_answers(kind, choices))
    assert [part["text"] for part in read] == [choice.text for choice in choices]
    for part, choice in zip(read, choices, strict=True):
        assert all(getattr(choice, name) == value for name, value in part.items()), part


@each("form", ["csv", "xlsx"])
def test_what_is_exported_makes_the_same_questions(platform: Educore, school: School, form: Any) -> None:
    first, second = (
        homework(platform, school, *QUESTIONS, is_published=False),
        homework(platform, school, is_published=False),
    )
    with platform.work(school.teacher, read_only=True) as uow:
        content = questions_table(uow, first.id, as_=form)
    with platform.work(school.teacher) as uow:
        add_questions(uow, second.id, read_table(content, name=f"questions.{form}", most_rows=1000))
    assert stored(platform, school, second) == stored(platform, school, first)
    with platform.work(school.teacher, read_only=True) as uow:
        assert uow.get(Assessment, second.id).total_points == 40


def test_the_examples_of_the_template_are_right(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, is_published=False)
    with platform.work(school.teacher) as uow:
        content = questions_template(as_="csv")
        assert len(add_questions(uow, assessment.id, read_table(content, name="q.csv", most_rows=9))) == 4


def test_every_problem_is_named_and_nothing_is_stored(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, is_published=False)
    found = problems(
        platform,
        school,
        assessment,
        "single_choice,2 + 2?,5,3 | *4",
        "single_choice,2 + 2?,5,3 | 4",
        "riddle,What?,5,",
        "long_text,,0,",
        "multiple_choice,Which?,5,*only",
        "matching,Match,1,one | two = 2 | three = 3",
    )
    assert found["rows.3.answers"] == ["one_correct"]
    assert set(found) == {
        *("rows.3.answers", "rows.4.kind", "rows.5.text", "rows.5.points", "rows.6.answers", "rows.7.answers")
    }
    assert stored(platform, school, assessment) == []


def test_headings_are_known_in_other_languages_and_others_are_refused(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, is_published=False)
    content = "вид;вопрос;баллы;ответы\nпары;Соедините;2,5;1 = один | 2 = два\n"
    with platform.work(school.teacher) as uow:
        (question,) = add_questions(uow, assessment.id, read_table(content.encode(), name="q.csv", most_rows=9))
    assert (question.kind, str(question.points)) == (QuestionKind.MATCHING, "2.5")
    content = "kind,text,points,colour\nlong_text,Why?,1,red\n"
    with pytest.raises(Invalid) as refused, platform.work(school.teacher) as uow:
        add_questions(uow, assessment.id, read_table(content.encode(), name="q.csv", most_rows=9))
    assert set(refused.value.fields) == {"columns.colour"}


def test_nobody_adds_questions_after_students_began(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, QuestionKind.LONG_TEXT)
    do(platform, school.student, start_attempt, assessment_id=assessment.id)
    assert problems(platform, school, assessment, "long_text,Why?,1,") == {"rows.2": ["already_answered"]}


def test_a_table_has_rows_and_not_too_many(platform: Educore, school: School) -> None:
    assessment = homework(platform, school, is_published=False)
    assert problems(platform, school, assessment) == {"file": ["no_rows"]}
    assert problems(platform, school, assessment, *["long_text,Why?,1,"] * 201) == {"file": ["too_many_rows"]}
