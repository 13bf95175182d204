"""User names and passwords."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from educore.values.texts import STORABLE

COMMON_PASSWORDS = frozenset(
    "password1 password12 password123 passw0rd1 qwerty123 qwerty1234 abc12345 abcd1234 admin123 admin1234 "
    "welcome1 welcome123 letmein123 iloveyou1 1q2w3e4r 1qaz2wsx q1w2e3r4 a1234567 a12345678 test1234 "
    "tashkent1 toshkent1 uzbekistan1".split()
)


class TypedPassword(str):
    """The value of a `Password` field: a password that a person typed to prove their identity."""

    __slots__ = ()


class PlainPassword(str):
    """The value of a field for a newly chosen password: it is in plain text, and `hash_passwords` replaces it."""

    __slots__ = ()


class PasswordHash(str):
    """A hashed password: use cases store it as it is, while they hash a plain text."""

    __slots__ = ()


def is_typed_password(annotation: Any, metadata: Iterable[Any] = ()) -> bool:
    """Return whether a field with this annotation accepts a `Password`, also as one of several types."""
    inner = (is_typed_password(part, getattr(part, "__metadata__", ())) for part in get_args(annotation))
    return _typed in metadata or any(inner)


def is_new_password(annotation: Any, metadata: Iterable[Any] = ()) -> bool:
    """Return whether a field with this annotation accepts a newly chosen password, also as one of several types."""
    inner = (is_new_password(part, getattr(part, "__metadata__", ())) for part in get_args(annotation))
    return any(mark in (_chosen, _chosen_mixed, _chosen_freely) for mark in metadata) or any(inner)


def _username(text: str) -> str:
    if not re.fullmatch(r"[\w.@+-]+", text.lower()):  # lower() may add characters: İ becomes i and a dot
        raise PydanticCustomError("username", "Use letters, digits and . @ + - _ only.")
    return text.lower()


def _choice(*, is_mixed: bool, is_rare: bool) -> AfterValidator:
    """Return the validator of a newly chosen password: it has letters and digits, or is not among the common ones."""

    def _new_password(text: str) -> PlainPassword:
        if is_mixed and not (any(c.isalpha() for c in text) and any(c.isdigit() for c in text)):
            raise PydanticCustomError("password_weak", "Use letters and digits.")
        if is_rare and text.lower() in COMMON_PASSWORDS:
            raise PydanticCustomError("password_common", "This password is too common.")
        return PlainPassword(text)

    return AfterValidator(_new_password)


Username = Annotated[str, Field(min_length=1, max_length=150), STORABLE, AfterValidator(_username)]
"""A user name in lower case, so that two users cannot differ by case only."""

_chosen = _choice(is_mixed=True, is_rare=True)
_chosen_mixed = _choice(is_mixed=True, is_rare=False)
_chosen_freely = _choice(is_mixed=False, is_rare=False)
_LENGTH = StringConstraints(strip_whitespace=False, min_length=8, max_length=128)

NewPassword = Annotated[str, _LENGTH, STORABLE, _chosen]
"""A newly chosen password: 8 to 128 characters with letters and digits, and none of the most common ones."""

MixedPassword = Annotated[str, _LENGTH, STORABLE, _chosen_mixed]
"""A newly chosen password of 8 to 128 characters with letters and digits, where a document prints common ones."""

AnyNewPassword = Annotated[str, _LENGTH, STORABLE, _chosen_freely]
"""A newly chosen password of 8 to 128 characters, where a document prints passwords that `NewPassword` refuses."""

_typed = AfterValidator(TypedPassword)

Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=128), _typed]
"""A password that a person types to prove their identity."""
