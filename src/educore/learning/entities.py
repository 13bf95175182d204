"""Teaching material: lessons with their resources and tags, and the traces of the students who learn with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from educore.courses.entities import CourseId
from educore.identity.entities import ActorId
from educore.kernel.entity import (
    Archivable,
    Entity,
    FieldGroups,
    FieldNames,
    Fixed,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
)
from educore.kernel.words import RankedWord
from educore.organization.entities import OwnCenterId
from educore.schooling.entities import GradeLevelId
from educore.values import HexColor, Html, Line, Name, PlaceInOrder, TagName, Text, WebAddress, fold_text, parse_whole


class LessonCycle(StrEnum):
    """The half of the programme of a grade level to which a lesson belongs; a label without a rule."""

    FIRST = "first"
    SECOND = "second"


class Difficulty(RankedWord):
    """The difficulty of a lesson, the lowest first."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class ResourceKind(StrEnum):
    """The form of a resource, which decides what it holds: a file, an address or a text."""

    PDF = "pdf"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    PRESENTATION = "presentation"
    LINK = "link"
    TEXT = "text"


OPEN_OFFICE = "application/vnd.openxmlformats-officedocument."

CONTENTS = ("file", "url", "text")
"""The fields of a resource of which exactly one has its content."""

CONTENTS_OF: Mapping[ResourceKind, tuple[str, ...]] = dict.fromkeys(ResourceKind, ("file",)) | {
    ResourceKind.VIDEO: ("file", "url"),
    ResourceKind.LINK: ("url",),
    ResourceKind.TEXT: ("text",),
}
"""The fields that may have the content of each kind of resource (madrasti: lessons.resource_rules)."""


MEDIA_TYPES: Mapping[ResourceKind, tuple[str, ...]] = {
    ResourceKind.PDF: ("application/pdf",),
    ResourceKind.IMAGE: ("image/",),
    ResourceKind.VIDEO: ("video/",),
    ResourceKind.AUDIO: ("audio/",),
    ResourceKind.DOCUMENT: ("application/pdf", "application/msword", f"{OPEN_OFFICE}wordprocessingml.", "text/plain"),
    ResourceKind.PRESENTATION: ("application/pdf", "application/vnd.ms-powerpoint", f"{OPEN_OFFICE}presentationml."),
}
"""The media types, or their beginnings, of the files of each kind of resource."""


class Lesson(Timestamped, Archivable, Entity):
    """One piece of teaching material, with a text in HTML. `minutes` is how long it is planned to take.

    Students see it once it is published, as long as it is active. `position` orders the lessons of a course.
    """

    center_id: OwnCenterId
    course_id: CourseId | None = None
    grade_level_id: GradeLevelId | None = None
    created_by_id: Annotated[ActorId, Fixed()] | None = None
    title: Name
    title_ar: Name | None = None
    title_fr: Name | None = None
    description: Text = ""
    description_ar: Text | None = None
    description_fr: Text | None = None
    content: Html = ""
    cycle: LessonCycle | None = None
    position: PlaceInOrder | None = None
    objectives: Text = ""
    prerequisites: Text = ""
    difficulty: Difficulty | None = None
    minutes: Annotated[int, Field(ge=1, le=1_000), BeforeValidator(parse_whole)] | None = None
    is_active: bool = True
    is_published: bool = False
    published_at: datetime | None = None


class LessonResource(Timestamped, Entity):
    """An annex of a lesson: a file, the address of a page or a film, or a text in HTML; exactly one of them.

    `size` is that of the file in bytes; both this and its media type are unknown where nobody looked.
    """

    center_id: OwnCenterId
    lesson_id: Annotated[int, Ref("Lesson", OnDelete.CASCADE), Fixed()]
    kind: ResourceKind
    title: Name
    description: Text = ""
    file: Annotated[str | None, StoredFile(), Field(max_length=255)] = None
    url: WebAddress | None = None
    text: Html | None = None
    position: PlaceInOrder
    is_downloadable: bool = True
    size: Annotated[int, Field(ge=0), BeforeValidator(parse_whole)] | None = None
    media_type: Annotated[Line, Field(max_length=100)] = ""

    @model_validator(mode="after")
    def _has_one_content(self) -> Self:
        possible = CONTENTS_OF[self.kind]
        given = [name for name in CONTENTS if getattr(self, name)]
        if wrong := [name for name in given if name not in possible] or given[1:]:
            raise PydanticCustomError("not_with_kind", "This does not fit the kind.", {"field": wrong[0]})
        if not given:
            raise PydanticCustomError("missing", "This field is required.", {"field": possible[0]})
        if self.file and self.media_type and not self.media_type.startswith(MEDIA_TYPES[self.kind]):
            raise PydanticCustomError("file_not_with_kind", "The file is of another kind.", {"field": "file"})
        return self


class Tag(Entity):
    """A word by which lessons are found. `folded` is its name as tags are compared: they differ by more than case."""

    unique: ClassVar[FieldGroups] = (("center_id", "folded"),)

    center_id: OwnCenterId
    name: TagName
    folded: Annotated[Line, Field(max_length=200)] = ""
    name_ar: TagName | None = None
    name_fr: TagName | None = None
    color: HexColor | None = None

    @model_validator(mode="before")
    @classmethod
    def _fold_name(cls, values: Any) -> Any:
        name = values.get("name") if isinstance(values, Mapping) else None
        return {**values, "folded": fold_tag(name)} if isinstance(name, str) else values


def fold_tag(name: str) -> str:
    """Return the form of a tag by which it is compared with others."""
    return fold_text(" ".join(name.split())).casefold()


class LessonTag(Entity):
    """A tag of a lesson."""

    named_by: ClassVar[FieldNames] = ("lesson_id", "tag_id")
    unique: ClassVar[FieldGroups] = (("lesson_id", "tag_id"),)

    center_id: OwnCenterId
    lesson_id: Annotated[int, Ref("Lesson", OnDelete.CASCADE), Fixed()]
    tag_id: Annotated[int, Ref("Tag", OnDelete.CASCADE), Fixed()]


class LessonView(Entity):
    """A look of a student at a lesson. `weekday` is that of the Center, 1 for Monday.

    `half_hour` counts half hours since 1970: a student has one look in each.
    """

    named_by: ClassVar[FieldNames] = ("student_id", "lesson_id")
    unique: ClassVar[FieldGroups] = (("lesson_id", "student_id", "half_hour"),)

    center_id: OwnCenterId
    lesson_id: Annotated[int, Ref("Lesson", OnDelete.CASCADE), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    viewed_at: Annotated[datetime, Fixed()]
    weekday: Annotated[int, Field(ge=1, le=7), Fixed()]
    half_hour: Annotated[int, Field(ge=0), Fixed()]


class LessonProgress(Entity):
    """The progress of a student with a lesson: the seconds spent on it, and when it was completed, if it is."""

    named_by: ClassVar[FieldNames] = ("student_id", "lesson_id")
    unique: ClassVar[FieldGroups] = (("lesson_id", "student_id"),)

    center_id: OwnCenterId
    lesson_id: Annotated[int, Ref("Lesson"), Fixed()]
    student_id: Annotated[int, Ref("Student", OnDelete.CASCADE), Fixed()]
    seconds: Annotated[int, Field(ge=0)] = 0
    completed_at: datetime | None = None
    updated_at: datetime
