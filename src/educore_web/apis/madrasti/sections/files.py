"""Files that clients send by themselves: the signature of an upload, and the fields that take the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, Field

from educore import Forbidden, Invalid, Role, UnitOfWork
from educore.attendance import FlagDocument
from educore.kernel import UploadKind
from educore.values import Line
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, ROLES
from educore_web.rest.attachments import UPLOAD_RULES, Attached
from educore_web.rest.bodies import Body
from educore_web.rest.common import format_instant
from educore_web.rest.quota import Quota
from educore_web.rest.uploads import LARGEST_OFFICE_DOCUMENT, OFFICE_FORMATS, Attachment, KeptIn, UploadRule
from educore_web.runtime.limits import MEGABYTE


class UploadContext(StrEnum):
    """The purpose of a file."""

    PROFILE_PICTURE = "profile_picture"
    SCHOOL_LOGO = "school_logo"
    LESSON_RESOURCE = "lesson_resource"
    QUESTION_IMAGE = "question_image"
    ABSENCE_DOCUMENT = "absence_document"


@dataclass(frozen=True)
class UploadTerms:
    """The rules for the files of a purpose: the roles that send them, the kinds, and the word for their folder."""

    folder: str
    kinds: tuple[UploadKind, ...]
    roles: frozenset[Role]


MOST_DOCUMENTS = 10
"""The number of documents that one request may bring."""

TEACHERS = OFFICE | {Role.TEACHER}
IMAGES = (UploadKind.IMAGE,)
TERMS: Mapping[UploadContext, UploadTerms] = MappingProxyType(
    {
        UploadContext.PROFILE_PICTURE: UploadTerms("profiles", IMAGES, ROLES),
        UploadContext.SCHOOL_LOGO: UploadTerms("logos", IMAGES, OFFICE),
        UploadContext.LESSON_RESOURCE: UploadTerms("lessons", tuple(UploadKind), TEACHERS),
        UploadContext.QUESTION_IMAGE: UploadTerms("questions", IMAGES, TEACHERS),
        UploadContext.ABSENCE_DOCUMENT: UploadTerms(
            "absences", (UploadKind.IMAGE, UploadKind.DOCUMENT), OFFICE | {Role.PARENT}
        ),
    }
)


SLIDES = UploadRule(
    tuple(known for known in OFFICE_FORMATS if known.name == "PowerPoint"),
    LARGEST_OFFICE_DOCUMENT,
    extension_must_match=True,
)
"""The presentations that lessons take beside the documents that everything takes."""


def attached(
    context: UploadContext, *, kept_in: KeptIn | None = None, further_rules: tuple[UploadRule, ...] = ()
) -> Attached:
    """Return the mark of a body field that takes a file of this context, or its key.

    `kept_in` names the rows that store the keys of a list, `further_rules` those of files of no announced kind.
    """
    return Attached(TERMS[context].folder, *TERMS[context].kinds, kept_in=kept_in, further_rules=further_rules)


ProfilePicture = Annotated[Attachment, attached(UploadContext.PROFILE_PICTURE)]
SchoolLogo = Annotated[Attachment, attached(UploadContext.SCHOOL_LOGO)]
LessonFile = Annotated[Attachment, attached(UploadContext.LESSON_RESOURCE, further_rules=(SLIDES,))]
QuestionImage = Annotated[Attachment, attached(UploadContext.QUESTION_IMAGE)]
AbsenceDocument = Annotated[Attachment, attached(UploadContext.ABSENCE_DOCUMENT)]
AbsenceDocuments = Annotated[
    list[
        Annotated[Attachment, attached(UploadContext.ABSENCE_DOCUMENT, kept_in=KeptIn(FlagDocument, "file", "flag_id"))]
    ],
    Field(max_length=MOST_DOCUMENTS),
]
"""The documents of an absence flag, by their keys."""


class SignatureIn(Body):
    """A file that the client is going to send. `max_size` is in bytes; the limit of its kind is the default."""

    file_type: UploadKind
    context: UploadContext
    folder: Line | None = None
    max_size: Annotated[int, Field(ge=1)] | None = None


class SignatureOut(BaseModel):
    """The address to post the file to, and the form fields to send with it."""

    signature: str
    timestamp: int
    api_key: str
    upload_url: str
    folder: str
    expires_at: str


def sign_upload(uow: UnitOfWork, data: SignatureIn) -> dict[str, Any]:
    """Upload signature: the address and the form fields for sending a file

    The server chooses the folder; a client may name the folder of the context, and no other.
    Raises: Forbidden; Invalid on file_type, folder or max_size.
    """
    terms, user_id = TERMS[data.context], uow.actor.user_id or 0
    if uow.actor.role not in terms.roles:
        raise Forbidden(role=uow.actor.role)
    if data.file_type not in terms.kinds:
        raise Invalid.because("file_type", "enum", expected=", ".join(terms.kinds))
    folder = uow.ports.uploads.folder(terms.folder, user_id, data.file_type)
    if data.folder is not None and data.folder.strip("/") not in (terms.folder, folder):
        raise Invalid.because("folder", "upload_folder", folder=terms.folder)
    largest = UPLOAD_RULES[data.file_type].megabytes * MEGABYTE
    if data.max_size is not None and data.max_size > largest:
        raise Invalid.because("max_size", "less_than_equal", le=largest)
    signed = uow.ports.uploads.sign(
        folder, kind=data.file_type, most=data.max_size or largest, at=uow.ports.clock.now()
    )
    return {
        "signature": signed.signature,
        "timestamp": signed.timestamp,
        "api_key": signed.api_key,
        "upload_url": signed.url,
        "folder": signed.folder,
        "expires_at": format_instant(signed.expires_at),
    }


ROUTES = [
    madrasti.post(
        "/files/upload-signature/",
        sign_upload,
        verb="upload_signature",
        body=SignatureIn,
        out=SignatureOut,
        quota=Quota.UPLOAD,
    )
]
