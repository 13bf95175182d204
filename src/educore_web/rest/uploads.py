"""Files people send: judged by what is in them, and put into the file storage before the row they belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Any

import filetype
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from educore import Entity, Staging, UnitOfWork
from educore.kernel import StagedFile
from educore.kernel.ports import is_shown, safe_name

MEGABYTE = 1024 * 1024
LARGEST_IMAGE = 10
LARGEST_DOCUMENT = 25
LARGEST_PAPER = 10
FIRST_BYTES = 8192
"""As much of a file as shows a format, except that of office documents and plain text."""


@dataclass(frozen=True)
class Format:
    """A format of files: what people call it, its media type, what such names end in, and how to tell a file of it."""

    name: str
    media_type: str
    endings: tuple[str, ...]
    fits: Callable[[bytes], bool]


@dataclass(frozen=True)
class Upload:
    """A file somebody sent: its name as they call it, and its bytes."""

    name: str
    content: bytes

    @property
    def ending(self) -> str:
        """What follows the last dot of the name, in small letters; empty when there is none."""
        return _ending(safe_name(self.name))

    @cached_property
    def format(self) -> Format | None:
        """The format of the bytes; of several that fit, as with an office document and ZIP, the one its name claims."""
        likely_first = sorted(FORMATS, key=lambda known: self.ending not in known.endings)
        return next((known for known in likely_first if known.fits(self.content)), None)

    @property
    def safe_name(self) -> str:
        """The name to keep it under: harmless, readable in every script, and with an ending that is true."""
        name = safe_name(self.name)
        if self.format is None or self.ending in self.format.endings:
            return name
        return safe_name(f"{name}.{self.format.endings[0]}")


@dataclass(frozen=True)
class Kind:
    """What a field takes: which formats, of what size, and whether the ending of the name must be a true one."""

    formats: tuple[Format, ...]
    megabytes: int
    truly_named: bool

    def check(self, value: Any) -> Any:
        """The upload, if it is one of these.

        Raises: PydanticCustomError with the code not_a_file, file_empty, file_too_large or file_type.
        """
        if not isinstance(value, Upload):
            raise PydanticCustomError("not_a_file", "Send a file here.")
        if not value.content:
            raise PydanticCustomError("file_empty", "The file is empty.")
        if len(value.content) > self.megabytes * MEGABYTE:
            raise PydanticCustomError("file_too_large", "The file is too large.", {"megabytes": self.megabytes})
        if not self._takes(value):
            expected = ", ".join(dict.fromkeys(known.name for known in self.formats))
            raise PydanticCustomError("file_type", "Send another kind of file.", {"expected": expected})
        return value

    def _takes(self, upload: Upload) -> bool:
        found = upload.format
        if found is None or found not in self.formats:
            return False
        return not self.truly_named or upload.ending in ("", *found.endings)


def stage(staging: Staging, kind: type[Entity], name: str, upload: Upload) -> StagedFile:
    """Store an upload for a field of a kind before its unit of work opens. Raises: Unavailable."""
    return staging.store(upload.content, folder=f"{kind.__name__.lower()}-{name}", name=upload.safe_name)


def kept(uow: UnitOfWork, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with the key of every staged file in its place, to be kept with the unit of work."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found[name] = kept(uow, value)
        else:
            found[name] = uow.keep_staged(value) if isinstance(value, StagedFile) else value
    return found


def media_type_of(name: str, first_bytes: bytes) -> str:
    """How to announce a kept file: as what its name says, but as something browsers show only if it looks like that."""
    named = [known for known in FORMATS if _ending(name) in known.endings]
    for known in [*named, *PICTURES]:
        if not is_shown(known.media_type) or known.fits(first_bytes):
            return known.media_type
    return "application/octet-stream"


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".").lower()


# -- the formats ---------------------------------------------------------------------------------------


def _known(name: str, media_type: str, *endings: str) -> Format:
    """A format that filetype tells by its first bytes."""
    matcher = filetype.get_type(mime=media_type)
    return Format(name, media_type, endings, lambda content: bool(matcher.match(content[:FIRST_BYTES])))


def _office(name: str, media_type: str, ending: str, holding: str, *, container: re.Pattern[bytes]) -> Format:
    """An office format: a container, whatever the order of its parts, that holds the part which makes it one."""
    part = holding.encode("utf-16-le" if container is OLD_OFFICE else "ascii")
    return Format(name, media_type, (ending,), lambda content: bool(container.match(content)) and part in content)


def _is_text(content: bytes) -> bool:
    """Whether it is UTF-8 without control characters, and no markup, which a browser could run."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not MARKUP.match(text) and not CONTROLS.search(text)


OPEN_XML = re.compile(rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|docProps/|customXml/|word/|xl/|ppt/)", re.DOTALL)
OLD_OFFICE = re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
MARKUP = re.compile(r"[\s\ufeff\u200b]*<")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")

PICTURE = ("jpg", "jpeg", "png", "gif", "webp")  # telephones and messengers mix these up, and no harm comes of it
PICTURES = (
    _known("JPEG", "image/jpeg", *PICTURE),
    _known("PNG", "image/png", "png", *PICTURE),
    _known("GIF", "image/gif", "gif", *PICTURE),
    _known("WebP", "image/webp", "webp", *PICTURE),
)
OPEN = "application/vnd.openxmlformats-officedocument."
OFFICE = (
    _office("Word", f"{OPEN}wordprocessingml.document", "docx", "word/document", container=OPEN_XML),
    _office("Excel", f"{OPEN}spreadsheetml.sheet", "xlsx", "xl/workbook", container=OPEN_XML),
    _office("PowerPoint", f"{OPEN}presentationml.presentation", "pptx", "ppt/presentation", container=OPEN_XML),
    _office("PowerPoint", "application/vnd.ms-powerpoint", "ppt", "PowerPoint Document", container=OLD_OFFICE),
    _office("Word", "application/msword", "doc", "WordDocument", container=OLD_OFFICE),
    _office("Excel", "application/vnd.ms-excel", "xls", "Workbook", container=OLD_OFFICE),
    _known("OpenDocument", "application/vnd.oasis.opendocument.text", "odt"),
    _known("OpenDocument", "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    _known("OpenDocument", "application/vnd.oasis.opendocument.presentation", "odp"),
)
SOUNDS = (
    _known("MP3", "audio/mpeg", "mp3"),
    _known("M4A", "audio/mp4", "m4a"),
    _known("OGG", "audio/ogg", "ogg", "oga", "opus"),
    _known("WAV", "audio/x-wav", "wav"),
)
FILMS = (_known("MP4", "video/mp4", "mp4", "m4a"), _known("WebM", "video/webm", "webm"))  # some m4a say they are films
PAPERS = (_known("PDF", "application/pdf", "pdf"), *OFFICE, _known("RTF", "application/rtf", "rtf"))
REST = (_known("ZIP", "application/zip", "zip"), Format("TXT", "text/plain", ("txt", "md", "csv"), _is_text))
FORMATS = (*PAPERS, *PICTURES, *SOUNDS, *FILMS, *REST)


# -- what bodies declare -------------------------------------------------------------------------------

IMAGE = Kind(PICTURES, LARGEST_IMAGE, truly_named=False)
DOCUMENT = Kind(FORMATS, LARGEST_DOCUMENT, truly_named=True)
PAPER = Kind((*PAPERS, *PICTURES), LARGEST_PAPER, truly_named=True)

FileSchema = WithJsonSchema({"type": "string", "format": "binary"})
Image = Annotated[Upload, BeforeValidator(IMAGE.check), FileSchema]
"""A JPEG, PNG, GIF or WebP of at most 10 MB, judged by its content. In JSON the field is ignored unless null."""
Document = Annotated[Upload, BeforeValidator(DOCUMENT.check), FileSchema]
"""What teachers hand out and students hand in, at most 25 MB: papers, pictures, sound, films, archives, plain text.

Judged by its content, which the ending of its name may not contradict. In JSON the field is ignored unless null.
"""
Paper = Annotated[Upload, BeforeValidator(PAPER.check), FileSchema]
"""What the office files, at most 10 MB: papers and pictures of them, judged as a Document is."""
