"""Body fields that take a file itself, or the key of a file that the client has uploaded before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from educore import Actor, Educore, Entity, NotFound, Problem, where
from educore.kernel import UploadKind, owns_key, references
from educore.kernel.uploads import LONGEST_KEY, is_plain_key
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import domain_path
from educore_web.rest.request import Problems
from educore_web.rest.uploads import (
    AUDIO_FORMATS,
    DOCUMENT_FORMATS,
    IMAGE_FORMATS,
    MOV,
    OTHER_FORMATS,
    VIDEO_FORMATS,
    Attachment,
    Format,
    KeptIn,
    Upload,
    UploadRule,
)


def _named(formats: tuple[Format, ...], *names: str) -> tuple[Format, ...]:
    return tuple(known for known in formats if known.name in names)


UPLOAD_RULES: Mapping[UploadKind, UploadRule] = MappingProxyType(
    {
        UploadKind.IMAGE: UploadRule(IMAGE_FORMATS, 5, extension_must_match=False, most_pixels=2048),
        UploadKind.DOCUMENT: UploadRule(
            _named((*DOCUMENT_FORMATS, *OTHER_FORMATS), "PDF", "Word", "TXT"), 10, extension_must_match=True
        ),
        UploadKind.VIDEO: UploadRule((*VIDEO_FORMATS, MOV), 50, extension_must_match=True),
        UploadKind.AUDIO: UploadRule(_named(AUDIO_FORMATS, "MP3", "WAV", "OGG"), 20, extension_must_match=True),
    }
)
"""The kinds of files that clients may upload by themselves, by the media type that they announce."""


@dataclass(frozen=True)
class Attached:
    """Marks the type of a body field that takes a file, or the key of a file that was uploaded for `context`.

        ProfilePicture = Annotated[Attachment, Attached("profiles", UploadKind.IMAGE)]

    A key must have been signed for the caller and this context. The file must obey the rule of one of the `kinds`, or
    one of the `further_rules`. The keys of a list are stored in rows of their own, which `kept_in` names.
    """

    context: str
    kinds: tuple[UploadKind, ...]
    kept_in: KeptIn | None
    further_rules: tuple[UploadRule, ...]

    def __init__(
        self,
        context: str,
        *kinds: UploadKind,
        kept_in: KeptIn | None = None,
        further_rules: tuple[UploadRule, ...] = (),
    ) -> None:
        object.__setattr__(self, "context", context)
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "kept_in", kept_in)
        object.__setattr__(self, "further_rules", further_rules)

    def check(self, upload: Upload) -> Upload:
        """Return the file if one of the kinds accepts it.

        Raises: PydanticCustomError, that of the first kind which takes files of this format, else of the first one.
        """
        rules = [*(UPLOAD_RULES[kind] for kind in self.kinds), *self.further_rules]
        fitting = [rule for rule in rules if upload.format in rule.formats]
        for rule in fitting[1:]:
            try:
                return rule.check(upload)
            except PydanticCustomError:
                continue
        return (fitting or rules)[0].check(upload)

    def parse(self, value: Any) -> Attachment:
        """Return the value of a body. Raises: PydanticCustomError, also for a text that can be no key."""
        if isinstance(value, Upload):
            return Attachment(self.context, self.check, upload=self.check(value))
        if not isinstance(value, str):
            raise PydanticCustomError("not_a_file", "Send a file here.")
        key = value.strip()
        if len(key) > LONGEST_KEY:
            raise PydanticCustomError("string_too_long", "Too long.", {"max_length": LONGEST_KEY})
        if not is_plain_key(key):
            raise PydanticCustomError("upload_unknown", "No such upload.")
        return Attachment(self.context, self.check, key=key, kept_in=self.kept_in)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "maxLength": LONGEST_KEY,
            "description": "The public_id of a file that you uploaded; in a form also the file itself.",
        }


UNKNOWN = Problem("upload_unknown")

Row = tuple[type[Entity], int]
"""A row by its kind and its id."""


def has_attachment(data: Body) -> bool:
    """Return whether a file or a key of one was sent in a field that takes both, or in a list of such."""
    return any(True for name in data.model_fields_set for _ in _attachments(name, getattr(data, name)))


def attach_files(school: Educore, actor: Actor, data: Body, *, rows: Collection[Row]) -> tuple[Body, Problems]:
    """Return the body with the keys and the files in place of its attachments, and the problems of those refused.

    `rows` are those that the body changes: they may be sent the keys that they have, whoever uploaded the files. No
    transaction may be open, because files are read from their storage.
    Raises: Unavailable("files_unavailable").
    """
    accepted: dict[str, Any] = {}
    problems: Problems = {}
    for name in data.model_fields_set:
        value = getattr(data, name)
        attachments = list(_attachments(name, value))
        if not attachments:
            continue
        values = [attachment.upload or attachment.key for _, attachment in attachments]
        accepted[name] = values if isinstance(value, list) else values[0]
        for path, attachment in attachments:
            describe = partial(data.describe_file, name)
            if attachment.upload:
                describe(attachment.upload)
                continue
            problem = _find_problem(school, actor, data, name, attachment, rows=rows, describe=describe)
            problems |= {path: [problem]} if problem else {}
    return data.model_copy(update=accepted), problems


def _attachments(name: str, value: Any) -> Iterator[tuple[str, Attachment]]:
    """Yield the attachments in the value of a field, each with its path in the body."""
    if isinstance(value, Attachment):
        yield name, value
    elif isinstance(value, list):
        yield from ((f"{name}.{place}", entry) for place, entry in enumerate(value) if isinstance(entry, Attachment))


def _find_problem(
    school: Educore,
    actor: Actor,
    data: Body,
    name: str,
    attachment: Attachment,
    *,
    rows: Collection[Row],
    describe: Callable[[Upload], None],
) -> Problem | None:
    """Return why a key cannot be attached, None if it can."""
    holders = _holders(school, actor, data, name, attachment)
    if any(holder in rows for holder in holders):
        return None
    return UNKNOWN if holders else _check_upload(school, actor, attachment, describe=describe)


def _holders(school: Educore, actor: Actor, data: Body, name: str, attachment: Attachment) -> list[Row]:
    """Return the rows that have this key in the field; there is at most one, since a file goes with its row."""
    kept_in, kind, field = attachment.kept_in, type(data).of, domain_path(type(data), name)
    if kept_in is not None:
        kind, field = kept_in.kind, kept_in.field
    if kind is None or field not in kind.model_fields:
        return []
    with school.work(actor, read_only=True) as uow:
        found = uow.as_platform().find(kind, where(**{field: attachment.key}), limit=1)
    if kept_in is None:
        return [(kind, row.id) for row in found]
    owner = school.domain.kinds[references(kind)[kept_in.owner].target]
    return [(owner, getattr(row, kept_in.owner)) for row in found]


def _check_upload(
    school: Educore, actor: Actor, attachment: Attachment, *, describe: Callable[[Upload], None]
) -> Problem | None:
    """Return why an uploaded file cannot be attached, None if it can. One that the field does not accept is deleted."""
    ports, key = school.ports, attachment.key
    owner, now = actor.user_id, ports.clock.now()
    if owner is None or not owns_key(ports.uploads, key, context=attachment.context, user_id=owner, at=now):
        return UNKNOWN
    try:
        describe(attachment.check(Upload(key.rpartition("/")[2], ports.files.read(key))))
    except NotFound:
        return UNKNOWN
    except PydanticCustomError as error:
        ports.files.delete(key)
        return Problem(error.type, error.context or {})
    return None
