"""Numbers of students, such as ST20240001: counted in a school for each academic year, each given once."""

from __future__ import annotations

from educore.groups.entities import Group
from educore.kernel.conditions import where
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.number_series import lock_series, next_number
from educore.people.entities import Student
from educore.schooling.entities import AcademicYear


def number_student(uow: UnitOfWork, student: Student, group: Group, *, number: str | None) -> Student:
    """Give a student this number or, if they have none, the next one of the year of their class.

    Raises: Conflict("taken") on student_number.
    """
    if number is None and student.student_number is not None:
        return student
    return uow.change(student, {"student_number": number or _next_student_number(uow, student, group)})


def _next_student_number(uow: UnitOfWork, student: Student, group: Group) -> str:
    first_year = uow.get(AcademicYear, group.academic_year_id or 0).year[:4]
    series = lock_series(uow, center_id=student.center_id, purpose=f"student {first_year}")

    def in_use(candidates: set[str]) -> set[str]:
        used = where(center_id=student.center_id, student_number__in=candidates)
        return {str(number) for number in uow.count_by(Student, "student_number", used)}

    return next_number(uow, series, form=f"ST{first_year}{{:04}}", used=in_use)
