"""Groups, enrollments and students; and members of any role."""

from educore.groups.classes import (
    change_grade_level,
    class_name,
    correct_enrollment,
    enroll_in_class,
    reopen_enrollment,
)
from educore.groups.context import CONTEXT
from educore.groups.entities import (
    Enrollment,
    Group,
    GroupId,
    GroupStatus,
    held_between,
    is_in_group,
    not_left_before,
    takes_seat,
)
from educore.groups.events import StudentBlocked, StudentEnrolled
from educore.groups.members import change_person, register_person, remove_person, students_in_group
from educore.groups.sign_up import find_sign_up_center, refuse_taken_email, register_by_email, sign_up
from educore.groups.students import block_student, change_student, register_student, remove_student, unblock_student
from educore.groups.use_cases import (
    change_group,
    create_group,
    end_enrollment,
    enroll_student,
    leave_group,
    move_student,
)

__all__ = [
    "CONTEXT",
    "Enrollment",
    "Group",
    "GroupId",
    "GroupStatus",
    "StudentBlocked",
    "StudentEnrolled",
    "block_student",
    "change_grade_level",
    "change_group",
    "change_person",
    "change_student",
    "class_name",
    "correct_enrollment",
    "create_group",
    "end_enrollment",
    "enroll_in_class",
    "find_sign_up_center",
    "enroll_student",
    "held_between",
    "is_in_group",
    "leave_group",
    "move_student",
    "not_left_before",
    "register_by_email",
    "register_person",
    "register_student",
    "remove_person",
    "remove_student",
    "refuse_taken_email",
    "reopen_enrollment",
    "sign_up",
    "students_in_group",
    "takes_seat",
    "unblock_student",
]
