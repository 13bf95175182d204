"""The enumerations of this document; each has the member names of the domain and its own words as values.

Their docstrings are part of the OpenAPI document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from educore import Role
from educore_web.rest.common import AliasEnum


class Word(AliasEnum):
    """Base of the words of this document, which clients may send in capital or in small letters."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        folded = value.casefold() if isinstance(value, str) else None
        return next((word for word in cls if word.value.casefold() == folded), None)


class RoleWord(Word):
    """The role of a person. The director is the administrator of a school; everybody else in its office is staff."""

    DIRECTOR = "ADMIN"
    STAFF = "STAFF"
    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    PARENT = "PARENT"
    DRIVER = "DRIVER"
    SUPERADMIN = DIRECTOR
    MANAGER = STAFF
    ADMIN = STAFF


class LevelWord(Word):
    """A stage of school."""

    PRIMARY = "PRIMARY"
    MIDDLE = "MIDDLE"
    HIGH = "HIGH"


class RoomWord(Word):
    """The purpose of a room."""

    CLASSROOM = "CLASSROOM"
    LAB = "LAB"
    LIBRARY = "LIBRARY"
    GYM = "GYM"
    COMPUTER = "COMPUTER"
    ART = "ART"
    MUSIC = "MUSIC"
    OTHER = "OTHER"


class SlotWord(Word):
    """The kind of lesson in a slot of the week."""

    REGULAR = "REGULAR"
    EXAM = "EXAM"
    LAB = "LAB"
    FIELD_TRIP = "FIELD_TRIP"


class CycleWord(Word):
    """The half of the programme of a grade to which a lesson belongs."""

    FIRST = "first"
    SECOND = "second"


class DifficultyWord(Word):
    """The difficulty of a lesson."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class ResourceWord(Word):
    """The form of a resource of a lesson."""

    PDF = "PDF"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    PRESENTATION = "PRESENTATION"
    LINK = "LINK"
    TEXT = "TEXT"


class FlagWord(Word):
    """The ground of an absence flag."""

    ABSENCE = "ABSENCE"
    CHRONIC_ABSENCE = "CHRONIC_ABSENCE"
    LATE_PATTERN = "LATE_PATTERN"


class PriorityWord(Word):
    """The urgency of an absence flag."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"


class FlagStateWord(Word):
    """The state of an absence flag."""

    ACTIVE = "ACTIVE"
    RESOLVED = "RESOLVED"
    DISMISSED = "DISMISSED"


class RegisterWord(Word):
    """The state of the register of a lesson."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class RecordWord(Word):
    """The attendance of a student in a record."""

    PRESENT = "PRESENT"
    ABSENT = "ABSENT"
    LATE = "LATE"
    EXCUSED = "EXCUSED"


class MarkWord(Word):
    """The attendance of a student whom a teacher marks, which this document writes in small letters."""

    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    EXCUSED = "excused"


class RollWord(StrEnum):
    """The attendance of a student of a class, who may have no mark."""

    NOT_MARKED = "not_marked"
    PRESENT = "present"
    ABSENT = "absent"
    LATE = "late"
    EXCUSED = "excused"


class NoticeWord(Word):
    """The subject of a notification about attendance."""

    ABSENCE_ALERT = "ABSENCE_ALERT"
    LATE_ALERT = "LATE_ALERT"
    FLAG_CREATED = "FLAG_CREATED"
    FLAG_RESOLVED = "FLAG_RESOLVED"
    CHRONIC_ABSENCE = "CHRONIC_ABSENCE"
    ATTENDANCE_SUMMARY = "ATTENDANCE_SUMMARY"
    EXCUSE_REQUIRED = "EXCUSE_REQUIRED"


class NoticeStateWord(Word):
    """The state of a notification. One that failed reached nobody outside of the school's pages."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class ChannelWord(Word):
    """A way on which a notification reaches its reader; IN_APP is always one of them."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    SMS = "SMS"
    PUSH = "PUSH"


class ReferenceWord(Word):
    """The kind of row that a notification is about."""

    ATTENDANCE_RECORD = "attendance_record"
    ABSENCE_FLAG = "absence_flag"
    ATTENDANCE_SESSION = "attendance_session"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((word for word in cls if isinstance(value, str) and word.value == value.lower()), None)


class HomeworkWord(Word):
    """The kinds of questions of a homework. BOOK means exercises in a book, to which only texts are written here."""

    CHOICE = "QCM"
    BOOK = "BOOK"
    OPEN = "OPEN"
    MIXED = "MIXED"


class QuestionWord(Word):
    """The form of a question and of its answer."""

    SINGLE_CHOICE = "QCM_SINGLE"
    MULTIPLE_CHOICE = "QCM_MULTIPLE"
    TRUE_FALSE = "TRUE_FALSE"
    FILL_BLANKS = "FILL_BLANK"
    SHORT_TEXT = "OPEN_SHORT"
    LONG_TEXT = "OPEN_LONG"
    MATCHING = "MATCHING"
    ORDERING = "ORDERING"


class SubmissionWord(Word):
    """The state of a submission. GRADED is what a person has graded; what the platform marked stays submitted."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    GRADED = "graded"


class RewardWord(Word):
    """The way in which a transaction changes a wallet."""

    EARNED = "EARNED"
    SPENT = "SPENT"
    BONUS = "BONUS"
    PENALTY = "PENALTY"


class RewardReasonWord(Word):
    """The occasion of a transaction."""

    HOMEWORK_COMPLETION = "HOMEWORK_COMPLETION"
    PERFECT_SCORE = "PERFECT_SCORE"
    EARLY_SUBMISSION = "EARLY_SUBMISSION"
    ON_TIME_SUBMISSION = "ON_TIME_SUBMISSION"
    STREAK_BONUS = "STREAK_BONUS"
    BADGE_EARNED = "BADGE_EARNED"
    MANUAL_ADJUSTMENT = "MANUAL_ADJUSTMENT"


class RarityWord(Word):
    """The rarity that a badge is given."""

    COMMON = "COMMON"
    RARE = "RARE"
    EPIC = "EPIC"
    LEGENDARY = "LEGENDARY"


class BoardWord(Word):
    """The period of a leaderboard; a board of a class, a grade or a subject is for the school year."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    SEMESTER = "SEMESTER"
    CLASS = "CLASS"
    GRADE = "GRADE"
    SUBJECT = "SUBJECT"


class LessonWord(StrEnum):
    """The time of a lesson, seen from now."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    COMPLETED = "completed"


ROLES = frozenset(Role[name] for name in RoleWord.__members__)
"""The roles that this document has a word for."""

OFFICE = frozenset({Role.SUPERADMIN, Role.DIRECTOR, Role.MANAGER, Role.ADMIN, Role.STAFF})
"""The roles that run a school from day to day, and those above them."""

SCHOOL_OFFICE = OFFICE - {Role.SUPERADMIN}
"""The roles that run one school. No body of this document names a school, so only they create what belongs to it."""

TEACHERS = frozenset({Role.TEACHER})
"""The role of teachers, to be added to others."""

WRITERS = frozenset({Role.SUPERADMIN, Role.DIRECTOR, Role.TEACHER})
"""The roles that write teaching material."""

FAMILY = frozenset({Role.STUDENT, Role.PARENT})
"""The roles of students and their parents, who do not see the notes of the office."""

TEACHING = ("can_manage_attendance", "can_create_homework", "can_create_exercises")
RUNNING = ("can_manage_users", "can_manage_config", "can_manage_rewards", "can_clear_flags")

PERMISSIONS = {
    RoleWord.DIRECTOR: (*TEACHING, *RUNNING),
    RoleWord.STAFF: ("can_manage_attendance", *RUNNING),
    RoleWord.TEACHER: TEACHING,
    RoleWord.STUDENT: ("can_submit_homework",),
    RoleWord.PARENT: ("can_view_children",),
    RoleWord.DRIVER: (),
}
"""The permissions of each role, by which clients show their buttons. The server decides by the policies."""


def role_word(role: Role) -> RoleWord:
    """Return the document's word for a role. Raises: KeyError for a role without one."""
    return RoleWord.__members__[role.name]


RESOURCES: Mapping[str, str] = {
    "Membership": "User",
    "Center": "School Config",
    "Course": "Subject",
    "Group": "Class",
    "GradeLevel": "Grade",
    "EducationStage": "Educational Level",
    "Series": "Timetable Session",
    "Session": "Attendance Session",
    "Attendance": "Attendance Record",
    "Assessment": "Homework",
    "Attempt": "Submission",
}
"""The document's words for kinds that it calls by another name."""


def resource_word(kind: str) -> str:
    """Return the document's word for a kind by its name: "Homework", "Academic Year"."""
    return RESOURCES.get(kind) or re.sub(r"(?<!^)(?=[A-Z])", " ", kind)
