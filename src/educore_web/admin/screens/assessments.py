"""The screens of assessments, and of the attempts of students at them, which wait for marks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from educore import From, Shape, UnitOfWork, where
from educore.assessment import Assessment, Attempt, AttemptStatus, Audience, Question
from educore.groups import Group
from educore_web.admin.pages.attempt_sheet import ANSWERS
from educore_web.admin.screen import Panel, RowAction, RowLink, Screen, limit_choices
from educore_web.admin.screens.common import active_group
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.question import Question as FormQuestion
from educore_web.admin.ui.question import questions_about


class Addressed(Shape, of=Audience):
    """A group for which an assessment is."""

    group_id: int
    name: Annotated[str, From("group.name")]


def groups_of(uow: UnitOfWork, assessment: int) -> list[list[Cell]]:
    """Return a line for each group for which an assessment is."""
    found = uow.select(Addressed, where(assessment_id=assessment), order=("group.name", "id"))
    return [[Cell(row["name"], target_row=(Group, row["group_id"]))] for row in found]


def present_groups(uow: UnitOfWork, assessment: int) -> Mapping[str, Any]:
    """Return the groups of an assessment, as the answer to the question about them."""
    found = uow.select(Addressed, where(assessment_id=assessment), order=("group.name", "id"))
    return {"group_ids": [row["group_id"] for row in found]}


def count_questions(uow: UnitOfWork, assessments: set[int]) -> dict[int, int]:
    """Return the number of questions of each assessment that new attempts have."""
    return uow.count_by(Question, "assessment_id", where(assessment_id__in=assessments, retired_at__isnull=True))


GROUP_IDS = limit_choices((FormQuestion("group_ids", Audience, many=True),), group_id=active_group)
TEXTS = ("title_ar", "title_fr", "description", "instructions")
SETTINGS = (
    *("opens_at", "due_at", "minutes", "max_attempts", "passing_percent", "shows_answers", "shows_score"),
    *("shuffles", "takes_late", "late_penalty"),
)
OPTIONAL = ("shows_answers", "shows_score", "late_penalty")

ASSESSMENTS = Screen(
    Assessment,
    "teaching",
    "ti ti-list-check",
    columns=("name", "kind", "course", "teacher", "due_at", "questions", "is_published"),
    search=("title", "title_ar", "title_fr"),
    filters=("kind", "is_published", "course_id", "teacher_id"),
    create=(
        *questions_about(Assessment, "kind", "title"),
        *(replace(question, required=True) for question in GROUP_IDS),
        *questions_about(Assessment, "course_id", "teacher_id", *TEXTS, *SETTINGS, optional=OPTIONAL),
    ),
    edit=questions_about(Assessment, "title", "course_id", "teacher_id", *TEXTS, *SETTINGS),
    actions=(
        RowAction("publish", "ti ti-eye", applies_to=where(is_published=False)),
        RowAction("unpublish", "ti ti-eye-off", applies_to=where(is_published=True)),
        RowAction(
            "choose_groups",
            "ti ti-users-group",
            questions=GROUP_IDS,
            domain_action="update",
            single_row=True,
            present=present_groups,
        ),
        RowAction("duplicate", "ti ti-copy", single_row=True),
    ),
    counts={"questions": count_questions},
    related=((Attempt, "assessment_id"),),
    links=(
        RowLink("questions", "ti ti-list-numbers", page="assessment-questions", verb="update"),
        RowLink("preview", "ti ti-eye-check", page="assessment-preview", verb="read_analytics"),
        RowLink("analytics", "ti ti-chart-bar", page="assessment-analytics", verb="read_analytics"),
    ),
    panels=(Panel("audience", Audience, ("group",), groups_of, is_numeric=False),),
    for_teachers=True,
)

IS_SUBMITTED = where(status__in={AttemptStatus.SUBMITTED, AttemptStatus.GRADED})

ATTEMPTS = Screen(
    Attempt,
    "teaching",
    "ti ti-checkup-list",
    columns=("name", "assessment", "number", "status", "submitted_at", "points", "percent", "graded_at"),
    search=("student.user.first_name", "student.user.last_name", "assessment.title"),
    filters=("status", "assessment_id", "student_id"),
    order="-submitted_at",
    actions=(
        RowAction(
            "grade",
            "ti ti-pencil-check",
            questions=questions_about(Attempt, "override", "feedback"),
            applies_to=IS_SUBMITTED,
            single_row=True,
        ),
    ),
    sheets=(ANSWERS,),
    for_teachers=True,
)

SCREENS = (ASSESSMENTS, ATTEMPTS)
