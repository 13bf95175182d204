"""The slow work between validation and the transaction: hashing new passwords, storing files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from educore import Entity, PlainPassword, Ports, Staging
from educore.values import PasswordHash, is_new_password
from educore_web.rest.bodies import Body, accepts_uploads
from educore_web.rest.body_fields import domain_path, item_body, nested_body
from educore_web.rest.uploads import Upload, stage_upload


@contextmanager
def prepare_values(ports: Ports, kind: type[Entity] | None, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values with new passwords hashed and uploads stored; open the unit of work inside this block.

    `kind` is the entity that the values describe. Files that no unit of work has kept when the block ends are deleted.
    Raises: Unavailable("files_unavailable").
    """
    with Staging(ports.files) as staging:
        yield {name: _prepare(ports, staging, kind, name, value) for name, value in values.items()}


@contextmanager
def prepare_body(ports: Ports, kind: type[Entity] | None, body: Body | None) -> Iterator[Body | None]:
    """Yield the body, if there is one, prepared as `prepare_values` prepares values."""
    if body is None or not needs_preparation(type(body)):
        yield body
        return
    with Staging(ports.files) as staging:
        yield _prepare(ports, staging, kind or type(body).of, "", body)


@cache
def needs_preparation(body: type[Body]) -> bool:
    """Return whether a body declares a new password or a file, itself or in a nested body."""
    inner = (nested_body(body, name) or item_body(body, name) for name in body.model_fields)
    own = any(is_new_password(info.annotation, info.metadata) for info in body.model_fields.values())
    return own or accepts_uploads(body) or any(needs_preparation(found) for found in inner if found is not None)


def _prepare(ports: Ports, staging: Staging, kind: type[Entity] | None, name: str, value: Any) -> Any:
    if isinstance(value, PlainPassword):
        return PasswordHash(ports.passwords.hash(value))
    if isinstance(value, Upload) and kind is not None:
        return stage_upload(staging, kind, name.rpartition(".")[2], value)
    if isinstance(value, Body):
        paths = {name: domain_path(type(value), name) or name for name in value.model_fields_set}
        prepared = {name: _prepare(ports, staging, kind, path, getattr(value, name)) for name, path in paths.items()}
        return value.model_copy(update=prepared)
    if isinstance(value, dict):
        return {name: _prepare(ports, staging, kind, name, inner) for name, inner in value.items()}
    return [_prepare(ports, staging, kind, name, inner) for inner in value] if isinstance(value, list) else value
