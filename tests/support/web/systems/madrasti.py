"""Madrasti: who may do what, and how each operation is tried."""

from __future__ import annotations

from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any

from educore_web.apis import madrasti
from support.cast import PASSWORD
from support.web.catalog import Catalog
from support.web.lesson_rows import GRADE, LESSON, SUBJECT
from support.web.school_rows import CLASS_A, YASMINE, email_of
from support.web.system import SCHOOLS, Body, ErrorFormat, Place, System, roles_in

APART = (
    "realtime.",  # the WebSocket: see the tests of live frames and of news
    "common.bulk_",  # no operation, but two of some sections: see ADDED
    "common.soft_delete",  # no operation, but the answer of every DELETE that archives
    "common.restore",  # no operation, but one of every section that archives: see ADDED
)
"""What the catalog lists beside the operations of sections, by the beginnings of the names."""

STRUCTURE = tuple(f"schools.{kind}" for kind in ("academic_years", "levels", "grades", "subjects", "rooms"))
PLANS = ("attendance.timetables", "attendance.timetable_sessions")
SCHEDULES = tuple(
    f"attendance.timetable_sessions.{name}" for name in ("today_sessions", "weekly_schedule", "my_schedule")
)
REGISTERS = ("attendance.sessions", "attendance.records")
BULK_CREATED = (
    *("users.enrollments", "attendance.timetable_sessions", "attendance.records"),
    *("lessons.lessons", "homework.homework"),
)
BULK_UPDATED = (
    *("users.enrollments", "attendance.timetable_sessions", "attendance.absence_flags"),
    *("lessons.lessons", "homework.homework", "homework.questions"),
)
"""The sections in which many rows are written at once."""
ARCHIVED = (*STRUCTURE[:-1], "schools.classes", *PLANS, "homework.homework", "lessons.lessons")
"""The sections whose rows are archived and restored; rooms are deleted."""

CATALOG = Catalog("madrasti", APART, restorable=ARCHIVED)
EVERYBODY = frozenset(SCHOOLS.roles)
OFFICE = frozenset({"superadmin", "director", "manager", "admin", "staff"})
ADMINISTRATORS = frozenset({"superadmin", "director"})
SETTING = ADMINISTRATORS | {"teacher"}
"""Who sets homework and grades it."""

WRITERS = ADMINISTRATORS | {"teacher"}
OF_SCHOOL = OFFICE - {"superadmin"}
"""Who has a school: no body names one, so the superadmin creates nothing that belongs to one."""

MAY: dict[str, frozenset[str]] = {
    "users.list": EVERYBODY - {"driver"},
    "users.retrieve": EVERYBODY - {"driver"},
    "users.update": EVERYBODY,
    "users.partial_update": EVERYBODY,
    "users.delete": ADMINISTRATORS,
    "users.restore": ADMINISTRATORS,
    "users.guardianships": OFFICE,
    "users.guardianships.list": OFFICE | {"parent", "student"},
    "users.guardianships.retrieve": OFFICE | {"parent", "student"},
    "users.enrollments": OFFICE | {"teacher"},
    "users.profile": EVERYBODY,
    "users.change_password": EVERYBODY,
    "users.logout": EVERYBODY,
    "users.heartbeat": EVERYBODY,
    "files": EVERYBODY,
    "docs": EVERYBODY,
    "system": EVERYBODY,
    "schools": OFFICE,
    "schools.config": OF_SCHOOL,
    "schools.classes": OFFICE - {"admin"},
    "schools.classes.list": EVERYBODY,
    "schools.classes.retrieve": EVERYBODY,
    "schools.classes.students": OFFICE | {"teacher"},
    "schools.classes.enroll": OFFICE | {"teacher"},
    "schools.classes.unenroll": OFFICE | {"teacher"},
    "schools.subjects": OFFICE - {"admin"},
    **{f"{section}.create": OF_SCHOOL for section in STRUCTURE},
    "schools.subjects.create": OF_SCHOOL - {"admin"},
    **{f"{section}.{verb}": EVERYBODY for section in STRUCTURE for verb in ("list", "retrieve")},
    **dict.fromkeys(PLANS, OFFICE),
    **{f"{section}.{verb}": EVERYBODY for section in PLANS for verb in ("list", "retrieve")},
    "attendance.absence_flags": OFFICE,
    "attendance.absence_flags.list": EVERYBODY - {"driver"},
    "attendance.absence_flags.retrieve": EVERYBODY - {"driver"},
    "attendance.absence_flags.delete": ADMINISTRATORS,
    "attendance.absence_flags.analytics": OF_SCHOOL,
    "attendance.absence_flags.add_document": OFFICE | {"parent"},
    "attendance.reports": OF_SCHOOL | {"teacher"},
    "attendance.reports.list": OFFICE | {"teacher"},
    "attendance.reports.retrieve": OFFICE | {"teacher"},
    "attendance.reports.class_statistics": OFFICE | {"teacher"},
    "attendance.reports.student_history": EVERYBODY - {"driver"},
    "attendance.records.student_statistics": EVERYBODY - {"driver"},
    "attendance.reports.flag_statistics": OF_SCHOOL,
    **dict.fromkeys(SCHEDULES, EVERYBODY - {"driver", "superadmin"}),
    **dict.fromkeys(REGISTERS, OFFICE | {"teacher"}),
    **{f"{section}.{verb}": EVERYBODY - {"driver"} for section in REGISTERS for verb in ("list", "retrieve")},
    "attendance.sessions.reset": ADMINISTRATORS,
    "lessons.lessons": WRITERS,
    "lessons.lessons.create": WRITERS - {"superadmin"},
    "lessons.lessons.bulk_create": WRITERS - {"superadmin"},
    "lessons.lessons.analytics": OFFICE | {"teacher"},
    "lessons.lessons.progress": frozenset({"student"}),
    "lessons.resources": WRITERS,
    "lessons.tags": OFFICE | {"teacher"},
    "lessons.tags.create": OF_SCHOOL | {"teacher"},
    **{
        f"lessons.{kind}.{verb}": EVERYBODY - {"driver"}
        for kind in ("lessons", "resources", "tags")
        for verb in ("list", "retrieve")
    },
    "lessons.subject_grades": EVERYBODY,
    "lessons.grade_subjects": EVERYBODY,
    "attendance.notifications": OFFICE | {"teacher", "parent"},
    "attendance.notifications.create": OFFICE,
    "attendance.notifications.partial_update": OFFICE | {"parent"},
    "homework": SETTING,
    **{
        f"homework.{section}.{verb}": EVERYBODY - {"driver"}
        for section in ("homework", "questions", "submissions")
        for verb in ("list", "retrieve")
    },
    "homework.homework.submissions": EVERYBODY - {"driver"},
    "homework.homework.analytics": OFFICE | {"teacher"},
    **{f"homework.submissions.{verb}": frozenset({"student"}) for verb in ("create", "start", "submit")},
    **{f"homework.submissions.{verb}": SETTING | {"student"} for verb in ("update", "partial_update")},
    **{f"attendance.notifications.{verb}": frozenset({"parent"}) for verb in ("unread", "mark_read", "bulk_read")},
    "homework.student_wallets": EVERYBODY - {"driver"},
    "homework.student_wallets.my_wallet": frozenset({"student"}),
    "homework.student_wallets.partial_update": OFFICE,
    "homework.reward_transactions.list": EVERYBODY - {"driver"},
    "homework.reward_transactions.create": OFFICE,
    "homework.badges": EVERYBODY - {"driver"},
    "homework.badges.create": OF_SCHOOL,
    "homework.leaderboards": EVERYBODY - {"driver"},
}
"""Who may ever call an operation, by name, by section or by module.

The clerks of the Center CRM, whom this document calls staff too, change no subjects.
"""

ADDED = (
    {
        "attendance.absence_flags.add_document",
        "attendance.absence_flags.partial_update",
        "attendance.records.student_statistics",
        "attendance.timetable_sessions.my_schedule",
        "lessons.lessons.progress",
        "lessons.tags.partial_update",
        "homework.student_wallets.my_wallet",
        "users.logout",
        "users.heartbeat",
        "users.password_reset.confirm",
        "users.enrollments.restore",
        "homework.submissions.start",
        "homework.submissions.grade",
    }
    | {
        f"{section}.partial_update"
        for section in (*STRUCTURE, "schools.classes", "users.enrollments", *PLANS, *REGISTERS)
    }
    | {f"users.{verb}" for verb in ("list", "retrieve", "update", "partial_update", "delete", "restore")}
    | {f"users.guardianships.{verb}" for verb in ("list", "create", "retrieve", "delete")}
    | {f"{section}.bulk_create" for section in BULK_CREATED}
    | {f"{section}.bulk_update" for section in BULK_UPDATED}
)
"""What is served beyond the document."""


class Coded(ErrorFormat):
    """How this document says no: `{"error", "error_code", "timestamp", "details"}`, the fields within the details."""

    keys = frozenset({"error", "error_code", "timestamp", "details"})
    whole_details = (
        {"message"},
        {"message", "token_expired"},
        {"message", "token_expired", "token_expired_at"},
        {"resource", "resource_id", "message"},
        {"non_field_errors"},
    )

    def whole(self, status: int, sentence: str) -> Body:
        """The body that refuses as a whole, at the time at which the clock of the tests stands still."""
        general = HTTPStatus(status).phrase.capitalize()
        code, moment = general.upper().replace(" ", "_"), "2024-01-01T10:00:00Z"
        return {"error": general, "error_code": code, "timestamp": moment, "details": {"message": sentence}}

    def is_whole(self, body: Any, status: int) -> bool:
        """Whether a body refuses as a whole."""
        if not isinstance(body, dict) or set(body) != self.keys or not isinstance(body["details"], dict):
            return False
        details = set(body["details"])
        return "required_roles" in details if status == 403 else details in self.whole_details

    def details(self, body: Any) -> Any:
        """The part of a body that names fields."""
        return body["details"] if isinstance(body, dict) else {}

    def words(self, body: Any) -> Collection[str]:
        """The permissions that somebody lacks."""
        details = body.get("details") if isinstance(body, dict) else None
        found: Collection[str] = details.get("required_permissions", ()) if isinstance(details, dict) else ()
        return found


def named(french: str, arabic: str) -> Body:
    """The three names of something in a school where French is spoken."""
    return {"name": french, "name_arabic": arabic, "name_french": french}


def profile(at: Place) -> Body:
    """What somebody says about themselves."""
    return {
        "first_name": "Idriss",
        "last_name": "Alaoui",
        "phone": "+212612345678",
        "date_of_birth": "1985-05-15",
        "address": "123 Rue Mohammed V, Casablanca",
        "bio": "Passionné de géométrie",
        "emergency_contact_name": "Fatima Alaoui",
        "emergency_contact_phone": "+212611111111",
    }


def registration(at: Place) -> Body:
    """A pupil who registers."""
    return {
        "email": f"nouvelle@{at.school.center.id}.example.com",
        "password": "securePass123",
        "password_confirm": "securePass123",
        "first_name": "Sara",
        "last_name": "Alami",
        "role": "STUDENT",
        "phone": "+212612345678",
        "date_of_birth": "2008-05-15",
    }


def config(at: Place) -> Body:
    """What a school says of itself."""
    return {
        "name": "Lycée Casablanca",
        "name_arabic": "ثانوية الدار البيضاء",
        "name_french": "Lycée de Casablanca",
        "phone": "+212522000001",
        "email": "contact@casablanca.ma",
        "website": "https://casablanca.ma",
        "address": "Rue Ibnou Mounir 1",
        "city": "Casablanca",
        "region": "Casablanca-Settat",
        "postal_code": "20000",
        "current_academic_year": at.school.year.id,
        "director": at.school.director.user_id,
        "founded_date": "1990-09-01",
        "student_capacity": 800,
    }


def year(at: Place) -> Body:
    """The year after the next one."""
    return {
        "year": "2026-2027",
        "start_date": "2026-09-01",
        "end_date": "2027-06-30",
        "is_current": False,
        "registration_start": "2026-05-01",
        "registration_end": "2026-07-31",
        "is_active": True,
        "description": "Une année de plus",
    }


def level(at: Place) -> Body:
    """The middle school."""
    return {
        **named("Collège", "الإعدادي"),
        "level": "MIDDLE",
        "order": 2,
        "description": "Trois années",
        "min_age": 12,
        "max_age": 15,
        "is_active": True,
    }


def grade(at: Place) -> Body:
    """The third year, in which Arabic is taught."""
    return {
        **named("3ème Année", "السنة الثالثة"),
        "grade_number": 3,
        "educational_level": at.school.stage.id,
        "description": "Troisième",
        "is_active": True,
        "subjects": [at.school.course.id],
    }


def subject(at: Place) -> Body:
    """Mathematics."""
    return {
        **named("Mathématiques", "الرياضيات"),
        "code": "MATH",
        "description": "Les nombres",
        "color": "#FF5733",
        "icon": "calculator",
        "is_active": True,
        "grade_subjects": [at.school.first_grade.id],
    }


def room(at: Place) -> Body:
    """A laboratory."""
    return {
        "name": "Salle 201",
        "room_number": "201",
        "building": "Bâtiment B",
        "floor": 2,
        "capacity": 24,
        "room_type": "LAB",
        "equipment": ["Projector", "Whiteboard"],
        "is_available": True,
        "notes": "Près de la cour",
    }


def school_class(at: Place) -> Body:
    """A third class of the first grade."""
    return {
        "section": "C",
        "grade": at.school.first_grade.id,
        "academic_year": at.school.year.id,
        "class_teacher": at.school.second_teacher.user_id,
        "room": at.school.room.id,
        "max_students": 30,
        "is_active": True,
    }


def enrollment(at: Place) -> Body:
    """A place in the class of the first teacher for the second pupil."""
    return {
        "student": at.school.newcomer.user_id,
        "school_class": at.school.class_a.id,
        "academic_year": at.school.year.id,
        "enrollment_date": "2024-01-01",
        "is_active": True,
        "student_number": "ST2024777",
    }


def guardianship(at: Place) -> Body:
    """The mother of one pupil for another."""
    parent, student = at.school.parent.user_id, at.school.newcomer.user_id
    return {"parent": parent, "student": student, "relationship": "aunt"}


def next_password(at: Place) -> Body:
    """Another password."""
    return {"current_password": PASSWORD, "new_password": "securePass456", "new_password_confirm": "securePass456"}


def timetable(at: Place) -> Body:
    """The winter of the second class."""
    return {
        "class": at.school.class_b.id,
        "academic_year": at.school.year.id,
        "effective_from": "2025-01-06",
        "effective_to": "2025-01-31",
        "is_active": True,
    }


def slot(at: Place) -> Body:
    """The second hour of Wednesday."""
    return {
        "timetable": at.spare.timetable,
        "day_of_week": 3,
        "start_time": "09:00",
        "end_time": "10:00",
        "subject": at.school.course.id,
        "teacher": at.school.second_teacher.user_id,
        "room": at.school.room.id,
        "session_type": "LAB",
        "is_active": True,
        "notes": "Apporter les cahiers",
    }


def flag(at: Place) -> Body:
    """A flag about an absence of the first pupil."""
    return {
        "student": at.school.student.user_id,
        "session": at.spare.register,
        "flag_type": "ABSENCE",
        "priority": "HIGH",
        "status": "ACTIVE",
        "resolution_notes": "Demander un certificat",
        "follow_up_required": True,
    }


def register(at: Place) -> Body:
    """The register of a lesson in September."""
    return {"timetable_session": at.spare.slot, "date": "2024-09-30", "status": "NOT_STARTED", "notes": "Dictée"}


def mark(at: Place) -> Body:
    """The first pupil as a teacher marks her."""
    return {
        "student": at.school.student.user_id,
        "status": "absent",
        "arrived_late": False,
        "late_minutes": None,
        "absence_reason": "Maladie",
        "is_excused": False,
        "notes": "Sa mère a téléphoné",
        "client_id": "tablette-7",
        "marked_on_device_at": "2024-01-01T10:00:00Z",
    }


def record(at: Place) -> Body:
    """The first pupil, who came late to the lesson that was started."""
    return {
        "session": at.spare.started,
        "student": at.school.student.user_id,
        "status": "LATE",
        "arrived_late": True,
        "late_minutes": 7,
        "absence_reason": "",
        "is_excused": False,
        "notes": "Le bus",
    }


def absence(at: Place) -> Body:
    """The first pupil, who was absent after all in the lesson that was taken."""
    told = {"status": "ABSENT", "arrived_late": False, "late_minutes": None, "absence_reason": "Maladie"}
    return record(at) | {"session": at.spare.taken, **told}


def notification(at: Place) -> Body:
    """What the office writes to the mother of the first pupil."""
    return {
        "recipient": at.school.parent.user_id,
        "student": at.school.student.user_id,
        "notification_type": "EXCUSE_REQUIRED",
        "priority": "HIGH",
        "title": "Certificat",
        "title_arabic": "شهادة",
        "title_french": "Certificat",
        "message": "Apportez un certificat",
        "message_arabic": "شهادة طبية",
        "message_french": "Un certificat",
        "status": "SENT",
        "delivery_method": ["IN_APP"],
        "reference_id": None,
        "reference_type": None,
        "requires_action": True,
        "action_taken": False,
    }


def homework(at: Place) -> Body:
    """A homework for the class of the first teacher."""
    return {
        "title": "Les fractions",
        "title_arabic": "الكسور",
        "title_french": "Les fractions",
        "description": "Chapitre trois",
        "description_arabic": "الفصل الثالث",
        "description_french": "Chapitre trois",
        "instructions": "Sans calculatrice",
        "homework_type": "MIXED",
        "subject": at.school.course.id,
        "grade": at.school.first_grade.id,
        "classes": [at.school.class_a.id],
        "due_date": "2024-01-15T18:00:00Z",
        "time_limit": 45,
        "max_attempts": 2,
        "passing_score": 60.0,
        "is_published": False,
        "show_correct_answers": True,
        "show_score_immediately": False,
        "shuffle_questions": True,
        "allow_late_submission": True,
        "late_penalty": 15.0,
    }


def question(at: Place) -> Body:
    """A question with three choices, of the homework that is a draft."""
    return {
        "homework": at.spare.homework.draft,
        "question_type": "QCM_SINGLE",
        "question_text": "Combien font 2 et 2 ?",
        "question_text_arabic": "كم يساوي 2 و 2؟",
        "question_text_french": "Combien font 2 et 2 ?",
        "points": 2.5,
        "order": 2,
        "explanation": "On compte",
        "is_required": False,
        "image": None,
        "choices": [
            {"id": 1, "text": "3", "is_correct": False},
            {"id": 2, "text": "4", "is_correct": True},
            {"id": 3, "text": "5", "is_correct": False},
        ],
        "correct_choices": [2],
        "allow_multiple": False,
        "correct_answers": [],
        "case_sensitive": True,
        "left_items": [],
        "right_items": [],
        "correct_pairs": [],
        "items_to_order": [],
        "correct_order": [],
    }


def submission(at: Place) -> Body:
    """The submission of the first pupil, as a teacher judges it."""
    return {
        "homework": at.spare.homework.done,
        "student": at.school.student.user_id,
        "feedback": "Très bien",
        "manual_score": 9.5,
    }


def lesson(at: Place) -> Body:
    """A lesson about mountains."""
    return {
        "title": "Les montagnes",
        "title_arabic": "الجبال",
        "title_french": "Les montagnes",
        "description": "Du Rif à l’Anti-Atlas",
        "description_arabic": "من الريف إلى الأطلس الصغير",
        "description_french": "Du Rif à l’Anti-Atlas",
        "content": "<h2>Le Toubkal</h2><p>4 167 mètres</p>",
        "cycle": "second",
        "order": 3,
        "objectives": "Nommer quatre chaînes",
        "prerequisites": "Les points cardinaux",
        "difficulty_level": "medium",
        "estimated_duration": 45,
        "subject": at.school.course.id,
        "grade": at.school.first_grade.id,
        "tags": ["Relief"],
        "is_active": True,
        "is_published": True,
    }


def resource(at: Place) -> Body:
    """The address of a map."""
    return {
        "lesson": at.spare.learning.lesson,
        "title": "Carte",
        "description": "Une carte muette",
        "resource_type": "LINK",
        "external_url": "https://example.com/carte",
        "order": 2,
        "is_downloadable": False,
    }


def tag(at: Place) -> Body:
    """A tag for mountains."""
    return {"name": "Montagne", "name_arabic": "جبل", "name_french": "Montagne", "color": "#33AA55"}


def transaction(at: Place) -> Body:
    """What the first pupil gets for a sketch."""
    return {
        "student": at.school.student.user_id,
        "transaction_type": "BONUS",
        "reason": "MANUAL_ADJUSTMENT",
        "points": 20,
        "coins": 2,
        "reference_id": None,
        "reference_type": None,
        "description": "Un beau dessin",
    }


def badge(at: Place) -> Body:
    """A badge for those who are early."""
    return {
        **named("Lève-tôt", "المبكر"),
        "description": "Vingt devoirs en avance",
        "icon": "🏆",
        "color": "#FFD700",
        "rarity": "EPIC",
        "points_reward": 100,
        "requirements": {"early_submissions": 20},
        "is_active": True,
    }


ROWS: dict[str, Callable[[Place], Any]] = {
    "users": lambda at: at.school.student.user_id,
    "users.delete": lambda at: at.spare.idle,
    "users.restore": lambda at: at.spare.put_away["Membership"],
    "users.guardianships": lambda at: at.spare.guardianship,
    "users.enrollments": lambda at: at.spare.enrollment,
    "users.enrollments.restore": lambda at: at.spare.former_place,
    "schools.classes": lambda at: at.school.class_a.id,
    "schools.classes.update": lambda at: at.school.class_b.id,
    "schools.classes.delete": lambda at: at.school.class_b.id,
    "schools.classes.restore": lambda at: at.spare.put_away["Group"],
    "schools.academic_years": lambda at: at.school.next_year.id,
    "schools.academic_years.restore": lambda at: at.spare.put_away["AcademicYear"],
    "schools.levels": lambda at: at.spare.stage,
    "schools.levels.restore": lambda at: at.spare.put_away["EducationStage"],
    "schools.grades": lambda at: at.school.second_grade.id,
    "schools.grades.restore": lambda at: at.spare.put_away["GradeLevel"],
    "schools.subjects": lambda at: at.spare.course,
    "schools.subjects.restore": lambda at: at.spare.put_away["Course"],
    "schools.rooms": lambda at: at.spare.room,
    "attendance.timetables": lambda at: at.spare.timetable,
    "attendance.timetables.restore": lambda at: at.spare.put_away["Timetable"],
    "attendance.timetable_sessions": lambda at: at.spare.slot,
    "attendance.absence_flags": lambda at: at.spare.flag,
    "attendance.reports": lambda at: at.spare.report,
    "attendance.timetable_sessions.restore": lambda at: at.spare.put_away["Series"],
    "attendance.sessions": lambda at: at.spare.taken,
    **{
        f"attendance.sessions.{verb}": lambda at: at.spare.prepared
        for verb in ("update", "partial_update", "delete", "start")
    },
    "attendance.records": lambda at: at.spare.record,
    "attendance.records.student_statistics": lambda at: at.school.student.user_id,
    "attendance.notifications": lambda at: at.spare.notification,
    "homework.homework": lambda at: at.spare.homework.draft,
    "homework.homework.retrieve": lambda at: at.spare.homework.fresh,
    "homework.homework.submissions": lambda at: at.spare.homework.done,
    "homework.homework.analytics": lambda at: at.spare.homework.done,
    "homework.homework.bulk_grade": lambda at: at.spare.homework.done,
    "homework.homework.restore": lambda at: at.spare.homework.put_away,
    "homework.questions": lambda at: at.spare.homework.draft_question,
    "homework.questions.retrieve": lambda at: at.spare.homework.question,
    "homework.submissions": lambda at: at.spare.homework.submission,
    "homework.submissions.submit": lambda at: at.spare.homework.begun,
    "homework.submissions.start": lambda at: at.spare.homework.fresh,
    "lessons.lessons": lambda at: at.spare.learning.lesson,
    "lessons.lessons.restore": lambda at: at.spare.put_away["Lesson"],
    "lessons.resources": lambda at: at.spare.learning.resource,
    "lessons.tags": lambda at: at.spare.learning.tag,
    "homework.student_wallets": lambda at: at.spare.rewards["Wallet"],
    "homework.badges": lambda at: at.spare.rewards["Badge"],
    "homework.leaderboards": lambda at: at.spare.rewards["Leaderboard"],
}
"""The row of each kind on which everybody who may do something at all, may do it."""

BODIES: dict[str, Callable[[Place], Body]] = {
    "users.login": lambda at: {"email": email_of("driss"), "password": PASSWORD},
    "tokens.refresh": lambda at: {"refresh": at.site.tokens["driss"].refresh},
    "tokens.verify": lambda at: {"token": at.site.tokens["driss"].access},
    "users.register": registration,
    "users.profile.update": profile,
    "users.profile.partial_update": lambda at: {"bio": "Aime la géométrie"},
    "users.change_password": next_password,
    "users.password_reset": lambda at: {"email": email_of("driss")},
    "users.password_reset.confirm": lambda at: {
        "token": at.site.schools.reset_token,
        "new_password": "securePass456",
        "new_password_confirm": "securePass456",
    },
    "users.update": profile,
    "users.partial_update": lambda at: {"bio": "Aime la géométrie"},
    "users.guardianships.create": guardianship,
    "users.enrollments.create": enrollment,
    "users.enrollments.update": lambda at: {"enrollment_date": "2023-12-18", "student_number": "ST2024778"},
    "users.enrollments.partial_update": lambda at: {"student_number": "ST2024778"},
    "schools.classes.create": school_class,
    "schools.classes.update": school_class,
    "schools.classes.partial_update": lambda at: {"max_students": 28},
    "schools.classes.enroll": lambda at: {"student": at.school.newcomer.user_id},
    "schools.classes.unenroll": lambda at: {"student": at.school.student.user_id},
    "schools.config.update": config,
    "schools.config.partial_update": lambda at: {"city": "Dar el Beïda"},
    "schools.academic_years.create": year,
    "schools.academic_years.update": year,
    "schools.academic_years.partial_update": lambda at: {"description": "Une autre année"},
    "schools.levels.create": level,
    "schools.levels.update": level,
    "schools.levels.partial_update": lambda at: {"description": "De douze à quinze ans"},
    "schools.grades.create": grade,
    "schools.grades.update": grade,
    "schools.grades.partial_update": lambda at: {"description": "La deuxième"},
    "schools.subjects.create": subject,
    "schools.subjects.update": subject,
    "schools.subjects.partial_update": lambda at: {"description": "Soixante-quatre cases"},
    "schools.rooms.create": room,
    "schools.rooms.update": room,
    "schools.rooms.partial_update": lambda at: {"notes": "Fraîche"},
    "attendance.timetables.create": timetable,
    "attendance.timetables.update": lambda at: timetable(at) | {"class": at.school.class_a.id},
    "attendance.timetables.partial_update": lambda at: {"effective_to": "2024-10-31"},
    "attendance.timetable_sessions.create": slot,
    "attendance.timetable_sessions.update": slot,
    "attendance.timetable_sessions.partial_update": lambda at: {"notes": "Apporter les cahiers"},
    "attendance.absence_flags.create": flag,
    "attendance.absence_flags.update": lambda at: {
        "priority": "URGENT",
        "resolution_notes": "Appeler la famille",
        "follow_up_required": True,
    },
    "attendance.absence_flags.partial_update": lambda at: {"resolution_notes": "Appeler la famille"},
    "attendance.absence_flags.resolve": lambda at: {
        "resolution_type": "justified",
        "resolution_notes": "Certificat médical",
        "mark_excused": True,
        "follow_up_required": False,
    },
    "attendance.absence_flags.dismiss": lambda at: {"resolution_notes": "Erreur de saisie"},
    "attendance.reports.create": lambda at: {
        "report_type": "daily",
        "parameters": {"class_id": at.school.class_a.id, "date": "2024-09-09"},
    },
    "attendance.absence_flags.add_document": lambda at: {"note": "Il était malade"},
    "attendance.sessions.create": register,
    "attendance.sessions.update": register,
    "attendance.sessions.partial_update": lambda at: {"notes": "Dictée"},
    "attendance.sessions.bulk_mark": lambda at: {"attendance_data": [mark(at)]},
    "attendance.records.create": record,
    "attendance.records.update": absence,
    "attendance.records.partial_update": lambda at: {"notes": "Le bus"},
    "attendance.notifications.create": notification,
    "attendance.notifications.partial_update": lambda at: {"action_taken": True},
    "attendance.notifications.bulk_read": lambda at: {"ids": [at.spare.notification]},
    "homework.student_wallets.partial_update": lambda at: {"total_points": 120, "points_spent": 10},
    "homework.reward_transactions.create": transaction,
    "homework.badges.create": badge,
    "users.enrollments.bulk_create": lambda at: {"items": [enrollment(at)]},
    "users.enrollments.bulk_update": lambda at: {
        "ids": [at.spare.enrollment],
        "data": {"enrollment_date": "2023-12-18"},
    },
    "attendance.timetable_sessions.bulk_create": lambda at: {"items": [slot(at)]},
    "attendance.timetable_sessions.bulk_update": lambda at: {"ids": [at.spare.slot], "data": {"notes": "Compas"}},
    "attendance.absence_flags.bulk_update": lambda at: {"ids": [at.spare.flag], "data": {"priority": "URGENT"}},
    "attendance.records.bulk_create": lambda at: {"items": [record(at)]},
    "homework.homework.create": homework,
    "homework.homework.update": homework,
    "homework.homework.partial_update": lambda at: {"instructions": "Sans calculatrice"},
    "homework.homework.bulk_grade": lambda at: {
        "grades": [{"submission": at.spare.homework.submission, "manual_score": 9.5, "feedback": "Bien"}]
    },
    "homework.homework.bulk_create": lambda at: {"items": [homework(at)]},
    "homework.homework.bulk_update": lambda at: {
        "ids": [at.spare.homework.draft],
        "data": {"instructions": "Sans calculatrice"},
    },
    "homework.questions.bulk_create": lambda at: {
        "homework": at.spare.homework.draft,
        "questions": [{name: value for name, value in question(at).items() if name not in ("homework", "image")}],
    },
    "homework.questions.bulk_update": lambda at: {
        "ids": [at.spare.homework.draft_question],
        "data": {"explanation": "On compte"},
    },
    "homework.questions.create": question,
    "homework.questions.update": question,
    "homework.questions.partial_update": lambda at: {"explanation": "On compte"},
    "homework.submissions.create": lambda at: {"homework": at.spare.homework.fresh},
    "homework.submissions.update": submission,
    "homework.submissions.partial_update": lambda at: {"feedback": "Bien"},
    "homework.submissions.submit": lambda at: {"answers": []},
    "homework.submissions.grade": lambda at: {"manual_score": 9.5, "feedback": "Bien"},
    "lessons.lessons.create": lesson,
    "lessons.lessons.update": lesson,
    "lessons.lessons.partial_update": lambda at: {"objectives": "Nommer quatre fleuves"},
    "lessons.lessons.bulk_create": lambda at: {"items": [lesson(at)]},
    "lessons.lessons.bulk_update": lambda at: {"ids": [at.spare.learning.lesson], "data": {"objectives": "Nommer"}},
    "lessons.lessons.progress": lambda at: {"time_spent": 120, "completed": True},
    "lessons.resources.create": resource,
    "lessons.resources.update": resource,
    "lessons.resources.partial_update": lambda at: {"description": "Une carte"},
    "lessons.tags.create": tag,
    "lessons.tags.update": tag,
    "lessons.tags.partial_update": lambda at: {"color": "#33aaff"},
    "files.upload_signature": lambda at: {"file_type": "image", "context": "profile_picture"},
}
"""A body that each operation with a body accepts."""


def ids(at: Place) -> dict[str, int]:
    """What each field that refers to a row calls a row of a school: people are called by their account."""
    return {
        "current_academic_year": at.school.year.id,
        "director": at.school.director.user_id or 0,
        "educational_level": at.school.stage.id,
        "subjects": at.school.course.id,
        "grade_subjects": at.school.first_grade.id,
        "grade": at.school.first_grade.id,
        "academic_year": at.school.year.id,
        "class_teacher": at.school.teacher.user_id or 0,
        "room": at.school.room.id,
        "student": at.school.student.user_id or 0,
        "student_id": at.school.student.user_id or 0,
        "parent": at.school.parent.user_id or 0,
        "parent_id": at.school.parent.user_id or 0,
        "school_class": at.school.class_a.id,
        "class_id": at.school.class_a.id,
        "class": at.school.class_a.id,
        "session": at.spare.register,
        "resolved_by": at.school.director.user_id or 0,
        "timetable": at.spare.timetable,
        "created_by": at.school.director.user_id or 0,
        "subject": at.school.course.id,
        "teacher": at.school.teacher.user_id or 0,
        "timetable_session": at.spare.slot,
        "started_by": at.school.director.user_id or 0,
        "completed_by": at.school.director.user_id or 0,
        "marked_by": at.school.director.user_id or 0,
        "recipient": at.school.parent.user_id or 0,
        "homework": at.spare.homework.done,
        "classes": at.school.class_a.id,
        "graded_by": at.school.teacher.user_id or 0,
        "question": at.spare.homework.question,
        "lesson": at.spare.learning.lesson,
    }


FOR_OFFICE = ("driss", "mounir", "amina", "samira")
READERS = (*FOR_OFFICE, "tarik", "touria", "yasmine", "meryem")
"""Who sees the lesson of Casablanca."""

SEEN: dict[str, dict[str, int]] = {
    **{f"{section}.list": dict.fromkeys(SCHOOLS.at_home, 2) for section in (*STRUCTURE, "schools.classes")},
    "users.list": dict.fromkeys(FOR_OFFICE, 14)
    | {"tarik": 2, "touria": 1, "yasmine": 1, "younes": 1, "meryem": 2, "mehdi": 2},
    "users.guardianships.list": dict.fromkeys(FOR_OFFICE, 2)
    | dict.fromkeys(("yasmine", "younes", "meryem", "mehdi"), 1),
    "users.enrollments.list": dict.fromkeys(FOR_OFFICE, 2) | {"tarik": 2, "touria": 0},
    "schools.classes.students": dict.fromkeys((*FOR_OFFICE, "tarik"), 1),
    "attendance.absence_flags.list": dict.fromkeys((*FOR_OFFICE, "tarik", "yasmine", "meryem"), 2)
    | dict.fromkeys(("touria", "younes", "mehdi"), 0),
    "attendance.reports.list": dict.fromkeys((*FOR_OFFICE, "tarik"), 1) | {"touria": 0},
    "attendance.absence_flags.pending": dict.fromkeys(FOR_OFFICE, 1),
    **{
        f"{section}.list": dict.fromkeys((*FOR_OFFICE, "tarik", "touria", "yasmine", "meryem"), 1)
        | {"younes": 0, "mehdi": 0, "hamid": 0}
        for section in PLANS
    },
    **{
        f"{section}.list": dict.fromkeys((*FOR_OFFICE, "tarik", "yasmine", "meryem"), rows)
        | {"touria": 0, "younes": 0, "mehdi": 0}
        for section, rows in zip(REGISTERS, (4, 1), strict=True)
    },
    "attendance.notifications.list": dict.fromkeys((*FOR_OFFICE, "tarik", "meryem"), 5) | {"touria": 0, "mehdi": 0},
    **{
        f"homework.{section}.{verb}": dict.fromkeys((*FOR_OFFICE, "tarik"), everything)
        | dict.fromkeys(("yasmine", "meryem"), own)
        | dict.fromkeys(("touria", "younes", "mehdi"), 0)
        for section, verb, everything, own in (
            ("homework", "list", 3, 2),
            ("questions", "list", 4, 3),
            ("submissions", "list", 2, 2),
        )
    },
    "homework.homework.submissions": dict.fromkeys((*FOR_OFFICE, "tarik", "yasmine", "meryem"), 2),
    "lessons.lessons.list": dict.fromkeys(READERS, 1) | {"younes": 0, "mehdi": 0},
    "lessons.resources.list": dict.fromkeys(READERS, 1),
    "lessons.tags.list": dict.fromkeys((*READERS, "younes", "mehdi"), 1),
    **{f"lessons.{verb}": dict.fromkeys(SCHOOLS.at_home, 1) for verb in ("subject_grades", "grade_subjects")},
    "attendance.notifications.unread": {"meryem": 5, "mehdi": 0},
    "homework.student_wallets.list": dict.fromkeys(FOR_OFFICE, 3)
    | dict.fromkeys(("tarik", "yasmine", "younes", "meryem", "mehdi"), 1)
    | {"touria": 0},
    "homework.reward_transactions.list": dict.fromkeys((*FOR_OFFICE, "tarik", "yasmine", "meryem"), 5)
    | dict.fromkeys(("touria", "younes", "mehdi"), 0),
    "homework.leaderboards.list": dict.fromkeys(
        (*FOR_OFFICE, "tarik", "touria", "yasmine", "younes", "meryem", "mehdi"), 1
    ),
    "homework.badges.list": dict.fromkeys((*FOR_OFFICE, "tarik", "touria", "yasmine", "younes", "meryem", "mehdi"), 1),
}
"""How many rows everybody sees; of a list below one row only those who may read it."""

MADRASTI = System(
    spec=madrasti.SPEC,
    operations=madrasti.OPERATIONS,
    catalog=CATALOG,
    roles=roles_in(MAY),
    added=frozenset(ADDED),
    rows=ROWS,
    bodies=BODIES,
    ids=ids,
    seen=SEEN,
    cast=SCHOOLS,
    refusals=Coded(),
    adds_keys=True,
    plain_numbers=frozenset({"grade_number", "day_of_week"}),
    left_out={"schools.levels": frozenset({"grades"}), "lessons.lessons": frozenset({"resources"})},
    parents={"lesson_id": LESSON, "subject_id": SUBJECT, "grade_id": GRADE},
    with_more={
        "users.retrieve": 1,
        "schools.config": 1,
        "schools.grades": 2,
        "schools.subjects": 1,
        "attendance.timetable_sessions": 1,
        "attendance.absence_flags": 3,
        "attendance.sessions": 2,
        "attendance.notifications": 1,
        "homework.homework": 4,
        "homework.homework.retrieve": 6,
        "homework.leaderboards.list": 3,
        "homework.leaderboards.retrieve": 2,
        "homework.questions": 1,
        "homework.submissions": 2,
        "homework.homework.submissions": 2,
        "lessons.lessons": 2,
        "lessons.resources": 1,
        "lessons.subject_grades": 3,
        "lessons.grade_subjects": 2,
    },
    rowless=dict.fromkeys(
        ("users.update", "users.partial_update", *(f"{section}.retrieve" for section in PLANS)), frozenset({"driver"})
    ),
    queries={
        "attendance.reports.class_statistics": {"class_id": CLASS_A},
        "attendance.reports.student_history": {"student_id": YASMINE},
    },
    only_oneself={f"users.{verb}": EVERYBODY - ADMINISTRATORS - {"student"} for verb in ("update", "partial_update")},
    deciding=frozenset({"attendance.sessions.create", "homework.reward_transactions.create"}),
    page_keys=("count", "next", "previous", "page_info", "results"),
)
