"""The description of the person who signed in, in the answer to the sign-in and in the claims of the access token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from educore import Actor
from educore.identity import User
from educore.people import Lifetimes
from educore_web.apis.madrasti.words import PERMISSIONS, role_word

LIFETIMES = Lifetimes(access=timedelta(minutes=15), refresh=timedelta(days=7))
"""The lifetimes of tokens that the document prints."""


def describe_user(actor: Actor, user: User) -> dict[str, Any]:
    """Return the five keys about the person that the answer to a sign-in has."""
    word = role_word(actor.role)
    return {
        "id": user.id,
        "email": user.email,
        "full_name": f"{user.first_name} {user.last_name}".strip() or user.username,
        "role": word.value,
        "permissions": list(PERMISSIONS[word]),
    }


def describe_bearer(actor: Actor, user: User) -> Mapping[str, Any]:
    """Return the claims of an access token for pages to read; the server trusts none of them."""
    described = describe_user(actor, user)
    return {"user_id": described.pop("id"), "first_name": user.first_name, "last_name": user.last_name, **described}
