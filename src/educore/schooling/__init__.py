"""The structure of a school: academic years, educational stages, grade levels and the curriculum."""

from educore.schooling.context import CONTEXT
from educore.schooling.curriculum import set_curriculum
from educore.schooling.entities import (
    AcademicYear,
    AcademicYearId,
    CurriculumEntry,
    EducationStage,
    GradeLevel,
    GradeLevelId,
    StageKind,
)
from educore.schooling.school import configure_school
from educore.schooling.years import add_year, change_year, current_year, make_year_current

__all__ = [
    "AcademicYear",
    "AcademicYearId",
    "CONTEXT",
    "CurriculumEntry",
    "EducationStage",
    "GradeLevel",
    "GradeLevelId",
    "StageKind",
    "add_year",
    "change_year",
    "configure_school",
    "current_year",
    "make_year_current",
    "set_curriculum",
]
