"""ETag and If-Match: a client can change a row on the condition that it is still as the client read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from educore import EducoreError, Entity, Stale, UnitOfWork, where
from educore.identity import User
from educore.kernel import WHOLE_ROW, version
from educore_web.rest.errors import ResponseData
from educore_web.rest.further_names import MARK
from educore_web.rest.operation import Operation
from educore_web.rest.request import RequestData

HEADER = "If-Match"
TAG = "ETag"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The ETag that GET of this row gave. Where the row is no longer as it was read, nothing is changed "
    "and the answer is 412: read it again.",
    "schema": {"type": "string"},
    MARK: True,
}
"""The OpenAPI description of the header."""

TAG_HEADER = {
    "description": "Names the row as it is shown here. Send it as If-Match to change the row only as long as it is.",
    "schema": {"type": "string"},
    MARK: True,
}
CONDITIONAL = ("PUT", "PATCH", "DELETE")


def find_retrievals(operations: Iterable[Operation]) -> dict[str, Operation]:
    """Return the operations that show one row, by path."""
    return {operation.path: operation for operation in operations if operation.is_retrieval}


def show_with_tag(uow: UnitOfWork, retrieval: Operation, request: RequestData) -> ResponseData:
    """Return the response with a row and its ETag."""
    tag, answer = _tag_and_answer(uow, retrieval, request)
    return replace(answer, headers={**answer.headers, TAG: tag})


def require_match(uow: UnitOfWork, retrieval: Operation, operation: Operation, request: RequestData) -> None:
    """Refuse an operation if GET no longer shows the row with the tag in If-Match.

    The representation that GET gives is compared here, without a lock. The stored row is read before that and compared
    once more when the operation locks it, so that one of two requests with the same tag at the same time is refused.
    Raises: Stale, here or then.
    """
    if request.if_match is None or operation.kind is None or request.id is None:
        return
    named = where(id=request.id) & operation.rows(request)
    rows: list[Any] = uow.find(operation.kind, named, to=retrieval.action, limit=1)
    if not rows:
        return  # the operation itself raises NotFound
    row: Entity = rows[0]
    _expect(uow, row)
    try:
        tag, _ = _tag_and_answer(uow, retrieval, request)
    except EducoreError:
        tag = ""  # an actor who may not read the row has no tag of it
    if not _is_among(tag, request.if_match):
        raise Stale(kind=type(row).__name__, id=row.id)


def _expect(uow: UnitOfWork, row: Entity) -> None:
    """Make the unit of work raise Stale if the row, or the account shown with it, changes before it is locked."""
    user_id = dict(row).get("user_id")
    for account in uow.find(User, where(id=user_id), limit=1) if user_id is not None else []:
        uow.expect(User, account.id, {WHOLE_ROW: version(account)})
    uow.expect(type(row), row.id, {WHOLE_ROW: version(row)})


def _tag_and_answer(uow: UnitOfWork, retrieval: Operation, request: RequestData) -> tuple[str, ResponseData]:
    """Return the tag of a representation, and the answer with its encoded content.

    The tag is a digest of the representation, but of its unversioned fields, with the key of each file in place of its
    address, because a signed address changes with every answer.
    """
    ports = uow.ports
    files: Any = _RecordingFiles(ports.files)
    uow.ports = replace(ports, files=files)
    try:
        answer = ResponseData.of_result(retrieval.call(request, uow=uow, data=None), status=retrieval.status)
        content = msgspec.json.encode(answer.content)
    finally:
        uow.ports = ports
    stable = content
    if retrieval.unversioned and isinstance(answer.content, dict):
        named = {name: value for name, value in answer.content.items() if name not in retrieval.unversioned}
        stable = msgspec.json.encode(named)
    for address, key in files.keys.items():
        stable = stable.replace(address.encode(), key.encode())
    return f'"{hashlib.sha256(stable).hexdigest()[:32]}"', replace(answer, content=msgspec.Raw(content))


def _is_among(tag: str, wanted: str) -> bool:
    """Return whether If-Match contains this tag, or `*`; weak tags match nothing (RFC 9110, 13.1.1)."""
    named = [text.strip() for text in wanted.split(",")]
    return tag in named or named == ["*"]


class _RecordingFiles:
    """A storage of files that records the key behind each address it gives."""

    def __init__(self, files: Any) -> None:
        self._files, self.keys = files, dict[str, str]()

    def url(self, key: str) -> str:
        """Return the address of a file, as the port gives it."""
        address: str = self._files.url(key)
        self.keys[address] = key
        return address

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)
