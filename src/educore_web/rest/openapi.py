"""The OpenAPI document of a contract, made from its operations, and the pages that show it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import msgspec
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from educore_web.rest import idempotency, preconditions
from educore_web.rest.bodies import Body, accepts_uploads
from educore_web.rest.listing import LARGEST_COUNT
from educore_web.rest.operation import Operation
from educore_web.rest.password_proof import accepts_password

if TYPE_CHECKING:
    from educore_web.rest.spec import ApiSpec

REFUSALS = {
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
RETRY_AFTER = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 0}}}
HEADERS: dict[str, dict[str, Any]] = {
    "401": {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
    "429": RETRY_AFTER,
    "503": RETRY_AFTER,
}
STATIC = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
CONTENT_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"


def build_document(spec: ApiSpec, operations: Iterable[Operation], *, at: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document; its paths carry the documented final slash."""
    operations = list(operations)
    refs, schemas = _schemas(operations)
    shown = preconditions.find_retrievals(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(spec, operation, refs)
        if operation.path in shown:
            _tell_of_tags(operation, described)
        paths.setdefault(f"{spec.base}{operation.path}", {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": spec.title, "version": version("educore")},
        "servers": [{"url": at or "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": {**spec.dialect.error_schemas(), **schemas},
            "responses": {name: _refusal(code, text) for code, (name, text) in REFUSALS.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(spec: ApiSpec, operation: Operation, refs: Mapping[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    examples = spec.examples.get(operation.name, {})
    described: dict[str, Any] = {
        "operationId": operation.name.replace(".", "_"),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _success(spec, operation, refs, examples)}
        | {code: {"$ref": f"#/components/responses/{REFUSALS[code][0]}"} for code in _codes(operation)},
    }
    if operation.body is not None:
        described["requestBody"] = _request(operation.body, refs, examples)
    if operation.public:
        described["security"] = []
    else:
        described["x-roles"] = [str(role) for role in spec.roles(operation)]
    if operation.addition:
        described["x-addition"] = True
    return described


def _tell_of_tags(operation: Operation, described: dict[str, Any]) -> None:
    """Add to an operation on one row what it says of the row's tag, or asks of it."""
    if operation.method in preconditions.CONDITIONAL:
        described["parameters"].append(preconditions.PARAMETER)
        described["responses"]["412"] = {"$ref": "#/components/responses/PreconditionFailed"}
    elif operation.is_retrieval:
        described["responses"][str(operation.status)].setdefault("headers", {})[preconditions.TAG] = (
            preconditions.TAG_HEADER
        )


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if operation.has_path_id:
        found.append({"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}})
    if listing := operation.listing:
        count = {"type": "integer", "minimum": 1, "maximum": LARGEST_COUNT}
        size = count | {"default": listing.rules.page_size, "description": f"At most {listing.rules.largest_page}."}
        keys = [sign + name for name in listing.orderings for sign in ("", "-")]
        found += [
            _query("page", count | {"default": 1}),
            _query("page_size", size),
            _query("ordering", {"type": "string", "description": f"One or more of {', '.join(keys)}, with commas."}),
        ]
        if listing.search:
            found.append(_query("search", {"type": "string", "description": "Every word must be found somewhere."}))
        found += [_query(known.name, dict(known.schema)) for known in listing.filters]
    found += [
        _query(name, schema, required=name in operation.required_parameters)
        for name, schema in operation.parameters.items()
    ]
    if operation.accepts_idempotency_key:
        found.append(idempotency.PARAMETER)
    return found


def _query(name: str, schema: Mapping[str, Any], *, required: bool = False) -> dict[str, Any]:
    """A parameter; sent empty, it counts as not sent."""
    return {"name": name, "in": "query", "required": required, "allowEmptyValue": not required, "schema": schema}


def _request(
    body: type[Body], refs: Mapping[type[BaseModel], dict[str, Any]], examples: Mapping[str, Any]
) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": refs[body]}}
    if examples.get("request"):
        content["application/json"]["example"] = examples["request"]
    if accepts_uploads(body):
        content["multipart/form-data"] = {"schema": refs[body]}
    return {
        "required": bool(body.model_fields) and any(f.is_required() for f in body.model_fields.values()),
        "content": content,
    }


def _success(
    spec: ApiSpec, operation: Operation, refs: Mapping[type[BaseModel], dict[str, Any]], examples: Mapping[str, Any]
) -> dict[str, Any]:
    if operation.out is None:
        return {"description": "Done; there is no body."}
    schema: dict[str, Any] = refs[operation.out]
    if operation.listing is not None:
        schema = spec.dialect.page_schema(schema)
    elif operation.many:
        schema = {"type": "array", "items": schema}
    content: dict[str, Any] = {"schema": schema}
    if "response" in examples:
        content["example"] = examples["response"]
    described: dict[str, Any] = {"description": "Success", "content": {"application/json": content}}
    if operation.response_headers:
        text = {"schema": {"type": "string"}}
        described["headers"] = {name: text | {"description": said} for name, said in operation.response_headers.items()}
    return described


def _codes(operation: Operation) -> list[str]:
    codes = ["503"]
    if (
        operation.body is not None
        or operation.listing is not None
        or operation.method == "DELETE"
        or operation.parameters
    ):
        codes.append("400")
    if operation.method in ("POST", "PUT", "PATCH"):
        codes += ["400", "413", "415"]
    codes += ["401", "403"]
    if operation.addresses_row or operation.listing is not None:
        codes.append("404")
    if operation.public or accepts_password(operation.body):
        codes.append("429")
    return sorted(set(codes))


def _refusal(code: str, text: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": "#/components/schemas/Error"}
    if code == "400":
        schema = {"anyOf": [schema, {"$ref": "#/components/schemas/FieldErrors"}]}
    headers = {"headers": HEADERS[code]} if code in HEADERS else {}
    return {"description": text, **headers, "content": {"application/json": {"schema": schema}}}


def _schemas(operations: Iterable[Operation]) -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    wanted: dict[Any, None] = {}
    for operation in operations:
        if operation.body is not None:
            wanted[(operation.body, "validation")] = None
        if operation.out is not None:
            wanted[(operation.out, "serialization")] = None
    refs, definitions = models_json_schema(
        list(wanted), ref_template="#/components/schemas/{model}", schema_generator=LocalTimeSchema
    )
    return {cast("type[BaseModel]", model): dict(ref) for (model, _), ref in refs.items()}, definitions.get("$defs", {})


class LocalTimeSchema(GenerateJsonSchema):
    """Schemas as pydantic writes them, except where those promise what we do not keep."""

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """A time on the wall clock has no offset from UTC, which the format `time` requires."""
        return {"type": "string", "format": "time-local"}


def swagger_routes(spec: ApiSpec, operations: Iterable[Operation], *, at: str) -> list[HTTPRouteHandler]:
    """`/openapi.json` and `/docs`, whose scripts and styles are our own files."""
    operations = list(operations)

    @cache
    def described() -> bytes:
        return msgspec.json.encode(build_document(spec, operations, at=at))

    @get("/openapi.json", sync_to_thread=False, include_in_schema=False)
    def openapi_json() -> Response[bytes]:
        return Response(described(), media_type="application/json")

    @get("/docs", sync_to_thread=False, include_in_schema=False)
    def docs() -> Response[str]:
        return Response(
            _page(spec.title, at), media_type="text/html", headers={"content-security-policy": CONTENT_POLICY}
        )

    @get("/docs/{name:str}", sync_to_thread=False, include_in_schema=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        if name not in STATIC:
            raise NotFoundException()
        content = files("educore_web").joinpath("static", "swagger", name).read_bytes()
        return Response(content, media_type=STATIC[name], headers={"cache-control": "public, max-age=86400"})

    return [openapi_json, docs, asset]


def _page(title: str, at: str) -> str:
    title = html.escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{at}/docs/favicon-32x32.png">
<link rel="stylesheet" href="{at}/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-document="{at}/openapi.json"></div>
<script src="{at}/docs/swagger-ui-bundle.js"></script>
<script src="{at}/docs/start.js"></script>
</body>
</html>
"""
