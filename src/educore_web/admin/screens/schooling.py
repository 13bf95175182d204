"""The screens of a school's structure: academic years, educational stages, grade levels, and guardians of students."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from educore import NameOf, Role, Shape, UnitOfWork, where
from educore.courses import Course
from educore.groups import Enrollment, Group
from educore.people import Guardianship
from educore.schooling import AcademicYear, CurriculumEntry, EducationStage, GradeLevel
from educore_web.admin.screen import Panel, RowAction, Screen, limit_choices
from educore_web.admin.ui.cells import Cell
from educore_web.admin.ui.question import Question, questions_about

NAMES = ("name", "name_ar", "name_fr")


class TaughtCourse(Shape, of=CurriculumEntry):
    """A course that is taught in a grade level."""

    course_id: int
    name: Annotated[str, NameOf("course")]


class TeachingGrade(Shape, of=CurriculumEntry):
    """A grade level in which a course is taught."""

    grade_level_id: int
    name: Annotated[str, NameOf("grade_level")]


def courses_of_grade(uow: UnitOfWork, grade_level: int) -> list[list[Cell]]:
    """Return a line for each course that is taught in a grade level."""
    found = uow.select(TaughtCourse, where(grade_level_id=grade_level), order=("course.name", "id"))
    return [[Cell(entry["name"], target_row=(Course, entry["course_id"]))] for entry in found]


def grades_of_course(uow: UnitOfWork, course: int) -> list[list[Cell]]:
    """Return a line for each grade level in which a course is taught."""
    found = uow.select(TeachingGrade, where(course_id=course), order=("grade_level.number", "id"))
    return [[Cell(entry["name"], target_row=(GradeLevel, entry["grade_level_id"]))] for entry in found]


def present_courses(uow: UnitOfWork, grade_level: int) -> Mapping[str, Any]:
    """Return the courses that are taught in a grade level, as the answer to the question about them."""
    found = uow.select(TaughtCourse, where(grade_level_id=grade_level), order=("course.name", "id"))
    return {"course_ids": [entry["course_id"] for entry in found]}


def present_grades(uow: UnitOfWork, course: int) -> Mapping[str, Any]:
    """Return the grade levels in which a course is taught, as the answer to the question about them."""
    found = uow.select(TeachingGrade, where(course_id=course), order=("grade_level.number", "id"))
    return {"grade_level_ids": [entry["grade_level_id"] for entry in found]}


def count_classes(uow: UnitOfWork, grade_levels: set[int]) -> dict[int, int]:
    """Return the number of classes of each grade level in the current academic year."""
    return uow.count_by(Group, "grade_level_id", where(grade_level_id__in=grade_levels, academic_year__is_current=True))


SET_COURSES = RowAction(
    "set_curriculum",
    "ti ti-books",
    questions=(Question("course_ids", CurriculumEntry, many=True, choices=where(is_active=True)),),
    single_row=True,
    present=present_courses,
    parameters=(("course_ids", "other_ids"),),
)
"""The action that chooses the courses of a grade level."""

SET_GRADES = RowAction(
    "set_curriculum",
    "ti ti-stairs",
    questions=(Question("grade_level_ids", CurriculumEntry, many=True, choices=where(is_active=True)),),
    single_row=True,
    present=present_grades,
    parameters=(("grade_level_ids", "other_ids"),),
    in_schools=True,
)
"""The action that chooses the grade levels of a course."""

COURSES_OF_GRADE = Panel("curriculum", CurriculumEntry, ("course",), courses_of_grade, is_numeric=False)
GRADES_OF_COURSE = Panel(
    "taught_in", CurriculumEntry, ("grade_level",), grades_of_course, is_numeric=False, in_schools=True
)

YEARS = Screen(
    AcademicYear,
    "structure",
    "ti ti-calendar-stats",
    columns=("name", "start_date", "end_date", "registration_start", "registration_end", "is_current", "is_active"),
    search=("year", "description"),
    filters=("is_current", "is_active"),
    order="-year",
    create=questions_about(
        AcademicYear,
        *("center_id", "year", "start_date", "end_date", "registration_start", "registration_end"),
        *("is_current", "is_active", "description"),
    ),
    edit=questions_about(
        AcademicYear,
        *("year", "start_date", "end_date", "registration_start", "registration_end", "is_active", "description"),
    ),
    actions=(RowAction("make_current", "ti ti-calendar-check", applies_to=where(is_current=False), single_row=True),),
    related=((Group, "academic_year_id"), (Enrollment, "academic_year_id")),
    in_schools=True,
)

STAGES = Screen(
    EducationStage,
    "structure",
    "ti ti-building-arch",
    columns=("name", "stage", "position", "min_age", "max_age", "is_active"),
    search=NAMES,
    filters=("stage", "is_active"),
    order="position",
    create=questions_about(
        EducationStage, *("center_id", *NAMES, "stage", "position", "min_age", "max_age", "is_active", "description")
    ),
    edit=questions_about(EducationStage, *NAMES, "stage", "position", "min_age", "max_age", "is_active", "description"),
    related=((GradeLevel, "stage_id"),),
    in_schools=True,
)

GRADES = Screen(
    GradeLevel,
    "structure",
    "ti ti-stairs",
    columns=("name", "stage", "number", "classes", "is_active"),
    search=(*NAMES, "stage.name"),
    filters=("stage_id", "is_active"),
    order="number",
    create=questions_about(GradeLevel, "center_id", "stage_id", "number", *NAMES, "is_active", "description"),
    edit=questions_about(GradeLevel, "stage_id", "number", *NAMES, "is_active", "description"),
    actions=(SET_COURSES,),
    counts={"classes": count_classes},
    related=((Group, "grade_level_id"),),
    panels=(COURSES_OF_GRADE,),
    in_schools=True,
)

GUARDIANSHIPS = Screen(
    Guardianship,
    "people",
    "ti ti-users",
    columns=("name", "student", "relationship", "guardian.phone", "created_at", "ended_at"),
    search=(
        *("guardian.first_name", "guardian.last_name", "guardian.username"),
        *("student.user.first_name", "student.user.last_name", "student.student_number"),
    ),
    filters=("student_id",),
    create=limit_choices(
        questions_about(Guardianship, "guardian_id", "student_id", "relationship"),
        guardian_id=where(Membership__has=where(role=Role.PARENT, is_blocked=False)),
    ),
    edit=questions_about(Guardianship, "relationship"),
    actions=(RowAction("end", "ti ti-link-off", applies_to=where(ended_at__isnull=True), is_destructive=True),),
    in_schools=True,
)

STRUCTURE = (YEARS, STAGES, GRADES)
FAMILIES = (GUARDIANSHIPS,)
