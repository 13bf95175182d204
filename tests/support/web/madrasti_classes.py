"""Two classes of the school that calls Madrasti: for the tests of its operations on classes and the people in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from educore.groups import create_group, enroll_in_class
from educore.schooling import EducationStage, GradeLevel, add_year
from support.web.madrasti_school import School


@dataclass(frozen=True)
class Classes:
    """The ids of the first year of primary school in two academic years.

    Class A has two seats and is led by Timur; Sardor is in it. Class B is led by Tamara, and is empty.
    """

    year: int
    next_year: int
    grade: int
    second_grade: int
    a: int
    b: int
    place: int
    """Sardor's enrollment in A."""


def found_classes(school: School) -> Classes:
    """Open the classes of Tashkent."""
    world = school.site.world
    with school.site.platform.school.work(world.dilshod) as uow:
        dates: dict[str, Any] = {"start_date": date(2023, 9, 4), "end_date": date(2024, 6, 28)}
        year = add_year(uow, year="2023-2024", **dates, is_current=True)
        dates = {"start_date": date(2024, 9, 2), "end_date": date(2025, 6, 30)}
        next_year = add_year(uow, year="2024-2025", **dates)
        stage = uow.add(EducationStage, {"name": "Primaire", "stage": "primary", "position": 1})
        first, second = (
            uow.add(GradeLevel, {"stage_id": stage.id, "number": number, "name": name})
            for number, name in ((1, "1ère Année Primaire"), (2, "2ème Année Primaire"))
        )
        place: dict[str, Any] = {"grade_level_id": first.id, "academic_year_id": year.id}
        a = create_group(uow, **place, section="A", teacher_id=world.timur.teacher_id, capacity=2)
        b = create_group(uow, **place, section="B", teacher_id=world.tamara.teacher_id)
        sardor = enroll_in_class(uow, group_id=a.id, student_id=world.sardor.student_id or 0)
    return Classes(year.id, next_year.id, first.id, second.id, a.id, b.id, sardor.id)
