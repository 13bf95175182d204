"""Leads, and contracts with students."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from educore.courses.entities import CourseId
from educore.groups.entities import GroupId
from educore.identity.entities import ActorId
from educore.kernel.entity import Audited, Entity, FieldGroups, FieldNames, OnDelete, Ref, StoredFile, Timestamped
from educore.organization.entities import BranchId, OwnCenterId
from educore.people.entities import StudentId
from educore.values import Day, Email, Name, Phone, Text


class LeadStatus(StrEnum):
    """The status of a lead. Only a conversion sets `converted`, and it is final."""

    NEW = "new"
    CONTACTED = "contacted"
    CONVERTED = "converted"
    LOST = "lost"


class Lead(Timestamped, Entity):
    """A person who asked about a course. `source` is where they heard of the Center, in free text.

    `assigned_to_id` is the responsible manager, `student_id` the student after the conversion.
    """

    audited: ClassVar[Audited] = Audited.ALWAYS

    center_id: OwnCenterId
    branch_id: BranchId
    name: Name
    email: Email | None = None
    phone: Phone
    course_id: CourseId | None = None
    status: LeadStatus = LeadStatus.NEW
    source: Annotated[Name, Field(max_length=100)] | None = None
    assigned_to_id: Annotated[int, Ref("User", OnDelete.CLEAR)] | None = None
    notes: Text = ""
    student_id: Annotated[int, Ref("Student", OnDelete.CLEAR)] | None = None
    converted_at: datetime | None = None


class Contract(Timestamped, Entity):
    """A signed contract with a student, usually for a group. Changes of the contract clear its verification."""

    audited: ClassVar[Audited] = Audited.ALWAYS
    named_by: ClassVar[FieldNames] = ("contract_number", "student_id")
    unique: ClassVar[FieldGroups] = (("center_id", "contract_number"),)

    center_id: OwnCenterId
    student_id: StudentId
    group_id: GroupId | None = None
    contract_number: Annotated[Name, Field(max_length=64)] | None = None
    contract_file: Annotated[str, StoredFile(), Field(max_length=255)]
    signed_date: Day | None = None
    is_verified: bool = False
    verified_by_id: ActorId | None = None
    verified_at: datetime | None = None
