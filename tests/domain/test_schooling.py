"""The structure of a school, its classes and its families, in every store."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from educore import Actor, Conflict, Educore, Forbidden, Invalid, NotFound, Ports, Role, perform, where
from educore.billing import Invoice, find_debtors, make_charges, preview_charges
from educore.billing.charges import Skipped
from educore.groups import (
    Enrollment,
    Group,
    create_group,
    end_enrollment,
    enroll_in_class,
    enroll_student,
    register_student,
    remove_student,
    reopen_enrollment,
)
from educore.identity import Membership, User
from educore.kernel.store import Store
from educore.organization import Center
from educore.people import Guardianship, Student, end_guardianship, link_guardian
from educore.schooling import (
    AcademicYear,
    CurriculumEntry,
    EducationStage,
    GradeLevel,
    configure_school,
    current_year,
    make_year_current,
    set_curriculum,
)
from support.cast import World, account
from support.school_cast import School, create_school

NEXT: dict[str, Any] = {"year": "2026-2027", "start_date": date(2026, 9, 1), "end_date": date(2027, 6, 30)}
"""A year that the school does not have yet."""


@pytest.fixture
def platform(store: Store, ports: Ports) -> Educore:
    """Both towns and the school, in each of the stores in turn."""
    return Educore(store, ports)


@pytest.fixture
def school(platform: Educore, world: World) -> School:
    """The school."""
    return create_school(platform, world.rustam)


def problems(error: Invalid) -> dict[str, str]:
    return {path: found[0].code for path, found in error.fields.items()}


# -- structure -----------------------------------------------------------------------------------------


def test_one_year_of_a_school_is_the_current_one(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        assert current_year(uow, center_id=school.center.id) == school.year
        make_year_current(uow, school.next_year)
        years = {year.year: year.is_current for year in uow.find(AcademicYear)}
    assert years == {"2024-2025": False, "2025-2026": True}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"year": "2024-2026"}, {"year": "school_year"}),
        ({"year": "24-25"}, {"year": "school_year"}),
        ({"end_date": date(2026, 9, 1)}, {"end_date": "ends_before_start"}),
        (
            {"registration_start": date(2026, 7, 1), "registration_end": date(2026, 6, 1)},
            {"registration_end": "ends_before_start"},
        ),
        ({"year": "2024-2025"}, {"year": "taken", "center_id": "taken"}),
    ],
)
def test_a_year_that_cannot_be_is_refused(
    platform: Educore, school: School, fields: dict[str, Any], problem: dict[str, str]
) -> None:
    with platform.work(school.staff) as uow:
        with pytest.raises(Invalid) as refused:
            perform(uow, AcademicYear, "create", fields={**NEXT, **fields})
        assert problems(refused.value).items() <= problem.items()
        assert perform(uow, AcademicYear, "create", fields=NEXT).year == "2026-2027"


def test_the_highest_age_of_a_stage_is_not_below_the_lowest(platform: Educore, school: School) -> None:
    ages = {"min_age": 12, "max_age": 6}
    with platform.work(school.staff) as uow, pytest.raises(Invalid) as refused:
        uow.change(school.stage, ages)
    assert problems(refused.value) == {"max_age": "ages_fall"}


def test_a_grade_level_that_is_renamed_renames_its_classes(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        perform(uow, GradeLevel, "update", school.first_grade.id, {"name": "CP"})
        names = [group.name for group in uow.find(Group, where(grade_level_id=school.first_grade.id))]
    assert names == ["CP - A", "CP - B"]


def test_only_the_difference_of_a_curriculum_is_written(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        (entry,) = uow.find(CurriculumEntry)
        set_curriculum(uow, school.course, other_ids=[school.first_grade.id, school.second_grade.id])
        found = uow.find(CurriculumEntry)
        assert [(row.id == entry.id, row.grade_level_id) for row in found] == [
            (True, school.first_grade.id),
            (False, school.second_grade.id),
        ]
        set_curriculum(uow, school.first_grade, other_ids=[])
        assert [row.grade_level_id for row in uow.find(CurriculumEntry)] == [school.second_grade.id]


def test_a_course_of_another_center_is_in_no_curriculum(platform: Educore, school: School, world: World) -> None:
    with platform.work(school.staff) as uow, pytest.raises(Invalid) as refused:
        set_curriculum(uow, school.first_grade, other_ids=[school.course.id, world.tashkent.course.id])
    assert problems(refused.value) == {"other_ids": "unknown_id"}


@pytest.mark.parametrize("role", [Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER])
def test_everybody_reads_the_structure_and_only_the_office_changes_it(
    platform: Educore, school: School, role: Role
) -> None:
    with platform.work(school.people()[role]) as uow:
        assert uow.find(GradeLevel) == [school.first_grade, school.second_grade]
        with pytest.raises(Forbidden):
            uow.change(school.stage, {"name": "Mine"})


def test_nobody_elsewhere_sees_the_structure_of_a_school(platform: Educore, school: School, world: World) -> None:
    with platform.work(world.rustam) as uow:
        assert uow.count(EducationStage) == 1
    with platform.work(world.dilshod) as uow:
        assert uow.count(EducationStage) == 0


def test_what_others_depend_on_is_not_archived(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        for kind, id, by in (
            (EducationStage, school.stage.id, {"GradeLevel": 2}),
            (GradeLevel, school.first_grade.id, {"Group": 2}),
        ):
            with pytest.raises(Conflict) as refused:
                perform(uow, kind, "archive", id)
            assert refused.value.fields[""][0].params["by"] == by
        assert perform(uow, GradeLevel, "archive", school.second_grade.id).archived_at is not None
        assert uow.find(GradeLevel) == [school.first_grade]


def test_the_current_year_is_not_archived_and_another_one_comes_back(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        year = perform(uow, AcademicYear, "create", fields={**NEXT, "is_current": True})
        with pytest.raises(Conflict) as refused:
            perform(uow, AcademicYear, "archive", year.id)
        assert problems(refused.value) == {"": "current_year_stays"}
        perform(uow, AcademicYear, "archive", school.next_year.id)
        assert perform(uow, AcademicYear, "restore", school.next_year.id).archived_at is None


def test_a_number_is_free_once_its_grade_level_is_archived(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        perform(uow, GradeLevel, "archive", school.second_grade.id)
        uow.add(GradeLevel, {"stage_id": school.stage.id, "number": 2, "name": "CE1"})
        with pytest.raises(Conflict) as refused:
            perform(uow, GradeLevel, "restore", school.second_grade.id)
        assert problems(refused.value)["number"] == "taken"


# -- classes -------------------------------------------------------------------------------------------


def test_a_class_is_named_after_its_grade_level_and_section(platform: Educore, school: School) -> None:
    assert school.class_a.name == "1ère Année Primaire - A"
    assert (school.class_a.branch_id, school.class_a.course_id) == (school.branch.id, None)
    with platform.work(school.staff) as uow:
        moved = {"grade_level_id": school.second_grade.id, "section": "C"}
        assert perform(uow, Group, "update", school.class_b.id, moved).name == "2ème Année Primaire - C"


@pytest.mark.parametrize(
    ("missing", "fields", "problem"),
    [
        ("section", {}, {"section": "missing"}),
        ("academic_year_id", {}, {"academic_year_id": "missing"}),
        ("grade_level_id", {}, {"grade_level_id": "missing"}),
        ("", {"section": "A"}, {"section": "taken"}),
        ("", {"name": "Mine"}, {"name": "follows_grade_level"}),
    ],
)
def test_a_class_that_cannot_be_is_refused(
    platform: Educore, school: School, missing: str, fields: dict[str, Any], problem: dict[str, str]
) -> None:
    right: dict[str, Any] = {
        "grade_level_id": school.first_grade.id,
        "academic_year_id": school.year.id,
        "section": "C",
    }
    wrong = {name: value for name, value in {**right, **fields}.items() if name != missing}
    with platform.work(school.staff) as uow:
        with pytest.raises(Invalid) as refused:
            create_group(uow, **wrong, **({"name": "Class"} if missing else {}))
        assert problem.items() <= problems(refused.value).items()
        assert create_group(uow, **right).section == "C"


def test_a_class_has_no_course_and_a_group_that_is_none_needs_one(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        with pytest.raises(Invalid) as refused:
            perform(uow, Group, "update", school.class_a.id, {"course_id": school.course.id})
        assert problems(refused.value) == {"course_id": "class_has_course"}
        with pytest.raises(Invalid) as refused:
            create_group(uow, name="Nothing")
        assert problems(refused.value) == {"course_id": "missing"}
        assert create_group(uow, name="Arabe du soir", course_id=school.course.id).is_class is False


def test_the_year_of_a_class_stays(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow, pytest.raises(Invalid) as refused:
        perform(uow, Group, "update", school.class_a.id, {"academic_year_id": school.next_year.id})
    assert problems(refused.value) == {"academic_year_id": "cannot_change"}


# -- enrollments ---------------------------------------------------------------------------------------


def test_a_student_is_in_one_class_of_a_year(platform: Educore, school: School) -> None:
    pupil = school.student.student_id or 0
    with platform.work(school.staff) as uow:
        for enroll in (enroll_in_class, enroll_student):
            with pytest.raises(Conflict) as refused:
                enroll(uow, group_id=school.class_b.id, student_id=pupil)
            assert problems(refused.value) == {"student_id": "in_class_of_year"}
        place: dict[str, Any] = {"grade_level_id": school.second_grade.id, "academic_year_id": school.next_year.id}
        next_class = create_group(uow, **place, section="A")
        assert enroll_in_class(uow, group_id=next_class.id, student_id=pupil).academic_year_id == school.next_year.id


def test_the_same_class_twice_is_refused(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow, pytest.raises(Conflict) as refused:
        enroll_in_class(uow, group_id=school.class_a.id, student_id=school.student.student_id or 0)
    assert problems(refused.value) == {"student_id": "already_in_group"}


def test_an_earlier_day_is_also_the_students_first(platform: Educore, school: School) -> None:
    day, pupil = date(2023, 9, 4), school.newcomer.student_id or 0
    with platform.work(school.staff) as uow:
        assert uow.get(Student, pupil).enrollment_date > day
        assert enroll_in_class(uow, group_id=school.class_a.id, student_id=pupil, enrolled_on=day).enrolled_on == day
        assert uow.get(Student, pupil).enrollment_date == day


def test_a_cohort_is_no_class(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        cohort = create_group(uow, name="Arabe du soir", course_id=school.course.id)
        with pytest.raises(Invalid) as refused:
            enroll_in_class(uow, group_id=cohort.id, student_id=school.newcomer.student_id or 0)
    assert problems(refused.value) == {"group_id": "unknown_id"}


def test_an_enrollment_that_ended_can_be_reopened_unless_the_student_is_elsewhere(
    platform: Educore, school: School
) -> None:
    with platform.work(school.staff) as uow:
        (place,) = uow.find(Enrollment, where(student_id=school.student.student_id))
        assert end_enrollment(uow, place).left_on is not None
        assert reopen_enrollment(uow, place).left_on is None
        end_enrollment(uow, place)
        enroll_in_class(uow, group_id=school.class_b.id, student_id=place.student_id)
        with pytest.raises(Conflict) as refused:
            reopen_enrollment(uow, place)
    assert problems(refused.value) == {"student_id": "in_class_of_year"}


# -- families ------------------------------------------------------------------------------------------


def test_a_mother_sees_her_child_and_nobody_elses(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        assert uow.count(Student) == 2
    with platform.work(school.parent) as uow:
        assert [student.id for student in uow.find(Student)] == [school.student.student_id]
        assert {user.id for user in uow.find(User)} == {school.parent.user_id, school.student.user_id}
        assert uow.count(Membership) == 2
        assert uow.count(Group) == 2
        assert uow.count(Enrollment) == 0
        with pytest.raises(NotFound):
            uow.get(Student, school.newcomer.student_id or 0)
        assert [link.guardian_id for link in uow.find(Guardianship)] == [school.parent.user_id]


def test_who_is_no_longer_a_guardian_sees_the_child_no_longer(platform: Educore, school: School) -> None:
    with platform.work(school.staff) as uow:
        (link,) = uow.find(Guardianship, where(guardian_id=school.parent.user_id))
        ended = end_guardianship(uow, link)
        assert end_guardianship(uow, ended) == ended
    with platform.work(school.parent) as uow:
        assert uow.count(Student) == 0


@pytest.mark.parametrize("who", ["parent", "student", "teacher", "driver"])
def test_only_the_office_links_guardians(platform: Educore, school: School, who: str) -> None:
    claimer: Actor = getattr(school, who)
    with platform.work(claimer) as uow, pytest.raises((Forbidden, Invalid)):
        link_guardian(uow, guardian_id=claimer.user_id or 0, student_id=school.newcomer.student_id or 0)
    with platform.work(school.staff) as uow:
        assert uow.count(Guardianship) == 2


def test_a_guardian_is_a_parent_of_the_school(platform: Educore, school: School) -> None:
    pupil = school.newcomer.student_id or 0
    with platform.work(school.staff) as uow:
        with pytest.raises(Invalid) as refused:
            link_guardian(uow, guardian_id=school.teacher.user_id or 0, student_id=pupil)
        assert problems(refused.value) == {"guardian_id": "not_a_parent"}
        assert link_guardian(uow, guardian_id=school.parent.user_id or 0, student_id=pupil, relationship="aunt")
        with pytest.raises(Conflict) as again:
            link_guardian(uow, guardian_id=school.parent.user_id or 0, student_id=pupil)
        assert problems(again.value) == {"student_id": "already_guardian"}


def test_a_student_who_is_removed_leaves_no_guardianship(platform: Educore, school: School) -> None:
    with platform.work(school.director) as uow:
        remove_student(uow, uow.get(Student, school.newcomer.student_id or 0))
        assert [link.student_id for link in uow.find(Guardianship)] == [school.student.student_id]


# -- numbers and settings ------------------------------------------------------------------------------


def test_numbers_of_students_are_counted_for_each_year_and_skip_those_in_use(platform: Educore, school: School) -> None:
    with platform.work(school.director) as uow:
        assert uow.get(Student, school.student.student_id or 0).student_number == "ST20240001"
        taken = perform(uow, Student, "update", school.newcomer.student_id or 0, {"student_number": "ST20240002"})
        third = register_student(uow, account=account("Third"), branch_id=school.branch.id)
        enroll_in_class(uow, group_id=school.class_b.id, student_id=third.id)
        assert uow.get(Student, third.id).student_number == "ST20240003"
        enroll_in_class(uow, group_id=school.class_b.id, student_id=taken.id)
        assert uow.get(Student, taken.id).student_number == "ST20240002"


def test_a_number_that_is_given_is_kept_and_one_that_is_taken_refused(platform: Educore, school: School) -> None:
    wish: dict[str, Any] = {"group_id": school.class_b.id, "student_id": school.newcomer.student_id}
    with pytest.raises(Conflict) as refused, platform.work(school.staff) as uow:
        enroll_in_class(uow, **wish, student_number="ST20240001")
    assert problems(refused.value)["student_number"] == "taken"
    with platform.work(school.staff) as uow:
        enroll_in_class(uow, **wish, student_number="P-17")
        assert uow.get(Student, school.newcomer.student_id or 0).student_number == "P-17"


def test_a_school_is_configured_by_its_office(platform: Educore, school: School) -> None:
    fields = {"name": "Lycée Anfa", "name_ar": "ثانوية أنفا", "city": "Casablanca"}
    with platform.work(school.staff) as uow:
        others = {"director_user_id": school.director.user_id, "current_year_id": school.next_year.id}
        center = perform(uow, Center, "configure", school.center.id, {**fields, **others})
        assert {name: getattr(center, name) for name in fields} == fields
        assert current_year(uow, center_id=center.id) == uow.get(AcademicYear, school.next_year.id)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"director_user_id": "teacher"}, {"director_user_id": "not_a_director"}),
        ({"current_year_id": 0}, {"current_year_id": "unknown_id"}),
    ],
)
def test_settings_that_cannot_be_are_refused(
    platform: Educore, school: School, fields: dict[str, Any], problem: dict[str, str]
) -> None:
    given = {name: school.teacher.user_id if value == "teacher" else value for name, value in fields.items()}
    with platform.work(school.staff) as uow, pytest.raises(Invalid) as refused:
        configure_school(uow, school.center, **given)
    assert problems(refused.value) == problem


def test_a_center_is_no_school_and_a_school_does_not_change_its_currency(
    platform: Educore, school: School, world: World
) -> None:
    with platform.work(world.dilshod) as uow, pytest.raises(Forbidden):
        configure_school(uow, world.tashkent.center, name="School")
    with platform.work(school.staff) as uow, pytest.raises(Forbidden):
        configure_school(uow, school.center, currency="USD")


# -- teachers ------------------------------------------------------------------------------------------


def test_a_teacher_enrolls_in_the_classes_they_lead_and_in_no_others(platform: Educore, school: School) -> None:
    pupil = {"student_id": school.newcomer.student_id or 0}
    with platform.work(school.teacher) as uow:
        assert uow.count(Group) == 2
        with pytest.raises(Forbidden):
            enroll_in_class(uow, group_id=school.class_b.id, **pupil)
        place = enroll_in_class(uow, group_id=school.class_a.id, **pupil)
        assert reopen_enrollment(uow, end_enrollment(uow, place)).left_on is None


def test_a_teacher_of_a_center_enrolls_nobody(platform: Educore, world: World) -> None:
    with platform.work(world.timur) as uow:
        assert [group.id for group in uow.find(Group)] == [world.tashkent.morning.id]
        (place, _) = uow.find(Enrollment)
        with pytest.raises(Forbidden):
            end_enrollment(uow, place)


# -- money ---------------------------------------------------------------------------------------------


def test_a_class_without_a_fee_is_charged_nothing_and_one_with_a_fee_is(platform: Educore, school: School) -> None:
    due = {"month": "2024-01", "due_date": date(2024, 1, 31)}
    with platform.work(school.director) as uow:
        (line,) = preview_charges(uow, **due)
        assert (line.course_name, line.amount, line.skipped) == (None, 0, Skipped.NO_FEE)
        perform(uow, Group, "update", school.class_a.id, {"monthly_fee": "300"})
        make_charges(uow, **due)
        (invoice,) = uow.find(Invoice)
    assert (invoice.amount, invoice.description) == (300, "1ère Année Primaire - A, 2024-01")


def test_in_a_class_without_a_fee_nobody_is_a_debtor(platform: Educore, school: School) -> None:
    student_id, since = school.newcomer.student_id or 0, date(2023, 9, 4)
    with platform.work(school.director) as uow:
        enroll_in_class(uow, group_id=school.class_b.id, student_id=student_id, enrolled_on=since)
        assert find_debtors(uow) == {}
        perform(uow, Group, "update", school.class_b.id, {"monthly_fee": "300"})
        assert list(find_debtors(uow)) == [student_id]
