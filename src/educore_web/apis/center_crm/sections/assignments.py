"""11. Assignments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from educore import Count, From
from educore.assessment import Assignment
from educore.values import Day, Name, Text
from educore_web.apis.center_crm.accounts import TeacherName
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.apis.center_crm.words import AssignmentStatusWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.uploads import Document


class AssignmentIn(Body, of=Assignment):
    """Work for a group; a teacher gives it in their own name (C67)."""

    group: Annotated[int, To("group_id")]
    teacher: Annotated[int | None, To("teacher_id")] = None
    title: Name
    description: Text = ""
    file: Document | None = None
    due_date: Day
    status: AssignmentStatusWord = AssignmentStatusWord.ASSIGNED


class AssignmentOut(CrmShape, of=Assignment):
    """Work for a group."""

    id: int
    group: Annotated[int, From("group_id")]
    group_name: Annotated[str, From("group.name")]
    teacher: Annotated[int | None, From("teacher_id")]
    teacher_name: TeacherName
    title: str
    description: str
    file: str | None
    due_date: date
    status: AssignmentStatusWord
    submissions_count: Annotated[int, Count("Submission")]
    created_at: datetime
    updated_at: datetime


ROUTES = [
    *crm.crud("/assignments/", Assignment, AssignmentIn, AssignmentOut, search=("title", "description", "group__name"))
]
