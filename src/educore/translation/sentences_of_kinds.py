"""Parts of error sentences that depend on the kind of a row. Codes are those of `error_sentences`, with a dot.

`count.<Kind>` is a number of rows of a kind, `advice.<Kind>` the end of the sentence `in_use` for a row of a kind, and
`taken.<Kind>.<fields>` the sentence `taken` for the fields that name at most one row. Kinds that are not here get
`count.other`, `advice.other` and `taken`. A context of an application declares those of its kinds as `sentences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from educore.translation.plural import Plural

COUNTS: Mapping[str, tuple[str, str]] = {
    "other": ("other entry", "other entries"),
    "AbsenceFlag": ("absence flag", "absence flags"),
    "AcademicYear": ("school year", "school years"),
    "Answer": ("answer", "answers"),
    "Assessment": ("assessment", "assessments"),
    "Assignment": ("assignment", "assignments"),
    "Attempt": ("attempt", "attempts"),
    "Attendance": ("attendance mark", "attendance marks"),
    "AttendanceCorrection": ("correction of attendance", "corrections of attendance"),
    "AttendanceReport": ("attendance report", "attendance reports"),
    "Audience": ("group with an assessment", "groups with an assessment"),
    "Badge": ("badge", "badges"),
    "BadgeAward": ("badge of a student", "badges of students"),
    "Branch": ("branch", "branches"),
    "CalendarFeed": ("calendar address", "calendar addresses"),
    "Center": ("center", "centers"),
    "ChargeRun": ("monthly charge", "monthly charges"),
    "Choice": ("choice", "choices"),
    "Contract": ("contract", "contracts"),
    "Course": ("subject", "subjects"),
    "CurriculumEntry": ("curriculum entry", "curriculum entries"),
    "Delivery": ("sent message", "sent messages"),
    "EducationStage": ("stage of education", "stages of education"),
    "Enrollment": ("enrollment", "enrollments"),
    "Exam": ("exam", "exams"),
    "ExamResult": ("exam result", "exam results"),
    "FlagDocument": ("document about an absence", "documents about absences"),
    "GradeLevel": ("grade level", "grade levels"),
    "Group": ("group", "groups"),
    "Guardianship": ("guardian", "guardians"),
    "Import": ("import", "imports"),
    "ImportedRow": ("imported row", "imported rows"),
    "Invoice": ("invoice", "invoices"),
    "Lead": ("lead", "leads"),
    "Leaderboard": ("leaderboard", "leaderboards"),
    "LeaderboardEntry": ("place on a leaderboard", "places on leaderboards"),
    "LedgerEntry": ("ledger entry", "ledger entries"),
    "Lesson": ("teaching material", "teaching materials"),
    "LessonProgress": ("progress of a student", "progress of students"),
    "LessonResource": ("resource of a material", "resources of materials"),
    "LessonTag": ("tagged material", "tagged materials"),
    "LessonView": ("look at a material", "looks at materials"),
    "Membership": ("staff account", "staff accounts"),
    "Notification": ("notification", "notifications"),
    "NumberSeries": ("number series", "number series"),
    "Payment": ("payment", "payments"),
    "Payroll": ("salary", "salaries"),
    "Question": ("question", "questions"),
    "RewardEntry": ("reward", "rewards"),
    "Room": ("room", "rooms"),
    "Series": ("weekly plan", "weekly plans"),
    "Session": ("lesson", "lessons"),
    "SignIn": ("sign-in", "sign-ins"),
    "SmsTemplate": ("message template", "message templates"),
    "Student": ("student", "students"),
    "Submission": ("handed-in work", "handed-in works"),
    "Teacher": ("teacher", "teachers"),
    "Tag": ("tag", "tags"),
    "TeacherRating": ("rating of a teacher", "ratings of teachers"),
    "Timetable": ("timetable", "timetables"),
    "User": ("account", "accounts"),
    "Wallet": ("wallet", "wallets"),
}

ADVICE: Mapping[str, str] = {
    "other": "Remove or change that first.",
    "Assignment": "Close the assignment instead.",
    "Branch": "Close the branch instead.",
    "Center": "Make the center inactive instead.",
    "ChargeRun": "Take the charges back instead.",
    "Course": "Make it inactive instead.",
    "Exam": "Exams with results stay.",
    "Group": "Make the group inactive or complete it instead.",
    "Invoice": "Cancel the invoice instead.",
    "Membership": "Block the account instead.",
    "Payment": "Withdraw the payment instead.",
    "Payroll": "Salaries that were paid stay.",
    "Room": "Make the room unavailable instead.",
    "Session": "Cancel the lesson instead.",
    "Student": "Make the student inactive or block the account instead.",
    "Teacher": "Make the teacher inactive or block the account instead.",
    "User": "Block the account instead.",
}

TAKEN: Mapping[str, str] = {
    "AbsenceFlag.student_id": "This student has an open flag of this kind already.",
    "AbsenceFlag.student_id.session_id.type": "This absence has an open flag already.",
    "AcademicYear.center_id": "Another school year is the current one.",
    "Attendance.session_id.student_id": "This student already has a mark in this lesson; change that one.",
    "Audience.assessment_id.group_id": "The assessment is for this group already.",
    "Choice.question_id.position": "Another choice has this place; give each its own.",
    "CurriculumEntry.grade_level_id.course_id": "This subject is taught in the grade level already.",
    "Enrollment.group_id.student_id": "This student is in the group already.",
    "Enrollment.student_id.academic_year_id": "This student is in a class of this year already.",
    "ExamResult.exam_id.student_id": "This student already has a result in this exam; change that one.",
    "GradeLevel.stage_id.number": "The stage has a grade level of this number already.",
    "Group.grade_level_id.academic_year_id.section": "There is a class of this section already; choose another one.",
    "Guardianship.guardian_id.student_id": "This person is a guardian of the student already.",
    "Invoice.group_id.student_id.charged_for": "This student already has an invoice of this group for this month.",
    "LessonProgress.lesson_id.student_id": "This student has progress with this material already.",
    "LessonTag.lesson_id.tag_id": "The material has this tag already.",
    "Membership.center_id.user_id.role": "This person already has this role in the center.",
    "Payroll.teacher_id.month": "This teacher already has a salary for this month; change that one.",
    "Session.group_id": "The group has another lesson then; choose another time.",
    "Session.group_id.date": "The group already has a lesson without a time on this day.",
    "Session.series_id.date": "This lesson has a register already.",
    "Session.room_id": "The room is taken then; choose another room or time.",
    "Session.teacher_id": "The teacher teaches another lesson then; choose another time.",
    "Student.center_id.user_id": "This person is a student of the center already.",
    "Submission.assignment_id.student_id": "This student has already handed in work for this assignment.",
    "Teacher.center_id.user_id": "This person is a teacher of the center already.",
}

SENTENCES_OF_KINDS: Mapping[str, str | Plural] = MappingProxyType(
    {f"count.{kind}": Plural(f"{{count}} {one}", f"{{count}} {many}", "count") for kind, (one, many) in COUNTS.items()}
    | {f"advice.{kind}": text for kind, text in ADVICE.items()}
    | {f"taken.{key}": text for key, text in TAKEN.items()}
)
