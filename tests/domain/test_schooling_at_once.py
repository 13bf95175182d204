"""Many people at a school at once: places in classes and the current year are given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from educore import Educore, memory_ports, perform, where
from educore.adapters.memory import FixedClock
from educore.adapters.sql import Database
from educore.courses import Course
from educore.groups import Enrollment, Group, create_group, enroll_in_class, register_student
from educore.groups.entities import is_open
from educore.people import Guardianship, Student, link_guardian
from educore.schooling import AcademicYear, GradeLevel, make_year_current, set_curriculum
from support.cast import World, account
from support.concurrency import run_concurrently
from support.school_cast import School, create_school


@pytest.fixture
def platform(filled_database: Database) -> Educore:
    """Both towns and the school, in a SQLite file and in PostgreSQL."""
    return Educore(filled_database.store, memory_ports(FixedClock()))


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


def act(platform: Educore, school: School, use_case: Callable[..., Any], *row: Any, **fields: Any) -> Callable[[], Any]:
    """A use case in a transaction of its own."""

    def run() -> None:
        with platform.work(school.director) as uow:
            use_case(uow, *row, **fields)

    return run


def pupils(platform: Educore, school: School, count: int) -> list[int]:
    with platform.work(school.director) as uow:
        return [
            register_student(uow, account=account(f"Pupil{n}"), branch_id=school.branch.id).id for n in range(count)
        ]


def test_the_last_place_in_a_class_is_given_once(platform: Educore, school: School) -> None:
    wish = {"group_id": school.class_a.id}
    acts = [act(platform, school, enroll_in_class, student_id=id, **wish) for id in pupils(platform, school, 8)]
    assert Counter(run_concurrently(*acts)) == {"done": 1, "group_full": 7}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Enrollment, where(group_id=school.class_a.id)) == 2


def test_a_student_taken_into_two_classes_of_a_year_is_in_one(platform: Educore, school: School) -> None:
    student = {"student_id": school.newcomer.student_id}
    classes = (school.class_a.id, school.class_b.id)
    endings = run_concurrently(*(act(platform, school, enroll_in_class, group_id=id, **student) for id in classes * 4))
    assert Counter(endings) == {"done": 1, "in_class_of_year": 4, "already_in_group": 3}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Enrollment, is_open & where(**student)) == 1


def test_of_years_made_current_at_once_one_is(platform: Educore, school: School) -> None:
    years = [school.year, school.next_year]
    endings = run_concurrently(*(act(platform, school, make_year_current, year) for year in years * 4))
    assert Counter(endings) == {"done": 8}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(AcademicYear, where(is_current=True)) == 1


def test_a_class_opened_while_its_grade_level_is_renamed_has_the_new_name(platform: Educore, school: School) -> None:
    class_ = {"grade_level_id": school.first_grade.id, "academic_year_id": school.year.id}
    opened = [act(platform, school, create_group, section=section, **class_) for section in "CDEF"]
    rename = act(platform, school, perform, GradeLevel, "update", school.first_grade.id, {"name": "CP"})
    assert Counter(run_concurrently(*opened[:2], rename, *opened[2:])) == {"done": 5}
    with platform.work(school.director, read_only=True) as uow:
        names = {group.name for group in uow.find(Group, where(grade_level_id=school.first_grade.id))}
    assert names == {f"CP - {section}" for section in "ABCDEF"}


def test_a_section_is_opened_once(platform: Educore, school: School) -> None:
    class_ = {"grade_level_id": school.first_grade.id, "academic_year_id": school.year.id, "section": "C"}
    endings = run_concurrently(*[act(platform, school, create_group, **class_)] * 8)
    assert Counter(endings) == {"done": 1, "taken": 7}


def test_a_guardian_is_linked_once(platform: Educore, school: School) -> None:
    family = {"guardian_id": school.parent.user_id, "student_id": school.newcomer.student_id}
    endings = run_concurrently(*[act(platform, school, link_guardian, **family)] * 8)
    assert Counter(endings) == {"done": 1, "already_guardian": 7}
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Guardianship, where(**family)) == 1


def test_a_curriculum_set_from_both_sides_has_each_entry_once(platform: Educore, school: School) -> None:
    acts = [
        act(platform, school, set_curriculum, school.second_grade, other_ids=[school.course.id]),
        act(platform, school, set_curriculum, school.course, other_ids=[school.first_grade.id, school.second_grade.id]),
    ]
    assert set(run_concurrently(*acts * 4)) <= {"done", "taken"}
    with platform.work(school.director, read_only=True) as uow:
        courses = uow.count_by(GradeLevel, "id", where(CurriculumEntry__has=where(course_id=school.course.id)))
    assert set(courses) == {school.first_grade.id, school.second_grade.id}


def test_students_numbered_at_once_have_different_numbers(platform: Educore, school: School) -> None:
    taken = pupils(platform, school, 8)
    acts = [act(platform, school, enroll_in_class, group_id=school.class_b.id, student_id=id) for id in taken]
    assert Counter(run_concurrently(*acts)) == {"done": 8}
    with platform.work(school.director, read_only=True) as uow:
        numbers = uow.count_by(Student, "student_number", where(id__in=taken))
    assert set(numbers) == {f"ST2024{n:04}" for n in range(2, 10)}


def test_a_number_that_is_typed_twice_is_given_once(platform: Educore, school: School) -> None:
    wish = {"group_id": school.class_b.id, "student_number": "ST20240042"}
    acts = [act(platform, school, enroll_in_class, student_id=id, **wish) for id in pupils(platform, school, 6)]
    assert Counter(run_concurrently(*acts)) == {"done": 1, "taken": 5}


def test_a_class_archived_while_students_enroll_keeps_nobody(platform: Educore, school: School) -> None:
    """Either the class is archived and nobody is in it, or students are in it and it stays."""
    class_b = school.class_b.id
    enroll = [
        act(platform, school, enroll_in_class, group_id=class_b, student_id=id) for id in pupils(platform, school, 6)
    ]
    archive = act(platform, school, perform, Group, "archive", class_b)
    endings = Counter(run_concurrently(*enroll[:3], archive, *enroll[3:]))
    with platform.work(school.director, read_only=True) as uow:
        enrolled = uow.count(Enrollment, is_open & where(group_id=class_b))
        stays = uow.count(Group, where(id=class_b))
    if stays:
        assert endings == {"done": 6, "in_use": 1}
        assert enrolled == 6
    else:
        assert endings == {"done": 1, "unknown_id": 6}
        assert enrolled == 0


def test_a_code_restored_and_created_at_once_is_given_once(platform: Educore, school: School) -> None:
    with platform.work(school.director) as uow:
        archived = []
        for _ in range(2):
            course = uow.add(Course, {"name": "Mathématiques", "code": "MATH", "created_at": uow.ports.clock.now()})
            archived.append(perform(uow, Course, "archive", course.id).id)
    fields = {"name": "Maths", "code": "MATH"}
    create = act(platform, school, perform, Course, "create", None, fields)
    restore = [act(platform, school, perform, Course, "restore", id) for id in archived]
    endings = Counter(run_concurrently(create, *restore, create, *restore, create))
    again = endings.pop("not_found", 0)  # of two who restore one course, the second finds it restored
    assert endings == {"done": 1, "taken": 6 - again}
    assert again in (0, 1)
    with platform.work(school.director, read_only=True) as uow:
        assert uow.count(Course, where(code="MATH")) == 1
