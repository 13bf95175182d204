"""Uploaded files: the detection of their format by their content, and the rules for the fields that take them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath
from typing import Annotated, Any

import filetype
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from educore import Entity, Staging, UnitOfWork
from educore.kernel import StagedFile
from educore.kernel.ports import is_shown, safe_name
from educore_web.runtime.limits import MEGABYTE

log = logging.getLogger("educore")

LARGEST_IMAGE = 10
LARGEST_DOCUMENT = 25
LARGEST_OFFICE_DOCUMENT = 10
"""The largest files, in megabytes."""
FIRST_BYTES = 8192
"""The number of bytes that show the format of a file, unless it is an office document or plain text."""


@dataclass(frozen=True)
class Format:
    """A file format: its common name, its media type, its extensions, and the test of a file's content."""

    name: str
    media_type: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes], bool]


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its name as the client gives it, and its bytes."""

    name: str
    content: bytes

    @property
    def extension(self) -> str:
        """Return the extension of the name in small letters and without the dot; empty if there is none."""
        return _extension(safe_name(self.name))

    @cached_property
    def format(self) -> Format | None:
        """Return the format of the content, None if it is unknown.

        If several formats match, as an office document is also a ZIP archive, the extension decides.
        """
        likely_first = sorted(KNOWN_FORMATS, key=lambda candidate: self.extension not in candidate.extensions)
        return next((candidate for candidate in likely_first if candidate.matches(self.content)), None)

    @cached_property
    def pixels(self) -> tuple[int, int] | None:
        """Return the width and the height of a picture, None if it is none or if they cannot be read."""
        from PIL import Image as Picture  # few requests need it, and it takes memory

        try:
            with Picture.open(BytesIO(self.content), formats=PICTURE_READERS) as picture:
                return picture.size
        except Exception:  # whatever the reader stumbles over was sent by a client
            log.debug("a picture could not be read", exc_info=True)
            return None

    @property
    def safe_name(self) -> str:
        """Return the name to store the file under: harmless, in any script, and with a true extension."""
        name = safe_name(self.name)
        if self.format is None or self.extension in self.format.extensions:
            return name
        return safe_name(f"{name}.{self.format.extensions[0]}")


@dataclass(frozen=True)
class Attachment:
    """A file for a field of a body: the file itself, or the key of one that the client uploaded for `context`.

    `check` returns a file that the field accepts. Raises: PydanticCustomError. `kept_in` is where keys of a list are
    stored, None for a field of the row itself.
    """

    context: str
    check: Callable[[Upload], Upload]
    upload: Upload | None = None
    key: str = ""
    kept_in: KeptIn | None = None


@dataclass(frozen=True)
class KeptIn:
    """The rows that store the keys of a list of attachments: their kind, the field, and the reference to the owner."""

    kind: type[Entity]
    field: str
    owner: str


PRINTED_FILE = "file_upload"
"""The word that a document prints in place of a file in JSON."""

STAND_IN = Upload(f"{PRINTED_FILE}.txt", f"{PRINTED_FILE}\n".encode())
"""The file that stands for the printed word where a file is required, so that the printed example works as it is."""


@dataclass(frozen=True)
class UploadRule:
    """The files that a field accepts: their formats, their largest size, and whether the extension must match.

    A picture may be at most `most_pixels` wide and high, if there is such a limit.
    """

    formats: tuple[Format, ...]
    megabytes: int
    extension_must_match: bool
    most_pixels: int | None = None

    def check(self, value: Any) -> Upload:
        """Return the upload if the field accepts it.

        Raises: PydanticCustomError with the code not_a_file, file_empty, file_too_large, file_type or
        picture_too_large.
        """
        if not isinstance(value, Upload):
            raise PydanticCustomError("not_a_file", "Send a file here.")
        if value == STAND_IN:
            return value
        if not value.content:
            raise PydanticCustomError("file_empty", "The file is empty.")
        if len(value.content) > self.megabytes * MEGABYTE:
            raise PydanticCustomError("file_too_large", "The file is too large.", {"megabytes": self.megabytes})
        if not self._accepts(value):
            expected = ", ".join(dict.fromkeys(accepted.name for accepted in self.formats))
            raise PydanticCustomError("file_type", "Send another kind of file.", {"expected": expected})
        if self.most_pixels is not None and max(value.pixels or (0,)) > self.most_pixels:
            raise PydanticCustomError("picture_too_large", "The picture is too large.", {"pixels": self.most_pixels})
        return value

    def _accepts(self, upload: Upload) -> bool:
        found = upload.format
        if found is None or found not in self.formats:
            return False
        if self.most_pixels is not None and upload.pixels is None:
            return False
        return not self.extension_must_match or upload.extension in ("", *found.extensions)


def stage_upload(staging: Staging, kind: type[Entity], name: str, upload: Upload) -> StagedFile:
    """Store an upload for a field of an entity before its unit of work opens. Raises: Unavailable."""
    return staging.store(upload.content, folder=f"{kind.__name__.lower()}-{name}", name=upload.safe_name)


def keep_files(uow: UnitOfWork, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with the keys of their staged files, which the unit of work keeps when it commits."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found[name] = keep_files(uow, value)
        else:
            found[name] = uow.keep_staged(value) if isinstance(value, StagedFile) else value
    return found


def served_media_type(name: str, first_bytes: bytes) -> str:
    """Return the media type to serve a stored file with.

    It follows from the name. A type that browsers display is given only if the content matches it.
    """
    named = [candidate for candidate in KNOWN_FORMATS if _extension(name) in candidate.extensions]
    for candidate in [*named, *IMAGE_FORMATS]:
        if not is_shown(candidate.media_type) or candidate.matches(first_bytes):
            return candidate.media_type
    return "application/octet-stream"


def _extension(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".").lower()


# -- the formats ---------------------------------------------------------------------------------------


def _simple_format(name: str, media_type: str, *extensions: str) -> Format:
    """Return a format that the library filetype detects by the first bytes."""
    matcher = filetype.get_type(mime=media_type)
    return Format(name, media_type, extensions, lambda content: bool(matcher.match(content[:FIRST_BYTES])))


def _office_format(name: str, media_type: str, extension: str, marker: str, *, container: re.Pattern[bytes]) -> Format:
    """Return an office format: a container that holds the part named `marker`, in any order of its parts."""
    part = marker.encode("utf-16-le" if container is OLD_OFFICE else "ascii")
    return Format(name, media_type, (extension,), lambda content: bool(container.match(content)) and part in content)


def _is_text(content: bytes) -> bool:
    """Return whether the content is UTF-8 text without control characters and without HTML or XML at its start."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not MARKUP.match(text) and not CONTROLS.search(text)


OPEN_XML = re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|customXml/|word/|xl/|ppt/)", re.DOTALL)
OLD_OFFICE = re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
MARKUP = re.compile(r"[\s\ufeff\u200b]*<")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")

# Phones and messengers mix these extensions up, which is harmless.
PICTURE_READERS = ("JPEG", "PNG", "GIF", "WEBP")
IMAGE_EXTENSIONS = ("jpg", "jpeg", "png", "gif", "webp")
IMAGE_FORMATS = (
    _simple_format("JPEG", "image/jpeg", *IMAGE_EXTENSIONS),
    _simple_format("PNG", "image/png", "png", *IMAGE_EXTENSIONS),
    _simple_format("GIF", "image/gif", "gif", *IMAGE_EXTENSIONS),
    _simple_format("WebP", "image/webp", "webp", *IMAGE_EXTENSIONS),
)
OPEN = "application/vnd.openxmlformats-officedocument."
OFFICE_FORMATS = (
    _office_format("Word", f"{OPEN}wordprocessingml.document", "docx", "word/document", container=OPEN_XML),
    _office_format("Excel", f"{OPEN}spreadsheetml.sheet", "xlsx", "xl/workbook", container=OPEN_XML),
    _office_format("PowerPoint", f"{OPEN}presentationml.presentation", "pptx", "ppt/presentation", container=OPEN_XML),
    _office_format("PowerPoint", "application/vnd.ms-powerpoint", "ppt", "PowerPoint Document", container=OLD_OFFICE),
    _office_format("Word", "application/msword", "doc", "WordDocument", container=OLD_OFFICE),
    _office_format("Excel", "application/vnd.ms-excel", "xls", "Workbook", container=OLD_OFFICE),
    _simple_format("OpenDocument", "application/vnd.oasis.opendocument.text", "odt"),
    _simple_format("OpenDocument", "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    _simple_format("OpenDocument", "application/vnd.oasis.opendocument.presentation", "odp"),
)
AUDIO_FORMATS = (
    _simple_format("MP3", "audio/mpeg", "mp3"),
    _simple_format("M4A", "audio/mp4", "m4a"),
    _simple_format("OGG", "audio/ogg", "ogg", "oga", "opus"),
    _simple_format("WAV", "audio/x-wav", "wav"),
)
VIDEO_FORMATS = (
    _simple_format("MP4", "video/mp4", "mp4", "m4a"),  # some m4a files carry the signature of a video
    _simple_format("WebM", "video/webm", "webm"),
)
MOV = _simple_format("MOV", "video/quicktime", "mov")
DOCUMENT_FORMATS = (
    _simple_format("PDF", "application/pdf", "pdf"),
    *OFFICE_FORMATS,
    _simple_format("RTF", "application/rtf", "rtf"),
)
OTHER_FORMATS = (
    _simple_format("ZIP", "application/zip", "zip"),
    Format("TXT", "text/plain", ("txt", "md", "csv"), _is_text),
)
FORMATS = (*DOCUMENT_FORMATS, *IMAGE_FORMATS, *AUDIO_FORMATS, *VIDEO_FORMATS, *OTHER_FORMATS)
KNOWN_FORMATS = (*FORMATS, MOV)
"""The formats that are recognized: those of documents, and one that only signed uploads accept."""


# -- what bodies declare -------------------------------------------------------------------------------

IMAGE = UploadRule(IMAGE_FORMATS, LARGEST_IMAGE, extension_must_match=False)
DOCUMENT = UploadRule(FORMATS, LARGEST_DOCUMENT, extension_must_match=True)
OFFICE_DOCUMENT = UploadRule((*DOCUMENT_FORMATS, *IMAGE_FORMATS), LARGEST_OFFICE_DOCUMENT, extension_must_match=True)

FileSchema = WithJsonSchema({"type": "string", "format": "binary"})
Image = Annotated[Upload, BeforeValidator(IMAGE.check), FileSchema]
"""A JPEG, PNG, GIF or WebP of at most 10 MB, checked by its content. In JSON the field is ignored unless null."""
Document = Annotated[Upload, BeforeValidator(DOCUMENT.check), FileSchema]
"""A file that teachers hand out or students hand in, at most 25 MB: document, image, audio, video, archive or text.

Its content decides, which the extension must match. In JSON the field is ignored unless null.
"""
OfficeDocument = Annotated[Upload, BeforeValidator(OFFICE_DOCUMENT.check), FileSchema]
"""A document that the office files, or an image of it, at most 10 MB; checked like a Document."""
