"""The OpenAPI document of an API, built from its operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from educore import Domain, __version__
from educore_web.rest import caching, detailed, idempotency, preconditions
from educore_web.rest.bodies import Body, accepts_uploads
from educore_web.rest.further_names import MARK
from educore_web.rest.listing import LARGEST_COUNT, Listing
from educore_web.rest.normalization import texts_that_may_be_empty
from educore_web.rest.operation import Operation
from educore_web.rest.password_proof import accepts_password
from educore_web.rest.paths import describe_parameters
from educore_web.rest.quota import Quota
from educore_web.rest.rate_limits import HEADERS as RATE_HEADERS
from educore_web.rest.spec import ApiSpec

ERRORS = {
    "400": ("BadRequest", "The body or a parameter is wrong, or the present state forbids it."),
    "401": ("Unauthorized", "Nobody is signed in, or the token no longer works."),
    "403": ("Forbidden", "The role may not do this."),
    "404": ("NotFound", "There is no such row for you."),
    "412": ("PreconditionFailed", "The row is no longer as If-Match says; nothing is changed."),
    "413": ("TooLarge", "The request is too large."),
    "415": ("UnsupportedMediaType", "The body is neither JSON nor a form."),
    "429": ("TooManyAttempts", "Too many attempts; Retry-After says how many seconds to wait."),
    "503": ("Unavailable", "The database or the file storage does not answer; Retry-After says when to ask again."),
}
"""The name and the description of the answer for each error status."""
RETRY_AFTER = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 0}}}
HEADERS: dict[str, dict[str, Any]] = {
    "401": {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    "429": RETRY_AFTER,
    "503": RETRY_AFTER,
}

Refs = Mapping[type[BaseModel], dict[str, Any]]
"""The JSON schema, usually a reference, of each body and each answer."""


def build_document(spec: ApiSpec, operations: Iterable[Operation], *, domain: Domain, at: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an API in a domain, served under the prefix `at`.

    Paths end with a slash, as in the documents of the APIs. `x-roles` names the roles that may call an operation;
    `x-addition` marks what the document of the API lacks.
    """
    operations = list(operations)
    refs, schemas = _schemas(operations)
    retrievals = preconditions.find_retrievals(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(spec, operation, refs, domain)
        if operation.path in retrievals:
            _add_preconditions(operation, described)
        paths.setdefault(f"{spec.base}{operation.path}", {})[operation.method.lower()] = described
        for path in operation.further_paths:
            further = described | {"operationId": f"{described['operationId']}_at{_slug(path)}", MARK: True}
            paths.setdefault(f"{spec.base}{path}", {})[operation.method.lower()] = further
    return {
        "openapi": "3.1.0",
        "info": {"title": spec.title, "version": __version__},
        "servers": [{"url": at or "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": {**spec.dialect.error_schemas(), **schemas},
            "responses": {name: _error(code, text) for code, (name, text) in ERRORS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(spec: ApiSpec, operation: Operation, refs: Refs, domain: Domain) -> dict[str, Any]:
    examples = spec.examples.get(operation.name, {})
    described: dict[str, Any] = {
        "operationId": operation.name.replace(".", "_"),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation, domain),
        "responses": {str(status): _success(spec, operation, refs, examples) for status in _success_statuses(operation)}
        | {code: {"$ref": f"#/components/responses/{ERRORS[code][0]}"} for code in _codes(spec, operation)},
    }
    if operation.body is not None:
        described["requestBody"] = _request(operation.body, refs, examples)
    if operation.public:
        described["security"] = []
    else:
        described["x-roles"] = [str(role) for role in operation.allowed_roles(domain)]
    if operation.addition:
        described[MARK] = True
    caching.describe(operation, described)
    if _is_limited(spec, operation):
        headers = described["responses"][str(operation.status)].setdefault("headers", {})
        headers |= {name: {"schema": {"type": "integer"}, "description": text} for name, text in RATE_HEADERS.items()}
    return described


def _success_statuses(operation: Operation) -> tuple[int, ...]:
    return operation.status, *operation.further_statuses


def _slug(path: str) -> str:
    return re.sub(r"\W+", "_", path).rstrip("_")


def _add_preconditions(operation: Operation, described: dict[str, Any]) -> None:
    """Add the ETag header to an operation that shows one row, and If-Match to one that changes it."""
    if operation.method in preconditions.CONDITIONAL:
        described["parameters"].append(preconditions.PARAMETER)
        described["responses"]["412"] = {"$ref": "#/components/responses/PreconditionFailed"}
    elif operation.is_retrieval:
        described["responses"][str(operation.status)].setdefault("headers", {})[preconditions.TAG] = (
            preconditions.TAG_HEADER
        )


def _parameters(operation: Operation, domain: Domain) -> list[dict[str, Any]]:
    found = list(describe_parameters(operation))
    if operation.listing is not None:
        found += _list_parameters(operation.listing.compile(domain))
    found += [
        _query(name, schema, required=name in operation.required_parameters)
        for name, schema in operation.parameters.items()
    ]
    if operation.detailed is not None:
        found.append(_query(detailed.NAME, detailed.SCHEMA))
    if operation.accepts_idempotency_key:
        found.append(idempotency.PARAMETER)
    return found


def _list_parameters(listing: Listing) -> list[dict[str, Any]]:
    count = {"type": "integer", "minimum": 1, "maximum": LARGEST_COUNT}
    size = count | {"default": listing.rules.page_size, "description": f"At most {listing.rules.largest_page}."}
    keys = [sign + name for name in listing.orderings for sign in ("", "-")]
    found = [
        _query("page", count | {"default": 1}),
        _query("page_size", size),
        _query("ordering", {"type": "string", "description": f"One or more of {', '.join(keys)}, with commas."}),
    ]
    if listing.search:
        found.append(_query("search", {"type": "string", "description": "Every word must be found somewhere."}))
    return found + [
        _query(known.name, dict(known.schema)) | ({MARK: True} if known.is_addition else {})
        for known in listing.filters
    ]


def _query(name: str, schema: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
    """Return a query parameter; an optional one may be empty, which counts as absent, and lists have commas."""
    described = {"name": name, "in": "query", "required": required, "allowEmptyValue": not required, "schema": schema}
    return described | {"style": "form", "explode": False} if schema.get("type") == "array" else described


def _request(body: type[Body], refs: Refs, examples: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": refs[body]}}
    if examples.get("request"):
        content["application/json"]["example"] = examples["request"]
    if accepts_uploads(body):
        content["multipart/form-data"] = {"schema": refs[body]}
    return {
        "required": bool(body.model_fields) and any(f.is_required() for f in body.model_fields.values()),
        "content": content,
    }


def _success(spec: ApiSpec, operation: Operation, refs: Refs, examples: Mapping[str, Any]) -> dict[str, Any]:
    if operation.out is None:
        return {"description": "Done; there is no body."}
    schema: dict[str, Any] = refs[operation.detailed or operation.out]
    if operation.listing is not None:
        schema = spec.dialect.page_schema(schema)
    elif operation.many:
        schema = {"type": "array", "items": schema}
    content: dict[str, Any] = {"schema": schema}
    if "response" in examples:
        content["example"] = examples["response"]
    described: dict[str, Any] = {"description": "Success", "content": {"application/json": content}}
    if operation.response_headers:
        described["headers"] = {
            name: {"schema": {"type": "string"}, "description": description}
            for name, description in operation.response_headers.items()
        }
    return described


def _codes(spec: ApiSpec, operation: Operation) -> list[str]:
    """Return the error statuses that an operation may answer with."""
    codes = ["503"]
    has_query = operation.listing is not None or operation.parameters or operation.detailed is not None
    has_input = operation.body is not None or has_query or operation.is_sum
    if has_input or operation.method == "DELETE":
        codes.append("400")
    if operation.takes_body:
        codes += ["400", "413", "415"]
    codes += ["401", "403"]
    if operation.addresses_row or "{" in operation.path or operation.listing is not None:
        codes.append("404")
    if operation.public or accepts_password(operation.body) or _is_limited(spec, operation):
        codes.append("429")
    return sorted(set(codes))


def _is_limited(spec: ApiSpec, operation: Operation) -> bool:
    return spec.rate_limits is not None and operation.quota is not Quota.NONE


def _error(code: str, text: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": "#/components/schemas/Error"}
    if code == "400":
        schema = {"anyOf": [schema, {"$ref": "#/components/schemas/FieldErrors"}]}
    headers = {"headers": HEADERS[code]} if code in HEADERS else {}
    return {"description": text, **headers, "content": {"application/json": {"schema": schema}}}


def _schemas(operations: Sequence[Operation]) -> tuple[Refs, dict[str, Any]]:
    """Return a reference for each body and each answer, and the schemas that the references lead to."""
    wanted: dict[Any, None] = {}
    for operation in operations:
        if operation.body is not None:
            wanted[(operation.body, "validation")] = None
        if operation.out is not None:
            wanted[(operation.detailed or operation.out, "serialization")] = None
    refs, definitions = models_json_schema(
        list(wanted), ref_template="#/components/schemas/{model}", schema_generator=LocalTimeSchema
    )
    schemas = definitions.get("$defs", {})
    for operation in operations:
        if operation.detailed is not None and operation.out is not None:
            name = refs[(operation.detailed, "serialization")]["$ref"].rpartition("/")[2]
            detailed.require_plain_only(schemas[name], operation.out)
    return {cast("type[BaseModel]", model): dict(ref) for (model, _), ref in refs.items()}, schemas


class LocalTimeSchema(GenerateJsonSchema):
    """The JSON schemas of pydantic, but times of day have no offset from UTC, and optional texts may be null."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Return the schema of a model; null counts as an empty text where a body has an optional text."""
        written, model = super().model_schema(schema), schema["cls"]
        for name in texts_that_may_be_empty(model) if issubclass(model, Body) else ():
            text = written["properties"][name]
            outer = {key: text.pop(key) for key in ("title", "default", "description") if key in text}
            written["properties"][name] = {"anyOf": [text, {"type": "null"}], **outer}
        return written

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """Return the format `time-local`, because the format `time` requires an offset."""
        return {"type": "string", "format": "time-local"}
