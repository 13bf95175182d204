"""The screens of learning: students, groups, enrollments and courses."""

from __future__ import annotations

from dataclasses import replace

from educore import UnitOfWork, where
from educore.admissions import Contract
from educore.assessment import Assignment, Exam, ExamResult, Submission
from educore.attendance import AbsenceFlag, Attendance
from educore.billing import Invoice, Payment
from educore.courses import Course
from educore.groups import Enrollment, Group, GroupStatus, is_in_group, takes_seat
from educore.people import Guardianship, Student, StudentStatus
from educore.timetable import Series, Session, Timetable
from educore_web.admin.pages.families import guardians_of_student, places_of_class, students_of_class
from educore_web.admin.screen import Panel, RowAction, RowLink, Screen, limit_centers, limit_choices
from educore_web.admin.screens.common import ACCOUNT, PERSON_SEARCH, active_group, of_open_branch
from educore_web.admin.screens.messages import SEND_SMS
from educore_web.admin.screens.schooling import GRADES_OF_COURSE, SET_GRADES
from educore_web.admin.ui.question import Question, questions_about


def count_seats_taken(uow: UnitOfWork, groups: set[int]) -> dict[int, int]:
    """Return the number of seats taken in each group."""
    return uow.count_by(Enrollment, "group_id", where(group_id__in=groups) & takes_seat)


STUDENTS = Screen(
    Student,
    "learning",
    "ti ti-school",
    for_teachers=True,
    columns=("name", "branch", "group", "status", "user.phone", "enrollment_date"),
    school_columns=("name", "student_number", "group", "status", "user.phone", "enrollment_date"),
    search=(*PERSON_SEARCH, "student_number", "parent_name", "parent_phone"),
    filters=("status", "branch_id", Question("group_id", Student, condition=is_in_group)),
    create=ACCOUNT
    + limit_choices(
        questions_about(
            Student,
            *("branch_id", "group_id", "enrollment_date", "student_number", "parent_name", "parent_phone"),
            optional=["enrollment_date"],
        ),
        group_id=active_group,
        **of_open_branch,
    ),
    edit=ACCOUNT
    + limit_choices(
        questions_about(
            Student,
            *("branch_id", "group_id", "status", "enrollment_date", "student_number", "parent_name", "parent_phone"),
        ),
        group_id=active_group,
    ),
    actions=(
        RowAction(
            "move",
            "ti ti-arrows-exchange",
            questions=limit_choices((Question("group_id", Student, required=True),), group_id=active_group),
        ),
        RowAction("block", "ti ti-lock", applies_to=where(status__in=set(StudentStatus) - {StudentStatus.BLOCKED})),
        RowAction("unblock", "ti ti-lock-open", applies_to=where(status=StudentStatus.BLOCKED)),
    ),
    can_delete=True,
    imports="students",
    related=(
        (Enrollment, "student_id"),
        (Attendance, "student_id"),
        (AbsenceFlag, "student_id"),
        (Submission, "student_id"),
        (ExamResult, "student_id"),
        (Payment, "student_id"),
        (Invoice, "student_id"),
        (Contract, "student_id"),
    ),
    links=(
        RowLink("link_guardian", "ti ti-link", kind=Guardianship, prefill=(("student_id", "id"),)),
        RowLink("take_payment", "ti ti-cash", kind=Payment, prefill=(("student_id", "id"), ("group_id", "group_id"))),
    ),
    panels=(
        Panel(
            "guardians",
            Guardianship,
            ("guardian", "relationship", "phone", "email"),
            guardians_of_student,
            is_numeric=False,
            in_schools=True,
        ),
    ),
)

is_class = where(academic_year_id__isnull=False)
is_cohort = where(academic_year_id__isnull=True)

COHORT_QUESTIONS = tuple(
    replace(question, applies_to=is_cohort)
    for question in questions_about(Group, "name", "course_id", required=("course_id",))
)
CLASS_QUESTIONS = tuple(
    replace(question, applies_to=is_class)
    for question in limit_choices(
        questions_about(
            Group,
            *("academic_year_id", "grade_level_id", "section", "room_id"),
            required=("academic_year_id", "grade_level_id", "section"),
        ),
        academic_year_id=where(is_active=True),
        grade_level_id=where(is_active=True),
        room_id=where(is_available=True),
    )
)
"""A class is named after its grade level and section, so no form asks for its name."""

COHORT_FIELDS = ("course_id", "start_date", "end_date", "monthly_fee")
CLASS_FIELDS = ("academic_year_id", "grade_level_id", "section", "room_id")
FIELD_CONDITIONS = {
    name: rows | where(**{f"{name}__isnull": False})
    for rows, names in ((is_cohort, COHORT_FIELDS), (is_class, CLASS_FIELDS))
    for name in names
}
"""A class shows the usual fields of a cohort only if it has them, and a cohort those of a class."""

ENROLL = RowAction(
    "enroll",
    "ti ti-user-plus",
    questions=(
        Question("student_id", Enrollment, required=True, choices=where(status=StudentStatus.ACTIVE)),
        Question("enrolled_on", Enrollment),
        Question("student_number", Student),
    ),
    applies_to=is_class & where(status=GroupStatus.ACTIVE),
    single_row=True,
)
"""The action that enrolls a student in a class."""

GROUPS = Screen(
    Group,
    "learning",
    "ti ti-users-group",
    for_teachers=True,
    columns=("name", "course", "branch", "teacher", "seated", "status", "start_date"),
    school_columns=("name", "academic_year", "grade_level", "teacher", "room", "seated", "status"),
    search=("name", "course.name", "teacher.user.first_name", "teacher.user.last_name"),
    filters=(
        *("status", "branch_id", "teacher_id"),
        Question("course_id", Group, in_schools=False),
        Question("academic_year_id", Group, in_schools=True),
        Question("grade_level_id", Group, in_schools=True),
    ),
    create=limit_choices(
        limit_centers(COHORT_QUESTIONS, in_schools=False)
        + limit_centers(CLASS_QUESTIONS, in_schools=True)
        + questions_about(
            Group, *("branch_id", "teacher_id", "capacity", "monthly_fee", "start_date", "end_date", "status")
        ),
        **of_open_branch,
    ),
    edit=(
        *COHORT_QUESTIONS,
        *(question for question in CLASS_QUESTIONS if question.name != "academic_year_id"),
        *questions_about(
            Group, *("branch_id", "teacher_id", "capacity", "monthly_fee", "start_date", "end_date", "status")
        ),
    ),
    can_delete=True,
    can_import=True,
    actions=(ENROLL, SEND_SMS),
    counts={"seated": count_seats_taken},
    field_conditions=FIELD_CONDITIONS,
    links=(
        RowLink("week", "ti ti-calendar-week", page="class-week", applies_to=is_class, in_schools=True),
        RowLink("month", "ti ti-table", page="class-month", applies_to=is_class, in_schools=True),
    ),
    panels=(
        Panel("places", Enrollment, ("capacity", "seated", "free_seats"), places_of_class, applies_to=is_class),
        Panel(
            "students",
            Enrollment,
            ("student", "student_number", "enrolled_on"),
            students_of_class,
            applies_to=is_class,
            is_numeric=False,
        ),
    ),
    related=(
        (Student, "group_id"),
        (Enrollment, "group_id"),
        (Timetable, "group_id"),
        (Session, "group_id"),
        (Series, "group_id"),
        (Assignment, "group_id"),
        (Exam, "group_id"),
        (Payment, "group_id"),
    ),
)

REOPEN = RowAction(
    "reopen", "ti ti-door-enter", applies_to=where(left_on__isnull=False, academic_year_id__isnull=False)
)

ENROLLMENTS = Screen(
    Enrollment,
    "learning",
    "ti ti-clipboard-list",
    for_teachers=True,
    columns=("name", "group", "enrolled_on", "left_on"),
    school_columns=("name", "student.student_number", "group", "academic_year", "enrolled_on", "left_on"),
    search=("student.user.first_name", "student.user.last_name", "student.user.username", "group.name"),
    filters=("group_id", "student_id", Question("academic_year_id", Enrollment, in_schools=True)),
    order="-enrolled_on",
    create=limit_choices(questions_about(Enrollment, "student_id", "group_id"), group_id=active_group),
    actions=(RowAction("leave", "ti ti-door-exit", applies_to=where(left_on__isnull=True)), REOPEN),
)

SUBJECT_QUESTIONS = limit_centers(
    questions_about(Course, "name_ar", "name_fr", "code", "color", "icon"), in_schools=True
)
"""Further questions about a course in a school, where a course is a subject."""

COURSES = Screen(
    Course,
    "learning",
    "ti ti-book",
    columns=("name", "price", "duration_months", "is_active", "description"),
    school_columns=("name", "name_ar", "name_fr", "code", "is_active", "description"),
    search=("name", "name_ar", "name_fr", "code", "description"),
    filters=("is_active",),
    order="name",
    create=questions_about(Course, "center_id", "name", "price", "duration_months", "is_active", "description")
    + SUBJECT_QUESTIONS,
    edit=questions_about(Course, "name", "price", "duration_months", "is_active", "description") + SUBJECT_QUESTIONS,
    actions=(SET_GRADES,),
    can_delete=True,
    can_import=True,
    related=((Group, "course_id"),),
    panels=(GRADES_OF_COURSE,),
)

SCREENS = (STUDENTS, GROUPS, ENROLLMENTS, COURSES)
