"""Bulk operations: many rows in one request, each through the body and the handler of the operation for a single row.

What is right is stored, and the answer says for each other entry what is wrong with it. Each entry has a savepoint,
because a use case writes rows before it finds that something is refused; see docs/decisions/0059-savepoints.md.
Tests: test_bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, Field, GetCoreSchemaHandler, ValidationError, create_model, model_validator
from pydantic_core import CoreSchema, core_schema

from educore import EducoreError, Entity, Forbidden, Invalid, NotFound, Problem, UnitOfWork
from educore.kernel.entity import plain_type
from educore.values import COMPLETE_LATER
from educore_web.rest.bodies import Body, make_partial
from educore_web.rest.body_fields import To
from educore_web.rest.errors import Wording
from educore_web.rest.foreign_keys import resolve_path_id
from educore_web.rest.further_names import Also
from educore_web.rest.operation import Operation
from educore_web.rest.preparation import needs_preparation
from educore_web.rest.problems import RequestBodyInvalid, place_problems, resolve_body
from educore_web.rest.quota import Quota
from educore_web.rest.renaming import rename_fields
from educore_web.rest.request import Problems, RequestData
from educore_web.rest.unchanged import drop_unchanged
from educore_web.rest.uploads import Attachment, Upload

MOST_ROWS = 100
"""The number of rows in one request."""

USUAL_NAME = "items"
"""The name of the list in a request."""

REFUSALS = (Invalid, Forbidden, NotFound)
"""The errors that concern one row; any other ends the request."""


@dataclass(frozen=True)
class OneByOne:
    """Marks the entries of a list that are validated one by one, so that a wrong one does not refuse the others."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return a schema that documents the body of an entry, and takes whatever is sent."""
        return core_schema.no_info_wrap_validator_function(lambda value, _: value, handler(source))


class EntryErrors(BaseModel):
    """The position of an entry in the request, from 0, and the sentences about its fields."""

    index: int
    errors: dict[str, Any]


class RowErrors(BaseModel):
    """The id of a row, and the sentences about the fields that it was to get."""

    id: int
    errors: dict[str, Any]


class BulkCreated(BaseModel):
    """The ids of the new rows in the order of the request, and the entries that were refused."""

    created_count: int
    failed_count: int
    created_ids: list[int]
    errors: list[EntryErrors]


class BulkUpdated(BaseModel):
    """The ids of the changed rows in the order of the request, and the rows that were refused."""

    updated_count: int
    failed_count: int
    updated_ids: list[int]
    errors: list[RowErrors]


def bulk_create(
    single: Operation,
    *,
    body: type[Body] | None = None,
    use_case: Callable[..., Entity] | None = None,
    list_name: str = USUAL_NAME,
    shared: tuple[str, ...] = (),
    addition: bool = True,
) -> Operation:
    """Return the operation that creates up to `MOST_ROWS` rows, as `single` creates one.

    `body` has less fields than that of `single`; with `use_case` no new row is read back. The list has the `list_name`,
    and is taken under the usual name too. The `shared` fields may be sent once, beside the list. The answer is 201 with
    the ids, or 400 if no entry could be stored.
    Raises: TypeError for rows that take slow work, such as hashing a password, for which no transaction may wait.
    """
    body = _require_quick(single if body is None else replace(single, body=body))
    item: Any = Annotated[_entry(body, shared), OneByOne()]
    entries: Any = Annotated[list[item], Field(min_length=1, max_length=MOST_ROWS)]
    fields: dict[str, Any] = {list_name: (entries, ...), **{name: (_as_sent(body, name), None) for name in shared}}
    sent: Any = create_model(
        f"{_base_name(body)}BulkIn", __base__=Body, __validators__=_usual_name(list_name), **fields
    )
    sent.__doc__ = f"Up to {MOST_ROWS} new rows."

    def make(uow: UnitOfWork, data: Body | None, request: RequestData) -> int:
        if use_case is not None and data is not None:
            return use_case(uow, **data.fields()).id
        return int(single.call(request, uow=uow, data=data)["id"])

    def handler(uow: UnitOfWork, data: Any, request: RequestData, wording: Wording) -> Any:
        common = {name: request.body[name] for name in shared if name in request.body}
        created: list[int] = []
        refused: dict[int, Problems] = {}
        wrong = _shared_problems(body, common)
        with suppress(_Wrong), uow.savepoint() if wrong else nullcontext():
            for index, entry in enumerate(getattr(data, list_name)):
                try:
                    with uow.savepoint():
                        created.append(_create(uow, make, body, {**common, **_require_object(entry)}, request))
                except REFUSALS as error:
                    refused[index] = _problems(error)
            if wrong:
                raise _Wrong  # entries that have a value of their own are not stored either
        if wrong or not created:
            return wording.refusal(_below(list_name, refused, data, shared=common) | wrong)
        errors = [{"index": index, "errors": wording.nested(problems)} for index, problems in refused.items()]
        numbers = {"created_count": len(created), "failed_count": len(refused)}
        return {**numbers, "created_ids": created, "errors": errors}

    handler.__doc__ = f"Create up to {MOST_ROWS} {_rows(single)}, those that are right"
    options: dict[str, Any] = {"body": sent, "out": BulkCreated, "addition": addition}
    return _many(single, "bulk_create", handler, method="POST", status=201, **options)


def bulk_update(single: Operation, *, body: type[Body] | None = None) -> Operation:
    """Return the operation that gives up to `MOST_ROWS` rows the same values, as `single` changes one.

    `body` has less fields than that of `single`. Rows that the caller may not see or change count as failed. The answer
    is 200 with the ids, or 400 if no row could be changed.
    Raises: TypeError for values that take slow work, such as hashing a password, for which no transaction may wait.
    """
    body = _require_quick(single if body is None else replace(single, body=body))
    ids = Annotated[list[int], Field(min_length=1, max_length=MOST_ROWS), To(None)]
    sent: Any = create_model(f"{_base_name(body)}BulkPatch", __base__=Body, ids=(ids, ...), data=(body, ...))
    sent.__doc__ = f"The ids of up to {MOST_ROWS} rows, and the values that all of them get."

    def handler(uow: UnitOfWork, data: Any, request: RequestData, wording: Wording) -> Any:
        wanted = list(dict.fromkeys(data.ids))
        refused: dict[int, Problems] = {}
        for id in sorted(wanted):  # in one order, so that two requests do not wait for each other's rows
            try:
                with uow.savepoint():
                    _change(uow, single, data.data, replace(request, id=id, body=request.body["data"]))
            except REFUSALS as error:
                refused[id] = _problems(error)
        if len(refused) == len(wanted):
            return wording.refusal(_of_all(refused.values()))
        errors = [{"id": id, "errors": wording.nested(refused[id])} for id in wanted if id in refused]
        updated = [id for id in wanted if id not in refused]
        numbers = {"updated_count": len(updated), "failed_count": len(refused)}
        return {**numbers, "updated_ids": updated, "errors": errors}

    handler.__doc__ = f"Give up to {MOST_ROWS} {_rows(single)} the same values"
    options: dict[str, Any] = {"body": sent, "out": BulkUpdated, "addition": True}
    return _many(single, "bulk_update", handler, method="PATCH", status=200, **options)


def without_files(body: type[Body]) -> type[Body]:
    """Return the same body without its fields for files, which are stored before any transaction opens."""
    kept = {
        name: (info.annotation, info)
        for name, info in body.model_fields.items()
        if plain_type(info.annotation)[0] not in (Upload, Attachment)
    }
    fields: Any = kept
    name = f"{_base_name(body)}Item{'Patch' if body.__name__.endswith('Patch') else 'In'}"
    made: type[Body] = create_model(name, __base__=Body, __cls_kwargs__={"of": body.of}, **fields)
    made.__doc__ = body.__doc__
    return made


def with_bulk(operations: Sequence[Operation], *, creates: bool = False, updates: bool = False) -> list[Operation]:
    """Return the operations of a section, with those for many rows behind those for one."""
    singles = {operation.verb: operation for operation in operations}
    more = [bulk_create(singles["create"])] if creates else []
    return [*operations, *more, *([bulk_update(singles["partial_update"])] if updates else [])]


# -- one row -------------------------------------------------------------------------------------------


Make = Callable[[UnitOfWork, Body | None, RequestData], int]
"""A function that creates the row of a body and returns its id."""


def _require_object(entry: Any) -> Mapping[str, Any]:
    """Return an entry that is an object. Raises: RequestBodyInvalid for any other."""
    if not isinstance(entry, Mapping):
        raise RequestBodyInvalid({"": [Problem("model_type")]})
    return entry


def _create(uow: UnitOfWork, make: Make, body: type[Body], entry: Mapping[str, Any], request: RequestData) -> int:
    """Create the row of an entry and return its id. Raises: RequestBodyInvalid and other errors of the handler."""
    renamed = rename_fields(body, entry, is_update=False)
    try:
        if problems := renamed.problems():
            raise RequestBodyInvalid(problems)
        data = resolve_body(uow, _validated(body, renamed.content), None)
        return make(uow, data, replace(request, body=renamed.content))
    except Invalid as error:
        raise RequestBodyInvalid(renamed.as_sent(place_problems(body, error, renamed.content))) from error


def _validated(body: type[Body], content: Mapping[str, Any]) -> Body:
    try:
        return body.model_validate(content, context=COMPLETE_LATER)
    except ValidationError as error:
        raise RequestBodyInvalid(RequestBodyInvalid.from_pydantic(error).fields) from None


def _change(uow: UnitOfWork, single: Operation, data: Body, request: RequestData) -> None:
    """Change the row that the request names. Raises: NotFound, RequestBodyInvalid and other errors of the handler."""
    id = resolve_path_id(uow, single, request)
    row: Any = uow.get(single.kind, id, to=single.action, only=single.rows(request)) if single.kind else None
    try:
        single.call(replace(request, id=id), uow=uow, data=drop_unchanged(data, row))
    except Invalid as error:
        raise RequestBodyInvalid(place_problems(type(data), error, request.body)) from error


def _problems(error: EducoreError) -> Problems:
    """Return the problems of the fields of an entry, or the one problem of the entry as a whole."""
    return error.fields if isinstance(error, Invalid) else {"": [Problem(error.code, error.params)]}


class _Wrong(Exception):
    """Undoes all entries, as what they share is wrong."""


def _shared_problems(body: type[Body], common: Mapping[str, Any]) -> Problems:
    """Return the problems of the values that all entries share."""
    try:
        make_partial(body).model_validate(common)
    except ValidationError as error:
        return RequestBodyInvalid.from_pydantic(error).fields
    return {}


def _entry(body: type[Body], shared: Collection[str]) -> type[Body]:
    """Return the body of an entry, which may leave out what all entries share."""
    if not shared:
        return body
    partial_fields = make_partial(body).model_fields
    fields: Any = {name: (partial_fields[name].annotation, partial_fields[name]) for name in shared}
    return create_model(f"{_base_name(body)}EntryIn", __base__=body, __doc__=body.__doc__, **fields)


def _below(name: str, problems: Mapping[int, Problems], data: Body, *, shared: Collection[str]) -> Problems:
    """Return the problems of entries by their paths in the request: `items.3.student`; those of what all share once."""
    found: Problems = {}
    for index, entry in problems.items():
        sent = getattr(data, name)[index]
        for path, problems_at in entry.items():
            is_shared = path in shared and isinstance(sent, Mapping) and path not in sent
            place = path if is_shared else ".".join(step for step in (name, str(index), path) if step)
            found.setdefault(place, problems_at)
    return found


def _of_all(rows: Iterable[Problems]) -> Problems:
    """Return the problems of several rows by their paths in the request, each once."""
    found: Problems = {}
    for problems in rows:
        for path, problems_at in problems.items():
            known = found.setdefault(f"data.{path}" if path else "ids", [])
            known += [problem for problem in problems_at if problem not in known]
    return found


# -- the operation -------------------------------------------------------------------------------------


def _many(single: Operation, verb: str, handler: Callable[..., Any], **options: Any) -> Operation:
    """Return the operation for many rows: it admits the same callers, and counts as a bulk operation."""
    base = single.path.removesuffix("{id}/")
    return replace(
        single,
        name=f"{single.name.rpartition('.')[0]}.{verb}",
        path=f"{base}{verb}/",
        handler=handler,
        summary=(handler.__doc__ or "").rstrip("."),
        performs_action=False,
        lookup_field="id",
        idempotent=False,
        quota=Quota.BULK,
        **options,
    )


def _require_quick(single: Operation) -> type[Body]:
    """Return the body of the operation. Raises: TypeError if it needs work for which no transaction may wait."""
    if single.body is None or needs_preparation(single.body) or single.under is not None:
        raise TypeError(f"{single.name} cannot be done in bulk: it has no body, slow work, or a parent in its path")
    return single.body


def _usual_name(list_name: str) -> dict[str, Any]:
    """Return the validator that takes a list under its usual name, too."""

    def rename(given: Any) -> Any:
        is_usual = isinstance(given, dict) and USUAL_NAME in given and list_name not in given
        return {**given, list_name: given[USUAL_NAME]} if is_usual else given

    return {} if list_name == USUAL_NAME else {"usual_name": model_validator(mode="before")(rename)}


def _as_sent(body: type[Body], name: str) -> Any:
    """Return the type of a field that is documented and not validated, because each entry validates it."""
    info = body.model_fields[name]
    further = [mark for mark in info.metadata if isinstance(mark, Also)]
    optional: Any = info.annotation | None if info.annotation is not None else None
    return Annotated[optional, OneByOne(), To(None), *further]


def _base_name(body: type[Body]) -> str:
    return body.__name__.removesuffix("In").removesuffix("Patch")


def _rows(single: Operation) -> str:
    return single.name.split(".")[-2].replace("_", " ")
