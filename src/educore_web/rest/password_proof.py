"""The check of a current password in a body, done before the unit of work opens, because hashing is slow."""

from __future__ import annotations

from functools import cache

from educore import Actor, Educore, Invalid
from educore.identity import PasswordProof, prove_password
from educore.values import TypedPassword, is_new_password, is_typed_password
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import nested_body


@cache
def accepts_password(body: type[Body] | None) -> bool:
    """Return whether a body declares a current password, itself or in a nested body."""
    if body is None:
        return False
    own = any(is_typed_password(info.annotation, info.metadata) for info in body.model_fields.values())
    return own or any(accepts_password(nested_body(body, name)) for name in body.model_fields)


@cache
def chooses_password(body: type[Body] | None) -> bool:
    """Return whether a body declares a newly chosen password of its own."""
    return body is not None and any(is_new_password(i.annotation, i.metadata) for i in body.model_fields.values())


def has_password(body: Body) -> bool:
    """Return whether a current password was sent."""
    values = [getattr(body, name) for name in body.model_fields_set]
    return any(has_password(value) if isinstance(value, Body) else isinstance(value, TypedPassword) for value in values)


def prove_passwords(school: Educore, actor: Actor, body: Body, *, host: str) -> Body:
    """Return the body with a `PasswordProof` in place of the actor's password; no transaction may be open.

    Raises: Invalid("password_wrong") at the path of the field in the body; TooManyAttempts (retry_after, seconds).
    """
    proved: dict[str, Body | PasswordProof] = {}
    for name in body.model_fields_set:
        value = getattr(body, name)
        try:
            if isinstance(value, TypedPassword):
                proved[name] = prove_password(school, actor, password=value, host=host)
            elif isinstance(value, Body):
                proved[name] = prove_passwords(school, actor, value, host=host)
        except Invalid as error:
            path = name if isinstance(value, TypedPassword) else f"{name}.{next(iter(error.fields))}"
            raise Invalid({path: next(iter(error.fields.values()))}) from None
    return body.model_copy(update=proved) if proved else body
