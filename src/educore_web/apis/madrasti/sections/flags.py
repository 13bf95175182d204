"""Absence flags: absences that somebody must look after, with the documents that families hand in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import (
    Actor,
    Computed,
    Constant,
    Each,
    From,
    Invalid,
    Later,
    NameOf,
    Role,
    Shape,
    UnitOfWork,
    perform,
    where,
)
from educore.attendance import AbsenceFlag, Attendance, FlagDocument, FlagResolution, FlagStatus, Resolved, raise_flag
from educore.messaging import Notification, NotificationType, tell_guardians
from educore.people import Student
from educore.timetable import Session
from educore.values import Text
from educore_web.apis.madrasti.dialect import MadrastiShape, format_hour
from educore_web.apis.madrasti.refusals import translate
from educore_web.apis.madrasti.sections.files import AbsenceDocument, AbsenceDocuments
from educore_web.apis.madrasti.sections.flag_figures import ANALYTICS
from educore_web.apis.madrasti.sections.profile import stored_key
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import FAMILY, OFFICE, FlagStateWord, FlagWord, PriorityWord
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import LookupBy, To
from educore_web.rest.bulk import bulk_update
from educore_web.rest.filters import id_filter
from educore_web.rest.further_names import ADDITION, Also
from educore_web.rest.request import RequestData
from educore_web.rest.uploads import keep_files

MOST_RECORDS = 1000
IS_REGISTER = where(register_status__isnull=False)
"""The condition for the lessons whose register was opened, which the document calls attendance sessions."""

ACTIVE = where(status=FlagStatus.ACTIVE)
FIXED = ("student_id", "session_id", "type", "status")
"""The fields of a flag that never change by an update: resolving and dismissing close it."""


class FlagIn(Body, of=AbsenceFlag):
    """A flag raised by hand. Without a priority it has the one that follows from the days of absence.

    `documents` are keys of uploaded files, which are added to those handed in before. The status of a new flag is
    ACTIVE; later it may only be sent back as it is, as may the student, the session and the type.
    """

    student: Annotated[int, To("student_id"), LookupBy(Student, "user_id"), Also("student_id")]
    session: Annotated[int, To("session_id")]
    flag_type: Annotated[FlagWord, To("type")] = FlagWord.ABSENCE
    priority: PriorityWord | None = None
    status: FlagStateWord = FlagStateWord.ACTIVE
    resolution_notes: Text = ""
    documents: AbsenceDocuments = Field(default_factory=list)
    follow_up_required: bool | None = None


class FlagBulkIn(Body, of=AbsenceFlag):
    """The values that many flags get at once."""

    priority: PriorityWord | None = None
    resolution_notes: Text = ""
    follow_up_required: bool | None = None


class ResolveIn(Body, of=AbsenceFlag):
    """The finding about a flag. `records` are the absences that a partial resolution excuses."""

    resolution_type: Annotated[FlagResolution, To("resolution")]
    resolution_notes: Annotated[Text, To("notes"), Field(min_length=1)]
    documents: AbsenceDocuments = Field(default_factory=list)
    mark_excused: Annotated[bool, To("excuse")] = False
    follow_up_required: bool | None = None
    records: Annotated[list[int], To("session_ids"), Field(max_length=MOST_RECORDS)] = Field(default_factory=list)


class DismissIn(Body, of=AbsenceFlag):
    """The reason for which a flag needs nothing."""

    resolution_notes: Annotated[Text, To("notes")] = ""


class DocumentIn(Body, of=FlagDocument):
    """A document about a flag: a file, a note, or both."""

    file: AbsenceDocument | None = None
    note: Text = ""


def subject_of(own: str | None, of_class: str | None) -> str | None:
    """Return the subject of a lesson: its own, else that of the class."""
    return own or of_class


def hour_of(time_of_day: time | None) -> str | None:
    """Return a time of the day as this document writes it, None for a lesson without hours."""
    return None if time_of_day is None else format_hour(time_of_day)


class FlaggedSession(MadrastiShape, of=Session):
    """The lesson that raised a flag."""

    id: int
    date: date
    start_time: Annotated[str | None, Computed(hour_of, "start_time")]
    end_time: Annotated[str | None, Computed(hour_of, "end_time")]
    subject: Annotated[str | None, Computed(subject_of, "course.name", "group.course.name")]
    class_: Annotated[int, From("group_id")]
    class_name: Annotated[str, From("group.name")]
    teacher: Annotated[int | None, From("teacher.user_id")]
    teacher_name: Annotated[str | None, NameOf("teacher")]


class DocumentOut(MadrastiShape, of=FlagDocument):
    """A document about a flag; the address opens the file for a limited time."""

    id: int
    public_id: Annotated[str | None, Computed(stored_key, "file")]
    url: Annotated[str | None, From("file")]
    note: str
    added_by: Annotated[int | None, From("added_by_id")]
    added_by_name: Annotated[str | None, NameOf("added_by")]
    created_at: datetime


class FlagOut(MadrastiShape, of=AbsenceFlag):
    """An absence flag. `documents` are the keys of its files, and `files` everything that was handed in."""

    id: int
    student: Annotated[int, From("student.user_id"), Also("student_id")]
    student_name: Annotated[str | None, NameOf("student")]
    session: Annotated[int, From("session_id")]
    session_details: Annotated[FlaggedSession, From("session")]
    flag_type: Annotated[FlagWord, From("type")]
    priority: PriorityWord
    status: FlagStateWord
    absence_count: int
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: Annotated[int | None, From("resolved_by_id")]
    resolution_notes: str | None
    documents: Annotated[list[str], Later()]
    auto_generated: bool
    parent_notified: Annotated[bool, Later()]
    follow_up_required: bool
    resolution_type: Annotated[FlagResolution | None, From("resolution"), ADDITION]
    created_by: Annotated[int | None, From("created_by_id"), ADDITION]
    updated_at: Annotated[datetime, ADDITION]
    files: Annotated[list[DocumentOut], Each("FlagDocument"), ADDITION]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """List the keys of the files, and find the notifications about the flags."""
        notified = find_notified(uow, rows)
        for row in rows:
            row["documents"] = [file["public_id"] for file in row["files"] if file["public_id"] is not None]
            row["parent_notified"] = row["id"] in notified


class FlagOfFamily(FlagOut, of=AbsenceFlag):
    """A flag as the student and their parents see it: without the notes of the office."""

    resolution_notes: Annotated[str | None, Constant(None)]


class ResolvedOut(BaseModel):
    """A resolved flag, and the number of absences that were excused with it."""

    flag_id: int
    status: FlagStateWord
    resolved_at: datetime | None
    absences_updated: int
    parent_notified: bool


class DismissedOut(BaseModel):
    """A dismissed flag."""

    flag_id: int
    status: FlagStateWord
    resolved_at: datetime | None
    message: str


class NoticeRow(Shape, of=Notification):
    """The row that a notification is about."""

    about_kind: str | None
    about_id: int | None


class MarkRow(Shape, of=Attendance):
    """The mark of a student, by their account, in a session."""

    id: int
    student: Annotated[int, From("student.user_id")]
    session_id: int


def find_notified(uow: UnitOfWork, flags: Collection[Mapping[str, Any]]) -> set[int]:
    """Return the ids of those flags about which somebody was notified, or about whose absence, in two statements.

    Everybody learns the same, whoever was written to.
    """
    platform, students = uow.as_platform(), {flag["student"] for flag in flags}
    missed = where(student__user_id__in=students, session_id__in={flag["session"] for flag in flags})
    marks = {(row["student"], row["session_id"]): row["id"] for row in platform.select(MarkRow, missed)}
    about = where(about_kind=AbsenceFlag.__name__, about_id__in={flag["id"] for flag in flags})
    about |= where(about_kind=Attendance.__name__, about_id__in=set(marks.values()))
    notices = platform.select(NoticeRow, where(student__user_id__in=students) & about, to="remind")
    known = {(row["about_kind"], row["about_id"]) for row in notices}
    return {
        flag["id"]
        for flag in flags
        if known
        & {(AbsenceFlag.__name__, flag["id"]), (Attendance.__name__, marks.get((flag["student"], flag["session"])))}
    }


def shape_for(reader: Actor) -> type[Shape]:
    """Return the shape in which an actor sees flags: families without the notes of the office."""
    return FlagOfFamily if reader.role in FAMILY else FlagOut


def add_absence_flag(
    uow: UnitOfWork,
    *,
    session_id: int,
    status: FlagStatus = FlagStatus.ACTIVE,
    documents: Collection[str] = (),
    **fields: Any,
) -> AbsenceFlag:
    """Raise a flag with its documents. Raises: Invalid("cannot_change") on status; the errors of `raise_flag`."""
    if status is not FlagStatus.ACTIVE:
        raise Invalid.because("status", "cannot_change")
    uow.reference(Session, session_id, field="session_id", only=IS_REGISTER)
    given = {name: value for name, value in fields.items() if value is not None}
    flag = raise_flag(uow, session_id=session_id, **given)
    _add_documents(uow, flag, documents)
    tell_guardians(uow)  # now, as the answer says whether they were told
    return flag


def change_absence_flag(uow: UnitOfWork, flag: AbsenceFlag, *, documents: Collection[str] = (), **fields: Any) -> None:
    """Change a flag and add documents. Raises: Invalid("cannot_change") on what is settled when it is raised."""
    for name in FIXED:
        if name in fields:
            raise Invalid.because(name, "cannot_change")
    perform(uow, AbsenceFlag, "update", flag.id, fields)
    if documents:
        kept = {document.file for document in uow.find(FlagDocument, where(flag_id=flag.id))}
        _add_documents(uow, flag, [key for key in documents if key not in kept])


def resolve_absence_flag(uow: UnitOfWork, id: int, data: ResolveIn) -> dict[str, Any]:
    """Resolve an absence flag, with documents, and excuse its absences"""
    fields = data.fields()
    fields["documents"] = list(dict.fromkeys(fields.get("documents", ())))
    fields["session_ids"] = _sessions_of(uow, fields.get("session_ids", ()))
    resolved = perform(uow, AbsenceFlag, "resolve", id, fields, returns=Resolved)
    return {
        **_describe_closed(resolved.flag),
        "absences_updated": len(resolved.excused),
        "parent_notified": any(row.type is NotificationType.FLAG_RESOLVED for row in tell_guardians(uow)),
    }


def dismiss_absence_flag(uow: UnitOfWork, id: int, data: DismissIn, request: RequestData) -> dict[str, Any]:
    """Dismiss an absence flag without action"""
    flag: AbsenceFlag = perform(uow, AbsenceFlag, "dismiss", id, data.fields())
    return {**_describe_closed(flag), "message": translate("flag_dismissed", request.language)}


def add_document(uow: UnitOfWork, id: int, data: DocumentIn) -> dict[str, Any]:
    """Hand in a document about an absence flag"""
    fields = keep_files(uow, data.fields())
    added = perform(uow, FlagDocument, "create", fields={**fields, "flag_id": id})
    return uow.select_one(DocumentOut, added.id)


def _describe_closed(flag: AbsenceFlag) -> dict[str, Any]:
    return {"flag_id": flag.id, "status": FlagStateWord[flag.status.name], "resolved_at": flag.resolved_at}


def _add_documents(uow: UnitOfWork, flag: AbsenceFlag, keys: Collection[str]) -> None:
    for key in dict.fromkeys(keys):
        perform(uow, FlagDocument, "create", fields={"flag_id": flag.id, "file": key})


def _sessions_of(uow: UnitOfWork, records: Collection[int]) -> list[int]:
    """Return the sessions of marks by their ids. Raises: Invalid("unknown_id") on session_ids."""
    sessions = {mark.id: mark.session_id for mark in uow.find(Attendance, where(id__in=records))} if records else {}
    for id in records:
        if id not in sessions:
            raise Invalid.because("session_ids", "unknown_id", id=id)
    return list(sessions.values())


PATH = "/attendance/absence-flags/"
NAMED: dict[str, Any] = {"resource": "attendance.absence_flags"}
ACTION: dict[str, Any] = {**NAMED, "kind": AbsenceFlag, "permission": "can_clear_flags", "roles": OFFICE}
LISTED: dict[str, Any] = {
    "search": ("student__user__first_name", "student__user__last_name"),
    "orderings": ("id", "created_at", "resolved_at", "updated_at", "flag_type", "priority", "status", "absence_count"),
    "filters": (id_filter("class", "session__group_id"), id_filter("class_id", "session__group_id")),
}

CRUD = madrasti.crud(
    PATH,
    AbsenceFlag,
    FlagIn,
    FlagOut,
    create=add_absence_flag,
    update=change_absence_flag,
    write_roles=OFFICE,
    permission="can_clear_flags",
    seen_as=shape_for,
    listing={"order": ("-id",), **LISTED},
    additions=("partial_update",),
    **NAMED,
)
ROUTES = [
    ANALYTICS,
    madrasti.list(
        f"{PATH}pending/",
        FlagOut,
        only=ACTIVE,
        order=("-priority", "id"),
        verb="pending",
        roles=OFFICE,
        permission="can_clear_flags",
        **LISTED,
        **NAMED,
    ),
    *CRUD,
    bulk_update(next(known for known in CRUD if known.verb == "partial_update"), body=make_partial(FlagBulkIn)),
    madrasti.post(
        f"{PATH}{{id}}/resolve/", resolve_absence_flag, action="resolve", body=ResolveIn, out=ResolvedOut, **ACTION
    ),
    madrasti.post(
        f"{PATH}{{id}}/dismiss/", dismiss_absence_flag, action="dismiss", body=DismissIn, out=DismissedOut, **ACTION
    ),
    madrasti.post(
        f"{PATH}{{id}}/documents/",
        add_document,
        verb="add_document",
        kind=AbsenceFlag,
        body=DocumentIn,
        out=DocumentOut,
        status=201,
        roles=OFFICE | {Role.PARENT},
        addition=True,
        **NAMED,
    ),
]
