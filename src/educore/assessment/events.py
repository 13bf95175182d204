"""What happened to work and results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AssignmentGiven:
    """A group got work to do."""

    center_id: int
    assignment_id: int


@dataclass(frozen=True)
class WorkGraded:
    """A submission was graded, or graded anew."""

    center_id: int
    submission_id: int


@dataclass(frozen=True)
class ExamPlanned:
    """A group will have an exam."""

    center_id: int
    exam_id: int


@dataclass(frozen=True)
class ResultPublished:
    """A student's score in an exam was set or changed."""

    center_id: int
    result_id: int
