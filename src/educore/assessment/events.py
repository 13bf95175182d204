"""Events of assignments, exams and assessments."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssignmentGiven:
    """A group was given an assignment."""

    center_id: int
    assignment_id: int


@dataclass(frozen=True)
class WorkGraded:
    """A submission was graded, for the first time or again."""

    center_id: int
    submission_id: int


@dataclass(frozen=True)
class ExamPlanned:
    """An exam was planned for a group."""

    center_id: int
    exam_id: int


@dataclass(frozen=True)
class ResultPublished:
    """A student's score in an exam was set or changed."""

    center_id: int
    result_id: int


@dataclass(frozen=True)
class AttemptSubmitted:
    """A student handed in an attempt, or its time was over."""

    center_id: int
    attempt_id: int
    assessment_id: int
    student_id: int


@dataclass(frozen=True)
class AttemptGraded:
    """A person marked an attempt, or a part of it, for the first time or again."""

    center_id: int
    attempt_id: int
    assessment_id: int
    student_id: int


@dataclass(frozen=True)
class ScorePublished:
    """The score of an attempt that was not handed in or marked just now can be seen, or has become another one."""

    center_id: int
    attempt_id: int
    assessment_id: int
    student_id: int
