"""The education domain, put together: every entity, policy and action, and the object that opens units of work."""

from __future__ import annotations

from educore.admissions.entities import Contract, Lead
from educore.admissions.policies import POLICIES as ADMISSION_POLICIES
from educore.admissions.use_cases import ACTIONS as ADMISSION_ACTIONS
from educore.assessment.entities import Assignment, Exam, ExamResult, Submission
from educore.assessment.policies import POLICIES as ASSESSMENT_POLICIES
from educore.assessment.use_cases import ACTIONS as ASSESSMENT_ACTIONS
from educore.attendance.entities import Attendance, AttendanceCorrection
from educore.attendance.policies import POLICIES as ATTENDANCE_POLICIES
from educore.attendance.use_cases import ACTIONS as ATTENDANCE_ACTIONS
from educore.audit.entities import AuditEntry, AuditHead
from educore.audit.policies import POLICIES as AUDIT_POLICIES
from educore.audit.trail import keep_trail
from educore.billing.entities import AnsweredRequest, ChargeRun, Invoice, LedgerEntry, NumberSeries, Payment, Payroll
from educore.billing.policies import POLICIES as BILLING_POLICIES
from educore.billing.use_cases import ACTIONS as BILLING_ACTIONS
from educore.courses.entities import Course
from educore.courses.policies import POLICIES as COURSE_POLICIES
from educore.groups.entities import Enrollment, Group
from educore.groups.policies import POLICIES as GROUP_POLICIES
from educore.groups.use_cases import ACTIONS as GROUP_ACTIONS
from educore.identity.entities import CalendarFeed, Membership, PasswordAttempts, SignIn, User
from educore.identity.policies import POLICIES as IDENTITY_POLICIES
from educore.identity.use_cases import ACTIONS as IDENTITY_ACTIONS
from educore.imports.entities import Import, ImportedRow
from educore.imports.policies import POLICIES as IMPORT_POLICIES
from educore.kernel.domain import Domain
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.store import Store
from educore.kernel.unit_of_work import UnitOfWork
from educore.messaging.entities import Delivery, Job, Notification, SmsTemplate
from educore.messaging.outbox import keep_outbox
from educore.messaging.policies import POLICIES as MESSAGING_POLICIES
from educore.messaging.use_cases import ACTIONS as MESSAGING_ACTIONS
from educore.organization.entities import Branch, Center, Room
from educore.organization.policies import POLICIES as ORGANIZATION_POLICIES
from educore.organization.use_cases import ACTIONS as ORGANIZATION_ACTIONS
from educore.people.entities import Student, Teacher, TeacherRating
from educore.people.policies import POLICIES as PEOPLE_POLICIES
from educore.people.use_cases import ACTIONS as PEOPLE_ACTIONS
from educore.timetable.entities import Series, Session
from educore.timetable.policies import POLICIES as TIMETABLE_POLICIES
from educore.timetable.use_cases import ACTIONS as TIMETABLE_ACTIONS

EDUCATION = Domain(
    entities=[
        User,
        Membership,
        SignIn,
        PasswordAttempts,
        Center,
        Branch,
        Room,
        Course,
        Student,
        Teacher,
        TeacherRating,
        Group,
        Enrollment,
        Series,
        Session,
        CalendarFeed,
        Attendance,
        AttendanceCorrection,
        Assignment,
        Submission,
        Exam,
        ExamResult,
        ChargeRun,
        Invoice,
        Payment,
        Payroll,
        LedgerEntry,
        NumberSeries,
        AnsweredRequest,
        Lead,
        Contract,
        Notification,
        SmsTemplate,
        Delivery,
        Job,
        Import,
        ImportedRow,
        AuditEntry,
        AuditHead,
    ],
    policies=[
        *IDENTITY_POLICIES,
        *ORGANIZATION_POLICIES,
        *COURSE_POLICIES,
        *PEOPLE_POLICIES,
        *GROUP_POLICIES,
        *TIMETABLE_POLICIES,
        *ATTENDANCE_POLICIES,
        *ASSESSMENT_POLICIES,
        *BILLING_POLICIES,
        *ADMISSION_POLICIES,
        *MESSAGING_POLICIES,
        *IMPORT_POLICIES,
        *AUDIT_POLICIES,
    ],
    actions={
        **IDENTITY_ACTIONS,
        **ORGANIZATION_ACTIONS,
        **PEOPLE_ACTIONS,
        **GROUP_ACTIONS,
        **TIMETABLE_ACTIONS,
        **ATTENDANCE_ACTIONS,
        **ASSESSMENT_ACTIONS,
        **BILLING_ACTIONS,
        **ADMISSION_ACTIONS,
        **MESSAGING_ACTIONS,
    },
    before_commit=(keep_outbox, keep_trail),
)


class Educore:
    """A store, the ports and the domain: what an application keeps for its whole life."""

    def __init__(self, store: Store, ports: Ports, domain: Domain = EDUCATION) -> None:
        self.store, self.ports, self.domain = store, ports, domain

    def work(self, actor: Actor, *, read_only: bool = False) -> UnitOfWork:
        """Open a unit of work: `with school.work(actor) as uow: ...`. Raises: Unavailable.

        `read_only` never waits for writers and refuses to write.
        """
        return UnitOfWork(self.store.begin(read_only=read_only), self.domain, actor, self.ports)
