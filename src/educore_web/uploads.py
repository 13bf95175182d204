"""Files people send: judged by what is in them, and put into the file storage with the row they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import filetype
from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from educore import Entity, UnitOfWork

MEGABYTE = 1024 * 1024
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
LARGEST_IMAGE = 10


@dataclass(frozen=True)
class Upload:
    """A file somebody sent: its name as they call it, and its bytes."""

    name: str
    content: bytes

    @property
    def kind(self) -> str | None:
        """The media type its first bytes show, whatever its name and sender say."""
        found = filetype.guess(self.content)
        return found.mime if found else None

    @property
    def safe_name(self) -> str:
        """The name without folders and without anything but letters, digits, dot, dash and underscore."""
        bare = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        clean = "".join(c if c.isascii() and (c.isalnum() or c in ".-_") else "_" for c in bare).lstrip(".")
        return clean[-100:] or "file"


def stored(uow: UnitOfWork, kind: type[Entity], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with every upload put into the file storage and its key in its place."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            kept[name] = stored(uow, kind, value)
        elif isinstance(value, Upload):
            kept[name] = uow.keep_file(value.content, folder=f"{kind.__name__.lower()}-{name}", name=value.safe_name)
        else:
            kept[name] = value
    return kept


def _image(value: Any) -> Any:
    if not isinstance(value, Upload):
        raise PydanticCustomError("not_a_file", "Send a file here.")
    if not value.content:
        raise PydanticCustomError("file_empty", "The file is empty.")
    if len(value.content) > LARGEST_IMAGE * MEGABYTE:
        raise PydanticCustomError("file_too_large", "The file is too large.", {"megabytes": LARGEST_IMAGE})
    if value.kind not in IMAGES:
        raise PydanticCustomError("file_type", "Send an image.", {"expected": "JPEG, PNG, GIF, WebP"})
    return value


FileSchema = WithJsonSchema({"type": "string", "format": "binary"})
Image = Annotated[Upload, BeforeValidator(_image), FileSchema]
"""A JPEG, PNG, GIF or WebP of at most 10 MB, judged by its content. In JSON the field is ignored unless null."""
