"""The resources of a lesson: files, addresses and texts, below the lesson in the path."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import PrivateAttr

from educore import Computed, From
from educore.learning import Lesson, LessonResource
from educore.values import Html, Name, PlaceInOrder, Text, WebAddress
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.sections.files import LessonFile
from educore_web.apis.madrasti.sections.profile import stored_key
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import WRITERS, ResourceWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.path_parameters import Under
from educore_web.rest.uploads import Upload


class ResourceIn(Body, of=LessonResource):
    """A resource: with a `file`, an `external_url` or a `content`, whichever its type takes.

    LINK takes an address, VIDEO a file or an address, TEXT a content in HTML, all others a file. `file` is the key of
    an uploaded file, or in a form the file itself. Without an `order` the resource comes last. `lesson` is that of the
    path.
    """

    lesson: Annotated[int | None, To("lesson_id")] = None
    title: Name
    description: Text = ""
    resource_type: Annotated[ResourceWord, To("kind")]
    file: LessonFile | None = None
    external_url: Annotated[WebAddress | None, To("url")] = None
    content: Annotated[Html | None, To("text")] = None
    order: Annotated[PlaceInOrder | None, To("position")] = None
    is_downloadable: bool = True

    _facts: dict[str, Any] = PrivateAttr(default_factory=dict)

    def describe_file(self, name: str, upload: Upload) -> None:
        """Keep the size and the media type of the file, which the resource shows."""
        media_type = upload.format.media_type if upload.format else ""
        self._facts.update(size=len(upload.content), media_type=media_type)

    def fields(self) -> dict[str, Any]:
        """Return the values that were sent, with what is known of the file."""
        return {**super().fields(), **self._facts}


class ResourceOut(MadrastiShape, of=LessonResource):
    """A resource of a lesson. `file_url` opens its file for a limited time."""

    id: int
    lesson: Annotated[int, From("lesson_id")]
    title: str
    description: str
    resource_type: Annotated[ResourceWord, From("kind")]
    file: Annotated[str | None, Computed(stored_key, "file")]
    file_url: Annotated[str | None, From("file")]
    external_url: Annotated[str | None, From("url")]
    content: Annotated[str | None, From("text")]
    order: Annotated[int, From("position")]
    is_downloadable: bool
    file_size: Annotated[int | None, From("size")]
    mime_type: Annotated[str, From("media_type")]
    created_at: datetime


ROUTES = madrasti.crud(
    "/lessons/lessons/{lesson_id}/resources/",
    LessonResource,
    ResourceIn,
    ResourceOut,
    resource="lessons.resources",
    under=Under("lesson_id", Lesson, "lesson_id"),
    listing={"order": ("position", "id"), "search": ("title", "description")},
    write_roles=WRITERS,
)
