"""The schooling context: its entities, policies, actions and indexes."""

from __future__ import annotations

from educore.courses.entities import Course
from educore.kernel.conditions import where
from educore.kernel.context import Context
from educore.kernel.storage import Index, Unlisted
from educore.organization.entities import Center
from educore.schooling.curriculum import set_curriculum
from educore.schooling.entities import AcademicYear, CurriculumEntry, EducationStage, GradeLevel
from educore.schooling.policies import POLICIES
from educore.schooling.school import configure_school
from educore.schooling.years import add_year, change_year, keep_current_year, make_year_current

CONTEXT = Context(
    "schooling",
    entities=(AcademicYear, EducationStage, GradeLevel, CurriculumEntry),
    policies=POLICIES,
    actions={
        (Center, "configure"): configure_school,
        (AcademicYear, "create"): add_year,
        (AcademicYear, "update"): change_year,
        (AcademicYear, "make_current"): make_year_current,
        (GradeLevel, "set_curriculum"): set_curriculum,
        (Course, "set_curriculum"): set_curriculum,
    },
    guards={AcademicYear: (keep_current_year,)},
    storage=(
        Index(
            AcademicYear, ("center_id",), name="uq_academic_year_center_id", unique=True, only=where(is_current=True)
        ),
        Unlisted(CurriculumEntry),
    ),
)
