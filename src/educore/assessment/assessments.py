"""Assessments: set for groups, changed, published and duplicated."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from educore.assessment.entities import (
    Assessment,
    Attempt,
    AttemptStatus,
    Audience,
    Choice,
    ContentKind,
    Question,
    ShowsScore,
)
from educore.groups.entities import Group
from educore.kernel.actions import locks_row, use_case, with_computed
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid, Problem
from educore.kernel.policy import Role
from educore.kernel.unit_of_work import UnitOfWork

LIVE_QUESTIONS = where(retired_at__isnull=True)
NOT_COPIED = frozenset(
    {"id", "created_at", "updated_at", "archived_at", "is_published", "published_at", "created_by_id", "teacher_id"}
)
"""The fields of an assessment that a copy of it does not take over."""


@use_case
def set_assessment(
    uow: UnitOfWork, /, *, group_ids: Collection[int] = (), teacher_id: int | None = None, **fields: Any
) -> Assessment:
    """Set an assessment for groups, unpublished and without questions; a teacher sets it in their own name.

    Raises: Invalid("unknown_id") on `group_ids.<number>`, also for groups that the actor does not teach;
    ("other_grade_level") there for a class of another grade level; ("only_yourself") on teacher_id; ("not_ahead") on
    due_at.
    """
    _require_ahead(uow, fields.get("due_at"))
    owner = _owner(uow, teacher_id)
    groups = _find_groups(uow, group_ids, grade_level_id=fields.get("grade_level_id"))
    shown = {"teacher_id": owner, "created_by_id": uow.actor.user_id}
    place = {"center_id": groups[0].center_id} if groups else {}
    assessment = uow.add(Assessment, with_computed(fields, **shown, **place))
    _add_audience(uow, assessment, groups)
    return assessment


@locks_row
@use_case
def change_assessment(
    uow: UnitOfWork, assessment: Assessment, /, *, group_ids: Collection[int] | None = None, **fields: Any
) -> Assessment:
    """Change an assessment; `group_ids` replace its groups. Once it is published, it can only be due later.

    Whoever is answering has until the new end.

    Raises: the errors of `set_assessment`; Invalid("only_later") on due_at; Conflict("already_answered") on group_ids
    for a group whose students have begun.
    """
    before = uow.get(Assessment, assessment.id, to="update", lock=True)
    due_at = fields.get("due_at", before.due_at)
    if due_at != before.due_at:
        if before.is_published and before.due_at is not None and (due_at is None or due_at < before.due_at):
            raise Invalid.because("due_at", "only_later", at=before.due_at.isoformat())
        _require_ahead(uow, due_at)
    if fields.get("teacher_id", before.teacher_id) != before.teacher_id:
        _owner(uow, fields["teacher_id"])
    after = uow.change(before, fields)
    if fields.keys() & {"due_at", "minutes", "takes_late"}:
        _move_deadlines(uow.as_platform(), after)
    if group_ids is not None:
        _replace_audience(uow, after, group_ids)
    return after


@locks_row
@use_case
def publish_assessment(uow: UnitOfWork, assessment: Assessment, /) -> Assessment:
    """Publish an assessment: its students see it from now on.

    Exercises in a book need no questions here. Raises: Conflict("no_questions"); Invalid("not_ahead") on due_at.
    """
    before = uow.get(Assessment, assessment.id, to="publish", lock=True)
    if before.is_published:
        return before
    _require_ahead(uow, before.due_at)
    is_in_book = before.content is ContentKind.BOOK
    if not is_in_book and not uow.as_platform().count(Question, LIVE_QUESTIONS & where(assessment_id=before.id)):
        raise Conflict.because("", "no_questions")
    return uow.change(before, {"is_published": True, "published_at": uow.ports.clock.now()}, to="publish")


@locks_row
@use_case
def unpublish_assessment(uow: UnitOfWork, assessment: Assessment, /) -> Assessment:
    """Hide an assessment again that nobody has begun. Raises: Conflict("already_answered")."""
    before = uow.get(Assessment, assessment.id, to="unpublish", lock=True)
    if not before.is_published:
        return before
    refuse_answered(uow, before)
    return uow.change(before, {"is_published": False, "published_at": None}, to="unpublish")


@use_case
def duplicate_assessment(uow: UnitOfWork, assessment: Assessment, /, **fields: Any) -> Assessment:
    """Copy an assessment with its groups and questions, unpublished; `fields` differ in the copy.

    A copy of what is due already is due at no time, unless the fields say when. Raises: the errors of `set_assessment`.
    """
    original = uow.get(Assessment, assessment.id, to="duplicate")
    _require_ahead(uow, fields.get("due_at"))
    copied = _without(original, NOT_COPIED)
    if original.due_at is not None and original.due_at <= uow.ports.clock.now():
        copied |= {"due_at": None, "shows_score": ShowsScore.AT_ONCE}
    for name, value in copied.items():
        fields.setdefault(name, value)
    own = {"created_by_id": uow.actor.user_id, "teacher_id": _owner(uow, original.teacher_id)}
    copy = uow.add(Assessment, with_computed(fields, **own))
    platform = uow.as_platform()
    groups = platform.find(Group, where(Audience__has=where(assessment_id=original.id)), order=("id",))
    _add_audience(platform, copy, groups)
    _copy_questions(platform, original, copy)
    return copy


def deadline_of(assessment: Assessment, started_at: datetime) -> datetime | None:
    """Return when the time of an attempt is over: after its minutes, or when the assessment takes no more answers."""
    by_minutes = None if assessment.minutes is None else started_at + timedelta(minutes=assessment.minutes)
    limits = [by_minutes, None if assessment.takes_late else assessment.due_at]
    return min((limit for limit in limits if limit is not None), default=None)


def refuse_answered(uow: UnitOfWork, assessment: Assessment, *, field: str = "") -> None:
    """Raise Conflict("already_answered") if anybody has begun an assessment."""
    if count := uow.as_platform().count(Attempt, where(assessment_id=assessment.id)):
        raise Conflict.because(field, "already_answered", count=count)


def _move_deadlines(platform: UnitOfWork, assessment: Assessment) -> None:
    """Give those who are answering the time that the assessment gives now."""
    is_open = where(assessment_id=assessment.id, status=AttemptStatus.OPEN)
    attempts = platform.find(Attempt, is_open, order=("student_id",), lock=True)
    deadlines = {attempt.id: {"deadline": deadline_of(assessment, attempt.started_at)} for attempt in attempts}
    platform.change_each(Attempt, deadlines)


def _owner(uow: UnitOfWork, teacher_id: int | None) -> int | None:
    """Return whose assessment it is. Raises: Invalid("only_yourself") on teacher_id."""
    own_id = uow.actor.teacher_id if uow.actor.role is Role.TEACHER else None
    if own_id is not None and teacher_id not in (None, own_id):
        raise Invalid.because("teacher_id", "only_yourself")
    return own_id or teacher_id


def _require_ahead(uow: UnitOfWork, due_at: Any) -> None:
    if due_at is not None and due_at <= uow.ports.clock.now():
        raise Invalid.because("due_at", "not_ahead")


def _find_groups(uow: UnitOfWork, ids: Collection[int], *, grade_level_id: int | None) -> list[Group]:
    """Return the groups with some ids that the actor may set work for, in that order."""
    found = {group.id: group for group in uow.find(Group, where(id__in=ids), to="read_roster")} if ids else {}
    problems = {}
    for number, id in enumerate(ids):
        if id not in found:
            problems[f"group_ids.{number}"] = [Problem("unknown_id", {"id": id})]
        elif grade_level_id is not None and found[id].grade_level_id != grade_level_id:
            problems[f"group_ids.{number}"] = [Problem("other_grade_level", {"id": id})]
    if problems:
        raise Invalid(problems)
    return [found[id] for id in dict.fromkeys(ids)]


def _add_audience(uow: UnitOfWork, assessment: Assessment, groups: Sequence[Group]) -> None:
    shared = {"center_id": assessment.center_id, "assessment_id": assessment.id}
    uow.add_all(Audience, [{**shared, "group_id": group.id} for group in groups])


def _replace_audience(uow: UnitOfWork, assessment: Assessment, group_ids: Collection[int]) -> None:
    platform = uow.as_platform()
    present = {row.group_id for row in platform.find(Audience, where(assessment_id=assessment.id))}
    groups = _find_groups(uow, group_ids, grade_level_id=assessment.grade_level_id)
    if gone := present - {group.id for group in groups}:
        begun = where(assessment_id=assessment.id, student__has=where(Enrollment__has=where(group_id__in=gone)))
        if count := platform.count(Attempt, begun):
            raise Conflict.because("group_ids", "already_answered", count=count)
        uow.remove_all(Audience, where(assessment_id=assessment.id, group_id__in=gone))
    _add_audience(uow, assessment, [group for group in groups if group.id not in present])


def _copy_questions(platform: UnitOfWork, original: Assessment, copy: Assessment) -> None:
    """Copy the live questions of an assessment with their choices, in as many statements for one as for all."""
    questions = platform.find(Question, LIVE_QUESTIONS & where(assessment_id=original.id), order=("position", "id"))
    left_out = {"id", "created_at", "updated_at", "image"}  # a file belongs to one row
    own = {"assessment_id": copy.id}
    rows = [{**_without(question, left_out), **own, "seed": secrets.randbelow(2**31)} for question in questions]
    copies = dict(zip((q.id for q in questions), platform.add_all(Question, rows), strict=True))
    of_questions = where(question_id__in=copies) & where(retired_at__isnull=True) if copies else None
    choices = platform.find(Choice, of_questions, order=("id",)) if of_questions is not None else []
    platform.add_all(Choice, [{**_without(c, {"id"}), "question_id": copies[c.question_id].id} for c in choices])


def _without(row: Assessment | Question | Choice, names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in dict(row).items() if name not in names}
