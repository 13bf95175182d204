"""Places of students in groups: taken, left and corrected, and the main group among them.

A student who holds places has one of them as the main group, which `Student.group_id` names; the student's branch is
the branch of that group. A group that is assigned becomes the main one. If the main group is left while other places
are held, the one that was taken first becomes the main one. All functions expect a locked student.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from educore.groups.entities import Enrollment, Group, GroupStatus, is_open
from educore.groups.events import StudentEnrolled
from educore.groups.seats import require_seat
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict, Invalid
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import local_today
from educore.people.entities import Student


def open_places(uow: UnitOfWork, student: Student) -> list[Enrollment]:
    """Return the open places of a student, the one that was taken first at the head."""
    return uow.find(Enrollment, is_open & where(student_id=student.id), order=("enrolled_on", "id"))


def take_place(
    uow: UnitOfWork, student: Student, places: Sequence[Enrollment], group_id: int, *, since: date | None = None
) -> tuple[Enrollment, Group]:
    """Return the open place in a group among `places`, or a new one, and the group, which is locked.

    A new place begins on the day `since` or today, but not before the student's enrollment date.
    Raises: Conflict("group_full"), ("group_not_active") on group_id; Conflict("in_class_of_year") on student_id;
    Invalid("unknown_id") on group_id.
    """
    group = lock_active_group(uow, group_id)
    for place in places:
        if place.group_id == group.id:
            return place, group
    refuse_second_class(uow, group, places)
    require_seat(uow, group, student.status)
    enrollment = uow.add(
        Enrollment,
        {
            "center_id": group.center_id,
            "group_id": group.id,
            "student_id": student.id,
            "academic_year_id": group.academic_year_id,
            "enrolled_on": max(since or local_today(uow, group.center_id), student.enrollment_date),
        },
    )
    uow.record(StudentEnrolled(center_id=group.center_id, group_id=group.id, student_id=student.id))
    return enrollment, group


def refuse_second_class(uow: UnitOfWork, group: Group, places: Sequence[Enrollment]) -> None:
    """Refuse a class to a student who holds a place in another class of its year.

    Raises: Conflict("in_class_of_year") on student_id, with the name of that class.
    """
    for place in places:
        if group.is_class and place.academic_year_id == group.academic_year_id:
            name = uow.as_platform().get(Group, place.group_id).name
            raise Conflict.because("student_id", "in_class_of_year", name=name)


def replace_main_group(
    uow: UnitOfWork, student: Student, group_id: int | None, *, since: date | None = None
) -> Student:
    """Leave the main group and make another one the main one, as `move_student` describes.

    A new place begins on the day `since` or today. Raises: the errors of `take_place`.
    """
    if student.group_id == group_id:
        return student
    places = leave_place(uow, open_places(uow, student), student.group_id)
    group = first_group(uow, places) if group_id is None else take_place(uow, student, places, group_id, since=since)[1]
    return set_main_group(uow, student, group)


def leave_place(uow: UnitOfWork, places: Sequence[Enrollment], group_id: int | None) -> list[Enrollment]:
    """End the places in a group, if there are any among `places`; return the others. The history stays."""
    for place in places:
        if place.group_id == group_id:
            uow.change(place, {"left_on": local_today(uow, place.center_id)})
    return [place for place in places if place.group_id != group_id]


def set_main_group(uow: UnitOfWork, student: Student, group: Group | None) -> Student:
    """Make a group the main one; the student's branch becomes that of the group (center_crm C48)."""
    follows = {} if group is None else {"branch_id": group.branch_id}
    return uow.change(student, {"group_id": group and group.id, **follows})


def first_group(uow: UnitOfWork, places: Sequence[Enrollment]) -> Group | None:
    """Return the group of the place that was taken first, locked while its branch is copied; None without places."""
    return uow.get(Group, places[0].group_id, lock=True) if places else None


def correct_enrollment_date(uow: UnitOfWork, student: Student, *, before: date) -> None:
    """Make the places that began on the former enrollment date, or before the new one, begin on the new one.

    Raises: Invalid("left_before") on enrollment_date if such a place ended before the new date, and what guards raise
    about marks and charges before it.
    """
    day = student.enrollment_date
    began = where(enrolled_on=before) | where(enrolled_on__lte=day)
    for place in uow.find(Enrollment, where(student_id=student.id) & began, lock=True):
        if place.was_never_held:
            continue
        if place.left_on is not None and place.left_on < day:
            raise Invalid.because("enrollment_date", "left_before", date=place.left_on.isoformat())
        try:
            uow.change(place, {"enrolled_on": day})
        except Invalid as error:
            renamed = {"enrolled_on": "enrollment_date"}
            raise type(error)({renamed.get(path, path): problems for path, problems in error.fields.items()}) from None


def lock_active_group(uow: UnitOfWork, group_id: int) -> Group:
    """Lock the group, so that its seats are counted and taken without a race. Raises: Conflict("group_not_active")."""
    group = uow.reference(Group, group_id, field="group_id", to="enroll", lock=True)
    if group.status is not GroupStatus.ACTIVE:
        raise Conflict.because("group_id", "group_not_active", status=group.status.value)
    return group
