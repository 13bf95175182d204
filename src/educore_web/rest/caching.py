"""Answers that clients may keep: the tag and the time of a list or a row, and 304 where it is as the client has it.

If-None-Match is exact: the tag is a digest of the whole answer. If-Modified-Since alone is weaker, so it is heeded only
where the audit trail tells of every change of every row behind the answer, removals included; elsewhere the answer is
sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from typing import Any

from educore import Domain, Entity, Shape, UnitOfWork, Where, everything, where
from educore.audit import AuditEntry
from educore.kernel import Aggregate, Audited, compile_shape
from educore_web.rest import preconditions
from educore_web.rest.cache_headers import Cache
from educore_web.rest.errors import ResponseData
from educore_web.rest.further_names import MARK
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData

IF_NONE_MATCH, IF_MODIFIED_SINCE, LAST_MODIFIED = "If-None-Match", "If-Modified-Since", "Last-Modified"
CHANGED = "updated_at"
"""The field with the time of the last change of a row."""
SECOND = timedelta(seconds=1)
"""The precision of the dates of HTTP."""


def show_structure(uow: UnitOfWork, operation: Operation, request: RequestData) -> ResponseData:
    """Return the answer with its tag and time, or 304 without content if the client has the same already."""
    since = request.if_modified_since
    if request.if_none_match is None and since is not None and _is_unchanged(uow, operation, _read_date(since)):
        return ResponseData(304, headers={LAST_MODIFIED: since})
    answer = preconditions.show_with_tag(uow, operation, request)
    tag = answer.headers[preconditions.TAG]
    if request.if_none_match is not None and _names(request.if_none_match, tag):
        return ResponseData(304, headers={preconditions.TAG: tag})
    return answer if request.id is None else with_date(answer, _last_change(uow, operation, request.id, request))


def count_and_date(
    uow: UnitOfWork, kind: type[Entity], condition: Where, *, to: str, dated: bool
) -> tuple[int, datetime | None]:
    """Return the number of rows that a list finds and, if `dated`, when one of them was last changed, in one statement.

    The time is None if it is not known or there are no rows. Beside a time the number is exact, however large: lists
    that may be kept are short.
    """
    if not dated or not _is_dated(uow.domain, kind):
        return uow.count(kind, condition, to=to, cached=True), None
    count, newest = uow.aggregate_by(kind, (Aggregate("count"), Aggregate("max", CHANGED)), (), condition, to=to)[()]
    return count, newest


def with_date(answer: ResponseData, newest: datetime | None) -> ResponseData:
    """Return an answer with the time of the newest change behind it, or as it is if that is not known."""
    if newest is None:
        return answer
    text = format_datetime(newest.astimezone(UTC), usegmt=True)
    return replace(answer, headers={**answer.headers, LAST_MODIFIED: text})


def check_cache(operation: Operation) -> None:
    """Check that only what signed-in people read may be kept by everybody. Raises: ValueError."""
    if operation.cache is Cache.STRUCTURE and (operation.public or not operation.is_read_only):
        raise ValueError(f"{operation.name} reads nothing that a Center has in common")


def describe(operation: Operation, described: dict[str, Any]) -> None:
    """Add the headers and the answer 304 to the OpenAPI description of an operation whose answers may be kept."""
    if operation.cache is not Cache.STRUCTURE:
        return
    for name in (IF_NONE_MATCH, IF_MODIFIED_SINCE):
        text = {"type": "string"}
        described["parameters"].append({"name": name, "in": "header", "required": False, "schema": text, MARK: True})
    text = {"type": "string"}
    headers = {preconditions.TAG: {"schema": text}, LAST_MODIFIED: {"schema": text}}
    described["responses"][str(operation.status)].setdefault("headers", {}).update(headers)
    described["responses"]["304"] = {"description": "The answer is as the client has it; there is no body."}


def _names(wanted: str, tag: str) -> bool:
    """Return whether If-None-Match contains a tag, or `*`; weak tags count as strong ones (RFC 9110, 13.1.2)."""
    named = [text.strip().removeprefix("W/") for text in wanted.split(",")]
    return tag in named or named == ["*"]


def _read_date(text: str) -> datetime | None:
    """Return the date of a header, None for what is none: it then does not count (RFC 9110, 13.1.3)."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


def _last_change(uow: UnitOfWork, operation: Operation, id: int, request: RequestData) -> datetime | None:
    """Return when the row in the answer was last changed, None if that is not known."""
    kind = operation.kind
    if kind is None or not _is_dated(uow.domain, kind):
        return None
    found: list[Any] = uow.find(kind, operation.rows(request) & where(id=id), to=operation.action, limit=1)
    return found[0].updated_at if found else None


def _is_dated(domain: Domain, kind: type[Entity]) -> bool:
    """Return whether every reader of a row of this kind may know when it was last changed."""
    return CHANGED in kind.model_fields and CHANGED not in domain.policy(kind).restricted_fields


def _is_unchanged(uow: UnitOfWork, operation: Operation, since: datetime | None) -> bool:
    """Return whether nothing behind the answer changed after the second that a client names.

    A time in the future does not count (RFC 9110, 13.1.3): it would hide the changes until then.
    """
    kinds = [kind for shape in operation.shapes() for kind in _kinds_shown(shape, uow.domain)]
    if (
        since is None
        or since > uow.ports.clock.now()
        or not kinds
        or any(kind.audited is not Audited.ALWAYS for kind in kinds)
    ):
        return False
    changes = where(kind__in=sorted({kind.__name__ for kind in kinds}), at__gte=since + SECOND)
    own = everything if uow.actor.center_id is None else where(center_id=uow.actor.center_id)
    return not uow.as_platform().find(AuditEntry, changes & own, limit=1)


@cache
def _kinds_shown(shape: type[Shape], domain: Domain) -> tuple[type[Entity], ...]:
    """Return the kinds whose rows a shape shows; none if it also shows numbers and lists of other rows."""
    projection = compile_shape(shape, domain)
    if projection.aggregates or projection.lists or projection.unfinished:
        return ()
    return tuple({kind for column in projection.columns for kind in _kinds_along(shape.of, column.steps, domain)})


def _kinds_along(kind: type[Entity], steps: tuple[str, ...], domain: Domain) -> Iterator[type[Entity]]:
    yield kind
    for step in steps:
        _, kind = domain.target(kind, step)
        yield kind
